"""What DuckDB reads by a text: the query of ``query('FROM t')``, the table of
``query_table('t')``, put together of texts or held in a variable that the text sets itself.

What such a text says is written out in its place and looked at as any other part of a statement.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from governance.permissions.native.seen.shaping import Splice, spliced
from governance.permissions.native.text.brackets import closing, parts_of, said
from lineage.sql.dialects import DialectRules
from lineage.sql.lexer import Kind, Token, tokens

_TEXT = re.compile(r"'(?:[^'\\]|'')*'")
_DOLLARS = re.compile(r"(\$\w*\$)([^\\]*)\1")
_PLAIN_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*){0,2}")
_UNIONS = {"TRUE": " UNION ALL BY NAME ", "FALSE": " UNION ALL "}
"""How the tables of a list are put together, by what follows it."""


@dataclass(slots=True)
class Texts:
    """The variables of the session that a text has set to texts so far, by name in lower case."""

    _held: dict[str, str] = field(default_factory=dict)

    def note(self, sql: str, rules: DialectRules) -> None:
        """What a statement that may run does to a variable."""
        if rules.name != "duckdb" or "VARIABLE" not in sql.upper():
            return
        found = said(sql, rules)
        if [one.word for one in found[:2]] not in (["SET", "VARIABLE"], ["RESET", "VARIABLE"]):
            return
        name, value = found[2].name.lower() if len(found) > 2 else "", found[4:]
        text = _text_of(value, self._held) if value and found[3].text == "=" else None
        self._held.pop(name, None)
        if text is not None:
            self._held[name] = text

    def written_out(self, sql: str, rules: DialectRules) -> str | None:
        """The statement with the queries and the tables that it reads by texts written out; None
        where it has none, or names queries of its own, which such a text may mean or not."""
        found = said(sql, rules) if rules.name == "duckdb" else []
        if any(one.word == "WITH" for one in found):
            return None
        splices = []
        for at, one in enumerate(found[1:-3], 1):
            called, before = one.word in ("QUERY", "QUERY_TABLE"), found[at - 1]
            if not called or found[at + 1].text != "(" or before.word not in ("FROM", "JOIN"):
                continue
            end = closing(found, at + 1)
            given = found[at + 2 : end]
            is_query = one.word == "QUERY"
            written = _query(given, self._held, rules) if is_query else _table(given, self._held)
            if written and found[end].text == ")":
                splices.append(Splice(one.start, found[end].end, written))
        return spliced(sql, splices)[0] if splices else None


def _query(given: Sequence[Token], held: Mapping[str, str], rules: DialectRules) -> str:
    text = (_text_of(given, held) or "").rstrip("; \t\r\n")
    return f"({text})" if text and _stands_alone(text, rules) else ""


def _stands_alone(text: str, rules: DialectRules) -> bool:
    """Whether nothing in a query reaches beyond the brackets around it, or names queries."""
    return not any(
        one.kind is Kind.COMMENT or one.text == ";" or one.word == "WITH"
        for one in tokens(text, rules)
    )


def _table(given: Sequence[Token], held: Mapping[str, str]) -> str:
    """A table by its name, which stands there as a text or bare, or the tables of a list."""
    first, *others = parts_of(given) or [[]]
    is_list = bool(first) and first[0].text == "[" and closing(first, 0) == len(first) - 1
    by = [one.word for part in others for one in part] or ["FALSE"]
    if (others and not is_list) or len(by) > 1 or by[0] not in _UNIONS:
        return ""
    texts = [_text_of(part, held) for part in (parts_of(first[1:-1]) if is_list else [first])]
    if not is_list and len(first) == 1 and first[0].kind in (Kind.WORD, Kind.QUOTED):
        texts = [first[0].name]
    if not texts or not all(text and _PLAIN_NAME.fullmatch(text) for text in texts):
        return ""
    quoted = [".".join(f'"{name}"' for name in (text or "").split(".")) for text in texts]
    return quoted[0] if len(quoted) == 1 else f"(FROM {f'{_UNIONS[by[0]]}FROM '.join(quoted)})"


def _text_of(found: Sequence[Token], held: Mapping[str, str]) -> str | None:
    """The text that a value is whatever is stored: texts and variables behind each other."""
    text, at = "", 0
    while at < len(found):
        one = found[at]
        called = [token.text for token in found[at + 1 : at + 4 : 2]]
        if one.kind is Kind.STRING and _TEXT.fullmatch(one.text):
            text += one.text[1:-1].replace("''", "'")
            at += 1
        elif one.kind is Kind.STRING and (marked := _DOLLARS.fullmatch(one.text)):
            text += marked[2]
            at += 1
        elif one.word == "GETVARIABLE" and called == ["(", ")"]:
            name = _text_of(found[at + 2 : at + 3], {})
            if name is None or name.lower() not in held:
                return None
            text += held[name.lower()]
            at += 4
        else:
            return None
        if at == len(found):
            return text
        if [token.text for token in found[at : at + 2]] != ["|", "|"]:
            return None
        at += 2
    return None
