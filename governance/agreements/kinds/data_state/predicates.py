"""The conditions of a workflow's states: readable, closed, typed, and true of their examples."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from sqlglot import exp

from governance.agreements.kinds.data_state.document import Example, OverlapPolicy, State, Workflow
from governance.agreements.kinds.data_state.view import ViewReading
from governance.states.predicates.closed import columns_of, refusals
from governance.states.predicates.evaluating import Evaluated, Truth, evaluate
from governance.states.predicates.kinds import ValueKind, kind_of_text, mismatches
from governance.states.predicates.parsing import parse_expression
from governance.types import Finding, FindingLevel

BESIDE = ("entry", "exit")


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of a state that was read; `tree` is None where it cannot be evaluated."""

    state: State
    which: str
    field: str
    tree: exp.Expr | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row that somebody wrote down for a state."""

    state: State
    field: str
    values: Example
    is_example: bool


@dataclass(slots=True)
class _Told:
    """What the conditions say of the rows: by state key and condition, in the order of the rows."""

    rows: list[Row]
    truths: dict[tuple[str, str], tuple[Truth, ...]] = field(default_factory=dict)

    def of(self, state: State, which: str) -> tuple[Truth, ...]:
        return self.truths.get((state.key, which), tuple(None for _ in self.rows))


def read_conditions(workflow: Workflow, view: ViewReading, dialect: str | None) -> list[Condition]:
    """Every condition of every state, with what is wrong with it."""
    return [
        _condition(state, which, f"states.{index}.{which}", view, dialect, workflow.as_of_param)
        for index, state in enumerate(workflow.states)
        for which in BESIDE
    ]


def example_findings(
    workflow: Workflow,
    conditions: Sequence[Condition],
    view: ViewReading,
    as_of: dt.datetime,
) -> Iterator[Finding]:
    """What the examples and counter-examples say of the conditions (evaluated, not proved)."""
    rows = list(_rows(workflow))
    yield from _values(rows, view)
    usable = [one for one in conditions if one.tree is not None]
    answers = evaluate(
        [one.tree for one in usable if one.tree is not None],
        [row.values for row in rows],
        view.kinds,
        as_of=as_of,
    )
    told = _Told(rows)
    for condition, answer in zip(usable, answers, strict=True):
        if answer.trouble:
            yield _trouble(condition, answer)
        else:
            told.truths[condition.state.key, condition.which] = answer.truths
    yield from _examples_hold(told)
    yield from _exits_exclude(workflow, told)
    if workflow.overlap_policy is OverlapPolicy.FORBID:
        yield from _overlaps(workflow, told)
    else:
        yield from _undecided(workflow, told)


def used_columns(conditions: Sequence[Condition]) -> frozenset[str]:
    """The columns of the view that conditions read, in lower case."""
    trees = [one.tree for one in conditions if one.tree is not None]
    return frozenset(column.name.lower() for tree in trees for column in columns_of(tree))


def _condition(
    state: State, which: str, place: str, view: ViewReading, dialect: str | None, as_of_param: bool
) -> Condition:
    text = state.entry if which == "entry" else state.exit
    tree, reason = parse_expression(text, dialect)
    if tree is None:
        finding = _error("state.parses", reason, place, "Write one condition in SQL.")
        return Condition(state, which, place, None, (finding,))
    parameters = frozenset({"as_of"}) if as_of_param else frozenset()
    found = [
        _error(f"state.{refused.code}", refused.message, place, refused.fix)
        for refused in refusals(tree, parameters=parameters)
    ]
    if found:
        return Condition(state, which, place, None, tuple(found))
    found += _unresolved(tree, view, place)
    found += [
        _error("state.types", wrong.message, place, "Compare like with like, or cast it.")
        for wrong in mismatches(tree, view.kinds)
    ]
    return Condition(state, which, place, None if found else tree, tuple(found))


def _unresolved(tree: exp.Expr, view: ViewReading, place: str) -> Iterator[Finding]:
    if not view.is_known:
        return
    known = {name.lower() for name in view.columns}
    for column in columns_of(tree):
        if column.table:
            yield _error(
                "state.columns_resolve",
                f"{column.sql()} names a table; a condition reads the columns of the view.",
                place,
                f"Write {column.name}.",
            )
        elif column.name.lower() not in known:
            yield _error(
                "state.columns_resolve",
                f"The view gives no column {column.name}.",
                place,
                f"It gives {', '.join(view.columns[:20])}; add the column to the view.",
            )


def _rows(workflow: Workflow) -> Iterator[Row]:
    for index, state in enumerate(workflow.states):
        for number, values in enumerate(state.examples):
            yield Row(state, f"states.{index}.examples.{number}", values, is_example=True)
        for number, values in enumerate(state.counterexamples):
            yield Row(state, f"states.{index}.counterexamples.{number}", values, is_example=False)


def _values(rows: Sequence[Row], view: ViewReading) -> Iterator[Finding]:
    """Values that no row of the view could have."""
    if not view.is_known:
        return
    known = {name.lower(): name for name in view.columns}
    for row in rows:
        for name, value in row.values.items():
            kind = view.kinds.get(name.lower(), ValueKind.UNKNOWN)
            if name.lower() not in known:
                yield _error(
                    "state.example_columns",
                    f"The view gives no column {name}.",
                    f"{row.field}.{name}",
                    f"It gives {', '.join(view.columns[:20])}.",
                )
            elif not _fits(value, kind):
                yield _error(
                    "state.example_values",
                    f"{name} is {kind.value}, and {value!r} is not.",
                    f"{row.field}.{name}",
                    "Write a value that the column can have.",
                )


def _fits(value: bool | int | float | str | None, kind: ValueKind) -> bool:
    if value is None or kind is ValueKind.UNKNOWN:
        return True
    if isinstance(value, bool):
        return kind is ValueKind.BOOLEAN
    if isinstance(value, int | float):
        return kind is ValueKind.NUMBER
    return kind is ValueKind.TEXT or kind_of_text(value) in _READ_AS.get(kind, ())


_READ_AS: Mapping[ValueKind, tuple[ValueKind, ...]] = {
    ValueKind.DATE: (ValueKind.DATE,),
    ValueKind.INSTANT: (ValueKind.DATE, ValueKind.INSTANT),
}


def _examples_hold(told: _Told) -> Iterator[Finding]:
    for position, row in enumerate(told.rows):
        if (row.state.key, "entry") not in told.truths:
            continue
        truth = told.of(row.state, "entry")[position]
        if row.is_example and truth is not True:
            yield _error(
                "state.example_holds",
                f"This example of {row.state.key!r} is not in it: its condition says"
                f" {_word(truth)}.",
                row.field,
                "Correct the example or the condition.",
            )
        if not row.is_example and truth is True:
            yield _error(
                "state.counterexample_fails",
                f"This counter-example of {row.state.key!r} is in it.",
                row.field,
                "Correct the counter-example or the condition.",
            )


def _exits_exclude(workflow: Workflow, told: _Told) -> Iterator[Finding]:
    """Exit implies not entry, as far as the rows tell."""
    for index, state in enumerate(workflow.states):
        pairs = zip(told.of(state, "entry"), told.of(state, "exit"), strict=True)
        for row, (entry, leaves) in zip(told.rows, pairs, strict=True):
            if entry is True and leaves is True:
                yield _error(
                    "state.exit_excludes_entry",
                    f"A row is in {state.key!r} and leaves it at once: {_said(row.values)}.",
                    f"states.{index}.exit",
                    "Let the two conditions never be true together.",
                )
                break


def _overlaps(workflow: Workflow, told: _Told) -> Iterator[Finding]:
    numbered = list(enumerate(workflow.states))
    for (_, first), (index, second) in combinations(numbered, 2):
        row = _in_both(told, first, second)
        if row is not None:
            yield _error(
                "state.disjoint",
                f"A row is both {first.key!r} and {second.key!r}: {_said(row.values)}.",
                f"states.{index}.entry",
                "Tell the states apart, or let precedence decide.",
            )


def _undecided(workflow: Workflow, told: _Told) -> Iterator[Finding]:
    numbered = list(enumerate(workflow.states))
    for (_, first), (index, second) in combinations(numbered, 2):
        if first.precedence != second.precedence:
            continue
        row = _in_both(told, first, second)
        if row is not None:
            yield _error(
                "state.precedence",
                f"{first.key!r} and {second.key!r} overlap and have the same precedence:"
                f" {_said(row.values)}.",
                f"states.{index}.precedence",
                "Give one of them a higher number.",
            )


def _in_both(told: _Told, first: State, second: State) -> Row | None:
    pairs = zip(told.of(first, "entry"), told.of(second, "entry"), strict=True)
    for row, (one, other) in zip(told.rows, pairs, strict=True):
        if one is True and other is True:
            return row
    return None


def _trouble(condition: Condition, answer: Evaluated) -> Finding:
    return _error(
        "state.evaluates",
        f"The condition cannot be evaluated over the examples: {answer.trouble}",
        condition.field,
        "Correct the condition or the examples.",
    )


def _word(truth: Truth) -> str:
    return "false" if truth is False else "neither true nor false, because a value is missing"


def _said(values: Example) -> str:
    """A row as people read it."""
    parts = [f"{name} = {'null' if value is None else value}" for name, value in values.items()]
    return ", ".join(parts) or "an empty row"


def _error(check: str, message: str, field: str, fix: str) -> Finding:
    return Finding(check, FindingLevel.ERROR, message, field, fix)
