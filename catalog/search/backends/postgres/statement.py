"""Conditions of a search in SQL: which rows match, may be seen and have what was chosen."""

# ruff: noqa: S608 - only our own table and column names are formatted in; values never

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from catalog.search.backends.base import Choice, Request
from catalog.search.backends.postgres import conditions, lexemes
from catalog.search.backends.postgres.lexemes import quoted
from catalog.search.query import (
    AllOf,
    AnyOf,
    Changed,
    FieldWords,
    Group,
    Not,
    Phrase,
    Word,
)
from catalog.search.registry import COLUMN, kinds
from catalog.search.tokens import fold, stems

_FIELD_OF_WORDS = {
    "name": lexemes.NAME,
    "column": lexemes.COLUMN,
    "description": lexemes.DESCRIPTION,
}


@dataclass
class Statement:
    """SQL text with its parameters in order."""

    sql: str = ""
    parameters: list[Any] = field(default_factory=list)

    def add(self, sql: str, *parameters: Any) -> Statement:
        """Append text and what its placeholders take."""
        self.sql += sql
        self.parameters += parameters
        return self


def fetched(statement: Statement) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.parameters)
        return cursor.fetchall()


def add_match(
    statement: Statement,
    request: Request,
    parts: Sequence[str],
    table: str,
    *,
    is_filtered: bool = True,
) -> None:
    """The condition on `d` that every part holds (without one, that it exists), that it may be
    seen and, unless all choices are to be ignored, has what was chosen."""
    chosen, excluded = _chosen(request) if is_filtered else ([], [])
    parts = list(parts)
    if excluded:
        first, *others = parts or [_any_kind(request)]
        parts = [conditions.without(first, excluded), *others]
    # One comparison each: the index leaps from one to the next, while what stands in a single
    # comparison is all read to its end.
    wanted = [condition for condition in (*parts, *chosen) if condition]
    for number, condition in enumerate(wanted):
        statement.add(f"{' AND ' if number else ''}d.tokens @@ %s::tsquery", condition)
    if not wanted:
        statement.add("d.profile_id IS NOT NULL")
    _add_constraints(statement, request, table)


def add_visibility(statement: Statement, request: Request, table: str) -> None:
    """The further condition on `d` that it may be seen."""
    if _sees_some(request):
        statement.add(" AND d.tokens @@ %s::tsquery", _any_kind(request))
    _add_partial_visibility(statement, request, table)


def _chosen(request: Request) -> tuple[list[str], list[str]]:
    """What may be seen and was chosen, of which each must hold; and what was excluded, which an
    index finds only beside something that holds."""
    wanted, excluded = [], []
    if _sees_some(request):
        wanted.append(_any_kind(request))
    for choice in request.choices:
        values = [lexemes.facet(choice.field, value) for value in choice.values]
        if choice.is_negated:
            excluded += values
        else:
            # Nothing holds the empty lexeme of a field: who chose no value finds nothing.
            wanted.append(conditions.any_of(values or [quoted(lexemes.FACET, "")]))
    return wanted, excluded


def _any_kind(request: Request) -> str:
    return conditions.any_of(
        [lexemes.facet("kind", kind) for kind in sorted(request.visibility.kinds)]
    )


def _sees_some(request: Request) -> bool:
    return request.visibility.kinds < {*kinds.names(), COLUMN}


def allowed(request: Request, *, without: str = "") -> Statement:
    """A condition on `p`, the profile: what may be seen and was chosen, but for one field."""
    statement = Statement("true")
    if _sees_some(request):
        statement.add(" AND ")
        _add_has_any(statement, [f"kind:{kind}" for kind in sorted(request.visibility.kinds)])
    for choice in request.choices:
        if choice.field == without and not choice.is_negated:
            continue
        statement.add(" AND NOT (" if choice.is_negated else " AND (")
        _add_has_any(statement, [f"{choice.field}:{value}" for value in choice.values])
        statement.add(")")
    return statement


def wanted_profiles(choices: Sequence[Choice]) -> frozenset[str]:
    """The fields in which something was chosen (and not excluded)."""
    return frozenset(choice.field for choice in choices if not choice.is_negated)


def _add_constraints(statement: Statement, request: Request, table: str) -> None:
    """Phrases, exclusions, words of named fields, and what is visible only in part."""
    query = request.query
    for text in query.phrases:
        statement.add(
            f" AND EXISTS (SELECT 1 FROM {table} t WHERE t.id = d.id"
            " AND strpos(t.phrases, %s) > 0)",
            text,
        )
    for text in query.excluded_phrases:
        statement.add(
            f" AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.id = d.id"
            " AND strpos(t.phrases, %s) > 0)",
            text,
        )
    for forms in query.excluded_words:
        words = " & ".join(f"({_form_anywhere(form)})" for form in forms)
        _add_membership(statement, table, words, is_negated=True)
    for chosen in query.filters:
        if chosen.field in _FIELD_OF_WORDS:
            tsquery = _words_of_field(chosen.field, chosen.value, request.is_columns)
            _add_membership(statement, table, tsquery, is_negated=chosen.is_negated)
    if request.only:
        statement.add(" AND d.kind = 'dataset' AND d.object_id = ANY(%s)", list(request.only))
    for group in (*request.conditions, *request.dates):
        inner = _group(group, request.is_columns, table)
        statement.add(f" AND {inner.sql}", *inner.parameters)
    _add_partial_visibility(statement, request, table)


