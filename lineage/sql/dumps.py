"""What dumps of databases write in a way of their own, as plain statements of the same length."""

from __future__ import annotations

import re

from lineage.sql.dialects import DialectRules, words

_COPIED_ROWS = re.compile(
    r"^(COPY\s[^;]*?\bFROM\s+stdin\b[^;]*;[ \t]*\n)(.*?)(^\\\.[ \t]*$)",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_CONDITIONAL = re.compile(r"/\*!(?:\d{5,6})?(?=\s|[A-Z])(.*?)\*/", re.DOTALL)
_POSTGRES = words("postgres redshift risingwave materialize")
_UNLOAD = re.compile(r"\bUNLOAD\s*\(\s*'(?:[^'\\]|\\.|'')*'\s*\)", re.IGNORECASE | re.DOTALL)


def plain(text: str, rules: DialectRules) -> str:
    """Without the rows that follow ``COPY ... FROM stdin`` (pg_dump), with what stands in MySQL's
    ``/*!50001 ... */``, and with the quotes of Redshift's UNLOAD escaped as in any other text."""
    if rules.name in _POSTGRES and "\n\\." in text:
        text = _COPIED_ROWS.sub(_without_rows, text)
    if rules.name == "redshift" and "\\'" in text:
        text = _UNLOAD.sub(lambda hit: hit.group().replace("\\'", "''"), text)
    if rules.name in ("mysql", "singlestore", "doris", "starrocks") and "/*!" in text:
        text = _CONDITIONAL.sub(_opened, text)
    return text


def _without_rows(hit: re.Match[str]) -> str:
    return hit.group(1) + re.sub(r"[^\n]", " ", hit.group(2)) + " " * len(hit.group(3))


def _opened(hit: re.Match[str]) -> str:
    lead = hit.start(1) - hit.start()
    return " " * lead + hit.group(1) + "  "
