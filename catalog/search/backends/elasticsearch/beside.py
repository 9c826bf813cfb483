"""Asking the cluster several things at once: it answers them on processors of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache

from catalog.search.backends.base import Answer

_MOST_BESIDE = 8  # questions at once of one process, beside those that its own threads ask


def beside(ask: Callable[[], Answer]) -> Callable[[], Answer]:
    """See `Backend.beside`. What is asked here must not begin anything by this itself: it could
    wait for a place that it holds."""
    return _askers().submit(copy_context().run, ask).result


@cache
def _askers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_MOST_BESIDE, thread_name_prefix="search-beside")
