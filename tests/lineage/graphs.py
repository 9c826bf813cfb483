"""Graphs without SQL for tests of traversals: plain edges between numbered datasets."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Model, QuerySet

from catalog.access import Action, Verdict
from catalog.models import Dataset
from catalog.names import lookup_key
from catalog.types import DatasetKind, Principal
from lineage.models import DatasetEdge, Statement
from tests.lineage.warehouse import system


def datasets(count: int) -> list[Dataset]:
    """`d0` to `d<count - 1>`."""
    home = system()
    names = [f"{home.qualified_name}/shop.public.d{number}" for number in range(count)]
    return Dataset.objects.bulk_create(
        Dataset(
            system=home,
            kind=DatasetKind.TABLE,
            name=name.rpartition(".")[2],
            qualified_name=name,
            lookup_name=lookup_key(name),
        )
        for name in names
    )


def connect(nodes: list[Dataset], edges: Iterable[tuple[int, int, bool]]) -> None:
    """Edges (source, target, is direct) between positions, one statement for each target."""
    wanted = list(dict.fromkeys(edges))
    targets = sorted({target for _, target, _ in wanted})
    statements = Statement.objects.bulk_create(
        Statement(
            dataset=nodes[target],
            kind=Statement.Kind.VIEW,
            status="PARSED",
            digest="",
            read_at="2026-01-01T00:00Z",
        )
        for target in targets
    )
    of = dict(zip(targets, statements, strict=True))
    unique = {(source, target): way for source, target, way in wanted}
    DatasetEdge.objects.bulk_create(
        DatasetEdge(
            source=nodes[source],
            target=nodes[target],
            statement=of[target],
            is_direct=way,
            confidence=1.0,
            reason="BY_SCHEMA",
        )
        for (source, target), way in unique.items()
    )


class HidingGate:
    """A gate for tests: everybody may see everything but some datasets."""

    def __init__(self, hidden: Iterable[int]) -> None:
        self._hidden = frozenset(hidden)

    def authorize(self, principal: Principal, action: Action, subject: object = None) -> Verdict:
        allowed = not (isinstance(subject, Dataset) and subject.pk in self._hidden)
        return Verdict(allowed, "test", "A test hides this.")

    def scope(
        self, principal: Principal, action: Action, queryset: QuerySet[Model]
    ) -> QuerySet[Model]:
        if issubclass(queryset.model, Dataset):
            return queryset.exclude(pk__in=self._hidden)
        return queryset
