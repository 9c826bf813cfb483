"""Statements that hold others: blocks, routines, what runs later; read by their words."""

from __future__ import annotations

import re

from lineage.sql.commands.loads import items_of
from lineage.sql.commands.programs import statements_in
from lineage.sql.commands.query_variables import with_queries
from lineage.sql.commands.words import Command, Inner, Words, unquoted
from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import Kind, closing, tokens
from lineage.sql.routines.bodies import Part, declared_in, parts_of
from lineage.sql.routines.headers import body_of, parameters_of, row_names_of, table_parameters_of
from lineage.sql.routines.record_types import record_fields_of
from lineage.sql.routines.walk import ONLY_READ

_ROUTINES = words("PROCEDURE PROC FUNCTION MACRO TRIGGER")
_RETURNING = ("FUNCTION", "MACRO")
_TRANSACTION = words("TRANSACTION TRAN WORK ISOLATION READ DEFERRED IMMEDIATE EXCLUSIVE")


def inside(text: str, start: int | None, part: Part) -> Inner:
    """A part of a text that begins at ``start``, None where its place is not known."""
    place = None if start is None else start + part.start
    return Inner(text[part.start : part.end], place, part.record, part.branched, part.loops)


def is_block(sql: str, rules: DialectRules) -> bool:
    """Whether a text is a block of statements."""
    return next((t.word for t in tokens(sql, rules) if t.kind is Kind.WORD), "") in (
        "BEGIN",
        "DECLARE",
    )


def do(said: Words) -> Command:
    """PostgreSQL's DO: an anonymous block in a string."""
    for token in said.found[1:]:
        if token.kind is Kind.STRING:
            literal = Inner(*unquoted(token, said.rules))
            return block_inside("DO", literal, said)
    return Command("DO")


def block(said: Words) -> Command | None:
    """A block, a branch or a loop that stands on its own."""
    starts_transaction = len(said.found) == 1 or said.word(1) in _TRANSACTION
    if said.word(0) == "BEGIN" and starts_transaction and len(said.found) <= 3:
        return Command("BEGIN")
    return block_inside(said.word(0), Inner(said.sql, 0), said)


def declare(said: Words) -> Command | None:
    """DECLARE of variables, cursors or a block that begins with them."""
    if said.rules.name in ("tsql", "fabric") and any(t.word == "TABLE" for t in said.found):
        return _declared_tables(said)
    if said.word(1) == "GLOBAL" and said.word(2) == "TEMPORARY":  # of Db2, for a session
        table, end = said.found[2].end, len(said.sql)
        after = said.table(4)[1]
        listed = said.text(after) == "(" and said.word(after + 1) not in ("SELECT", "WITH")
        if listed and said.word(after - 1) != "AS":  # where its rows are kept says nothing
            end = said.found[closing(said.found, after)].end
        inner = Inner("CREATE TEMPORARY".ljust(table) + said.sql[table:end], 0)
        return Command("CREATE TABLE", inner=(inner,))
    at = 1
    while said.word(at) and not said.word(at).startswith("@"):
        said.session.variables.add(said.rules.column(said.found[at].name, False))
        if said.text(at + 1) != ",":
            break
        at += 2
    if not any(token.word == "BEGIN" for token in said.found):
        parts = parts_of(said.sql, said.rules)
        return Command("DECLARE", inner=tuple(inside(said.sql, 0, part) for part in parts))
    return block(said)


def _declared_tables(said: Words) -> Command | None:
    """T-SQL's ``DECLARE @n INT = 1, @t TABLE (id INT)``: each table as a statement of its own."""
    starts = [1]
    depth = 0
    for index, token in enumerate(said.found):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.text == ",":
            starts.append(index + 1)
    verb = said.word(0)
    inner: list[Inner] = []
    for first, after in zip(starts, [*starts[1:], len(said.found) + 1], strict=True):
        if "TABLE" not in (said.word(first + 1), said.word(first + 2)):
            equals = next((i for i in range(first, after - 1) if said.text(i) == "="), -1)
            if equals > 0 and equals + 1 < after - 1:
                start, end = said.found[equals + 1].start, said.found[after - 2].end
                name = said.found[first].name.lower()
                inner.append(Inner(said.sql[start:end], start, (name,)))
            continue
        if len(starts) == 1:
            return None  # the grammar reads it
        start, end = said.found[first].start, said.found[after - 2].end
        inner.append(Inner(f"{verb} {said.sql[start:end]}", start - len(verb) - 1))
    return Command("DECLARE", inner=tuple(inner))


