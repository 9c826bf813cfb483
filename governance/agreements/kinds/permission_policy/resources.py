"""What an opt-out is about in the catalog, and the condition over its rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet
from sqlglot import exp

from catalog.models import Column, ColumnLabel, Dataset, DatasetLabel, Domain, System
from catalog.names import lookup_key
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from governance.agreements.kinds.permission_policy.document import (
    Effect,
    OptOut,
    Purpose,
    Resources,
)
from governance.agreements.kinds.schema_rule.patterns import glob_expression
from governance.agreements.selectors.labels import label_condition, labels_meant
from governance.agreements.selectors.naming import not_for_everybody
from governance.agreements.selectors.references import domains_named
from governance.agreements.selectors.short_names import datasets_meant
from governance.permissions.conditions import NotInTheSet, condition_over
from governance.permissions.engine.conditions import Attribute, Side, truth
from governance.states.predicates.closed import columns_of, refusals
from governance.states.predicates.kinds import ValueKind, kind_of_type, mismatches
from governance.states.predicates.parsing import parse_expression
from governance.types import Finding, FindingLevel

ROW_PARAMETERS = frozenset(
    {"as_of", "subject_username", "subject_department", "subject_location",
     "subject_employment_kind"}
)  # fmt: skip

Place = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Covered:
    """What an opt-out covers today: datasets by id, and (dataset id, column path) of each place;
    the path is empty for a whole dataset. `by_pattern` counts the datasets of each name given."""

    datasets: Mapping[int, str] = field(default_factory=dict)
    places: frozenset[Place] = frozenset()
    by_pattern: Mapping[str, int] = field(default_factory=dict)
    unknown_columns: tuple[str, ...] = ()


def covered(document: OptOut, principal: Principal) -> Covered:
    """Resolve the resources among what the principal may see."""
    return resources_covered(document.resources, principal)


def resources_covered(resources: Resources, principal: Principal) -> Covered:
    """The same for criteria without a document around them."""
    among = _among(resources, visible_datasets(principal))
    if resources.tag:
        return _labeled(resources, among)
    return _named(resources, among)


def _among(resources: Resources, visible: QuerySet[Dataset]) -> QuerySet[Dataset]:
    """The datasets that meet every criterion but names, columns and the label."""
    found = visible.filter(disappeared_at__isnull=True)
    if resources.domains:
        found = found.filter(domain__in=_with_below(resources.domains))
    if resources.regions:
        found = found.filter(residency__in=resources.regions)
    if resources.kinds:
        found = found.filter(kind__in=[kind.value for kind in resources.kinds])
    if resources.systems:
        named = Q(system__lookup_name__in=[lookup_key(name) for name in resources.systems])
        found = found.filter(named | Q(system__platform__in=resources.systems))
    if resources.where:
        try:
            condition = condition_over(resources.where, Side.RESOURCE)
        except NotInTheSet:
            return found  # told as a finding of its own
        if condition is not None:
            rows = found.values_list("pk", *_RESOURCE_FIELDS.values())
            meant = [row[0] for row in rows if truth(condition, _value_of(row[1:])) is True]
            found = found.filter(pk__in=meant)
    return found


def _with_below(slugs: Iterable[str]) -> set[int]:
    """The domains with the short names, and all below them."""
    found: set[int] = set()
    ahead = set(Domain.objects.filter(slug__in=list(slugs)).values_list("pk", flat=True))
    while ahead:
        found |= ahead
        below = Domain.objects.filter(parent__in=ahead).values_list("pk", flat=True)
        ahead = set(below) - found
    return found


_RESOURCE_FIELDS = {
    "name": "lookup_name",
    "kind": "kind",
    "system": "system__lookup_name",
    "domain": "domain__slug",
    "region": "residency",
    "environment": "system__environment",
}


def _value_of(row: tuple[str | None, ...]) -> Callable[[Attribute], str]:
    values = dict(zip(_RESOURCE_FIELDS, row, strict=True))
    return lambda attribute: values.get(attribute.name) or ""


def resource_findings(document: OptOut, found: Covered, principal: Principal) -> Iterator[Finding]:
    """Everything that is wrong with the resources and the condition over their rows."""
    resources = document.resources
    if resources.tag:
        if not labels_meant(principal, resources.tag):
            yield _error(
                "resources",
                f"There is no label {resources.tag!r}.",
                "resources.tag",
                "Write a label as its page shows it.",
            )
        elif not found.places:
            yield Finding(
                "opt_out.resources",
                FindingLevel.WARNING,
                f"Nothing carries the label {resources.tag} yet.",
                "resources.tag",
                "It will count as soon as something does.",
            )
    yield from _criteria(document, found, principal)
    for index, pattern in enumerate(resources.datasets):
        if not found.by_pattern.get(pattern):
            yield _error(
                "resources",
                f"No dataset is called {pattern}.",
                f"resources.datasets.{index}",
                "Write the name of a dataset, or a pattern such as product.*.",
            )
    for name in found.unknown_columns:
        yield _error(
            "resources",
            f"None of these datasets has a column {name}.",
            f"resources.columns.{resources.columns.index(name)}",
            "Write a column as the dataset's page shows it.",
        )
    if document.confidential_metadata:
        yield from _names_what_it_hides(document)
    yield from _closes_everything(document, found, principal)
    if document.effect is Effect.ROW_FILTER:
        yield from _row_filter(document, found, principal)


def _names_what_it_hides(document: OptOut) -> Iterator[Finding]:
    """Everybody reads an opt-out, so it may not name what nobody else may know of (law 4)."""
    for index, pattern in enumerate(document.resources.datasets):
        if not pattern.endswith("*"):
            yield _error(
                "names_what_it_hides",
                f"Everybody may read this opt-out, and it names {pattern}, which it hides.",
                f"resources.datasets.{index}",
                "Name it by a label, a domain or a pattern such as hr.*, or leave it visible.",
            )
    if document.resources.columns:
        yield _error(
            "names_what_it_hides",
            "Everybody may read this opt-out, and it names the columns that it hides.",
            "resources.columns",
            "Name them by a label, or leave their names visible.",
        )


def _criteria(document: OptOut, found: Covered, principal: Principal) -> Iterator[Finding]:
    """Domains and systems that nobody knows, conditions outside the closed set, and criteria that
    together mean nothing."""
    resources = document.resources
    known = domains_named(principal, resources.domains)
    for index, slug in enumerate(resources.domains):
        if slug not in known:
            yield _error(
                "resources",
                f"There is no domain {slug!r}.",
                f"resources.domains.{index}",
                "Write the short name of a domain.",
            )
    for index, name in enumerate(resources.systems):
        meant = Q(lookup_name=lookup_key(name)) | Q(platform=name)
        if not System.objects.filter(meant).exists():
            yield _error(
                "resources",
                f"There is no system {name!r}.",
                f"resources.systems.{index}",
                "Write a system as its page shows it, or a platform such as postgres.",
            )
    for text, side, field_name in (
        (resources.where, Side.RESOURCE, "resources.where"),
        (document.condition, None, "condition"),
    ):
        try:
            condition_over(text, side)
        except NotInTheSet as error:
            yield _error("condition", str(error), field_name, "Compare attributes with constants.")
    if not (found.datasets or resources.tag or resources.datasets):
        yield Finding(
            "opt_out.resources",
            FindingLevel.WARNING,
            "Nothing in the catalog meets these criteria yet.",
            "resources",
            "It will count as soon as something does.",
        )


def _named(resources: Resources, among: QuerySet[Dataset]) -> Covered:
    patterns = resources.datasets
    names = Q()
    for pattern in patterns:
        names |= _called(pattern)
    rows = among.filter(names).order_by("qualified_name").values_list("pk", "qualified_name")
    datasets = dict(rows)
    counts = {
        pattern: among.filter(_called(pattern), pk__in=datasets).distinct().count()
        for pattern in patterns
    }
    if not resources.columns:
        return Covered(datasets, frozenset((pk, "") for pk in datasets), counts)
    places: set[Place] = set()
    unknown = []
    for name in resources.columns:
        paths = Column.objects.filter(
            dataset__in=datasets,
            disappeared_at__isnull=True,
            path__iregex=rf"^{glob_expression(name)}$",
        ).values_list("dataset_id", "path")
        if not paths:
            unknown.append(name)
        places.update(paths)
    return Covered(datasets, frozenset(places), counts, tuple(unknown))


def _called(pattern: str) -> Q:
    """By whichever of its names, as the engine decides it."""
    whole = _whole(pattern)
    return Q(lookup_name__regex=whole) | Q(aliases__lookup_name__regex=whole)


def _whole(pattern: str) -> str:
    return rf"(^|[/.]){glob_expression(lookup_key(pattern))}$"


def _labeled(resources: Resources, among: QuerySet[Dataset]) -> Covered:
    named = _named(resources.model_copy(update={"columns": []}), among)
    labels = label_condition(resources.tag)
    wholes = DatasetLabel.objects.filter(labels, dataset__in=named.datasets).values_list(
        "dataset_id", "dataset__qualified_name"
    )
    parts = ColumnLabel.objects.filter(
        labels, column__dataset__in=named.datasets, column__disappeared_at__isnull=True
    ).values_list("column__dataset_id", "column__dataset__qualified_name", "column__path")
    datasets = dict(wholes)
    places: set[Place] = {(pk, "") for pk in datasets}
    for pk, name, path in parts:
        datasets.setdefault(pk, name)
        places.add((pk, path))
    if resources.columns:
        patterns = [re.compile(glob_expression(name)) for name in resources.columns]
        places = {
            (pk, path)
            for pk, path in places
            if any(one.fullmatch(path.lower()) for one in patterns)
        }
    return Covered(datasets, frozenset(places), named.by_pattern)


def _closes_everything(document: OptOut, found: Covered, principal: Principal) -> Iterator[Finding]:
    """Nobody loses everything at once (permissions, invariants)."""
    if document.effect is not Effect.DENY or Purpose.ANY not in document.purposes:
        return
    if not found.datasets or any(path for _, path in found.places):
        return
    everything = visible_datasets(principal).filter(disappeared_at__isnull=True).count()
    if everything > 1 and len(found.datasets) >= everything:
        yield _error(
            "closes_everything",
            f"It covers all {everything:,} datasets; whoever it concerns could use nothing.",
            "resources",
            "Name the datasets that need it.",
        )


def _row_filter(document: OptOut, found: Covered, principal: Principal) -> Iterator[Finding]:
    tree, reason = parse_expression(document.expr, None)
    if tree is None:
        yield _error("expr", reason, "expr", "Write one condition in SQL.")
        return
    refused = refusals(tree, parameters=ROW_PARAMETERS, with_subqueries=True)
    for one in refused:
        yield _error("expr", one.message, "expr", one.fix)
    if refused:
        return
    yield from _subqueries(tree, principal)
    yield from _columns(tree, found)


def _columns(tree: exp.Expr, found: Covered) -> Iterator[Finding]:
    kinds: dict[int, dict[str, ValueKind]] = {pk: {} for pk in found.datasets}
    hidden = not_for_everybody()
    rows = Column.objects.filter(dataset__in=kinds, disappeared_at__isnull=True)
    for pk, path, physical_type in rows.values_list("dataset_id", "path", "physical_type"):
        kinds[pk][path.lower()] = kind_of_type(physical_type)
    for column in columns_of(tree):
        name = column.name.lower()
        without = [pk for pk in found.datasets if name not in kinds[pk]]
        if column.table or (found.datasets and len(without) == len(found.datasets)):
            yield _error(
                "expr_columns",
                f"None of the datasets has a column {column.sql()}.",
                "expr",
                "Write a column of the datasets, without a table's name.",
            )
        elif without := [pk for pk in without if pk not in hidden]:
            named = ", ".join(found.datasets[pk] for pk in without[:3]) + (
                " …" if len(without) > 3 else ""
            )
            yield Finding(
                "opt_out.expr_columns",
                FindingLevel.WARNING,
                f"{len(without):,} of {len(kinds.keys() - hidden):,} datasets have no column"
                f" {column.name}: {named}.",
                "expr",
                "Name only datasets that have it, or expect the others to be closed whole.",
            )
    said = dict.fromkeys(
        wrong.message for known in kinds.values() for wrong in mismatches(tree, known)
    )
    for message in said:
        yield _error("expr_types", message, "expr", "Compare like with like, or cast it.")


def _subqueries(tree: exp.Expr, principal: Principal) -> Iterator[Finding]:
    """`column IN (SELECT column FROM dataset WHERE condition)` and nothing wider."""
    for query in tree.find_all(exp.Select):
        tables = list(query.find_all(exp.Table))
        simple = {"expressions", "from_", "where", "kind"}
        used = {name for name, value in query.args.items() if value}
        where = query.args.get("where")
        inner = refusals(where.this, parameters=ROW_PARAMETERS) if where is not None else ()
        if used - simple or len(tables) != 1 or len(query.expressions) != 1:
            yield _error(
                "expr_subquery",
                "A query in a condition lists one column of one dataset.",
                "expr",
                "Write column IN (SELECT column FROM dataset WHERE condition).",
            )
            continue
        for one in inner:
            yield _error("expr", one.message, "expr", one.fix)
        name = ".".join(part.name for part in tables[0].parts)
        meant = datasets_meant(principal, [name])[name]
        if meant.dataset is None:
            yield _error(
                "expr_subquery",
                f"{name} {meant.trouble}.",
                "expr",
                "Write the name of a dataset of the catalog.",
            )
            continue
        known = set(_paths(meant.dataset))
        for column in query.find_all(exp.Column):
            if column.name.lower() not in known:
                yield _error(
                    "expr_subquery",
                    f"{name} has no column {column.name}.",
                    "expr",
                    f"It has {', '.join(sorted(known)[:12])}.",
                )


def _paths(dataset: Dataset) -> Iterator[str]:
    for path in Column.objects.filter(dataset=dataset, disappeared_at__isnull=True).values_list(
        "path", flat=True
    ):
        yield path.lower()


def _error(check: str, message: str, field_name: str, fix: str) -> Finding:
    return Finding(f"opt_out.{check}", FindingLevel.ERROR, message, field_name, fix)
