"""Which datasets of two systems hold the same entity, and how Concord knows (R-096)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import product

from django.db.models import Q

from catalog.errors import InvalidInput
from catalog.models import Dataset, Relation, System
from catalog.selectors.datasets import visible_datasets
from catalog.selectors.directory import systems
from catalog.types import Principal
from governance.mappings.selectors.grounds import binds_in_force
from lineage.selectors.edges import column_edges_between_visible
from lineage.types import EdgeKind

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class MappedPair:
    """A dataset of the left system and one of the right that hold the same entity: how many
    fields are connected by lineage, how many relations are declared, and how many agreements rest
    on both."""

    left: Dataset
    right: Dataset
    by_lineage: int
    by_relation: int
    by_agreement: int

    @property
    def strength(self) -> int:
        """By what pairs are ordered: what people said counts most."""
        return 100 * self.by_agreement + 10 * self.by_relation + self.by_lineage


def system_pair(principal: Principal, left: int, right: int) -> tuple[System | None, System | None]:
    """The two systems, each None where it is not there or may not be seen."""
    found = systems(principal).in_bulk([left, right])
    return found.get(left), found.get(right)


def mapped_pairs(principal: Principal, left: int, right: int) -> list[MappedPair]:
    """The pairs of datasets between two systems, by id, that are connected in any way, the best
    known first; in seven queries. Raises InvalidInput for a system with itself."""
    if left == right:
        raise InvalidInput("Choose two different systems.", field="right")
    lineage = _by_lineage(principal, left, right)
    relations = _by_relation(principal, left, right)
    agreements = _by_agreement(principal, left, right)
    every = {*lineage, *relations, *agreements}
    datasets = (
        visible_datasets(principal)
        .filter(disappeared_at__isnull=True)
        .select_related("system", "domain")
        .in_bulk({pk for pair in every for pk in pair})
    )
    found = [
        MappedPair(
            datasets[pair[0]],
            datasets[pair[1]],
            len(lineage.get(pair, ())),
            relations.get(pair, 0),
            len(agreements.get(pair, ())),
        )
        for pair in every
        if pair[0] in datasets and pair[1] in datasets
    ]
    return sorted(
        found, key=lambda one: (-one.strength, one.left.qualified_name, one.right.qualified_name)
    )


def _by_lineage(principal: Principal, left: int, right: int) -> dict[Pair, set[Pair]]:
    """Pairs of columns by pair of datasets: values flow from one to the other, or both arrive in
    the same column elsewhere."""
    edges = column_edges_between_visible(principal).filter(
        kind=EdgeKind.DIRECT, target_column__isnull=False
    )
    found: dict[Pair, set[Pair]] = defaultdict(set)
    flows = edges.filter(
        Q(source__system=left, target__system=right) | Q(source__system=right, target__system=left)
    )
    columns = ("source_id", "source_column_id", "target_id", "target_column_id", "source__system")
    for source, column, target, to, system in flows.order_by().values_list(*columns).distinct():
        if system == left:
            found[source, target].add((column, to))
        else:
            found[target, source].add((to, column))
    into: dict[int, dict[int, set[Pair]]] = defaultdict(lambda: defaultdict(set))
    feeding = edges.filter(source__system__in=[left, right]).exclude(
        target__system__in=[left, right]
    )
    names = ("target_column_id", "source__system", "source_id", "source_column_id")
    for to, system, source, column in feeding.order_by().values_list(*names).distinct():
        into[to][system].add((source, column))
    for sides in into.values():
        for (first, one), (second, other) in product(sides.get(left, ()), sides.get(right, ())):
            found[first, second].add((one, other))
    return found


def _by_relation(principal: Principal, left: int, right: int) -> dict[Pair, int]:
    seen = visible_datasets(principal)
    rows = Relation.objects.filter(source__in=seen, target__in=seen).filter(
        Q(source__system=left, target__system=right) | Q(source__system=right, target__system=left)
    )
    found: dict[Pair, int] = defaultdict(int)
    for source, target, system in rows.values_list("source_id", "target_id", "source__system"):
        found[(source, target) if system == left else (target, source)] += 1
    return found


def _by_agreement(principal: Principal, left: int, right: int) -> dict[Pair, set[int]]:
    """Agreements in force that rest on a dataset of each side."""
    rows = binds_in_force(principal).filter(dataset__system__in=[left, right])
    sides: dict[int, dict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    for version, dataset, system in rows.values_list(
        "version__agreement_id", "dataset_id", "dataset__system"
    ):
        sides[version][system].add(dataset)
    found: dict[Pair, set[int]] = defaultdict(set)
    for agreement, by_system in sides.items():
        for pair in product(by_system.get(left, ()), by_system.get(right, ())):
            found[pair].add(agreement)
    return found
