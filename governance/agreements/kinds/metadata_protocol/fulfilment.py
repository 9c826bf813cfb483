"""How many datasets lack which fact: one query for all of them, as the thirteen facts are told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from catalog.models import Column, ColumnLabel, Dataset, DatasetLabel, Ownership, Relation
from catalog.types import LabelKind, Lifecycle
from governance.agreements.kinds.metadata_protocol.document import ProtocolFact


@dataclass(frozen=True, slots=True)
class Lacking:
    """How many of the datasets looked at have no value of a fact."""

    fact: ProtocolFact
    datasets: int


def lacking(
    datasets: QuerySet[Dataset], facts: Iterable[ProtocolFact]
) -> tuple[int, tuple[Lacking, ...]]:
    """(how many datasets there are, how many of them lack each fact), in the order given."""
    asked = list(dict.fromkeys(facts))
    counts = {
        f"lacking_{fact.value}": Count("pk", filter=~has(fact), distinct=True) for fact in asked
    }
    answer = datasets.order_by().aggregate(all=Count("pk", distinct=True), **counts)
    told = tuple(Lacking(fact, answer[f"lacking_{fact.value}"]) for fact in asked)
    return answer["all"], told


def has(fact: ProtocolFact) -> Q:
    """Whether a dataset has a value of a fact: declared, harvested or derived (R-050).

    The day of archiving is needed of archived datasets alone: of others there is none.
    """
    name = fact.value
    if name in ("tags", "classifications"):
        return _LABELED[name]()
    stated = Q(harvested_metadata__has_key=name)
    if name != "meaning":
        stated |= Q(declared_metadata__has_key=name)
    derived = _DERIVED.get(name)
    return stated | derived() if derived else stated


def _column(**where: object) -> Exists:
    return Exists(Column.objects.filter(dataset=OuterRef("pk"), disappeared_at=None, **where))


def _always() -> Q:
    return Q(pk__isnull=False)


_DERIVED: Mapping[str, Callable[[], Q]] = {
    "meaning": lambda: ~Q(declared_description="", harvested_description=""),
    "owner": lambda: Q(Exists(Ownership.objects.filter(dataset=OuterRef("pk")))),
    "contents": lambda: Q(_column()),
    "published_at": _always,
    "relations": lambda: (
        Q(Exists(Relation.objects.filter(source=OuterRef("pk"))))
        | Q(Exists(Relation.objects.filter(target=OuterRef("pk"))))
    ),
    "organisation": lambda: Q(container__isnull=False),
    "key": lambda: Q(_column(key_position__gt=0)),
    "created_at": lambda: Q(source_created_at__isnull=False),
    "modified_at": lambda: Q(source_modified_at__isnull=False) | Q(profiled_at__isnull=False),
    "archived_at": lambda: ~Q(lifecycle=Lifecycle.ARCHIVED) | Q(disappeared_at__isnull=False),
    "access": _always,
    "size": lambda: Q(latest_rows__isnull=False) | Q(latest_bytes__isnull=False),
}
_LABELED: Mapping[str, Callable[[], Q]] = {
    "tags": lambda: Q(
        Exists(DatasetLabel.objects.filter(dataset=OuterRef("pk"), label__kind=LabelKind.TAG))
    ),
    "classifications": lambda: (
        Q(
            Exists(
                DatasetLabel.objects.filter(
                    dataset=OuterRef("pk"), label__kind=LabelKind.CLASSIFICATION
                )
            )
        )
        | Q(
            Exists(
                ColumnLabel.objects.filter(
                    column__dataset=OuterRef("pk"), label__kind=LabelKind.CLASSIFICATION
                )
            )
        )
    ),
}
