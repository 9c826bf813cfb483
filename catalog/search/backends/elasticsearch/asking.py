"""Asking the cluster several things at once: in one request, or beside what is asked meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from typing import Any

from catalog.search.backends.base import Answer
from catalog.search.backends.elasticsearch import cluster, layout
from catalog.search.backends.elasticsearch.bodies import encode

_MOST_BESIDE = 8  # questions at once of one process, beside those that its own threads ask
# Of what is not asked for nothing comes over the line.
_ANSWERED = (
    "responses.error,responses.status,responses.hits.total,responses.hits.hits._source,"
    "responses.hits.hits.sort,responses.hits.hits.matched_queries,responses.aggregations"
)


Search = tuple[str, dict[str, Any]]  # a part of `layout`, and what it is asked


def ask(searches: Sequence[Search]) -> list[dict[str, Any]]:
    """The answers to several searches, in one request."""
    headers = {part: _header(part) for part, _ in searches}
    lines: list[Any] = [line for part, body in searches for line in (headers[part], encode(body))]
    with cluster.asking() as client:
        answer = client.msearch(searches=lines, filter_path=_ANSWERED)
    for one in answer["responses"]:
        if "error" in one:
            cluster.raise_if_unavailable(one.get("status", 500), one)
            raise RuntimeError(f"The search index refused a search: {cluster.reason_of(one)}")
    return [{"hits": {}, **one} for one in answer["responses"]]


def _header(part: str) -> bytes:
    return encode({"index": layout.live(part), "allow_partial_search_results": False})


def beside(asked: Callable[[], Answer]) -> Callable[[], Answer]:
    """See `Backend.beside`. What is asked here must not begin anything by this itself: it could
    wait for a place that it holds."""
    return _askers().submit(copy_context().run, asked).result


@cache
def _askers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_MOST_BESIDE, thread_name_prefix="search-beside")
