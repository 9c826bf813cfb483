"""The PostgreSQL backend behind the protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from catalog.models import SearchDocument as StoredDocument
from catalog.models import SearchTerm
from catalog.search.backends.base import Backend, Found, Key, Request, Row
from catalog.search.backends.postgres import finding, generations, schemas, writing
from catalog.search.documents import SearchDocument
from catalog.search.tokens import fold, stems


class PostgresBackend:
    """Implements `catalog.search.backends.base.Backend`."""

    def write(
        self, documents: Sequence[SearchDocument], gone: Iterable[Key], *, version: int
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
        wanted, words = fold(typed), set(stems(typed))
        terms = [
            (value, fold(value), fold(label), label)
            for value, label in SearchTerm.objects.filter(field=field).values_list("value", "label")
        ]
        for position in (1, 2) if whole else ():
            same = tuple(sorted(term[0] for term in terms if term[position] == wanted))
            if same:
                return same
        return tuple(
            sorted(
                value
                for value, _, _, label in terms
                if words and words <= {*stems(value), *stems(label)}
            )
        )

    def find(self, request: Request) -> Found:
        """See the protocol."""
        return finding.find(request)

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
        version: int,
    ) -> int:
        """See the protocol."""
        return generations.rebuild(batches, progress=progress, version=version)

    @contextmanager
    def apart(self) -> Iterator[Backend]:
        """See the protocol."""
        with schemas.apart():
            yield self
