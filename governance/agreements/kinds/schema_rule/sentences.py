"""A rule as one plain sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from catalog.dates import exact_day
from governance.agreements.kinds.schema_rule import assertions as rules
from governance.agreements.kinds.schema_rule.assertions import NamedPart
from governance.agreements.kinds.schema_rule.document import SchemaRule, Selector
from governance.agreements.kinds.schema_rule.selection import is_about_columns


def rule_sentence(rule: SchemaRule) -> str:
    """What is demanded, and of what."""
    demand = _DEMANDS[type(rule.assertion)](rule.assertion)
    sentence = f"{subject(rule)}: {demand}."
    if rule.waiver is not None:
        sentence += f" Waived until {exact_day(rule.waiver.until)}."
    return sentence


def subject(rule: SchemaRule) -> str:
    """What a rule is about, in words."""
    selector = rule.selector
    noun = "Every column" if is_about_columns(rule) else "Every dataset"
    parts = [noun]
    if selector.column:
        parts.append(f"named {selector.column}")
    if selector.type:
        parts.append(f"of the type {selector.type}")
    if selector.term:
        parts.append(f"that holds {selector.term.removeprefix('term:')}")
    if selector.tag:
        parts.append(f"labeled {selector.tag}")
    if selector.dataset:
        parts.append(f"{'in' if is_about_columns(rule) else 'named'} {selector.dataset}")
    parts += _places(selector)
    return " ".join(parts)


def _places(selector: Selector) -> list[str]:
    said = []
    if selector.layer:
        said.append(f"in the layer {selector.layer}")
    if selector.system:
        said.append(f"in {selector.system}")
    if selector.domain:
        said.append(f"of the domain {selector.domain}")
    if selector.stage:
        said.append(f"at the stage {selector.stage.value}")
    if selector.lifecycle:
        said.append(f"that is {selector.lifecycle.value}")
    if selector.criticality is not None:
        said.append(f"of criticality {selector.criticality}")
    if selector.data_kind:
        said.append(f"with {selector.data_kind.value} data")
    return said


def _listed(names: Sequence[Any]) -> str:
    words = [str(getattr(name, "value", name)).replace("_", " ") for name in names]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _columns(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _hierarchy(demand: rules.Hierarchy) -> str:
    said = []
    if demand.record:
        said.append(f"in the record {demand.record}")
    if demand.file:
        said.append(f"in the file {demand.file}")
    if demand.database:
        said.append(f"in the database {demand.database}")
    text = f"lies {', '.join(said)}" if said else ""
    if demand.parent:
        depth = f" at most {demand.max_depth} deep" if demand.max_depth else ""
        text += f"{' and ' if text else ''}its rows form a tree by {demand.parent}{depth}"
    return text


def _relation(demand: rules.Relation) -> str:
    by = f" by {_columns(demand.columns)}" if demand.columns else ""
    dated = ", for a time" if demand.dated else ""
    many = ", many to many" if demand.many else ""
    return f"is linked to {demand.target} ({demand.relation.value}){by}{many}{dated}"


def _identity(demand: rules.Identity) -> str:
    level = f" at the level {demand.level}" if demand.level else ""
    return f"one {demand.entity} is one {_columns(demand.key)}{level}"


def _cardinality(demand: rules.Cardinality) -> str:
    limits = []
    if demand.at_least is not None:
        limits.append(f"at least {demand.at_least}")
    if demand.at_most is not None:
        limits.append(f"at most {demand.at_most}")
    where = f" where {demand.where}" if demand.where else ""
    return f"{' and '.join(limits)} for each {_columns(demand.per)}{where}"


def _required(demand: rules.Required) -> str:
    said = []
    if demand.fields:
        said.append(f"says {_listed(demand.fields)}")
    if demand.columns:
        said.append(f"always has a value in {_columns(demand.columns)}")
    return " and ".join(said)


def _naming(demand: rules.Naming) -> str:
    key = ", if it is part of a key," if demand.part is NamedPart.KEY else ""
    types = f" and is {' or '.join(demand.types)}" if demand.types else ""
    return f"its name{key} matches {demand.pattern}{types}"


def _type_consistency(demand: rules.TypeConsistency) -> str:
    text = f"has the type {demand.type}" if demand.type else "has one type wherever its name stands"
    return f"{text} in {demand.unit}" if demand.unit else text


def _key(demand: rules.DeclaredKey) -> str:
    text = f"declares the key {_columns(demand.columns)}" if demand.columns else "declares a key"
    return f"{text}, unique in its data" if demand.unique else text


def _allowed_values(demand: rules.AllowedValues) -> str:
    if demand.workflow:
        return f"holds only states of {demand.workflow.removeprefix('data_state:')}"
    shown = ", ".join(str(value) for value in demand.values[:8])
    return f"holds only {shown}{' …' if len(demand.values) > 8 else ''}"


def _classification(demand: rules.Classified) -> str:
    said = []
    if demand.label:
        said.append(f"is classified as {demand.label}")
    if demand.opt_out:
        said.append("is named by an opt-out in force")
    return " and ".join(said)


def _retention(demand: rules.Retention) -> str:
    return f"keeps rows for {demand.keep} from {demand.column}, then {demand.then.value}s them"


def _freshness(demand: rules.Freshness) -> str:
    said = []
    if demand.by is not None:
        said.append(f"is there by {demand.by:%H:%M} UTC every day")
    if demand.max_age is not None:
        said.append(f"is never older than {demand.max_age}")
    if demand.states_finality:
        said.append("says when it is final")
    return " and ".join(said)


def _reconcile(demand: rules.Reconcile) -> str:
    exactly = f"within {demand.tolerance_percent:g} %" if demand.tolerance_percent else "exactly"
    return f"two queries give the same number, {exactly}"


def _query_guard(demand: rules.QueryGuard) -> str:
    said = []
    if demand.time_column:
        span = f" over at most {demand.max_range}" if demand.max_range else ""
        said.append(f"is queried by {demand.time_column}{span}")
    if demand.max_rows:
        said.append(f"gives at most {demand.max_rows:,} estimated rows")
    if demand.forbid:
        said.append(f"without {_listed(demand.forbid)}")
    return " and ".join(said)


_DEMANDS: Mapping[type, Callable[[Any], str]] = {
    rules.Hierarchy: _hierarchy,
    rules.Relation: _relation,
    rules.Identity: _identity,
    rules.Cardinality: _cardinality,
    rules.Required: _required,
    rules.Naming: _naming,
    rules.TypeConsistency: _type_consistency,
    rules.DeclaredKey: _key,
    rules.AllowedValues: _allowed_values,
    rules.Classified: _classification,
    rules.Retention: _retention,
    rules.SchemaCompatibility: lambda d: f"changes its schema {d.mode.value.replace('_', ' ')}",
    rules.Freshness: _freshness,
    rules.Reconcile: _reconcile,
    rules.QueryGuard: _query_guard,
}
