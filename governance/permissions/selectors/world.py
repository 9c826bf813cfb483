"""The world that the engine decides about, read from the database."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.db.models import Q, QuerySet

from catalog.models import (
    Alias,
    Column,
    ColumnLabel,
    Dataset,
    DatasetLabel,
    Domain,
    Person,
    TeamMembership,
)
from catalog.names import NameRefused, QualifiedName, lookup_key, parse_name
from governance.permissions import engine
from governance.permissions.engine.coverage import covers_dataset
from governance.permissions.engine.inheritance import Place
from governance.permissions.engine.pacing import breathing, in_steps
from governance.permissions.native.seen.nested import paths_within
from governance.permissions.selectors.declassified import declassified
from governance.permissions.selectors.exceptions import exceptions_in_force
from governance.permissions.selectors.rules import rules_in_force
from governance.permissions.selectors.suggested import counted, suggestions_count
from governance.permissions.types import Effect
from lineage.models import ColumnEdge
from lineage.sql import dialect_of
from lineage.types import EdgeKind

_NONE: frozenset[str] = frozenset()
_NO_ALIASES: Mapping[str, str] = {}
_NONE_READ: frozenset[int] = frozenset()
_AT_ONCE = 50
"""Rows that are read in some tenths of a millisecond; then who answers meanwhile has a moment."""
_ASKED = 500
"""Datasets whose columns are asked for at once."""
_FEW = 10
"""Datasets that rules are held against in some hundredths of a millisecond."""


def world_at(
    at: dt.datetime,
    *,
    version: int,
    floors: engine.Floors,
    by_column: Mapping[Place, frozenset[str]] | None = None,
) -> engine.World:
    """Everything: opt-outs and exceptions in force, people, datasets that are still there."""
    rules = rules_in_force(at)
    return engine.World(
        version=version,
        people=people(),
        datasets=datasets(rules, by_column=by_column),
        rules=rules,
        exceptions=exceptions_in_force(at),
        floors=floors,
    )


def people(ids: Iterable[int] | None = None) -> tuple[engine.Person, ...]:
    """People with their groups; all of them, or those with the ids."""
    found = Person.objects.all() if ids is None else Person.objects.filter(pk__in=list(ids))
    memberships = TeamMembership.objects.filter(person__in=found).values_list(
        "person_id", "team__name"
    )
    groups: dict[int, set[str]] = defaultdict(set)
    for person, team in _read(memberships, ids):
        groups[person].add(team)
    rows = found.values_list(
        "pk", "username", "is_active", "department", "location", "employment_kind", "job_role"
    )
    return tuple(
        engine.Person(
            id=pk,
            name=username,
            groups=frozenset(groups.get(pk, ())),
            attributes={
                "username": username,
                "department": department,
                "location": location,
                "employment_kind": employment,
                "job_role": role,
            },
            is_active=is_active,
        )
        for pk, username, is_active, department, location, employment, role in _read(rows, ids)
    )


def datasets(
    rules: Iterable[engine.Rule],
    ids: Iterable[int] | None = None,
    by_column: Mapping[Place, frozenset[str]] | None = None,
) -> tuple[engine.Dataset, ...]:
    """Datasets with what the rules may ask of them; all of them, or those with the ids.

    Columns are read where a rule may look at them: of datasets with a labeled column, and of
    those that a rule with columns or a row filter covers. `by_column` are the labels of columns,
    where they are known already.
    """
    rows = Dataset.objects.all() if ids is None else Dataset.objects.filter(pk__in=list(ids))
    slugs = domain_slugs()
    labels: dict[int, set[str]] = defaultdict(set)
    given = DatasetLabel.objects.filter(dataset__in=rows).values_list("dataset_id", "label_id")
    for pk, label in _read(given, ids):
        labels[pk].add(str(label))
    labeled: dict[int, dict[str, frozenset[str]]] = defaultdict(dict)
    of_columns = column_labels() if by_column is None else by_column
    for (pk, path), held in breathing(of_columns.items()):
        labeled[pk][path] = held
    aliases = _aliases(Alias.objects.filter(dataset__in=rows), ids)
    bare = [
        engine.Dataset(
            id=pk,
            name=name,
            kind=kind,
            system=system,
            domains=slugs.get(domain, ()),
            region=residency,
            environment=environment,
            version=str((declared or {}).get("version") or ""),
            modified_at=modified.timestamp() if modified else None,
            labels=frozenset(labels.pop(pk, ())),  # all at once they would go in one long step
            aliases=aliases.get(pk, _NO_ALIASES),
        )
        for pk, name, kind, system, environment, domain, residency, declared, modified in (
            _read(
                rows.values_list(
                    "pk", "lookup_name", "kind", "system__lookup_name", "system__environment",
                    "domain_id", "residency", "custom", "source_modified_at",
                ),
                ids,
            )
        )
    ]  # fmt: skip
    looking = [rule for rule in rules if looks_at_columns(rule)]
    wanted = [
        one.id
        for one in breathing(bare, _FEW)
        if one.id in labeled or any(covers_dataset(rule.resources, one) for rule in looking)
    ]
    columns: dict[int, dict[str, frozenset[str]]] = defaultdict(dict)
    for some in in_steps(wanted, _ASKED):
        paths = Column.objects.filter(dataset__in=some, disappeared_at__isnull=True).values_list(
            "dataset_id", "path", "physical_type", "dataset__system__platform"
        )
        for pk, path, written, platform in _read(paths, ids):
            key = lookup_key(path)
            columns[pk][key] = labeled.get(pk, {}).get(key, _NONE)
            for below in paths_within(written, dialect_of(platform) or ""):
                columns[pk].setdefault(f"{key}.{below}", _NONE)  # which may not be listed
    return tuple(
        replace(one, columns=columns[one.id]) if one.id in columns else one
        for one in breathing(bare)
    )


def _read(rows: QuerySet[Any, Any], ids: Iterable[int] | None) -> Iterable[Any]:
    """Rows, all of them a few at a time: Django takes everything in first, in one step of a second
    for a hundred thousand."""
    if ids is not None:
        return rows
    return breathing(rows.iterator(chunk_size=_AT_ONCE), _AT_ONCE)


def other_names(pk: int, at: dt.datetime) -> Mapping[str, str]:
    """What else a dataset was called at an instant, each name with its system."""
    return _aliases(Alias.objects.filter(dataset=pk, created_at__lte=at), [pk])[pk]


def _aliases(rows: QuerySet[Alias], ids: Iterable[int] | None) -> defaultdict[int, dict[str, str]]:
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    named = rows.order_by("pk").values_list("dataset_id", "qualified_name")
    for pk, name in _read(named, ids):
        found[pk][lookup_key(name)] = _system_of(name)
    return found


def _system_of(name: str) -> str:
    """The system that a name is in, in lower case; empty for what is no name."""
    try:
        found = parse_name(name)
    except NameRefused:
        return ""
    return lookup_key(str(QualifiedName(found.platform, found.instance)))


def looks_at_columns(rule: engine.Rule) -> bool:
    """Whether a rule asks which columns there are, labels aside."""
    return bool(rule.resources.columns) or rule.effect is Effect.ROW_FILTER


def unread_columns(
    records: Iterable[engine.Dataset], rules: Iterable[engine.Rule]
) -> frozenset[int]:
    """The datasets that rules look into and whose columns were not read, for none asked before."""
    looking = [rule for rule in rules if looks_at_columns(rule)]
    if not looking:
        return _NONE_READ
    return frozenset(
        one.id
        for one in breathing(records, _FEW)
        if not one.columns and any(covers_dataset(rule.resources, one) for rule in looking)
    )


def column_labels(
    *, at: dt.datetime | None = None, with_suggested: bool = True
) -> dict[Place, frozenset[str]]:
    """The labels of each labeled column: its own, those suggested that count as given, and those
    inherited along direct lineage until a declassification in force ends them. `at` asks for the
    agreements that were in force at an instant of the past.

    Only what lies downstream of a label is read. A dataset's own labels travel with all its
    columns. A declassification takes no label off that somebody put on the column itself; one that
    is only suggested there it ends as well.
    """
    own: dict[Place, set[str]] = defaultdict(set)
    rows = ColumnLabel.objects.filter(column__disappeared_at__isnull=True).values_list(
        "column__dataset_id", "column__path", "label_id"
    )
    for dataset, path, label in _read(rows, None):
        own[dataset, lookup_key(path)].add(str(label))
    ended = declassified(at)
    suggested = _suggested(ended, at) if with_suggested else {}
    for place, labels_there in suggested.items():
        own[place] |= labels_there
    travelling = {place: frozenset(found) for place, found in own.items()}
    labeled = Q(source__labels__isnull=False) | Q(source_column__labels__isnull=False)
    if suggested:
        sources = {place[0] for place in suggested}
        labeled |= Q(source__in=sources, source_column__suggested_class__isnull=False)
    edges, whole = _edges(labeled)
    for source, _ in edges:
        if source not in travelling and source[0] in whole:
            travelling[source] = _NONE
    travelling |= {
        place: found | whole[place[0]] for place, found in travelling.items() if place[0] in whole
    }
    found = engine.inherited_labels(travelling, edges, ended)
    return {
        place: kept
        for place, labels in found.items()
        if (kept := labels - whole.get(place[0], _NONE))
    }


def only_suggested() -> dict[Place, frozenset[str]]:
    """The labels that columns have for no other reason than a suggestion that counts, there or
    where their values come from."""
    if not suggestions_count():
        return {}
    given = column_labels(with_suggested=False)
    return {
        place: rest
        for place, labels in column_labels().items()
        if (rest := labels - given.get(place, _NONE))
    }


def _suggested(
    ended: Iterable[engine.Declassified], at: dt.datetime | None
) -> dict[Place, set[str]]:
    gone: dict[Place, frozenset[str]] = defaultdict(frozenset)
    for one in ended:
        gone[one.dataset, one.column] |= one.labels or _NONE
    found: dict[Place, set[str]] = defaultdict(set)
    for row in counted(at):
        place = row.dataset, lookup_key(row.path)
        if str(row.label_id) not in gone[place]:
            found[place].add(str(row.label_id))
    return found


def _edges(
    start: Q,
) -> tuple[list[tuple[Place, Place]], Mapping[int, frozenset[str]]]:
    """Direct edges from labeled columns on, level by level, and the labels of whole datasets."""
    whole: dict[int, set[str]] = defaultdict(set)
    given = DatasetLabel.objects.values_list("dataset_id", "label_id")
    for dataset, label in _read(given, None):
        whole[dataset].add(str(label))
    direct = ColumnEdge.objects.filter(kind=EdgeKind.DIRECT, target_column__isnull=False)
    columns = (
        "source_column_id", "source_id", "source_column__path",
        "target_column_id", "target_id", "target_column__path",
    )  # fmt: skip
    edges: list[tuple[Place, Place]] = []
    seen: set[int] = set()
    rows = list(_read(direct.filter(start).values_list(*columns).distinct(), None))
    while rows:
        for _, source, source_path, _, target, target_path in breathing(rows, _AT_ONCE):
            edges.append(((source, lookup_key(source_path)), (target, lookup_key(target_path))))
        seen |= {row[0] for row in rows}
        ahead = {row[3] for row in rows} - seen
        rows = (
            list(
                _read(direct.filter(source_column__in=ahead).values_list(*columns).distinct(), None)
            )
            if ahead
            else []
        )
    return edges, {pk: frozenset(found) for pk, found in whole.items()}


def domain_slugs() -> dict[int | None, tuple[str, ...]]:
    """The short names of each domain and of all above it, the nearest first."""
    rows = {pk: (slug, parent) for pk, slug, parent in Domain.objects.values_list(
        "pk", "slug", "parent_id"
    )}  # fmt: skip
    found: dict[int | None, tuple[str, ...]] = {}
    for pk in rows:
        chain: list[str] = []
        at: int | None = pk
        while at is not None and rows[at][0] not in chain:
            chain.append(rows[at][0])
            at = rows[at][1]
        found[pk] = tuple(chain)
    return found
