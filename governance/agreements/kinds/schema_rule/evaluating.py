"""Which targets of a rule fail, as far as the catalog alone can tell (story S4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from catalog.models import Column, ColumnLabel, Dataset
from catalog.models import Relation as CatalogRelation
from catalog.selectors.metadata import thirteen_facts
from catalog.types import Principal
from governance.agreements.kinds.schema_rule import assertions as rules
from governance.agreements.kinds.schema_rule.document import SchemaRule
from governance.agreements.kinds.schema_rule.patterns import matcher
from governance.agreements.kinds.schema_rule.selection import (
    SelectedColumn,
    SelectedDataset,
    Selection,
    select,
)
from governance.agreements.kinds.schema_rule.types import family_of, is_of_type
from governance.agreements.selectors.in_force import in_force
from governance.agreements.selectors.labels import label_path
from governance.agreements.selectors.short_names import datasets_meant, system_meant

MOST_FACTS = 1_000
"""Datasets whose thirteen facts a preview gathers; of further ones it does not know."""


class Outcome(StrEnum):
    """How one target stands: `unknown` is what the catalog alone cannot tell."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TargetResult:
    """One target with what was found, and what to do about it."""

    dataset_id: int
    dataset: str
    column: str
    outcome: Outcome
    message: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would say today. `results` has one entry for each target, in order."""

    selection: Selection
    results: tuple[TargetResult, ...]

    def of(self, outcome: Outcome) -> tuple[TargetResult, ...]:
        """The targets with that outcome."""
        return tuple(one for one in self.results if one.outcome is outcome)

    @property
    def failing(self) -> tuple[TargetResult, ...]:
        """The targets that fail."""
        return self.of(Outcome.FAIL)

    @property
    def sentence(self) -> str:
        """The count in one line."""
        count, failing = self.selection.count, len(self.failing)
        unknown = len(self.of(Outcome.UNKNOWN))
        said = f"{count:,} {self.selection.noun} selected"
        if unknown == len(self.results):
            return f"{said}; only their data can tell."
        verb = "fails" if failing == 1 else "fail"
        return f"{said}, {failing:,} of them {verb} today." if failing else f"{said}, none fails."

    def without(self, hidden: Collection[int]) -> Preview:
        """The same but for some datasets, by id."""
        return Preview(
            self.selection.without(hidden),
            tuple(one for one in self.results if one.dataset_id not in hidden),
        )


def preview(rule: SchemaRule, principal: Principal) -> Preview:
    """Evaluate a rule over the metadata that the principal may see; nothing is stored."""
    selection = select(rule, principal)
    evaluator = _EVALUATORS[type(rule.assertion)]
    results = evaluator(rule.assertion, selection, principal)
    return Preview(selection, tuple(results))


Results = Iterator[TargetResult]


def _answer(
    target: SelectedColumn | SelectedDataset, problem: str, fix: str = "", *, unknown: bool = False
) -> TargetResult:
    dataset = target if isinstance(target, SelectedDataset) else target.dataset
    path = target.path if isinstance(target, SelectedColumn) else ""
    outcome = Outcome.FAIL if problem else Outcome.UNKNOWN if unknown else Outcome.PASS
    return TargetResult(dataset.id, dataset.name, path, outcome, problem, fix if problem else "")


def _targets(selection: Selection) -> Sequence[SelectedColumn | SelectedDataset]:
    return selection.datasets if selection.columns is None else selection.columns


def _paths(selection: Selection) -> Mapping[int, Mapping[str, tuple[str, bool | None]]]:
    """Per dataset its columns in lower case, with type and whether null is allowed."""
    found: dict[int, dict[str, tuple[str, bool | None]]] = {
        one.id: {} for one in selection.datasets
    }
    rows = Column.objects.filter(dataset__in=found, disappeared_at__isnull=True).values_list(
        "dataset_id", "path", "physical_type", "nullable"
    )
    for dataset_id, path, physical_type, nullable in rows:
        found[dataset_id][path.lower()] = (physical_type, nullable)
    return found


def _naming(demand: rules.Naming, selection: Selection, principal: Principal) -> Results:
    expression = matcher(demand.pattern)
    for target in _targets(selection):
        if isinstance(target, SelectedColumn):
            if demand.part is rules.NamedPart.KEY and target.key_position is None:
                yield _answer(target, "")
                continue
            name = target.name if demand.part is not rules.NamedPart.DATASET else ""
            name = name or target.dataset.own_name
            family = family_of(target.physical_type)
            if demand.types and expression.finds(name) and not _of_any(target, demand.types):
                yield _answer(
                    target,
                    f"{name} is named like one and has the type {target.physical_type or family}.",
                    f"Give it one of the types {', '.join(demand.types)}, or another name.",
                )
                continue
        else:
            name = target.own_name
        problem = "" if expression.finds(name) else f"{name} does not match {demand.pattern}."
        yield _answer(target, problem, f"Rename it so that it matches {demand.pattern}.")


def _of_any(column: SelectedColumn, types: Sequence[str]) -> bool:
    return any(is_of_type(column.physical_type, one) for one in types)


def _required(demand: rules.Required, selection: Selection, principal: Principal) -> Results:
    paths = _paths(selection) if demand.columns else {}
    first = [one.id for one in selection.datasets[:MOST_FACTS]]
    loaded = Dataset.objects.in_bulk(first) if demand.fields else {}
    for number, dataset in enumerate(selection.datasets):
        if demand.fields and number >= MOST_FACTS:
            yield _answer(dataset, "", unknown=True)
            continue
        missing: list[str] = []
        if demand.fields:
            facts = {fact.field: fact for fact in thirteen_facts(principal, loaded[dataset.id])}
            missing = [
                field.value.replace("_", " ")
                for field in demand.fields
                if facts[field].value in (None, "")
            ]
        absent = [name for name in demand.columns if name.lower() not in paths[dataset.id]]
        empty = [
            name
            for name in demand.columns
            if name.lower() in paths[dataset.id] and paths[dataset.id][name.lower()][1]
        ]
        unsure = any(
            name.lower() in paths[dataset.id] and paths[dataset.id][name.lower()][1] is None
            for name in demand.columns
        )
        said = [f"it does not say {', '.join(missing)}"] if missing else []
        said += [f"it has no column {', '.join(absent)}"] if absent else []
        said += [f"{', '.join(empty)} may be null"] if empty else []
        problem = f"{'; '.join(said).capitalize()}." if said else ""
        yield _answer(dataset, problem, "Fill in what is missing.", unknown=unsure)


def _type_consistency(
    demand: rules.TypeConsistency, selection: Selection, principal: Principal
) -> Results:
    columns = selection.columns or ()
    usual: dict[str, str] = {}
    if not demand.type:
        by_name: dict[str, Counter[str]] = {}
        for column in columns:
            known = family_of(column.physical_type) or column.physical_type.lower()
            by_name.setdefault(column.name.lower(), Counter())[known] += 1
        # Of equally frequent types the alphabetically first, so that the answer is always the same.
        usual = {
            name: min(counts, key=lambda kind: (-counts[kind], kind))
            for name, counts in by_name.items()
        }
    for column in columns:
        wanted = demand.type or usual[column.name.lower()]
        fits = not column.physical_type or is_of_type(column.physical_type, wanted)
        problem = (
            "" if fits else f"{column.name} has the type {column.physical_type}, not {wanted}."
        )
        yield _answer(column, problem, f"Change it to {wanted}.", unknown=not column.physical_type)


def _key(demand: rules.DeclaredKey, selection: Selection, principal: Principal) -> Results:
    rows = Column.objects.filter(
        dataset__in=[one.id for one in selection.datasets],
        key_position__isnull=False,
        disappeared_at__isnull=True,
    ).order_by("dataset", "key_position", "ordinal")
    keys: dict[int, list[str]] = {}
    for dataset_id, path in rows.values_list("dataset_id", "path"):
        keys.setdefault(dataset_id, []).append(path)
    wanted = [name.lower() for name in demand.columns]
    for dataset in selection.datasets:
        found = keys.get(dataset.id, [])
        if not found:
            yield _answer(dataset, "It declares no key.", "Declare its key.")
        elif wanted and sorted(path.lower() for path in found) != sorted(wanted):
            yield _answer(
                dataset,
                f"Its key is {', '.join(found)}.",
                f"Declare the key {', '.join(demand.columns)}.",
            )
        else:
            yield _answer(dataset, "")


def _classification(
    demand: rules.Classified, selection: Selection, principal: Principal
) -> Results:
    columns = selection.columns or ()
    carried: dict[int, list[str]] = {}
    rows = ColumnLabel.objects.filter(column__in=[one.id for one in columns])
    for column_id, path in rows.values_list("column_id", "label__path"):
        carried.setdefault(column_id, []).append(path.lower())
    wanted = label_path(demand.label).lower()
    opted_out = _opted_out_labels() if demand.opt_out else ()
    for column in columns:
        labels = carried.get(column.id, [])
        if wanted and not any(_within(path, wanted) for path in labels):
            yield _answer(
                column,
                f"It is not classified as {demand.label}.",
                f"Classify it as {demand.label}.",
            )
        elif demand.opt_out and not any(_within(p, out) for p in labels for out in opted_out):
            yield _answer(
                column, "No opt-out in force names its class.", "Propose an opt-out for its class."
            )
        else:
            yield _answer(column, "")


def _within(path: str, above: str) -> bool:
    return path == above or path.startswith(f"{above} / ")


def _opted_out_labels() -> tuple[str, ...]:
    """The classes that opt-outs in force name."""
    named = [
        held.document.get("resources", {}).get("tag") for held in in_force("permission_policy")
    ]
    return tuple(label_path(tag.removesuffix("*")).lower() for tag in named if tag)


def _hierarchy(demand: rules.Hierarchy, selection: Selection, principal: Principal) -> Results:
    system = system_meant(principal, demand.database) if demand.database else None
    places = {
        pk: (system_id, name, (container or "").lower())
        for pk, system_id, name, container in Dataset.objects.filter(
            pk__in=[one.id for one in selection.datasets]
        ).values_list("pk", "system_id", "name", "container__name")
    }
    paths = _paths(selection) if demand.parent else {}
    for target in _targets(selection):
        dataset = target if isinstance(target, SelectedDataset) else target.dataset
        system_id, name, container = places[dataset.id]
        said = []
        if demand.record and name.lower() != demand.record.lower():
            said.append(f"it lies in the record {name}, not {demand.record}")
        file = container or _file_of(dataset.name)
        if demand.file and file != demand.file.lower():
            said.append(f"it lies in the file {file or 'none'}, not {demand.file}")
        if demand.database and (system is None or system_id != system.pk):
            said.append(f"it does not lie in {demand.database}")
        if demand.parent and demand.parent.lower() not in paths[dataset.id]:
            said.append(f"it has no column {demand.parent}")
        problem = f"{'; '.join(said).capitalize()}." if said else ""
        yield _answer(target, problem, "Move it, or correct the rule.", unknown=bool(demand.parent))


def _file_of(qualified_name: str) -> str:
    """The schema or folder of a dataset whose container the catalog does not hold."""
    inside = qualified_name.partition("://")[2].partition("/")[2]
    parts = inside.lower().split(".")
    return parts[-2] if len(parts) > 1 else ""


def _relation(demand: rules.Relation, selection: Selection, principal: Principal) -> Results:
    meant = datasets_meant(principal, [demand.target])[demand.target].dataset
    declared: dict[int, list[tuple[list[str], list[str]]]] = {}
    if meant is not None:
        rows = CatalogRelation.objects.filter(
            source__in=[one.id for one in selection.datasets], target=meant, kind=demand.relation
        )
        for source_id, here, there in rows.values_list(
            "source_id", "source_columns", "target_columns"
        ):
            declared.setdefault(source_id, []).append((here, there))
    wanted = (_lower(demand.columns), _lower(demand.target_columns))
    for dataset in selection.datasets:
        fits = any(
            (not wanted[0] or _lower(here) == wanted[0])
            and (not wanted[1] or _lower(there) == wanted[1])
            for here, there in declared.get(dataset.id, ())
        )
        problem = (
            "" if fits else f"It declares no relation {demand.relation.value} to {demand.target}."
        )
        yield _answer(dataset, problem, "Declare the relation on its page.", unknown=True)


def _lower(names: Sequence[str]) -> list[str]:
    return [name.lower() for name in names]


def _has_columns(names: Callable[[Any], Sequence[str]], families: Sequence[str] = ()) -> Any:
    """Rules about data that can only be tried where the columns they name exist."""

    def evaluate(demand: Any, selection: Selection, principal: Principal) -> Results:
        paths = _paths(selection)
        for dataset in selection.datasets:
            known = paths[dataset.id]
            absent = [name for name in names(demand) if name and name.lower() not in known]
            wrong = [
                name
                for name in names(demand)
                if families
                and name.lower() in known
                and family_of(known[name.lower()][0]) not in (*families, "")
            ]
            said = [f"it has no column {', '.join(absent)}"] if absent else []
            said += [f"{', '.join(wrong)} holds no {' or '.join(families)}"] if wrong else []
            problem = f"{'; '.join(said).capitalize()}." if said else ""
            yield _answer(dataset, problem, "Add the column, or narrow the rule.", unknown=True)

    return evaluate


def _freshness(demand: rules.Freshness, selection: Selection, principal: Principal) -> Results:
    lags = dict(
        Dataset.objects.filter(pk__in=[one.id for one in selection.datasets]).values_list(
            "pk", "finality_lag"
        )
    )
    needs_data = demand.by is not None or demand.max_age is not None
    for dataset in selection.datasets:
        silent = demand.states_finality and not lags[dataset.id]
        problem = "It does not say when it is final." if silent else ""
        yield _answer(dataset, problem, "State its finality lag.", unknown=needs_data)


def _only_later(demand: Any, selection: Selection, principal: Principal) -> Results:
    """What the catalog says nothing of."""
    for target in _targets(selection):
        yield _answer(target, "", unknown=True)


_EVALUATORS: Mapping[type, Callable[[Any, Selection, Principal], Results]] = {
    rules.Hierarchy: _hierarchy,
    rules.Relation: _relation,
    rules.Identity: _has_columns(lambda demand: demand.key),
    rules.Cardinality: _has_columns(lambda demand: demand.per),
    rules.Required: _required,
    rules.Naming: _naming,
    rules.TypeConsistency: _type_consistency,
    rules.DeclaredKey: _key,
    rules.AllowedValues: _only_later,
    rules.Classified: _classification,
    rules.Retention: _has_columns(lambda demand: [demand.column], ("date", "timestamp")),
    rules.SchemaCompatibility: _only_later,
    rules.Freshness: _freshness,
    rules.Reconcile: _only_later,
    rules.QueryGuard: _has_columns(lambda demand: [demand.time_column], ("date", "timestamp")),
}
