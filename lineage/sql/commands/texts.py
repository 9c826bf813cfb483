"""Texts that are run as statements: EXECUTE IMMEDIATE, EXEC, sp_executesql, PREPARE."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from lineage.sql.commands.blocks import block_inside, inside, is_block
from lineage.sql.commands.moves import beside
from lineage.sql.commands.words import (
    UNKNOWN,
    Command,
    Inner,
    Move,
    MoveKind,
    Words,
    joined_text,
)
from lineage.sql.dialects import words
from lineage.sql.lexer import Kind, closing
from lineage.sql.routines.bodies import parts_of

_PUT_TOGETHER = "The statement is put together at run time from more than literal text."
_AFTER_TEXT = words("USING INTO BULK RETURNING RETURN")
_QUERIES = re.compile(r"[\s(]*(?:SELECT|WITH|SEL)\b", re.IGNORECASE)


def execute(said: Words) -> Command:
    """What is run, and the queries that a part of its text comes from."""
    command = _executed(said)
    asked = queries_of(said)
    return replace(command, inner=(*asked, *command.inner)) if asked else command


def queries_of(said: Words) -> tuple[Inner, ...]:
    """The queries in brackets among what a statement is given."""
    return tuple(islice(_asked(said), _MOST_ASKED))


def _asked(said: Words) -> Iterator[Inner]:
    """``FORMAT('... %s', (SELECT ...))``: the queries outside the text that is run."""
    at = 1
    while at + 1 < len(said.found):
        if said.text(at) == "(" and said.word(at + 1) in ("SELECT", "WITH"):
            end = min(closing(said.found, at), len(said.found) - 1)
            first, last = said.found[at + 1].start, said.found[end].start
            yield Inner(said.sql[first:last], first, _SHOWN)
            at = end
        at += 1


_MOST_ASKED = 50
"""Queries in what is run beyond which they are no longer read."""
_SHOWN = ("_text_",)
"""The variable that such a query fills."""


def _executed(said: Words) -> Command:
    """EXECUTE IMMEDIATE, EXEC ('...'), sp_executesql, EXECUTE of a prepared statement, EXEC."""
    at = 1
    kind = "EXECUTE"
    if said.word(1) == "IMMEDIATE":
        at, kind = 2, "EXECUTE IMMEDIATE"
        if said.word(2) == "FROM":
            return Command(kind, reason="The statements are in a file that is not at hand.")
    if said.word(1) == "AS":  # T-SQL's EXECUTE AS USER: who runs what follows
        return Command(kind)
    if said.text(at) == "(":
        at += 1
    if said.word(1) == "STATEMENT" and said.word(2) == "SET":  # of Flink
        start = said.found[min(3, len(said.found) - 1)].start
        return block_inside(kind, Inner(said.sql[start:], start), said)
    if said.word(at) == "FORMAT" and said.text(at + 1) == "(":
        literal = formatted(said, at + 2)
        return _with_inner(kind, literal, said) if literal else Command(kind, reason=_PUT_TOGETHER)
    literal = said.string(at) or _known_text(said, at) or _joined(said, at)
    if literal is not None:
        return _with_inner(kind, literal, said)
    if said.found[at : at + 1] and said.found[at].kind is Kind.STRING:
        return Command(kind, reason=_PUT_TOGETHER)
    parts, after = said.parts(at)
    bracketed = at > 0 and said.text(at - 1) == "("
    if said.text(at) == "@" or kind == "EXECUTE IMMEDIATE" or bracketed or not parts:
        return Command(kind, reason=_PUT_TOGETHER)
    if parts[0].startswith("@") and said.text(after) == "=":
        parts, after = said.parts(after + 1)
    if parts[-1] in ("sp_executesql", "sp_execute_sql"):
        at = after + 2 if said.text(after + 1) == "=" else after
        literal = said.string(at) or _known_text(said, at) or _joined(said, at)
        return (
            _with_inner("EXECUTE", literal, said)
            if literal
            else Command("EXECUTE", reason=_PUT_TOGETHER)
        )
    if parts[-1] == "sp_rename":
        return _sp_rename(said, after)
    if len(parts) == 1 and parts[0].lower() in said.session.variables:
        return Command(kind, reason=_PUT_TOGETHER)
    return Command("EXECUTE", calls=(said.session.complete(parts),))


def _known_text(said: Words, at: int) -> Inner | None:
    """What a variable holds that a literal was put into before."""
    at += said.text(at) in (":", "$")
    alone = said.text(at + 1) in ("", ";", ")", ",") or said.word(at + 1) in _AFTER_TEXT
    text = said.session.texts.get(said.text(at).lower()) if alone else None
    return Inner(text, None) if text is not None else None


_PLACES = re.compile(r"%(?:\d+\$)?[sILtTd]")


def formatted(said: Words, at: int) -> Inner | None:
    """PostgreSQL's and BigQuery's ``format('... %I ...', 'name')``."""
    text = said.string(at)
    at += 1
    values: list[str] = []
    while text is not None and said.text(at) == ",":
        value = said.string(at + 1) or _known_text(said, at + 1)
        values.append(UNKNOWN if value is None else value.sql)
        at = _argument_end(said, at + 1)
    if text is None:
        return None
    following = iter(values)
    return Inner(_PLACES.sub(lambda _: next(following, UNKNOWN), text.sql), None)


def _argument_end(said: Words, at: int) -> int:
    """The index of the comma or bracket after an argument."""
    depth = 0
    while at < len(said.found):
        text = said.text(at)
        if depth == 0 and text in (",", ")"):
            break
        depth += (text == "(") - (text == ")")
        at += 1
    return at


def _joined(said: Words, at: int) -> Inner | None:
    """A text that literals and variables make together."""
    end, depth = at, 0
    while end < len(said.found):
        text = said.text(end)
        depth += (text == "(") - (text == ")")
        if depth < 0 or (depth == 0 and (text == ";" or said.word(end) in _AFTER_TEXT)):
            break
        end += 1
    joined = joined_text(said.found[at:end], said.rules, said.session.texts)
    return Inner(joined, None) if joined is not None else None


def _with_inner(kind: str, literal: Inner, said: Words) -> Command:
    into = said.at("INTO", start=1)
    names = listed_variables(said, into + 1) if into > 0 else ()
    inner = tuple(
        inside(literal.sql, literal.start, part) for part in parts_of(literal.sql, said.rules)
    )
    if len(inner) == 1 and names and _QUERIES.match(literal.sql):
        inner = (replace(inner[0], record=names),)
    return Command(
        kind,
        inner=inner,
        procedural=is_block(literal.sql, said.rules),
        reason=_PUT_TOGETHER if UNKNOWN in literal.sql else None,
    )


def listed_variables(said: Words, at: int) -> tuple[str, ...]:
    """``a, :b, @c``: the names of variables, in lower case."""
    names: list[str] = []
    while at < len(said.found):
        at += said.text(at) == ":"
        if said.found[at].kind not in (Kind.WORD, Kind.QUOTED):
            break
        names.append(said.found[at].name.lower())
        if said.text(at + 1) != ",":
            break
        at += 2
    return tuple(names)


def _sp_rename(said: Words, at: int) -> Command:
    names = [token for token in said.found[at:] if token.kind is Kind.STRING]
    if len(names) < 2:
        return Command("EXECUTE")
    source = said.session.complete(said.parts(said.found.index(names[0]))[0])
    target, _ = said.parts(said.found.index(names[1]))
    if len(names) > 2 and names[2].text.strip("N'").upper() in ("COLUMN", "INDEX"):
        return Command("EXECUTE")
    return Command("EXECUTE", moves=(Move(MoveKind.RENAME, source, beside(source, target, said)),))


def prepare(said: Words) -> Command | None:
    at = said.at("AS", "FROM")
    if at < 0:
        return Command("PREPARE")
    literal = said.string(at + 1) or _known_text(said, at + 1)
    if literal is None:
        start = said.found[min(at + 1, len(said.found) - 1)].start
        literal = Inner(said.sql[start:], start)
    reason = _PUT_TOGETHER if UNKNOWN in literal.sql else None
    return Command("PREPARE", inner=(literal,), reason=reason)
