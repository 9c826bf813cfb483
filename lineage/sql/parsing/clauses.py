"""Clauses that the grammar does not know, cut out of a statement before it is parsed.

T-SQL's ``OUTPUT ... INTO table`` and its modifications inside FROM, Db2's ``FINAL TABLE (INSERT
...)``, ``INTO variable`` of queries and of RETURNING, MySQL's ``INTO OUTFILE``, Oracle's ``WITH
FUNCTION``, Vertica's TIMESERIES and LIMIT OVER, the columns behind a function that ClickHouse
fills. What is cut out is blanked, so that every offset
stays the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from sqlglot import exp

from lineage.sql.commands.words import unquoted
from lineage.sql.dialects import words
from lineage.sql.lexer import Kind, Token, closing, tokens
from lineage.sql.parsing.parse import parse
from lineage.sql.parsing.vertica import as_groups, limit_of_groups, may_slice, put_limit, put_slices
from lineage.sql.session import Session
from lineage.types import TableKind, TableName

_TSQL = words("tsql fabric")
_MARKING = words("mysql snowflake singlestore doris starrocks clickhouse")
_OUTPUT = re.compile(r"\bOUTPUT\b", re.IGNORECASE)
_MARKED_INTO = re.compile(r"\bINTO\s+(?:[:@]|OUTFILE\b|DUMPFILE\b)", re.IGNORECASE)
_INTO = re.compile(r"\bINTO\b", re.IGNORECASE)
_MODIFIES = words("UPDATE DELETE MERGE INSERT")
_QUERIES = words("SELECT WITH SEL")
_STATES = words("FINAL NEW OLD")
_CHANGED_ROWS = re.compile(
    r"\b(?:FINAL|NEW|OLD)\s+TABLE\s*\(\s*(?:INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE
)
_WITH_ROUTINE = re.compile(r"\bWITH\s+(?:FUNCTION|PROCEDURE)\s+\w+", re.IGNORECASE)
_INTO_FUNCTION = re.compile(r"\s*INSERT\s+INTO\s+(?:TABLE\s+)?FUNCTION\s+\w+\s*\(", re.IGNORECASE)
_AFTER_OUTPUT = words("FROM WHERE VALUES SELECT OUTPUT SET USING ON OPTION")
_MODIFIED_ROWS = "_modified_rows_"
_SELECTING = "SELECT "


@dataclass(slots=True)
class Cut:
    """A statement without the clauses, and what they say."""

    sql: str
    outputs: list[tuple[list[exp.Expr], exp.Expr]] = field(default_factory=list)
    """What OUTPUT gives, and the table (with its columns) that it goes into."""
    variables: tuple[str, ...] = ()
    """The variables that a query's columns go into, in order."""
    collects: bool = False
    """Whether these take all rows."""
    target: TableName | None = None
    """The file that a query's rows go into."""
    modification: exp.Expr | None = None
    """The UPDATE or MERGE whose OUTPUT a query reads as ``_modified_rows_``."""
    slices: frozenset[str] = frozenset()
    """Names of slices of time."""
    numbered: exp.Expr | None = None
    """A query that numbers the rows of which the first are left."""
    returned: list[exp.Expr] = field(default_factory=list)
    """What the OUTPUT of a DELETE shows."""
    routines: tuple[tuple[int, str], ...] = ()
    """The functions that stand before a query, each with its place."""
    columns: list[exp.Expr] = field(default_factory=list)
    """What an INSERT fills of a function's table."""

    def finish(self, tree: exp.Expr) -> None:
        """Give the tree of the text what the grammar could not."""
        if self.numbered is not None:
            put_limit(tree, self.numbered)
        if self.slices:
            put_slices(tree, self.slices)
        if self.columns:
            tree.set("this", exp.Schema(this=tree.this, expressions=self.columns))
        if self.outputs:
            tree.set("outputs", self.outputs)
        if self.returned:
            tree.set("returning", exp.Returning(expressions=self.returned))
        if self.modification is not None:
            alias = exp.TableAlias(this=exp.to_identifier(_MODIFIED_ROWS))
            cte = exp.CTE(this=self.modification, alias=alias)
            known = tree.args.get("with_")
            if known is None:
                tree.set("with_", exp.With(expressions=[cte]))
            else:
                known.append("expressions", cte)


def cut_of(sql: str, session: Session) -> Cut | None:
    """The statement without such clauses; None where it has none."""
    rules = session.rules
    if rules.name in _TSQL:
        return _without_output(sql, session) if _OUTPUT.search(sql) else None
    if _CHANGED_ROWS.search(sql):
        return _without_changed_rows(sql, session)
    if rules.name == "postgres" and may_slice(sql):
        text, slices = as_groups(sql)
        return Cut(text, slices=slices)
    if rules.name == "postgres" and (limited := limit_of_groups(sql)) is not None:
        return Cut(limited[0], numbered=parse(limited[1], rules)[0])
    if rules.name == "oracle" and _WITH_ROUTINE.search(sql):
        return _without_routines(sql, session)
    if rules.name == "clickhouse" and (filled := _INTO_FUNCTION.match(sql)) is not None:
        return _without_columns(sql, filled.end() - 1, session)
    marked = rules.name in _MARKING
    if _INTO.search(sql) if session.procedural else marked and _MARKED_INTO.search(sql):
        return _without_into(sql, session)
    return None


