"""Importing what stays as long as the process, without the collector walking through it."""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def undisturbed() -> Iterator[None]:
    """No collection meanwhile, and none of what was made meanwhile until the process ends.

    Django imports two thousand modules; looking again and again for what of them could go takes a
    sixth of the start.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        atexit.register(gc.unfreeze)  # or DuckDB complains at the end of what was never let go
