"""What a statement says, in other words that mean the same and that the grammar reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from governance.permissions.native.seen.shaping import Splice, spliced
from lineage.sql.dialects import DialectRules
from lineage.sql.lexer import Kind, Token, tokens

_WITH_TUPLES = frozenset({"postgres", "oracle", "redshift"})
_WITH_VERSIONS = frozenset({"spark", "databricks"})
_VERSION = re.compile(r"@(?:v(\d+)|(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d{3}))", re.IGNORECASE)
_STARTS = frozenset("SELECT FROM VALUES PIVOT UNPIVOT INSERT UPDATE DELETE MERGE".split())
_AFTER_PIVOT = frozenset({"ORDER", "LIMIT", "OFFSET"})
_SORTING = frozenset({"ORDER", "GROUP", "PARTITION"})
_LISTS = frozenset({"TABLES", "SCHEMAS", "DATABASES", "VARIABLES"})
"""What SHOW lists, rather than the columns of a table of that name."""
_NAMES = (
    "SELECT table_name AS name FROM information_schema.tables"
    " WHERE in_search_path(table_catalog, table_schema) ORDER BY 1"
)
_ALL_NAMES = (
    "SELECT table_catalog AS database, table_schema AS schema, table_name AS name,"
    " list(column_name ORDER BY ordinal_position) AS column_names,"
    " list(data_type ORDER BY ordinal_position) AS column_types,"
    " table_catalog = 'temp' AS temporary FROM information_schema.columns"
    " GROUP BY table_catalog, table_schema, table_name ORDER BY 1, 2, 3"
)
_DATABASES = (
    "SELECT DISTINCT catalog_name AS database_name FROM information_schema.schemata"
    " WHERE catalog_name NOT IN ('system', 'temp') ORDER BY 1"
)
_SHOWN_LISTS = {("TABLES",): _NAMES, ("ALL", "TABLES"): _ALL_NAMES, ("DATABASES",): _DATABASES}
"""What SHOW lists in a query, in words of the standard."""


def other_words(sql: str, rules: DialectRules) -> str | None:
    """The statement in other words; None where its own will do."""
    if rules.name in _WITH_VERSIONS and "@" in sql:
        return spliced(sql, splices)[0] if (splices := _versions(tokens(sql, rules))) else None
    if rules.name == "postgres" and "ONLY" in sql.upper():
        return spliced(sql, splices)[0] if (splices := _only(tokens(sql, rules))) else None
    if rules.name in _WITH_TUPLES and re.search(r"\)\s*=\s*\(", sql):
        return spliced(sql, splices)[0] if (splices := _set_alone(tokens(sql, rules))) else None
    if rules.name != "duckdb":
        return None
    read = tokens(sql.rstrip().rstrip(";"), rules)
    found = [one for one in read if one.kind is not Kind.COMMENT]
    if not found or ("\r" in sql and len(found) < len(read)):  # where comments end, for DuckDB
        return None
    splices = [*_by_position(found), *_shown(found), *_rests_of_counts(found), *_open_parts(found)]
    splices += [*_rows_first(found), *_of_bytes(found), *_computed(found)]
    splices += _called_otherwise(found) or _pivoted(found)
    return spliced(sql, splices)[0] if splices else None


def _versions(found: Sequence[Token]) -> list[Splice]:
    """``t@v5`` and ``t@20240131120000000`` of Delta, behind which the grammar sees no alias."""
    splices = []
    for before, one in pairwise(found):
        is_name = before.kind in (Kind.WORD, Kind.QUOTED) and before.end == one.start
        if not is_name or (version := _VERSION.fullmatch(one.text)) is None:
            continue
        number, *parts = version.groups()
        at = "{}-{}-{} {}:{}:{}.{}".format(*parts)
        said = f" VERSION AS OF {number}" if number else f" TIMESTAMP AS OF '{at}'"
        splices.append(Splice(one.start, one.end, said))
    return splices


def _set_alone(found: Sequence[Token]) -> list[Splice]:
    """``SET (a) = (SELECT ...)`` of one column without its brackets, in which the grammar sees no
    column that is set."""
    splices = []
    for at, (opening, name, closing, sign, value, word) in enumerate(
        zip(found, found[1:], found[2:], found[3:], found[4:], found[5:], strict=False)
    ):
        texts = (opening.text, closing.text, sign.text, value.text)
        is_name = name.kind in (Kind.WORD, Kind.QUOTED) and word.word in ("SELECT", "WITH")
        is_set = at > 0 and (found[at - 1].word == "SET" or found[at - 1].text == ",")
        if texts == ("(", ")", "=", "(") and is_name and is_set:
            splices += [Splice(one.start, one.end, " ") for one in (opening, closing)]
    return splices


def _only(found: Sequence[Token]) -> list[Splice]:
    """``ONLY (t)`` without its brackets."""
    splices = []
    for at, one in enumerate(found[:-2]):
        if one.word != "ONLY" or found[at + 1].text != "(":
            continue
        end = _closing(found, at + 1)
        is_name = all(
            token.text == "." if n % 2 else token.kind in (Kind.WORD, Kind.QUOTED)
            for n, token in enumerate(found[at + 2 : end])
        )
        if is_name and end < len(found):
            brackets = (found[at + 1], found[end])
            splices += [Splice(token.start, token.end, " ") for token in brackets]
    return splices


_OTHERWISE = {"PIVOT_WIDER": "PIVOT", "PIVOT_LONGER": "UNPIVOT"}
_CALLED = {"APPLY": "list_apply", "REDUCE": "list_reduce"}


def _called_otherwise(found: Sequence[Token]) -> list[Splice]:
    """``PIVOT_WIDER`` and ``PIVOT_LONGER`` at the beginning, and functions whose short names the
    grammar takes for words of its own."""
    splices = []
    if (word := _OTHERWISE.get(found[0].word)) is not None:
        splices.append(Splice(found[0].start, found[0].end, word))
    for before, one, after in zip(found, found[1:], found[2:], strict=False):
        is_call = after.text == "(" and before.text != "." and before.word not in ("CROSS", "OUTER")
        if is_call and one.word in _CALLED:
            splices.append(Splice(one.start, one.end, _CALLED[one.word]))
    return splices


def _by_position(found: Sequence[Token]) -> list[Splice]:
    """``INSERT INTO t BY POSITION``, which is what it does anyway."""
    return [
        Splice(by.start, position.end, "")
        for before, by, position, after in zip(found, found[1:], found[2:], found[3:], strict=False)
        if (by.word, position.word) == ("BY", "POSITION")
        and found[0].word in ("INSERT", "WITH")
        and before.word not in _SORTING
        and (after.text == "(" or after.word in ("SELECT", "FROM", "WITH", "VALUES", "TABLE"))
    ]


def _shown(found: Sequence[Token]) -> list[Splice]:
    """``(SHOW t)`` in a query, which the grammar takes for a table under another name."""
    splices = []
    for at, one in enumerate(found):
        is_first = at > 1 and found[at - 1].text == "(" and found[at - 2].word in ("FROM", "JOIN")
        if one.word != "SHOW" or not is_first:
            continue
        name = found[at + 1 : at + 7]
        end = next((n for n, token in enumerate(name) if token.text == ")"), 0)
        listed = _SHOWN_LISTS.get(tuple(token.word for token in name[:end]))
        if listed is not None:
            splices.append(Splice(one.start, name[end - 1].end, listed))
            continue
        is_name = end % 2 == 1 and all(
            token.text == "." if n % 2 else token.kind in (Kind.WORD, Kind.QUOTED)
            for n, token in enumerate(name[:end])
        )
        if is_name and name[0].word not in _LISTS:
            splices.append(Splice(one.start, one.end, "DESCRIBE"))
    return splices


def _rests_of_counts(found: Sequence[Token]) -> list[Splice]:
    """``LIMIT (SELECT n) % 3``, which the grammar takes for a share in percent."""
    splices = []
    for at, one in enumerate(found[:-1]):
        if one.word != "LIMIT" or found[at + 1].text != "(":
            continue
        end = _closing(found, at + 1)
        sign, by, *after = [*found[end + 1 : end + 4], None, None][:3]
        is_rest = sign and sign.text == "%" and by and by.kind is Kind.NUMBER
        if is_rest and (after[0] is None or after[0].text == ")" or after[0].word == "OFFSET"):
            start, stop = found[at + 1].start, found[end + 2].end
            splices += [Splice(start, start, "("), Splice(stop, stop, ")")]
    return splices


def _open_parts(found: Sequence[Token]) -> list[Splice]:
    """``a[::-1]``, where the grammar takes the colons for a cast: an open end is `-` there."""
    return [
        Splice(second.start, second.start, "-")
        for opening, first, second in zip(found, found[1:], found[2:], strict=False)
        if (opening.text, first.text, second.text) == ("[", ":", ":")
    ]


def _rows_first(found: Sequence[Token]) -> list[Splice]:
    """``FROM (VALUES (1)) v(a), t SELECT a``, of which the grammar reads the rows alone."""
    splices = []
    for at, (one, opening, values) in enumerate(zip(found, found[1:], found[2:], strict=False)):
        is_first = at == 0 or found[at - 1].text == "("
        if (one.word, opening.text, values.word) != ("FROM", "(", "VALUES") or not is_first:
            continue
        end = _closing(found, at + 1)
        if end < len(found):
            splices.append(Splice(values.start, values.start, "SELECT * FROM ("))
            splices.append(Splice(found[end].start, found[end].start, ")"))
    return splices


_OF_BYTES = {
    "X": (re.compile(r"'(?:[0-9A-Fa-f]{2})*'"), "BLOB"),
    "B": (re.compile(r"'[01]+'"), "BIT"),
}


def _of_bytes(found: Sequence[Token]) -> list[Splice]:
    """``x'61'`` and ``b'01'``, which the grammar does not know in DuckDB."""
    splices = []
    for one, text in pairwise(found):
        pattern, kind = _OF_BYTES.get(one.word, (None, ""))
        if pattern is not None and one.end == text.start and pattern.fullmatch(text.text):
            said = re.sub("..", r"\\x\g<0>", text.text[1:-1]) if kind == "BLOB" else text.text[1:-1]
            splices.append(Splice(one.start, text.end, f"CAST('{said}' AS {kind})"))
    return splices


def _computed(found: Sequence[Token]) -> list[Splice]:
    """``GENERATED ALWAYS AS (a + 1) VIRTUAL`` without its last word, which says what it is."""
    if found[0].word not in ("CREATE", "ALTER") or all(one.word != "GENERATED" for one in found):
        return []
    return [
        Splice(one.start, one.end, " " * len(one.text))
        for before, one in pairwise(found)
        if before.text == ")" and one.word == "VIRTUAL"
    ]


def _closing(found: Sequence[Token], opening: int) -> int:
    depth = 0
    for at, one in enumerate(found[opening:], opening):
        depth += (one.text == "(") - (one.text == ")")
        if depth == 0:
            return at
    return len(found)


def _pivoted(found: Sequence[Token]) -> list[Splice]:
    """``PIVOT t ON x ORDER BY y``, and PIVOT behind ``CREATE TABLE q AS`` or a WITH."""
    start = _first_at_top(found, _STARTS, 0)
    if start == len(found) or found[start].word not in ("PIVOT", "UNPIVOT"):
        return []
    before = found[start - 1]
    is_behind = found[0].word in ("CREATE", "WITH") and (before.word == "AS" or before.text == ")")
    if start and not is_behind:
        return []
    end = _first_at_top(found, _AFTER_PIVOT, start)
    if not start and end == len(found):
        return []
    return [
        Splice(found[start].start, found[start].start, "FROM ("),
        Splice(found[end - 1].end, found[end - 1].end, ")"),
    ]


def _first_at_top(found: Sequence[Token], words: frozenset[str], start: int) -> int:
    """Where one of the words stands in no brackets; behind the last token where none does."""
    depth = 0
    for at, one in enumerate(found[start:], start):
        depth += (one.text in "([{") - (one.text in ")]}")
        if depth == 0 and one.word in words:
            return at
    return len(found)