def _code(sql: str, session: Session) -> list[Token]:
    return [token for token in tokens(sql, session.rules) if token.kind is not Kind.COMMENT]


def _blanked(sql: str, start: int, end: int, instead: str = "") -> str:
    return f"{sql[:start]}{instead.ljust(end - start)}{sql[end:]}"


# OUTPUT


def _without_output(sql: str, session: Session) -> Cut | None:
    found = _code(sql, session)
    cut = Cut(sql)
    inner = _modification(found)
    if inner is not None and found[inner[1]].start - found[inner[0]].start > len(_MODIFIED_ROWS):
        first, last = inner
        start, end = found[first].start, found[last].end
        text = " " * (start + 1) + sql[start + 1 : end - 1]
        inside = _without_output(text, session)
        cut.modification = parse(text if inside is None else inside.sql, session.rules)[0]
        if cut.modification is not None:
            if inside is not None:
                inside.finish(cut.modification)
            cut.sql = _blanked(sql, start, end, _MODIFIED_ROWS)
            return cut
    depth = 0
    for index, token in enumerate(found):
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.word == "OUTPUT":
            into = _into_after(found, index)
            if 0 < into < len(found) - 1:
                _take_output(cut, session, found, index, into)
            elif found[0].word == "DELETE":
                _take_returned(cut, session, found, index)
    return cut if cut.outputs or cut.returned else None


def _modification(found: list[Token]) -> tuple[int, int] | None:
    """The brackets around an UPDATE or MERGE that FROM reads."""
    for index, token in enumerate(found[:-2]):
        opens = token.word in ("FROM", "JOIN") and found[index + 1].text == "("
        if opens and found[index + 2].word in _MODIFIES:
            depth = 0
            for last in range(index + 1, len(found)):
                depth += (found[last].text == "(") - (found[last].text == ")")
                if depth == 0:
                    return index + 1, last
    return None


def _into_after(found: list[Token], output: int) -> int:
    depth = 0
    for index in range(output + 1, len(found)):
        depth += (found[index].text == "(") - (found[index].text == ")")
        if depth == 0 and found[index].word == "INTO":
            return index
        if depth < 0 or (depth == 0 and found[index].word in _AFTER_OUTPUT):
            return -1
    return -1


def _take_output(cut: Cut, session: Session, found: list[Token], output: int, into: int) -> None:
    end = _name_end(found, into + 1)
    listed = end < len(found) and found[end].text == "("
    if listed and end + 1 < len(found) and found[end + 1].word not in _QUERIES:
        while end < len(found) and found[end].text != ")":
            end += 1
        end = min(end + 1, len(found))
    first, last = found[output + 1], found[into - 1]
    values = _SELECTING.rjust(first.start) + cut.sql[first.start : last.end]
    named = f"INSERT INTO {cut.sql[found[into + 1].start : found[end - 1].end]} SELECT 1"
    given, _ = parse(values, session.rules)
    target, _ = parse(named, session.rules)
    if isinstance(given, exp.Select) and isinstance(target, exp.Insert):
        cut.outputs.append((given.expressions, target.this))
        cut.sql = _blanked(cut.sql, found[output].start, found[end - 1].end)


def _take_returned(cut: Cut, session: Session, found: list[Token], output: int) -> None:
    """``DELETE FROM t OUTPUT deleted.a WHERE ...``, which the grammar wants at the end."""
    depth, end = 0, output + 1
    while end < len(found):
        depth += (found[end].text == "(") - (found[end].text == ")")
        if depth == 0 and (found[end].word in _AFTER_OUTPUT or found[end].text == ";"):
            break
        end += 1
    if end in (output + 1, len(found)):
        return
    first, last = found[output + 1], found[end - 1]
    given, _ = parse(_SELECTING.rjust(first.start) + cut.sql[first.start : last.end], session.rules)
    if isinstance(given, exp.Select):
        cut.returned = given.expressions
        cut.sql = _blanked(cut.sql, found[output].start, last.end)


def _name_end(found: list[Token], at: int) -> int:
    """The index after the name at ``at``."""
    while at < len(found) and found[at].kind in (Kind.WORD, Kind.QUOTED):
        at += 1
        if at >= len(found) or found[at].text != ".":
            break
        at += 1
        while at < len(found) and found[at].text == ".":
            at += 1
    return at


