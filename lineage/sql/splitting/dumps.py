"""What dumps of databases write in a way of their own, as plain statements of the same length."""

from __future__ import annotations

import re

from lineage.sql.dialects import MYSQL_FAMILY, DialectRules, words
from lineage.sql.splitting.notebooks import unfolded

_COPY = re.compile(r"^COPY\s[^;]{0,5000}?\bFROM\s+stdin\b[^;]{0,1000};[ \t]*\n", re.I | re.M)
_END_OF_ROWS = re.compile(r"^\\\.[ \t]*$", re.MULTILINE)
_CONDITIONAL = re.compile(r"/\*!(?:\d{5,6})?(?=\s|[A-Z])((?:(?!/\*!).)*?)\*/", re.DOTALL)
_BLANK = re.compile(r"[^\n]")
_HEAD = re.compile(
    r"\s*^---[ \t]*\n\s*[A-Za-z_][\w-]*[ \t]*:.*?^---[ \t]*$", re.DOTALL | re.MULTILINE
)
"""What schedulers and page builders keep before a query, as YAML between lines of dashes."""
_POSTGRES = words("postgres redshift risingwave materialize")
_UNLOAD = re.compile(r"\bUNLOAD\s*\(\s*'(?:[^'\\]|\\.|'')*'\s*\)", re.IGNORECASE | re.DOTALL)


_PROVIDER = re.compile(r"\bOPENROWSET\s*\((?:[^();']|'[^']*'|;(?=\s*')){1,1000}", re.IGNORECASE)
"""``OPENROWSET('provider', 'server';'user';'password', ...)``, whose signs end no statement."""
_SIGN = re.compile(r"'[^']*'|;")


def _comma(hit: re.Match[str]) -> str:
    return "," if hit.group() == ";" else hit.group()


def plain(text: str, rules: DialectRules) -> str:
    """Without the rows that follow ``COPY ... FROM stdin`` (pg_dump) and without a head of YAML,
    with what stands in MySQL's ``/*!50001 ... */``, with the quotes of Redshift's UNLOAD
    escaped as in any other text, and with commas between the texts of T-SQL's providers."""
    if (head := _HEAD.match(text)) is not None:
        text = _BLANK.sub(" ", head.group()) + text[head.end() :]
    if rules.name in _POSTGRES and "\n\\." in text:
        text = _without_rows(text)
    if rules.name == "redshift" and "\\'" in text:
        text = _UNLOAD.sub(lambda hit: hit.group().replace("\\'", "''"), text)
    if rules.name in MYSQL_FAMILY and "/*!" in text:
        text = _CONDITIONAL.sub(_opened, text)
    if rules.name in ("tsql", "fabric") and ";" in text:
        text = _PROVIDER.sub(lambda hit: _SIGN.sub(_comma, hit.group()), text)
    return unfolded(text) if rules.name in ("databricks", "spark") else text


def _without_rows(text: str) -> str:
    pieces: list[str] = []
    at = 0
    while (copy := _COPY.search(text, at)) is not None:
        end = _END_OF_ROWS.search(text, copy.end())
        if end is None:
            break
        pieces += [text[at : copy.end()], _BLANK.sub(" ", text[copy.end() : end.end()])]
        at = end.end()
    return "".join([*pieces, text[at:]])


def _opened(hit: re.Match[str]) -> str:
    lead = hit.start(1) - hit.start()
    return " " * lead + hit.group(1) + "  "
