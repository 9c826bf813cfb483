"""The Elasticsearch backend behind the protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from catalog.search.backends import terms
from catalog.search.backends.base import Answer, Backend, Found, Key, Request, Row
from catalog.search.backends.elasticsearch import (
    asking,
    comparing,
    finding,
    generations,
    writing,
)
from catalog.search.backends.postgres import schemas
from catalog.search.documents import SearchDocument
from catalog.search.visibility import Visibility


class ElasticsearchBackend:
    """Implements `catalog.search.backends.base.Backend`."""

    def write(
        self,
        documents: Sequence[SearchDocument],
        gone: Iterable[Key],
        *,
        version: int,
        at_once: bool = False,
    ) -> None:
        """See the protocol."""
        writing.write(documents, gone, version=version, at_once=at_once)

    def children(self, kind: str, parents: Iterable[int]) -> set[int]:
        """See the protocol."""
        return finding.children(kind, parents)

    def values_of(self, field: str, typed: str, *, whole: bool = True) -> tuple[str, ...]:
        """See the protocol."""
        return terms.values_of(field, typed, whole=whole)

    def find(self, request: Request) -> Found:
        """See the protocol."""
        return finding.find(request)

    def find_along(
        self, request: Request, others: Sequence[Request]
    ) -> tuple[Found, Callable[[], list[Found]]]:
        """See the protocol; a cluster is asked for all of them at once."""
        return finding.find_along(request, others)

    def searching(self, visibility: Visibility) -> AbstractContextManager[None]:
        """See the protocol. Another thread has a connection of its own, which sees nothing of what
        this one is writing: what is hidden has to be known before."""
        visibility.settle()
        return nullcontext()

    def beside(self, ask: Callable[[], Answer]) -> Callable[[], Answer]:
        """See the protocol; a cluster answers several at once."""
        return asking.beside(ask)

    def complete(self, request: Request) -> tuple[Row, ...]:
        """See the protocol."""
        return finding.complete(request)

    def columns_of(
        self, request: Request, datasets: Sequence[int], limit: int
    ) -> dict[int, list[str]]:
        """See the protocol."""
        return finding.columns_of(request, datasets, limit)

    def column_names(self, request: Request, limit: int) -> list[str]:
        """See the protocol."""
        return finding.column_names(request, limit)

    def rebuild(
        self,
        batches: Iterable[Sequence[SearchDocument]],
        *,
        progress: Callable[[int], None],
        position: Callable[[], int],
    ) -> int:
        """See the protocol."""
        return generations.rebuild(batches, progress=progress, position=position)

    def is_current(self, position: Callable[[], int]) -> bool:
        """See the protocol."""
        return generations.is_current(position)

    def differing(
        self, kind: str, above: int, up_to: int | None, documents: Sequence[SearchDocument]
    ) -> set[int]:
        """See the protocol."""
        return comparing.differing(kind, above, up_to, documents)

    @contextmanager
    def apart(self) -> Iterator[Backend]:
        """See the protocol; what of it lies in the database lies apart as well."""
        with schemas.apart(), generations.apart():
            yield self
