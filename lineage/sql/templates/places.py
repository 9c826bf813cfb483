"""Where in a text something unknown of its template stands, and what is written there.

While a template is executed, unknown names and calls are marks; only the text around a mark tells
whether a table, a value, a type, a query or a clause was meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lineage.sql.dialects import words

_BEFORE_NAME = re.compile(
    r"(?:[\w.\[`\"']|\b(?:TABLE|INTO|FROM|JOIN|VIEW|EXISTS|UPDATE|OVERWRITE|USE|USING|AS)\s+|::)\Z",
    re.IGNORECASE,
)
_BEFORE_ALIAS = re.compile(r"\bAS\s+\Z", re.IGNORECASE)
_CAST = re.compile(r"CAST\s*\Z", re.IGNORECASE)
_ANY_TYPE = "varchar"
"""What stands for a type that nobody knows: engines refuse types that they do not have."""
_BEFORE_TABLE = re.compile(r"\b(?:FROM|JOIN|INTO|TABLE)\s+\Z", re.IGNORECASE)
_NOTHING = re.compile(r"(?:\s++|--[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/)*+")
"""Blanks and comments."""
_BEFORE_NUMBER = re.compile(
    r"\b(?:TOP|INTERVAL|LIMIT|OFFSET|(?:TABLE)?SAMPLE(?:\s+\w+)?)\s*\(?\s*\Z", re.IGNORECASE
)
_OPENS_QUERY = re.compile(r"\b(?:AS|FROM|JOIN|EXISTS|MATERIALIZED)\s*\(\s*\Z", re.IGNORECASE)
_ENDS_QUERY = re.compile(r"\s*(?:[);]|\Z|\b(?:UNION|EXCEPT|INTERSECT)\b)", re.IGNORECASE)
_NAMED_QUERY = re.compile(r"\b(\w+)\s+AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(", re.IGNORECASE)
_AWAITS_QUERY = re.compile(
    r"\b(?:UNION|EXCEPT|INTERSECT)(?:\s+(?:ALL|DISTINCT))?\s*\Z", re.IGNORECASE
)
_FURTHEST = 20_000
"""How far back a query's name is looked for."""
_NAME = "\ue000{}\ue004{}\ue001"
_CALL = "\ue002{}\ue004{}\ue003"
_STANDING = re.compile(r"\ue000(\w*)\ue004([^\ue000-\ue004]*)\ue001")
_CALLED = re.compile(r"\ue002([^\ue002-\ue004]*)\ue004([^\ue002-\ue004]*)\ue003")
_MARKED = re.compile(r"\ue004[^\ue000-\ue004]*|[\ue000-\ue003]")
_KEYWORDS = words("from to where select order group by end case when then in on as and or not")
_BEFORE_VALUE = _KEYWORDS - {"end"} | words(
    "distinct all having else like ilike rlike regexp between limit offset set values qualify is "
    "using over interval return returning any some exists escape div mod top filter with union "
    "except intersect if call default percent recursive date timestamp time at begin"
)
_ENDS_VALUE = re.compile(r"(\w+)\Z|[)\]'\"`]\Z")
_LINE_COMMENT = re.compile(r"--[^\n]*(?=\n)")


def mark_name(name: str, relations: Iterable[str] = ()) -> str:
    """How the name of something unknown is written until it is known where it stands; with the
    tables that were handed to it."""
    return _NAME.format(name, ",".join(relations))


def mark_call(text: str, relations: Iterable[str] = ()) -> str:
    """The same for a call of something unknown."""
    return _CALL.format(text, ",".join(relations))


def without_marks(text: str) -> str:
    """What was marked, plain."""
    return _MARKED.sub("", text)


def placed(sql: str) -> str:
    """What is unknown as the name of a table or a part of one, elsewhere as a call: it is no
    column of any table. In the place of a query it reads the tables that were handed to it.
    Before a statement it is nothing, nor where a value cannot stand: there it would be a clause."""

    def standing(hit: re.Match[str]) -> str:
        word = hit.group(1)
        if (written := _as_type_or_query(hit)) is not None:
            return written
        if is_name(hit) or hit.string[hit.end() : hit.end() + 1] == "(":
            return word
        if _BEFORE_NUMBER.search(before_hit(hit)):
            return "1"
        if (before := before_hit(hit).rstrip()).endswith(";") or (not before and hit.start() <= 40):
            return ""
        if _follows_value(hit):
            return ""
        return f"{word}_()" if word.lower() in _KEYWORDS else f"{word}()"

    def called(hit: re.Match[str]) -> str:
        text = hit.group(1)
        if (written := _as_type_or_query(hit)) is not None:
            return written
        if _BEFORE_ALIAS.search(before_hit(hit)):
            return text.partition("(")[0]
        return "" if not is_name(hit) and _follows_value(hit) else text

    while (plain := _CALLED.sub(called, sql)) != sql:
        sql = plain
    return _STANDING.sub(standing, sql)