def _without_changed_rows(sql: str, session: Session) -> Cut | None:
    """``FROM FINAL TABLE (INSERT ...)``: the rows of the table as they are after it."""
    found = _code(sql, session)
    for index, token in enumerate(found[:-3]):
        following = [t.word or t.text for t in found[index + 1 : index + 4]]
        if token.word not in _STATES or following[:2] != ["TABLE", "("]:
            continue
        last = closing(found, index + 2)
        start, end = found[index + 2].start, found[last].end
        text = " " * (start + 1) + sql[start + 1 : end - 1]
        modification = parse(text, session.rules)[0]
        if not isinstance(modification, exp.DML | exp.Merge):
            return None
        star: exp.Expr = exp.Star()
        if token.word == "OLD" and not isinstance(modification, exp.Delete):
            star = exp.Column(this=star, table=exp.to_identifier("old"))
        modification.set("returning", exp.Returning(expressions=[star]))
        blanked = _blanked(sql, token.start, end, _MODIFIED_ROWS)
        return Cut(blanked, modification=modification)
    return None


# INSERT INTO FUNCTION


def _without_columns(sql: str, opening: int, session: Session) -> Cut | None:
    """``INSERT INTO FUNCTION f(...) (a, b) SELECT ...`` as one that names no columns."""
    found = _code(sql, session)
    at = closing(found, next(i for i, t in enumerate(found) if t.start == opening)) + 1
    if at + 1 >= len(found) or found[at].text != "(" or found[at + 1].word in _QUERIES:
        return None
    end = closing(found, at)
    listed = sql[found[at].end : found[end].start]
    given, _ = parse(_SELECTING.rjust(found[at].end) + listed, session.rules)
    if not isinstance(given, exp.Select):
        return None
    return Cut(_blanked(sql, found[at].start, found[end].end), columns=given.expressions)


# WITH FUNCTION


def _without_routines(sql: str, session: Session) -> Cut | None:
    """Oracle's ``WITH FUNCTION f ... END; SELECT ...`` as the query alone."""
    found = _code(sql, session)
    first = next((i for i, t in enumerate(found) if t.word == "WITH"), -1) + 1
    at = first
    routines: list[tuple[int, str]] = []
    while at and at < len(found) and found[at].word in ("FUNCTION", "PROCEDURE"):
        end = _routine_end(found, at)
        routines.append((found[at].start, sql[found[at].start : found[end - 1].end]))
        at = end
    if not routines or at >= len(found):
        return None
    start = found[first - 1].start if found[at].word == "SELECT" else found[first].start
    return Cut(_blanked(sql, start, found[at].start), routines=tuple(routines))


def _routine_end(found: list[Token], at: int) -> int:
    """The index after the semicolon that ends a function with its block."""
    depth = 0
    begun = False
    for index in range(at, len(found)):
        word, previous = found[index].word, found[index - 1].word
        if word in ("BEGIN", "CASE", "LOOP", "IF") and previous != "END":
            depth += 1
            begun = begun or word == "BEGIN"
        elif word == "END":
            depth -= 1
        elif found[index].text == ";" and begun and depth == 0:
            return index + 1
    return len(found)


# INTO


def _without_into(sql: str, session: Session) -> Cut | None:
    found = _code(sql, session)
    verb = found[0].word if found else ""
    if verb not in _QUERIES and verb not in _MODIFIES:
        return None
    returns = verb in _QUERIES
    depth = 0
    for index, token in enumerate(found[:-1]):
        depth += (token.text == "(") - (token.text == ")")
        if depth:
            continue
        if token.word in _MODIFIES:
            returns = False
        elif token.word in ("RETURNING", "RETURN"):
            returns = True
        elif token.word == "INTO" and returns:
            return _take_into(sql, session, found, index)
    return None


def _take_into(sql: str, session: Session, found: list[Token], into: int) -> Cut | None:
    at = into + 1
    if found[at].word in ("OUTFILE", "DUMPFILE"):
        file = found[at + 1] if at + 1 < len(found) else None
        if file is None or file.kind is not Kind.STRING:
            return None
        place = TableName((unquoted(file, session.rules)[0],), TableKind.FILE)
        end = next((i for i in range(at, len(found)) if found[i].word == "FROM"), len(found))
        return Cut(_blanked(sql, found[into].start, found[end - 1].end), target=place)
    while found[at].word in ("STRICT", "TABLE"):
        at += 1
    names: list[str] = []
    while at < len(found):
        at += found[at].text in (":", "@")
        end = _name_end(found, at)
        if end == at:
            break
        names.append(".".join(t.name.lower() for t in found[at:end] if t.text != "."))
        at = end
        if at < len(found) and found[at].text == "(":  # an element of a collection
            while at < len(found) and found[at].text != ")":
                at += 1
            at += 1
        if at >= len(found) or found[at].text != ",":
            break
        at += 1
    if not names:
        return None
    collects = into > 1 and found[into - 1].word == "COLLECT"
    start = found[into - 2 if collects else into].start
    text = _blanked(sql, start, found[at - 1].end)
    return Cut(text, variables=tuple(names), collects=collects)