def block_inside(kind: str, literal: Inner, said: Words) -> Command:
    """The statements inside of a block, as a command of that kind."""
    parts = parts_of(literal.sql, said.rules)
    return Command(
        kind,
        inner=tuple(
            inside(literal.sql, literal.start, part)
            for part in parts
            if part.end - part.start < len(literal.sql) or part.start
        ),
        procedural=True,
        variables=frozenset(
            declared_in(literal.sql, said.rules, declaring=kind == "CREATE PACKAGE")
        ),
        record_fields=record_fields_of(literal.sql, said.rules),
    )


def routine(said: Words) -> Command:
    """CREATE of a procedure, function or trigger, with the statements of its body."""
    kind = next((t.word for t in said.found[:8] if t.word in _ROUTINES), "PROCEDURE")
    kind = "PROCEDURE" if kind == "PROC" else kind
    found = body_of(said.sql, said.rules)
    name = f"{said.word(0)} {kind}"
    runs = said.at("EXECUTE", start=2) if kind == "TRIGGER" else -1
    if runs > 0 and said.word(runs + 1) in ("FUNCTION", "PROCEDURE"):
        return Command(name, calls=(said.table(runs + 2)[0],))
    if found is None:
        inner = _in_program(said)
        more = "; the statements in its strings were read." if inner else ", or there is none."
        reason = f"The body of the {kind.lower()} is not SQL{more}"
        return Command(name, inner=inner, reason=reason, procedural=True)
    body, start, changed = found
    place = None if changed else start
    inner = tuple(inside(body, place, part) for part in parts_of(body, said.rules))
    if said.rules.name == "singlestore":
        inner = with_queries(said, inner)
    row_of = None
    if kind == "TRIGGER" and (at := said.at("ON")) > 0:
        row_of, after = said.table(at + 1)
        named = said.sql[said.found[at + 1].start : said.found[after - 1].end]
        inner = tuple(_as_update(entry, named) for entry in inner)
    defines = said.table(said.at(*_RETURNING) + 1)[0] if kind in _RETURNING else None
    if defines is not None and (seen := said.session.triggered.get(defines)) is not None:
        row_of = seen
        inner = tuple(_as_update(entry, seen.text) for entry in inner)
    returned = _RETURNED_TABLE.search(said.sql)
    if returned is not None and said.rules.name in ("tsql", "fabric"):
        rows, columns = returned.groups()
        declared = Inner(f"DECLARE {rows} TABLE {columns}", None)
        inner = (declared, *inner, Inner(" ".join(("SELECT * FROM", rows)), None))
    names = declared_in(body, said.rules) | parameters_of(said.sql, said.rules)
    return Command(
        name,
        inner=inner,
        procedural=True,
        row_of=row_of,
        row_names=row_names_of(said.sql, said.rules) if row_of is not None else (),
        variables=frozenset(names),
        record_fields=record_fields_of(body, said.rules),
        row_sets=table_parameters_of(said.sql, said.rules),
        defines=defines,
        defined_columns=_returned_columns(said),
    )


def _returned_columns(said: Words) -> tuple[str, ...]:
    """The columns of ``RETURNS TABLE (a int, b text)``."""
    at = said.at("RETURNS")
    if at < 0 or said.word(at + 1) != "TABLE" or said.text(at + 2) != "(":
        return ()
    names = [item[0] for item in items_of(said, at + 2)]
    return tuple(said.rules.column(name.name, name.kind is Kind.QUOTED) for name in names)


def script(said: Words, at: int) -> Command:
    """Exasol's ``CREATE LUA SCRIPT s (...) AS program``."""
    body = said.at("AS", start=at) + 1
    start = said.found[body].start if 0 < body < len(said.found) else len(said.sql)
    return Command("CREATE SCRIPT", inner=_of_program(said.sql[start:], said), procedural=True)


