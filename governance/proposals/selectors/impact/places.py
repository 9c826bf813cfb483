"""Where targets and governed consumers lie, for the scope: domain, system, department."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db import connection

from catalog.models import Domain, Ownership, System, TeamMembership
from catalog.types import OwnershipKind
from governance.proposals.impact.graph import Facts
from governance.proposals.rules.scope import Place
from lineage.models import ColumnEdge, DatasetEdge
from lineage.selectors.walking import id_list
from lineage.types import EdgeKind, EdgeSubtype

_WAREHOUSES = frozenset(
    {
        "athena", "bigquery", "clickhouse", "databricks", "duckdb", "hive", "redshift", "snowflake",
        "spark", "synapse", "teradata", "trino", "vertica",
    }
)  # fmt: skip
_WORDS = ("warehouse", "lakehouse", "data lake")

_ACCOUNTABLE = """
SELECT DISTINCT ON (owning.dataset_id) owning.dataset_id, owning.kind
FROM catalog_ownership AS owning WHERE owning.dataset_id = ANY(%s)
ORDER BY owning.dataset_id, owning.kind <> %s, owning.kind
"""


def places_of(facts: Collection[Facts]) -> list[Place]:
    """One place for each distinct (domain, system, departments) among datasets, with an object
    that lies there.

    Departments are those of the business owners, else of other owners, else of the team that owns
    the domain; of a team all its members'.
    """
    systems = System.objects.in_bulk({each.system_id for each in facts})
    domains = Domain.objects.in_bulk({each.domain_id for each in facts if each.domain_id})
    departments = _departments([each.id for each in facts])
    of_domain = _of_teams({d.pk: d.owner_team_id for d in domains.values() if d.owner_team_id})
    copies = _copies(facts, systems)
    found: dict[tuple[str, str, frozenset[str], str], Place] = {}
    for each in sorted(facts, key=lambda each: (each.name, each.id)):
        domain = domains[each.domain_id].name if each.domain_id else ""
        system = _name(systems[each.system_id])
        where = departments.get(each.id) or of_domain.get(each.domain_id or 0, frozenset())
        origin = copies.get(each.id)
        copy_of = _name(systems[origin]) if origin is not None else ""
        key = (domain, system, where, copy_of)
        found.setdefault(key, Place(each.name, domain, system, where, copy_of))
    return list(found.values())


def _name(system: System) -> str:
    return system.display_name or system.qualified_name


def _departments(dataset_ids: list[int]) -> dict[int, frozenset[str]]:
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTABLE, [dataset_ids, OwnershipKind.BUSINESS_OWNER.value])
        kinds = dict(cursor.fetchall())
    rows = Ownership.objects.filter(dataset__in=id_list(kinds)).values_list(
        "dataset_id", "kind", "team_id", "person__department"
    )
    found: dict[int, set[str]] = defaultdict(set)
    teams: dict[int, set[int]] = defaultdict(set)
    for dataset_id, kind, team_id, department in rows.order_by():
        if kind != kinds[dataset_id]:
            continue
        if team_id is not None:
            teams[dataset_id].add(team_id)
        elif department:
            found[dataset_id].add(department)
    of_team = _of_teams({pk: pk for ids in teams.values() for pk in ids})
    for dataset_id, ids in teams.items():
        for pk in ids:
            found[dataset_id] |= of_team.get(pk, frozenset())
    return {pk: frozenset(names) for pk, names in found.items() if names}


def _of_teams(teams: Mapping[int, int]) -> dict[int, frozenset[str]]:
    """Departments of a team's active members, for each key with its team."""
    rows = (
        TeamMembership.objects.filter(team__in=set(teams.values()), person__is_active=True)
        .exclude(person__department="")
        .order_by()
        .values_list("team_id", "person__department")
        .distinct()
    )
    members: dict[int, set[str]] = defaultdict(set)
    for team_id, department in rows:
        members[team_id].add(department)
    return {key: frozenset(members[team]) for key, team in teams.items() if members[team]}


def _copies(facts: Iterable[Facts], systems: Mapping[int, System]) -> dict[int, int]:
    """The system that each plain copy in a warehouse was copied from.

    A plain copy takes every value unchanged from one single dataset and decides nothing: no
    filter, no join, no order.
    """
    if len(systems) < 2:
        return {}
    candidates = [each.id for each in facts if _is_warehouse(systems[each.system_id])]
    impure = set(
        ColumnEdge.objects.filter(target__in=id_list(candidates))
        .exclude(kind=EdgeKind.DIRECT, subtype=EdgeSubtype.IDENTITY, masking=False)
        .order_by()
        .values_list("target_id", flat=True)
    )
    plain = ColumnEdge.objects.filter(target__in=id_list(set(candidates) - impure))
    copied = set(plain.order_by().values_list("target_id", flat=True).distinct())
    sources: dict[int, set[tuple[int, int]]] = defaultdict(set)
    edges = DatasetEdge.objects.filter(target__in=id_list(copied)).order_by()
    for target, source, system in edges.values_list("target_id", "source_id", "source__system_id"):
        sources[target].add((source, system))
    return {
        target: system
        for target, found in sources.items()
        if len(found) == 1
        for _, system in found
        if system in systems
    }


def _is_warehouse(system: System) -> bool:
    """Whether a system is there to hold copies: by platform or name, and no system of record."""
    words = f"{system.display_name} {system.instance}".lower()
    return not system.is_system_of_record and (
        system.platform in _WAREHOUSES or any(word in words for word in _WORDS)
    )
