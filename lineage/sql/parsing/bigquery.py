"""What BigQuery's grammar has and sqlglot's lacks: ``FROM t, t.items WITH OFFSET AS place`` and
``(a).(project.dataset.function)(b)``.

Every spelling has the length of the original, so that all offsets stay the same.
"""

from __future__ import annotations

import re

from sqlglot import exp

from lineage.sql.dialects import DialectRules, words

_CHAINED = re.compile(r"(?<=[)\]])\s*\.\s*(\()\s*([\w.`-]+)\s*(\))(?=\s*\()")
"""A function with its path, which stands in brackets after the value that it is called on."""
_NO_LETTER = re.compile(r"\W")
_OFFSET = re.compile(
    r"(?<=[\w`])(\s+WITH\s+OFFSET)(?:(\s+AS)?\s+(`[^`]+`|[A-Za-z_]\w*\b))?(?!\w|\s*\()",
    re.IGNORECASE,
)
_FOLLOWS = words(
    "ON USING WHERE JOIN INNER LEFT RIGHT FULL CROSS GROUP ORDER HAVING QUALIFY LIMIT UNION EXCEPT "
    "INTERSECT WINDOW PIVOT UNPIVOT TABLESAMPLE"
)


def as_methods(sql: str, rules: DialectRules) -> str:
    """``(a).(d.f)(b)`` as ``(a).d_f(b)``."""
    if rules.name != "bigquery":
        return sql

    def named(hit: re.Match[str]) -> str:
        text = hit.group()
        name = _NO_LETTER.sub("_", hit.group(2))
        return f"{text[: hit.start(1) - hit.start()]} {name}".ljust(len(text))

    return _CHAINED.sub(named, sql)


def without_offsets(sql: str, rules: DialectRules) -> str:
    """Without the places of items, which ``put_offsets`` puts back."""
    if rules.name != "bigquery":
        return sql
    characters = list(sql)
    for start, end, _ in _offsets(sql):
        characters[start:end] = " " * (end - start)
    return "".join(characters)


def put_offsets(tree: exp.Expr, sql: str, rules: DialectRules) -> None:
    """Gives each FROM item the name that the text has for the places of its items."""
    places = {start: name for start, _, name in _offsets(sql)} if rules.name == "bigquery" else {}
    if not places:
        return
    for item in tree.find_all(exp.Table, exp.Unnest):
        alias = item.args.get("alias")
        names = (alias.this, *(alias.args.get("columns") or ())) if alias is not None else ()
        named = item.expressions[-1:] or [item]  # FROM t, t.items has become UNNEST(t.items)
        last_part = named[0].args.get("this") or named[0].args.get("expression")
        ends = [n.meta.get("end") for n in (last_part, *names) if isinstance(n, exp.Identifier)]
        last = max((end for end in ends if end is not None), default=-1) + 1
        if last in places:
            item.set("offset", exp.to_identifier(places[last]))


def _offsets(sql: str) -> list[tuple[int, int, str]]:
    """Where each ``WITH OFFSET`` after a name begins and ends, and what it calls the place."""
    found = []
    for hit in _OFFSET.finditer(sql):
        name = hit.group(3)
        if name is None or (hit.group(2) is None and name.upper() in _FOLLOWS):
            found.append((hit.start(), hit.end(1), "offset"))
        else:
            found.append((hit.start(), hit.end(3), name.strip("`")))
    return found
