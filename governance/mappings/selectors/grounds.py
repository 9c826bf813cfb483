"""How Concord knows that two fields mean the same: lineage, declared relations, agreements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import Q, QuerySet

from catalog.models import Column, Dataset, Relation
from catalog.types import Principal
from governance.agreements.selectors.agreements import visible_versions
from governance.models import Binding
from governance.types import BindingRole, ChangeOp
from lineage.selectors.edges import column_edges_between_visible
from lineage.types import EdgeKind

Pair = tuple[str, str]


def binds_in_force(principal: Principal) -> QuerySet[Binding]:
    """What agreements in force that may be seen are about: datasets and their columns."""
    holding = visible_versions(principal).filter(valid_to__isnull=True).exclude(op=ChangeOp.RETIRE)
    return Binding.objects.filter(
        role=BindingRole.TARGET, dataset__isnull=False, version__in=holding.order_by()
    )


def grounds_between(
    principal: Principal, left: Dataset, right: Dataset
) -> dict[Pair, tuple[str, ...]]:
    """For each pair of paths that are connected, why, in sentences; in five queries."""
    found: dict[Pair, list[str]] = defaultdict(list)
    for pair, sentence in (
        *_agreed(principal, left, right),
        *_related(left, right),
        *_flowing(principal, left, right),
        *_meeting(principal, left, right),
    ):
        if sentence not in found[pair]:
            found[pair].append(sentence)
    return {pair: tuple(sentences) for pair, sentences in found.items()}


def _agreed(principal: Principal, left: Dataset, right: Dataset) -> Iterator[tuple[Pair, str]]:
    rows = (
        binds_in_force(principal)
        .filter(dataset__in=[left, right])
        .exclude(column_path="")
        .values_list("version__agreement__key", "version__title", "dataset_id", "column_path")
        .order_by("version__agreement__key", "column_path")
    )
    sides: dict[tuple[str, str], dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for key, title, dataset, path in rows:
        sides[key, title][dataset].append(path)
    for (key, title), paths in sides.items():
        for one in paths.get(left.pk, ()):
            for other in paths.get(right.pk, ()):
                yield (one, other), f"Agreed: both are “{title}” ({key})."


def _related(left: Dataset, right: Dataset) -> Iterator[tuple[Pair, str]]:
    rows = Relation.objects.filter(
        Q(source=left, target=right) | Q(source=right, target=left)
    ).order_by("pk")
    for row in rows:
        kind = row.kind.replace("_", " ")
        for one, other in zip(row.source_columns, row.target_columns, strict=False):
            pair = (one, other) if row.source_id == left.pk else (other, one)
            yield pair, f"Declared: {kind}{f' {row.name}' if row.name else ''}."


def _flowing(principal: Principal, left: Dataset, right: Dataset) -> Iterator[tuple[Pair, str]]:
    rows = (
        column_edges_between_visible(principal)
        .filter(
            Q(source=left, target=right) | Q(source=right, target=left),
            kind=EdgeKind.DIRECT,
            target_column__isnull=False,
        )
        .order_by("pk")
        .values_list("source_id", "source_column__path", "target_column__path")
    )
    for source, one, other in rows:
        if source == left.pk:
            yield (one, other), "Lineage: its values flow from left to right."
        else:
            yield (other, one), "Lineage: its values flow from right to left."


def _meeting(principal: Principal, left: Dataset, right: Dataset) -> Iterator[tuple[Pair, str]]:
    """Both arrive in one column of a third dataset."""
    rows = (
        column_edges_between_visible(principal)
        .filter(source__in=[left, right], kind=EdgeKind.DIRECT, target_column__isnull=False)
        .exclude(target__in=[left, right])
        .order_by("pk")
        .values_list("target_column_id", "source_id", "source_column__path")
    )
    into: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for to, source, path in rows:
        into[to][source].append(path)
    both = [to for to, sides in into.items() if left.pk in sides and right.pk in sides]
    columns = Column.objects.select_related("dataset").in_bulk(both)
    for to in both:
        where = columns[to]
        for one in into[to][left.pk]:
            for other in into[to][right.pk]:
                yield (
                    (one, other),
                    f"Lineage: both arrive in {where.path} of {where.dataset.name}.",
                )
