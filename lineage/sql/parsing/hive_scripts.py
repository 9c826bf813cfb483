"""Hive's ``MAP a, b USING 'script' AS x, y`` and REDUCE, which are ``SELECT TRANSFORM(...)``.

The grammar knows neither, nor a TRANSFORM without brackets. Such a list is parsed as a plain
select list and put back as what it is.
"""

from __future__ import annotations

import re

from sqlglot import exp

from lineage.sql.dialects import DialectRules

_DIALECTS = frozenset({"hive", "spark", "spark2", "databricks"})
_SCRIPT = re.compile(
    r"(?:\b(?:MAP|REDUCE)|(?<=\bSELECT)\s+TRANSFORM)\s+(?=\S)(?P<list>(?:[^()']|\([^()]*\)){1,2000}?)\s{0,9}"
    r"\bUSING\s+(?:'[^']*'|\"[^\"]*\")"
    r"(?:\s+AS\s+(?P<names>\([^()]*\)|[\w`]+(?:\s*,\s*[\w`]+)*))?",
    re.IGNORECASE,
)
_SELECT = "SELECT "
_NAME = re.compile(r"(?:^|,)\s*`?(\w+)")


def as_select(sql: str, rules: DialectRules) -> str:
    """The lists as those of a SELECT, of the same length as the text."""
    if rules.name not in _DIALECTS:
        return sql

    def plain(hit: re.Match[str]) -> str:
        verb = hit.group()[: hit.start("list") - hit.start()]
        head = " " * len(verb) if verb[0].isspace() else _SELECT
        return f"{head}{hit.group('list')}".ljust(len(hit.group()))

    return _SCRIPT.sub(plain, sql)


def put_scripts(tree: exp.Expr, sql: str, rules: DialectRules) -> None:
    """Puts what a script makes of its list in the place of that list."""
    hits = list(_SCRIPT.finditer(sql)) if rules.name in _DIALECTS else []
    for hit in hits:
        verb = hit.group()[: hit.start("list") - hit.start()]
        shift = 0 if verb[0].isspace() else len(_SELECT) - len(verb)
        start, end = hit.start("list") + shift, hit.end("list") + shift
        select = next((s for s in tree.find_all(exp.Select) if _begins(s, start, end)), None)
        if select is None:
            continue
        listed = select.expressions
        if len(listed) == 1 and isinstance(listed[0], exp.Tuple | exp.Paren):
            listed = listed[0].expressions or [listed[0].this]
        for each in listed:
            for name in each.find_all(exp.Identifier):
                if "start" in name.meta:
                    name.meta["start"] -= shift
                    name.meta["end"] -= shift
        names = _NAME.findall((hit.group("names") or "").strip("()"))
        schema = exp.Schema(expressions=[exp.to_identifier(name) for name in names])
        made = exp.QueryTransform(expressions=listed, schema=schema if names else None)
        select.set("expressions", [made])


def _begins(select: exp.Select, start: int, end: int) -> bool:
    """Whether the first name of a select list stands within these places."""
    first = select.expressions[0] if select.expressions else None
    name = first.find(exp.Identifier) if isinstance(first, exp.Expr) else None
    return name is not None and start <= name.meta.get("start", -1) < end