def _in_program(said: Words) -> tuple[Inner, ...]:
    """The statements that a body in another language runs."""
    bodies = [token for token in said.found if token.kind is Kind.STRING]
    if not bodies:
        return ()
    body, _ = unquoted(max(bodies, key=lambda token: len(token.text)), said.rules)
    return _of_program(body, said)


def _of_program(body: str, said: Words) -> tuple[Inner, ...]:
    """The statements in the strings of a program; rows of a query go to a variable."""
    return tuple(
        Inner(text[part.start : part.end], None, part.record or ONLY_READ)
        if text[part.start : part.end].lstrip()[:6].upper() == "SELECT"
        else inside(text, None, part)
        for text in statements_in(body)
        for part in parts_of(text, said.rules)
    )


_RETURNED_TABLE = re.compile(
    r"\bRETURNS\s+(@\w+)\s+TABLE\s*(\((?:[^()]|\([^()]*\))*\))", re.IGNORECASE
)
"""T-SQL's function that fills a table and returns it."""


def _as_update(inner: Inner, table: str) -> Inner:
    """``SET NEW.a = value`` in a trigger fills a column of its table."""
    if len(inner.record) != 1 or not inner.record[0].startswith("new."):
        return inner
    return Inner(" ".join(("UPDATE", table, "SET", inner.record[0][4:], "=", inner.sql)), None)


def scheduled(said: Words, at: int) -> Command:
    """CREATE TASK ... AS, CREATE PIPE ... AS, CREATE EVENT ... DO: a statement that runs later."""
    kind = f"CREATE {said.word(at)}"
    opening = {"ALERT": ("THEN",), "RULE": ("DO",)}.get(said.word(at), ("AS", "DO"))
    after = said.at(*opening, start=at + 1)
    if said.word(after + 1) in ("ALSO", "INSTEAD"):
        after += 1
    if after < 0 or after + 1 >= len(said.found):
        return Command(kind)
    start = said.found[after + 1].start
    text = said.sql[start:]
    parts = parts_of(text, said.rules)
    inner = (*_condition(said, at, after), *(inside(text, start, part) for part in parts))
    row_of = None
    if kind == "CREATE RULE" and (to := said.at("TO", start=at)) > 0:
        row_of = said.table(to + 1)[0]
    procedural = row_of is not None or said.word(after + 1) in ("BEGIN", "DECLARE")
    return Command(kind, inner=inner, procedural=procedural, row_of=row_of)


def _condition(said: Words, start: int, end: int) -> tuple[Inner, ...]:
    """The query of ``IF (EXISTS (SELECT ...))``, on which an alert's action depends."""
    if said.word(start) != "ALERT":
        return ()
    asks = (i for i in range(start, end) if said.word(i) == "EXISTS" and said.text(i + 1) == "(")
    exists = next(asks, end)
    last = closing(said.found, exists + 1) if exists + 1 < end else end
    if last >= end:
        return ()
    first, stop = said.found[exists + 2].start, said.found[last - 1].end
    return (Inner(said.sql[first:stop], first, ONLY_READ),)


def rescheduled(said: Words) -> Command:
    """``ALTER TASK t MODIFY AS ...`` and ``ALTER ALERT a MODIFY ACTION ...``: what runs instead."""
    kind = f"ALTER {said.word(1)}"
    modify = said.at("MODIFY")
    if said.word(modify + 1) == "CONDITION":
        exists = said.at("EXISTS", start=modify)
        if exists < 0 or exists + 2 >= len(said.found):
            return Command(kind)
        start = said.found[exists + 2].start
        end = said.found[closing(said.found, exists + 1)].start
        return Command(kind, inner=(Inner(said.sql[start:end], start, ONLY_READ),))
    if said.word(modify + 1) not in ("AS", "ACTION") or modify + 2 >= len(said.found):
        return Command(kind)
    start = said.found[modify + 2].start
    parts = parts_of(said.sql[start:], said.rules)
    return Command(kind, inner=tuple(inside(said.sql[start:], start, part) for part in parts))
