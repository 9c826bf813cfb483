"""The PostgreSQL backend behind the protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from catalog.models import SearchDocument as StoredDocument
from catalog.search.backends import terms
from catalog.search.backends.base import Answer, Backend, Found, Key, Request, Row
from catalog.search.backends.postgres import (
    comparing,
    finding,
    generations,
    planning,
    schemas,
    writing,
)
from catalog.search.documents import SearchDocument
from catalog.search.visibility import Visibility


class PostgresBackend:
    """Implements `catalog.search.backends.base.Backend`."""

    def write(
        self,
        documents: Sequence[SearchDocument],
        gone: Iterable[Key],
        *,
        version: int,
        at_once: bool = False,  # a commit shows it always
    ) -> None:
        """See the protocol."""
        writing.write(documents, gone, version=version)

    def children(self, kind: str, parents: Iterable[int]) -> set[int]:
        """See the protocol."""
        return set(
            StoredDocument.objects.filter(
                kind=kind, parent_id__in=list(parents), profile_id__isnull=False
            ).values_list("object_id", flat=True)
        )

    def values_of(self, field: str, typed: str, *, whole: bool = True) -> tuple[str, ...]:
        """See the protocol."""
        return terms.values_of(field, typed, whole=whole)

    def find(self, request: Request) -> Found:
        """See the protocol."""
        return finding.find(request)

    def find_along(
        self, request: Request, others: Sequence[Request]
    ) -> tuple[Found, Callable[[], list[Found]]]:
        """See the protocol; one connection is asked one thing at a time."""
        return finding.find(request), lambda: [finding.find(other) for other in others]

    def searching(self, visibility: Visibility) -> AbstractContextManager[None]:
        """See the protocol."""
        return planning.by_index()

    def beside(self, ask: Callable[[], Answer]) -> Callable[[], Answer]:
        """See the protocol; one connection is asked one thing at a time."""
        return ask

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
        """See the protocol."""
        with schemas.apart():
            yield self
