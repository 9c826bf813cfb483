"""Rules in force that contradict this one: the same targets, and no way to keep both (3.5)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from governance.agreements.kind import CheckContext
from governance.agreements.kinds.schema_rule import assertions as rules
from governance.agreements.kinds.schema_rule.document import SchemaRule
from governance.agreements.kinds.schema_rule.patterns import matcher
from governance.agreements.kinds.schema_rule.selection import SelectedColumn, Selection, select
from governance.agreements.kinds.schema_rule.types import FAMILIES, family_of
from governance.agreements.selectors.in_force import in_force
from governance.agreements.selectors.naming import not_for_everybody
from governance.types import ConflictKind, ConflictSpec, Party

KIND = "schema_rule"
_SHOWN = 3


def rule_conflicts(rule: SchemaRule, context: CheckContext) -> Iterator[ConflictSpec]:
    """Contradictions with rules in force, and rules that say the same."""
    mine: Selection | None = None
    for held in in_force(KIND):
        if held.key == context.key:
            continue
        try:
            other = SchemaRule.model_validate(held.document)
        except ValidationError:
            continue  # adopted under an older form of the document; its page says so
        if other.kind is not rule.kind:
            continue
        mine = mine or select(rule, context.acting).without(not_for_everybody())
        theirs = select(other, context.acting).without(not_for_everybody())
        shared = _shared(mine, theirs)
        if not shared:
            continue
        parties = (
            Party(KIND, context.key, rule.title or rule.rule, rule.purpose, rule.owner),
            Party(KIND, held.key, held.title, other.purpose, other.owner),
        )
        if rule.assertion == other.assertion:
            if mine.places == theirs.places:
                yield ConflictSpec(
                    ConflictKind.DUPLICATE,
                    parties,
                    f"{rule.rule} and {other.rule} demand the same of the same"
                    f" {mine.count:,} {mine.noun}.",
                )
            continue
        clash = contradiction(rule.assertion, other.assertion, _common(mine, shared))
        if clash:
            named = ", ".join(sorted(shared)[:_SHOWN])
            more = f" and {len(shared) - _SHOWN} more" if len(shared) > _SHOWN else ""
            yield ConflictSpec(
                ConflictKind.RULE_CONTRADICTION, parties, f"{clash} Both are about {named}{more}."
            )


def contradiction(
    mine: rules.Assertion, other: rules.Assertion, columns: tuple[SelectedColumn, ...]
) -> str:
    """Why two demands of one kind cannot both be kept, in a sentence; empty when they can.

    `columns` are the columns that both are about, none where they are about datasets.
    """
    if isinstance(mine, rules.Identity) and isinstance(other, rules.Identity):
        return _identity(mine, other)
    if isinstance(mine, rules.TypeConsistency) and isinstance(other, rules.TypeConsistency):
        return _types(mine, other)
    if isinstance(mine, rules.DeclaredKey) and isinstance(other, rules.DeclaredKey):
        differ = mine.columns and other.columns and _set(mine.columns) != _set(other.columns)
        return _against("The key is", mine.columns, other.columns) if differ else ""
    if isinstance(mine, rules.Retention) and isinstance(other, rules.Retention):
        if mine.column.lower() == other.column.lower() and mine != other:
            return (
                f"Rows are kept for {mine.keep} and then {mine.then.value}d, and for {other.keep}"
                f" and then {other.then.value}d."
            )
        return ""
    if isinstance(mine, rules.AllowedValues) and isinstance(other, rules.AllowedValues):
        apart = mine.values and other.values and not _said(mine.values) & _said(other.values)
        return "No value is allowed by both lists." if apart else ""
    if isinstance(mine, rules.SchemaCompatibility) and isinstance(other, rules.SchemaCompatibility):
        return f"Schemas change {mine.mode.value}, and {other.mode.value}."
    if isinstance(mine, rules.Cardinality) and isinstance(other, rules.Cardinality):
        return _cardinality(mine, other)
    if isinstance(mine, rules.Hierarchy) and isinstance(other, rules.Hierarchy):
        return _hierarchy(mine, other)
    if isinstance(mine, rules.Naming) and isinstance(other, rules.Naming):
        return _naming(mine, other, columns)
    return ""


def _identity(mine: rules.Identity, other: rules.Identity) -> str:
    if mine.entity.lower() != other.entity.lower() or _set(mine.key) == _set(other.key):
        return ""
    return _against(f"A {mine.entity} is told by", mine.key, other.key)


def _types(mine: rules.TypeConsistency, other: rules.TypeConsistency) -> str:
    if mine.unit and other.unit and mine.unit.lower() != other.unit.lower():
        return f"The unit is {mine.unit}, and {other.unit}."
    if not mine.type or not other.type:
        return ""
    first, second = mine.type.lower(), other.type.lower()
    families = [one if one in FAMILIES else family_of(one) for one in (first, second)]
    same_family = families[0] == families[1] and families[0] != ""
    both_exact = first not in FAMILIES and second not in FAMILIES
    if same_family and not (both_exact and first.replace(" ", "") != second.replace(" ", "")):
        return ""
    return f"The type is {mine.type}, and {other.type}."


def _cardinality(mine: rules.Cardinality, other: rules.Cardinality) -> str:
    if _set(mine.per) != _set(other.per) or mine.where != other.where:
        return ""
    for most, least in ((mine.at_most, other.at_least), (other.at_most, mine.at_least)):
        if most is not None and least is not None and most < least:
            return f"There are at most {most} rows for each, and at least {least}."
    return ""


def _hierarchy(mine: rules.Hierarchy, other: rules.Hierarchy) -> str:
    for part in ("record", "file", "database", "parent"):
        one, two = getattr(mine, part), getattr(other, part)
        if one and two and one.lower() != two.lower():
            return f"The {part} is {one}, and {two}."
    return ""


def _naming(mine: rules.Naming, other: rules.Naming, columns: tuple[SelectedColumn, ...]) -> str:
    """No name that there is today keeps both patterns, though some keep one."""
    if mine.part is not other.part or mine.pattern == other.pattern:
        return ""
    first, second = matcher(mine.pattern), matcher(other.pattern)
    names = [one.name for one in columns]
    kept = [(first.finds(name), second.finds(name)) for name in names]
    if not any(one or two for one, two in kept) or any(one and two for one, two in kept):
        return ""
    return f"Names match {mine.pattern}, and {other.pattern}; none does both."


def _against(what: str, mine: list[str], other: list[str]) -> str:
    return f"{what} {', '.join(mine)}, and {', '.join(other)}."


def _set(names: list[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


def _said(values: list[bool | int | float | str]) -> frozenset[str]:
    return frozenset(str(value) for value in values)


def _shared(mine: Selection, theirs: Selection) -> dict[str, tuple[int, str]]:
    """The places that both are about, by name; a whole dataset meets each of its columns."""
    names = {one.id: one.name for one in (*mine.datasets, *theirs.datasets)}
    shared: set[tuple[int, str]] = set(mine.places & theirs.places)
    if mine.columns is None or theirs.columns is None:
        wholes = mine.places if mine.columns is None else theirs.places
        parts = theirs.places if mine.columns is None else mine.places
        shared |= {place for place in parts if (place[0], "") in wholes}
    return {f"{names[pk]} {path}".strip(): (pk, path) for pk, path in shared}


def _common(mine: Selection, shared: dict[str, tuple[int, str]]) -> tuple[SelectedColumn, ...]:
    places = set(shared.values())
    return tuple(one for one in mine.columns or () if (one.dataset.id, one.path) in places)
