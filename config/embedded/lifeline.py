"""No orphans: a child process ends when the process that started it has gone."""

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

_INTERVAL = 1.0  # seconds between two looks
_GRACE = 5.0  # seconds to finish open work, whose database has gone as well


def stop_with_parent() -> None:
    """Interrupt this process (SIGINT) once its parent is gone, even when that was killed.

    What has not finished a few seconds later is ended.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_INTERVAL)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(_GRACE)
        os._exit(1)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def die_with_parent() -> Callable[[], None] | None:
    """Return what a program that is not ours does first, to get SIGINT when its starter is killed.

    Linux only, None elsewhere. The starter is the thread: start such a program from one that lives
    as long as the process.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    set_parent_death_signal = 1
    return lambda: prctl(set_parent_death_signal, signal.SIGINT)
