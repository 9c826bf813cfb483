"""What a snapshot lists and counts: consumers by kind, systems, domains, owners, the unknown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import Count, F

from catalog.models import Column, Domain, Ownership, System
from catalog.types import DatasetKind
from governance.models import Binding
from governance.proposals.impact.answers import MOST_LISTED
from governance.proposals.impact.graph import Facts, Reach
from governance.proposals.selectors.impact.binding import Bound
from governance.types import ChangeOp
from lineage.models import Statement
from lineage.selectors.walking import id_list
from lineage.types import StatementStatus

_GROUPS = {
    DatasetKind.DASHBOARD: "dashboards",
    DatasetKind.METRIC: "metrics",
    DatasetKind.NOTEBOOK: "queries",
    DatasetKind.VIEW: "queries",
    DatasetKind.ML_MODEL: "models",
    DatasetKind.APPLICATION: "applications",
}
GROUPS = ("datasets", "queries", "dashboards", "metrics", "models", "applications")


def listed(
    bound: Bound, reach: Reach, mentioned: Mapping[int, Facts], unread: Collection[int]
) -> tuple[dict[str, int], dict[str, Any]]:
    """Exact counts, and lists of at most 200 rows each, the nearest first.

    `queries` are views and notebooks, `datasets` whatever stores data.
    """
    consumers = _ordered(reach, [*reach.consumers(), *reach.behind])
    groups: dict[str, list[Facts]] = defaultdict(list)
    for each in consumers:
        groups[_GROUPS.get(DatasetKind(each.kind), "datasets")].append(each)
    targets = _ordered(reach, bound.targets & reach.facts.keys())
    unknown = [
        *(each for each in consumers if each.domain_id is None or each.id in unread),
        *sorted(mentioned.values(), key=lambda each: (each.name, each.id)),
    ]
    excluded = _ordered(reach, reach.excluded)
    affected = [*targets, *consumers]
    rows = _Rows(reach, affected, unread)
    lists: dict[str, list[Facts]] = {
        "targets": targets,
        **{group: groups[group] for group in GROUPS},
        "excluded": excluded,
        "unknown": unknown,
    }
    counts = {name: len(found) for name, found in lists.items()}
    content: dict[str, Any] = {
        name: [rows.of(each) for each in found[:MOST_LISTED]] for name, found in lists.items()
    }
    counts["consumers"] = len(consumers)
    counts["governed"] = sum(bool(each.governed) for each in consumers)
    columns = reach.columns()
    counts["columns"] = len(columns)
    counts["ended"] = len(reach.ended)
    content["columns"] = _columns(reach, columns)
    for name, found in (
        ("systems", rows.systems()),
        ("domains", rows.domains()),
        ("owners", _owners([each.id for each in affected])),
        ("agreements", _agreements(bound, [each.id for each in affected])),
    ):
        counts[name] = len(found)
        content[name] = found[:MOST_LISTED]
    counts |= _understanding()
    return counts, content


def _ordered(reach: Reach, ids: Iterable[int]) -> list[Facts]:
    found = sorted((reach.distance(pk), reach.facts[pk].name, pk) for pk in ids)
    return [reach.facts[pk] for _, _, pk in found]


class _Rows:
    """Rows of datasets with the names of their domains and systems."""

    def __init__(self, reach: Reach, affected: list[Facts], unread: Collection[int]) -> None:
        self._reach = reach
        self._affected = affected
        self._unread = unread
        self._domains = dict(Domain.objects.values_list("pk", "name"))
        self._systems = {row.pk: row.display_name or row.qualified_name for row in _systems()}

    def of(self, facts: Facts) -> dict[str, Any]:
        """One dataset; `distance` is missing for what no lineage connects."""
        row = {
            "id": facts.id,
            "name": facts.name,
            "kind": facts.kind,
            "domain": self._domains.get(facts.domain_id or 0, ""),
            "system": self._systems[facts.system_id],
            "governed": list(facts.governed),
        }
        if self._reach.holds(facts.id):
            row["distance"] = self._reach.distance(facts.id)
        if facts.id in self._unread:
            row["unread"] = True
        return row

    def domains(self) -> list[dict[str, Any]]:
        """Affected domains with how many of their datasets are; those without one last."""
        counts: dict[int, int] = defaultdict(int)
        for each in self._affected:
            counts[each.domain_id or 0] += 1
        found = [
            {"id": pk, "name": self._domains.get(pk, ""), "datasets": count}
            for pk, count in counts.items()
        ]
        return sorted(found, key=lambda row: (not row["name"], row["name"]))

    def systems(self) -> list[dict[str, Any]]:
        """Affected systems with how many of their datasets are, and who operates them."""
        counts: dict[int, int] = defaultdict(int)
        for each in self._affected:
            counts[each.system_id] += 1
        operators = {row.pk: str(row.operator or "") for row in _systems(counts)}
        found = [
            {"id": pk, "name": self._systems[pk], "datasets": n, "operator": operators[pk]}
            for pk, n in counts.items()
        ]
        return sorted(found, key=lambda row: (row["name"], row["id"]))


def _systems(ids: Collection[int] | None = None) -> Iterable[System]:
    systems = System.objects.select_related("operator").order_by()
    return systems if ids is None else systems.filter(pk__in=list(ids))


def _columns(reach: Reach, columns: Collection[int]) -> list[dict[str, Any]]:
    """Columns reached, of the nearest datasets first."""
    ids = sorted(columns)
    if len(ids) > MOST_LISTED * 10:
        ids = ids[: MOST_LISTED * 10]
    rows = Column.objects.filter(pk__in=id_list(ids)).order_by()
    found = sorted(
        (reach.distance(dataset_id), reach.facts[dataset_id].name, path, dataset_id)
        for dataset_id, path in rows.values_list("dataset_id", "path")
    )
    return [
        {"id": dataset_id, "name": f"{name}.{path}", "distance": distance}
        for distance, name, path, dataset_id in found[:MOST_LISTED]
    ]


def _owners(dataset_ids: list[int]) -> list[dict[str, Any]]:
    """Who owns what is affected, teams and people, those of most datasets first."""
    rows = (
        Ownership.objects.filter(dataset__in=id_list(dataset_ids))
        .order_by()
        .values("team_id", "person_id", team_name=F("team__name"), name=F("person__display_name"))
        .annotate(datasets=Count("dataset", distinct=True))
    )
    found = [
        {
            "team": row["team_id"],
            "person": row["person_id"],
            "name": row["team_name"] or row["name"] or "",
            "datasets": row["datasets"],
        }
        for row in rows
    ]
    return sorted(found, key=lambda row: (-row["datasets"], row["name"], row["person"] or 0))


def _agreements(bound: Bound, dataset_ids: list[int]) -> list[dict[str, Any]]:
    """Other agreements in force that rest on what is affected."""
    rows = (
        Binding.objects.filter(dataset__in=id_list(dataset_ids), version__valid_to__isnull=True)
        .exclude(version__op=ChangeOp.RETIRE)
        .exclude(version__agreement__key__in=bound.keys)
        .order_by("version__agreement__key")
        .values_list("version__agreement__key", "version__title")
        .distinct()
    )
    return [{"key": key, "title": title} for key, title in rows]


def _understanding() -> dict[str, int]:
    """How much of the lineage is known at all: statements, and those not understood."""
    by_status = dict(
        Statement.objects.order_by().values_list("status").annotate(n=Count("pk")).order_by()
    )
    return {
        "statements": sum(by_status.values()),
        "unread_statements": by_status.get(StatementStatus.UNPARSED, 0),
        "half_read_statements": by_status.get(StatementStatus.DEGRADED, 0),
    }