def _as_type_or_query(hit: re.Match[str]) -> str | None:
    """What is written where a type, a whole query or a table must stand; None elsewhere."""
    before = before_hit(hit)
    if before.endswith("::") or (_BEFORE_ALIAS.search(before) and _is_cast(hit)):
        return _ANY_TYPE
    relations = _handed(hit)
    call = f"{hit.group(1).partition('(')[0]}()"
    if _AWAITS_QUERY.search(before):
        return _query(call, relations)
    if relations and _BEFORE_TABLE.search(before):
        return relations[0]
    if _ENDS_QUERY.match(hit.string, hit.end()) is None:
        return None
    is_all = relations and _NOTHING.fullmatch(hit.string, 0, hit.start()) is not None
    if _OPENS_QUERY.search(before) or is_all:
        return _query(call, relations)
    if before.rstrip().endswith(")"):
        named = _queries_before(hit)
        if named:
            handed = re.findall(r"\w+", hit.group(1))[1:]
            return _query(call, relations or [n for n in handed if n in named] or named[-1:])
    return None


def _handed(hit: re.Match[str]) -> list[str]:
    """The tables that an unknown call was given, and the queries that the text names before it."""
    given = [name for name in hit.group(2).split(",") if name]
    possible = {name[1:] for name in given if name[0] == "?"}
    if possible:
        at = max(0, hit.start() - _FURTHEST)
        before = _NAMED_QUERY.finditer(hit.string, at, hit.start())
        possible &= {one.group(1) for one in before}
    return [name.removeprefix("?") for name in given if name[0] != "?" or name[1:] in possible]


def _query(call: str, relations: list[str]) -> str:
    tables = f" from {', '.join(relations)}" if relations else ""
    return f"select {call}{tables}"


def _is_cast(hit: re.Match[str]) -> bool:
    """Whether it stands in the brackets of a CAST."""
    depth = 0
    for at in range(hit.start() - 1, max(-1, hit.start() - 400), -1):
        depth += (hit.string[at] == ")") - (hit.string[at] == "(")
        if depth < 0:
            return _CAST.search(hit.string, max(0, at - 12), at) is not None
    return False


def _queries_before(hit: re.Match[str]) -> list[str]:
    """The queries of a WITH that ends before it, by name; none where the bracket before it
    closes something else."""
    text = hit.string[: hit.start()].rstrip()
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] == ")") - (text[at] == "(")
        if depth == 0:
            named = [one.group(1) for one in _NAMED_QUERY.finditer(text, 0, at + 1)]
            return named if _OPENS_QUERY.search(text, max(0, at - 40), at + 1) else []
    return []


def _follows_value(hit: re.Match[str]) -> bool:
    """Whether a name or a value ends before it, so that no other can begin there."""
    if hit.string[hit.start() - 1] not in " \t\r\n)":  # within a string
        return False
    at = max(0, hit.start() - 400)
    line = hit.string.rfind("\n", max(0, at - 400), at) + 1
    before = hit.string[line or at : hit.start()]
    before = _MARKED.sub("", _LINE_COMMENT.sub("", before)).rstrip()
    ended = _ENDS_VALUE.search(before)
    return ended is not None and (ended.group(1) or "").lower() not in _BEFORE_VALUE


def is_name(hit: re.Match[str]) -> bool:
    """Whether it is the name of a table, or a part of a name."""
    after = hit.string[hit.end() : hit.end() + 1]
    joins = after.isalnum() or after in ("_", ".")
    return joins or _BEFORE_NAME.search(before_hit(hit)) is not None


def before_hit(hit: re.Match[str]) -> str:
    """The few characters before it."""
    return hit.string[max(0, hit.start() - 40) : hit.start()]
