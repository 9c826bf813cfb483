"""Vertica's own words: TIMESERIES, LIMIT for every group, NULLSEQUAL, tables over files.

``TIMESERIES slice AS '1 minute' OVER (PARTITION BY key ORDER BY at)`` groups by the key and by the
slice, which is made of ``at``; it is read as that GROUP BY, every offset kept. ``LIMIT 1 OVER
(PARTITION BY key ORDER BY at)`` is QUALIFY ROW_NUMBER() OVER (...) <= 1. An external table is made
``AS COPY FROM`` the place of its files.
"""

from __future__ import annotations

import re

from sqlglot import exp

_CLAUSE = re.compile(
    r"\bTIMESERIES\s+(?P<name>\w+|\"[^\"]+\")\s+AS\s+'[^']*'\s+OVER\s*\("
    r"\s*(?:PARTITION\s+BY\s+(?=\S)(?P<keys>(?:[^()]|\([^()]*\))*?)\s{0,9})?"
    r"\bORDER\s+BY\s+(?=\S)(?P<at>(?:[^()]|\([^()]*\))*?)\)",
    re.IGNORECASE,
)
_GROUP = "GROUP BY"
_LIMIT = re.compile(r"\bLIMIT\s+\d+\s+(OVER\s*\((?:[^()]|\([^()]*\))*\))", re.IGNORECASE)
_NUMBERED = "SELECT ROW_NUMBER() "
_HEAD = 80
"""Characters within which EXTERNAL must stand."""
_EQUAL = re.compile(r"(?<=[\w)\]\"'])\s{1,20}NULLSEQUAL(?=\s)", re.IGNORECASE)
_OVER_FILES = re.compile(
    r"^\s*CREATE\s+EXTERNAL\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?[\w.\"]+\s*\((?:[^();]|\([^()]*\))*\)"
    r"[\s\w]{0,80}?\s(AS\s+COPY\s*(?:\([^()]*\)\s*)?FROM)\s*'[^']*'(.*)$",
    re.IGNORECASE | re.DOTALL,
)


def spelled_out(sql: str) -> str:
    """``a NULLSEQUAL b`` as ``a = b``, and ``AS COPY FROM 'file' ORC`` as ``LOCATION 'file'``."""
    if _may(sql, "NULLSEQUAL"):
        sql = _EQUAL.sub(_equal, sql)
    hit = _OVER_FILES.match(sql) if _may(sql[:_HEAD], "EXTERNAL") else None
    if hit is not None:
        (start, end), rest = hit.span(1), hit.start(2)
        sql = sql[:start] + "LOCATION".ljust(end - start) + sql[end:rest]
    return sql


def _may(sql: str, word: str) -> bool:
    return word in sql or word in sql.upper()


def _equal(hit: re.Match[str]) -> str:
    start = hit.start()
    is_simple_case = hit.string[max(0, start - 4) : start].upper() == "WHEN"
    return ("" if is_simple_case else " =").ljust(len(hit.group()))


def may_slice(sql: str) -> bool:
    """Whether a text has such a clause."""
    return _CLAUSE.search(sql) is not None


def as_groups(sql: str) -> tuple[str, frozenset[str]]:
    """The text with GROUP BY in the place of each clause, and the names of the slices."""
    names: set[str] = set()

    def grouped(hit: re.Match[str]) -> str:
        start = hit.start()
        names.add(hit.group("name").strip('"').lower())
        text = list(_GROUP.ljust(hit.end() - start))
        for part in ("keys", "at"):
            if hit.group(part) is not None:
                text[hit.start(part) - start : hit.end(part) - start] = hit.group(part)
        if hit.group("keys") is not None:
            text[hit.start("at") - start - 2] = ","
        return "".join(text)

    return _CLAUSE.sub(grouped, sql), frozenset(names)


def limit_of_groups(sql: str) -> tuple[str, str] | None:
    """The text without the OVER of a LIMIT, and a query that numbers the rows by it in place."""
    hit = _LIMIT.search(sql)
    if hit is None or hit.start(1) < len(_NUMBERED):
        return None
    start, end = hit.span(1)
    numbered = _NUMBERED.rjust(start) + sql[start:end]
    return sql[: hit.start()] + " " * (end - hit.start()) + sql[end:], numbered


def put_limit(tree: exp.Expr, numbered: exp.Expr | None) -> None:
    """Have the query's first rows be chosen by the number of each."""
    query = tree if isinstance(tree, exp.Select) else tree.args.get("expression")
    if isinstance(query, exp.Select) and isinstance(numbered, exp.Select):
        query.set("qualify", exp.Qualify(this=numbered.expressions[0]))


def put_slices(tree: exp.Expr, names: frozenset[str]) -> None:
    """Have the slices' names stand for what they are made of: the last of what groups."""
    for select in tree.find_all(exp.Select):
        group = select.args.get("group")
        made_of = group.expressions[-1] if group is not None and group.expressions else None
        if made_of is None:
            continue
        for projection in select.expressions:
            for column in list(projection.find_all(exp.Column)):
                if column.args.get("table") is None and column.name.lower() in names:
                    value = exp.Anonymous(this="TIME_SLICE", expressions=[made_of.copy()])
                    if column is projection:
                        column.replace(exp.alias_(value, column.name))
                    else:
                        column.replace(value)
