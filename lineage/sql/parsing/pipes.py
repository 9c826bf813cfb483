"""Queries written as pipes, ``FROM t |> WHERE ... |> SET ...`` (BigQuery, Spark): the steps that
the grammar lacks, and those that it reads so that names of earlier ones are lost.

What a step hands on is always ``SELECT * FROM ...``, to which the next one is added: names of
tables stay known until a step makes another row of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.parser import Parser
from sqlglot.tokens import TokenType

Step: TypeAlias = Callable[[Parser, exp.Query], exp.Query]

_OF_WHOLE = ("distinct", "group", "having", "qualify", "limit", "offset", "sample")
"""Clauses after which a further one means something else."""


def _rows(query: exp.Query) -> exp.Select:
    """The query as one that reads all columns, to which a clause may be added."""
    if not isinstance(query, exp.Select) or not _is_star(query):
        return exp.select("*").from_(query.subquery(copy=False), copy=False)
    if any(query.args.get(name) for name in _OF_WHOLE):
        return _made(query, query)
    return query


def _is_star(query: exp.Select) -> bool:
    only = query.expressions[0] if len(query.expressions) == 1 else None
    return isinstance(only, exp.Star) and not any(only.args.values())


def _made(query: exp.Select, source: exp.Select) -> exp.Select:
    """All columns of a query; the one table that ``source`` read keeps its name."""
    read = source.args["from_"].this
    name = "" if source.args.get("joins") else read.alias_or_name
    return exp.select("*").from_(query.subquery(name or None, copy=False), copy=False)


def _starred(query: exp.Query, **changes: list[exp.Expr]) -> exp.Select:
    """The same rows with some columns left out, replaced or renamed."""
    rows = _rows(query)
    rows.set("expressions", [exp.Star(**changes)])
    return _made(rows, rows)


def _set(parser: Parser, query: exp.Query) -> exp.Query:
    parser._advance()
    assigned = [
        exp.alias_(each.expression, each.this.name, copy=False)
        for each in parser._parse_csv(parser._parse_assignment)
        if isinstance(each, exp.EQ)
    ]
    return _starred(query, replace=assigned)


def _drop(parser: Parser, query: exp.Query) -> exp.Query:
    parser._advance()
    return _starred(query, except_=parser._parse_csv(parser._parse_id_var))


def _rename(parser: Parser, query: exp.Query) -> exp.Query:
    parser._advance()
    return _starred(query, rename=parser._parse_expressions())


def _extend(parser: Parser, query: exp.Query) -> exp.Query:
    parser._advance()
    rows = _rows(query)
    added = exp.Select(expressions=parser._parse_expressions())
    name = exp.TableAlias(this=exp.to_identifier(f"_step{len(rows.args.get('joins') or ())}"))
    beside = exp.Lateral(this=exp.Subquery(this=added), alias=name)
    rows.append("joins", exp.Join(this=beside, kind="CROSS"))
    return rows


def _select(parser: Parser, query: exp.Query) -> exp.Query:
    chosen = parser._parse_select(consume_pipe=False)
    rows = _rows(query)
    if not isinstance(chosen, exp.Select):
        return rows
    for name in ("expressions", "distinct", "kind", "windows"):
        if name in chosen.args:
            rows.set(name, chosen.args[name])
    return exp.select("*").from_(rows.subquery(copy=False), copy=False)


def _named(parser: Parser, query: exp.Query) -> exp.Query:
    alias = parser._parse_table_alias()
    rows = query.subquery(copy=False)
    rows.set("alias", alias)
    return exp.select("*").from_(rows, copy=False)


def _where(parser: Parser, query: exp.Query) -> exp.Query:
    return _rows(query).where(parser._parse_where(), copy=False)


def _limit(parser: Parser, query: exp.Query) -> exp.Query:
    query.set("limit", parser._parse_limit() or query.args.get("limit"))
    query.set("offset", parser._parse_offset() or query.args.get("offset"))
    return query


def _aggregate(parser: Parser, query: exp.Query) -> exp.Query:
    parser._advance()
    rows = parser._parse_pipe_syntax_aggregate_group_order_by(_rows(query), group_by_exists=False)
    sorts = parser._match_text_seq("GROUP", "AND") and parser._match(TokenType.ORDER_BY)
    if sorts or parser._match(TokenType.GROUP_BY):
        rows = parser._parse_pipe_syntax_aggregate_group_order_by(rows)
        _resolve_groups(rows)
        if sorts:
            keys = [key.copy() for key in rows.args["group"].expressions]
            rows.order_by(*keys, append=False, copy=False)
    return parser._build_pipe_cte(query=rows, expressions=[exp.Star()])


def _resolve_groups(rows: exp.Select) -> None:
    """``GROUP BY a AS b``: what is named there, in the place of its name."""
    named = {each.alias: each.this for each in rows.expressions if isinstance(each, exp.Alias)}
    for name in rows.args["group"].expressions:
        if isinstance(name, exp.Identifier) and name.name in named:
            name.replace(named[name.name].copy())


def _pivot(parser: Parser, query: exp.Query) -> exp.Query:
    rows = _rows(query)
    if rows.args.get("joins") or rows.args.get("where"):
        rows = _made(rows, rows)
    return parser._parse_pipe_syntax_pivot(rows)


def _joined(parser: Parser, query: exp.Query) -> exp.Query:
    together = parser._parse_pipe_syntax_set_operator(query)
    if together is not None:
        return together
    rows = _rows(query)
    join = parser._parse_join()
    if join is None:
        raise ParseError("A step of the query is not understood")
    return rows.join(join, copy=False)


def _called(parser: Parser, query: exp.Query) -> exp.Query:
    """A table function, whose first argument are the rows so far."""
    parser._advance()
    function = parser._parse_table()
    call = function.this if isinstance(function, exp.Table) else function
    if isinstance(call, exp.Dot):
        call = call.expression
    if function is None or not isinstance(call, exp.Func):
        raise ParseError("CALL names no function")
    call.set("expressions", [query.subquery(copy=False), *call.expressions])
    return exp.select("*").from_(function, copy=False)


def _asserted(parser: Parser, query: exp.Query) -> exp.Query:
    parser._advance()
    parser._parse_expressions()
    return query


def _with(parser: Parser, query: exp.Query) -> exp.Query:
    further = parser._parse_with()
    known = query.args.get("with_")
    if known is None or further is None:
        query.set("with_", further or known)
    else:
        known.set("expressions", [*known.expressions, *further.expressions])
    return query


def _branch(parser: Parser, query: exp.Query) -> exp.Query:
    """What the steps in brackets make of the rows."""
    if not parser._match(TokenType.L_PAREN):
        raise ParseError("Steps in brackets are missing")
    made = parser._parse_pipe_syntax_query(query)
    if made is None or not parser._match(TokenType.R_PAREN):
        raise ParseError("A step of the query is not understood")
    return made


def _chosen(parser: Parser, query: exp.Query) -> exp.Query:
    """``IF condition THEN (...) ELSE (...)``: any of the branches may be taken."""
    branches: list[exp.Query] = []
    while parser._match_text_seq("IF") or parser._match_text_seq("ELSEIF"):
        parser._parse_assignment()
        if not parser._match(TokenType.THEN):
            raise ParseError("IF has no THEN")
        branches.append(_branch(parser, query.copy()))
    if parser._match(TokenType.ELSE):
        branches.append(_branch(parser, query.copy()))
    if len(branches) == 1:
        return branches[0]
    return _rows(exp.union(*branches, distinct=False, copy=False))


_AGAIN = "_again"


def _repeated(parser: Parser, query: exp.Query) -> exp.Query:
    """``RECURSIVE UNION ALL (...)``, whose steps go over the rows that they made before."""
    parser._advance()
    if not parser._match(TokenType.UNION):
        raise ParseError("RECURSIVE has no UNION")
    distinct = not parser._match(TokenType.ALL)
    parser._match(TokenType.DISTINCT)
    further = _branch(parser, exp.select("*").from_(_AGAIN))
    name = parser._parse_table_alias()
    both = exp.union(query, further, distinct=distinct, copy=False)
    repeated = exp.select("*").from_(_AGAIN).with_(_AGAIN, as_=both, recursive=True, copy=False)
    rows = repeated.subquery(copy=False)
    rows.set("alias", name)
    return exp.select("*").from_(rows, copy=False)


STEPS: dict[str, Step] = {
    "AGGREGATE": _aggregate,
    "AS": _named,
    "ASSERT": _asserted,
    "CALL": _called,
    "DROP": _drop,
    "EXTEND": _extend,
    "IF": _chosen,
    "LIMIT": _limit,
    "OFFSET": _limit,
    "PIVOT": _pivot,
    "RECURSIVE": _repeated,
    "RENAME": _rename,
    "SELECT": _select,
    "SET": _set,
    "UNPIVOT": _pivot,
    "WHERE": _where,
    "WINDOW": _extend,
    "WITH": _with,
    **dict.fromkeys(("JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL"), _joined),
}
"""What the grammar does at each step, by its first word."""
