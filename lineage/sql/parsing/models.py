"""Oracle's MODEL clause: rows as cells of a sheet that rules fill from other cells.

The clause is left out of the text and put back as a query over the rest: it gives the columns that
PARTITION BY, DIMENSION BY and MEASURES list, those that rules fill made of all that these read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import Kind, Token, closing, tokens

_AFTER = words("UNION MINUS INTERSECT FETCH")
_INNER = ("from_", "joins", "laterals", "where", "connect", "group", "having")
_MODEL_WORDS = words("MODEL DIMENSION")
_WORD = re.compile(r"\b(?:MODEL|DIMENSION)\b", re.IGNORECASE)
_MOST_TRIED = 50
"""Words that may begin such a clause beyond which none is sought."""
_MODEL = "_model_"
_SELECTING = "SELECT "


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause as tokens, and the SELECT before it."""

    found: Sequence[Token]
    select: Token | None
    source: Token | None
    """What stands behind the FROM of that SELECT."""


def without_models(sql: str, rules: DialectRules) -> str:
    """The text with its MODEL clauses blanked out."""
    for clause in _clauses(sql, rules):
        start, stop = clause.found[0].start, clause.found[-1].end
        sql = sql[:start] + " " * (stop - start) + sql[stop:]
    return sql


def put_models(
    tree: exp.Expr, sql: str, rules: DialectRules, read: Callable[[str], object]
) -> None:
    """Puts the clauses of the text over the queries that they stand in."""
    for clause in _clauses(sql, rules):
        listed = list(_listed(clause, sql, read))
        select = next((s for s in tree.find_all(exp.Select) if _holds(s, clause)), None)
        if select is None or not listed:
            continue
        inner = exp.Select(expressions=_filled(listed, clause))
        for key in _INNER:
            part = select.args.get(key)
            if part:
                inner.set(key, part)
                select.set(key, None)
        alias = exp.TableAlias(this=exp.to_identifier(_MODEL))
        select.set("from_", exp.From(this=exp.Subquery(this=inner, alias=alias)))


def _clauses(sql: str, rules: DialectRules) -> Iterator[_Clause]:
    if rules.name != "oracle" or not {w.upper() for w in _WORD.findall(sql)} >= _MODEL_WORDS:
        return
    found = [token for token in tokens(sql, rules) if token.kind is not Kind.COMMENT]
    at = tried = 0
    while (at := at + 1) < len(found) and tried < _MOST_TRIED:
        if found[at].word != "MODEL":
            continue
        tried += 1
        end = _end(found, at)
        if any(token.word == "DIMENSION" for token in found[at:end]):
            yield _Clause(found[at:end], *_before(found, at))
            at = end - 1


def _end(found: Sequence[Token], at: int) -> int:
    depth, end = 0, at
    while end < len(found):
        depth += (found[end].text == "(") - (found[end].text == ")")
        follows = found[end + 1].word if end + 1 < len(found) else ""
        sorts = found[end].word == "ORDER" and follows == "BY"
        if depth < 0 or (depth == 0 and (sorts or found[end].word in _AFTER)):
            break
        end += 1
    return end


def _before(found: Sequence[Token], at: int) -> tuple[Token | None, Token | None]:
    depth, source = 0, None
    for index in range(at - 1, -1, -1):
        depth += (found[index].text == ")") - (found[index].text == "(")
        if depth == 0 and found[index].word == "FROM":
            source = found[index + 1]
        elif depth == 0 and found[index].word == "SELECT":
            return found[index], source
    return None, None


def _holds(select: exp.Select, clause: _Clause) -> bool:
    """Whether the clause stands in this query, told by the first names of its list and of FROM."""
    if clause.select is None or clause.source is None:
        return False
    listed = select.expressions[0] if select.expressions else None
    start = _start(listed)
    if clause.select.end <= start < clause.source.start:
        return True
    from_ = select.args.get("from_")
    return from_ is not None and _start(from_.this) == clause.source.start


def _start(node: object) -> int:
    name = node.find(exp.Identifier) if isinstance(node, exp.Expr) else None
    parts = node.parts if isinstance(node, exp.Table) else [name]
    return min((part.meta.get("start", -1) for part in parts if part is not None), default=-1)


def _listed(clause: _Clause, sql: str, read: Callable[[str], object]) -> Iterator[exp.Expr]:
    """The columns that the clause lists, in order."""
    found, left = clause.found, 3  # PARTITION BY, DIMENSION BY, MEASURES
    for at, token in enumerate(found[:-1]):
        lists = token.word == "MEASURES" or (
            token.word == "BY" and found[at - 1].word in ("PARTITION", "DIMENSION")
        )
        if lists and left and found[at + 1].text == "(":
            left -= 1
            last = closing(found, at + 1)
            start, stop = found[at + 1].end, found[last].start
            query = read(_SELECTING.rjust(start) + sql[start:stop])
            yield from query.expressions if isinstance(query, exp.Select) else ()


def _filled(listed: Sequence[exp.Expr], clause: _Clause) -> list[exp.Expr]:
    """The columns, those that rules fill made of what the rules read."""
    values = {each.alias_or_name.upper(): each for each in listed if each.alias_or_name}
    reads = _reads(clause, frozenset(values))
    filled: list[exp.Expr] = []
    for each in listed:
        name = each.alias_or_name
        needed, waiting = dict.fromkeys([name.upper()]), [name.upper()]
        while waiting:
            further = [n for n in reads.get(waiting.pop(), ()) if n not in needed]
            needed.update(dict.fromkeys(further))
            waiting += further
        if not reads.get(name.upper()):
            filled.append(each)
            continue
        parts = [values[n].unalias().copy() for n in needed]
        call = exp.Anonymous(this="model", expressions=parts)
        filled.append(exp.alias_(call, name, quoted=bool(_identifier(each).args.get("quoted"))))
    return filled


def _identifier(node: exp.Expr) -> exp.Expr:
    named = node.args.get("alias") or node.this
    return named if isinstance(named, exp.Identifier) else exp.to_identifier(node.alias_or_name)


def _reads(clause: _Clause, names: frozenset[str]) -> dict[str, dict[str, None]]:
    """What each rule ``name[place] = value`` reads, by the name that it fills."""
    found = clause.found
    measures = next(
        (i for i, token in enumerate(found) if token.word == "MEASURES"), len(found) - 1
    )
    opened = [i for i in range(measures, len(found)) if found[i].text == "("]
    after = closing(found, opened[0]) + 1 if opened else len(found)
    start = next((i for i in opened if i >= after and found[i - 1].text != "ITERATE"), len(found))
    while start < len(found) and found[start - 1].word in ("ITERATE", "UNTIL"):
        start = next((i for i in opened if i > closing(found, start)), len(found))
    reads: dict[str, dict[str, None]] = {}
    fills, depth, inside = "", 0, 0
    for token, follows in zip(found[start + 1 : -1], found[start + 2 :], strict=False):
        inside += (token.text == "[") - (token.text == "]")
        depth += (token.text == "(") - (token.text == ")")
        name = token.name.upper()
        if inside or depth < 0:
            continue
        if token.text == "," and depth == 0:
            fills = ""
        elif name in names and not fills:
            fills = name
            reads.setdefault(fills, {})
        elif name in names and follows.text != "(":
            reads[fills][name] = None
    return reads