def _group(group: Group, is_columns: bool, table: str, *, is_excluded: bool = False) -> Statement:
    """A group as one condition on `d`; what words and values say is left to one comparison. What is
    excluded is the word itself, and not what begins with it or means the same."""
    lexical = _lexical(group, is_columns, is_excluded=is_excluded)
    if lexical is not None:
        return Statement("d.tokens @@ %s::tsquery", [lexical])
    match group:
        case AllOf(()):
            return Statement("true")
        case AnyOf(()):
            return Statement("false")
        case AllOf(parts) | AnyOf(parts):
            joined = Statement("(")
            for number, part in enumerate(parts):
                inner = _group(part, is_columns, table, is_excluded=is_excluded)
                sign = " AND " if isinstance(group, AllOf) else " OR "
                joined.add(f"{sign if number else ''}{inner.sql}", *inner.parameters)
            return joined.add(")")
        case Not(part):
            inner = _group(part, is_columns, table, is_excluded=not is_excluded)
            return Statement(f"NOT {inner.sql}", inner.parameters)
        case Phrase(text):
            return Statement(
                f"EXISTS (SELECT 1 FROM {table} t WHERE t.id = d.id AND strpos(t.phrases, %s) > 0)",
                [text],
            )
        case Changed(start, end):
            return Statement(
                "(d.changed_at IS NOT NULL"
                " AND d.changed_at >= coalesce(%s::timestamptz, '-infinity')"
                " AND d.changed_at < coalesce(%s::timestamptz, 'infinity'))",
                [start, end],
            )
    raise TypeError(group)


def _lexical(group: Group, is_columns: bool, *, is_excluded: bool) -> str | None:
    """The group as a condition on words alone, None where it is more than that."""
    match group:
        case Word():
            words = _form_anywhere(group.stem) if is_excluded else conditions.in_any_field(group)
            return f"({words})"
        case FieldWords(name, value):
            return f"({_words_of_field(name, value, is_columns)})"
        case Choice(name, values):
            return f"({conditions.any_of([lexemes.facet(name, value) for value in values])})"
        case Not(part):
            inner = _lexical(part, is_columns, is_excluded=not is_excluded)
            return None if inner is None else f"!({inner})"
        case AllOf(parts) | AnyOf(parts):
            found = [_lexical(part, is_columns, is_excluded=is_excluded) for part in parts]
            if not found or None in found:
                return None
            sign = " & " if isinstance(group, AllOf) else " | "
            return f"({sign.join(part for part in found if part)})"
    return None


def _form_anywhere(form: str) -> str:
    """The stem of a word in a name, a column, a place or a description."""
    fields = (lexemes.NAME, lexemes.COLUMN, lexemes.PLACE, lexemes.DESCRIPTION)
    return conditions.any_of([quoted(code, form) for code in fields])


def _words_of_field(name: str, value: str, is_columns: bool) -> str:
    code = _FIELD_OF_WORDS[name]
    if is_columns and name == "column":
        code = lexemes.NAME
    whole = {lexemes.NAME: lexemes.WHOLE_NAME, lexemes.COLUMN: lexemes.WHOLE_COLUMN}
    words = " & ".join(quoted(code, form) for form in dict.fromkeys(stems(value)))
    exact = quoted(whole.get(code, code), fold(value))
    return f"({words}) | {exact}" if words else exact


def _add_membership(statement: Statement, table: str, tsquery: str, *, is_negated: bool) -> None:
    statement.add(
        f" AND d.id {'NOT ' if is_negated else ''}IN"
        f" (SELECT id FROM {table} WHERE tokens @@ %s::tsquery)",
        tsquery,
    )


def _add_partial_visibility(statement: Statement, request: Request, table: str) -> None:
    for kind, restriction in sorted(request.visibility.partial.items()):
        inner, parameters = restriction.keys.query.sql_with_params()
        statement.add(
            f" AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.id = d.id AND t.kind = %s"
            f" AND t.{restriction.key} NOT IN ({inner}))",
            kind,
            *parameters,
        )


def _add_has_any(statement: Statement, pairs: Sequence[str]) -> None:
    """The profile holds one of the (field:value) pairs."""
    fields = [pair.partition(":")[0] for pair in pairs]
    values = [pair.partition(":")[2] for pair in pairs]
    statement.add(
        "p.terms && ARRAY(SELECT t.id::int FROM catalog_searchterm t"
        " JOIN unnest(%s::text[], %s::text[]) AS wanted(field, value)"
        " ON t.field = wanted.field AND t.value = wanted.value)",
        fields,
        values,
    )
