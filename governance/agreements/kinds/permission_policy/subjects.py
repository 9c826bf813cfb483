"""Whom an opt-out concerns: conditions over people, groups and names that resolve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from catalog.models import Person, Team
from catalog.selectors.directory import visible
from catalog.types import EmploymentKind, JobRole, Principal
from governance.agreements.kinds.permission_policy.document import Effect, OptOut, Purpose
from governance.permissions.conditions import NotInTheSet, condition_over
from governance.permissions.engine.conditions import Side
from governance.states.predicates.closed import columns_of, refusals
from governance.states.predicates.kinds import ValueKind, mismatches
from governance.states.predicates.parsing import parse_expression
from governance.types import Finding, FindingLevel

ATTRIBUTES: Mapping[str, ValueKind] = {
    "username": ValueKind.TEXT,
    "department": ValueKind.TEXT,
    "location": ValueKind.TEXT,
    "employment_kind": ValueKind.TEXT,
    "job_role": ValueKind.TEXT,
}
"""What a condition may know of a person."""

_CLOSED = {
    "employment_kind": frozenset(kind.value for kind in EmploymentKind),
    "job_role": frozenset(role.value for role in JobRole),
}


def subject_findings(document: OptOut, principal: Principal) -> Iterator[Finding]:
    """Everything that is wrong with the subjects."""
    subjects = document.subjects
    groups = [(f"subjects.groups.{i}", name) for i, name in enumerate(subjects.groups)]
    groups += [
        (f"subjects.except.groups.{i}", name) for i, name in enumerate(subjects.exempt.groups)
    ]
    people = [(f"subjects.people.{i}", name) for i, name in enumerate(subjects.people)]
    people += [
        (f"subjects.except.people.{i}", name) for i, name in enumerate(subjects.exempt.people)
    ]
    known_teams = set(
        visible(principal, Team)
        .filter(name__in=[n for _, n in groups])
        .values_list("name", flat=True)
    )
    known_people = set(
        visible(principal, Person)
        .filter(username__in=[n for _, n in people], is_active=True)
        .values_list("username", flat=True)
    )
    for field, name in groups:
        if name not in known_teams:
            yield _error("subjects", f"There is no group {name!r}.", field, "Name a team.")
    for field, name in people:
        if name not in known_people:
            yield _error(
                "subjects",
                f"Nobody active has the user name {name!r}.",
                field,
                "Write the user name as the person's page shows it.",
            )
    yield from _condition(subjects.where, "subjects.where")
    yield from _condition(subjects.exempt.where, "subjects.except.where")
    yield from _locked_out(document, known_teams, known_people)


def _condition(text: str, field: str) -> Iterator[Finding]:
    if not text:
        return
    tree, reason = parse_expression(text, None)
    if tree is None:
        yield _error("condition", reason, field, "Write one condition in SQL.")
        return
    refused = refusals(tree, parameters=frozenset({"as_of"}))
    for one in refused:
        yield _error("condition", one.message, field, one.fix)
    if refused:
        return
    for column in columns_of(tree):
        if column.table or column.name.lower() not in ATTRIBUTES:
            yield _error(
                "condition",
                f"Concord knows no {column.sql()} of a person.",
                field,
                f"Use {', '.join(sorted(ATTRIBUTES))}.",
            )
    wrong = list(mismatches(tree, ATTRIBUTES))
    for mismatch in wrong:
        yield _error("condition", mismatch.message, field, "Compare texts with texts.")
    if not wrong and all(column.name.lower() in ATTRIBUTES for column in columns_of(tree)):
        try:
            condition_over(text, Side.SUBJECT)
        except NotInTheSet as error:
            yield _error("condition", str(error), field, "Compare attributes with constants.")
    yield from _values(tree, field)


def _values(tree: exp.Expr, field: str) -> Iterator[Finding]:
    """A value that nobody can have makes a condition mean nothing."""
    for node in tree.find_all(exp.EQ, exp.NEQ, exp.In):
        column = node.this
        closed = _CLOSED.get(column.name.lower()) if isinstance(column, exp.Column) else None
        if closed is None:
            continue
        given = node.expressions if isinstance(node, exp.In) else [node.expression]
        for literal in given:
            if isinstance(literal, exp.Literal) and literal.name not in closed:
                yield _error(
                    "condition_value",
                    f"Nobody has the {column.name.lower().replace('_', ' ')} {literal.name!r}.",
                    field,
                    f"Use {', '.join(sorted(closed))}.",
                )


def _locked_out(document: OptOut, teams: set[str], people: set[str]) -> Iterator[Finding]:
    """A denial for everybody, always and for whatever purpose, leaves nobody to use the data."""
    subjects = document.subjects
    if document.effect is not Effect.DENY or not subjects.everybody or subjects.where:
        return
    when = document.when
    narrowed = when.windows or when.environments or when.versions or document.condition
    if Purpose.ANY not in document.purposes or narrowed:
        return
    exempt = subjects.exempt
    if exempt.where or set(exempt.people) & people:
        return
    members = Person.objects.filter(is_active=True, teams__name__in=set(exempt.groups) & teams)
    if members.exists():
        return
    named = "; the groups exempt have no members" if exempt.groups else ""
    yield _error(
        "locks_out_everybody",
        f"Nobody at all could use the data any more{named}.",
        "subjects.except",
        "Exempt the people or groups who need it.",
    )


def _error(check: str, message: str, field: str, fix: str) -> Finding:
    return Finding(f"opt_out.{check}", FindingLevel.ERROR, message, field, fix)
