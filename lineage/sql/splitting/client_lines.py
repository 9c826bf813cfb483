"""Lines of a script that are for the client that runs it, and not for the database."""

from __future__ import annotations

import re

_FLAGS = re.IGNORECASE | re.MULTILINE
_PSQL = r"\\(?:[a-z]+\b|!|\?)[^\n]*"
_SQLPLUS = (
    r"(?:@{1,2}\S|(?:prompt|spool|whenever|define|undefine|column|ttitle|btitle|break|compute|rem|remark"
    r"|host|clear|accept|pause|connect|disconnect|variable|exit|quit|start|set\s+(?:define|echo|feedback"
    r"|heading|linesize|pagesize|serveroutput|verify|termout|timing|trimspool|sqlblanklines|scan|escape"
    r"|autocommit|colsep|long|wrap|sqlprompt|newpage|underline|numwidth|arraysize))\b)[^\n]*"
)
_OF_CLIENTS = {
    "postgres": _PSQL,
    "redshift": _PSQL,
    "risingwave": _PSQL,
    "materialize": _PSQL,
    "oracle": _SQLPLUS,
    "teradata": r"\.[a-z]+\b(?:'[^'\n]*'|[^\n;])*;?",
    "snowflake": r"![a-z]+\b[^\n]*",
    "tsql": r":(?:setvar|r|connect|on|out|error|exit|quit|list|reset|ed|serverlist|xml)\b[^\n]*",
    "mysql": r"(?:\\[a-z.!]|(?:source|system|tee|notee|pager|warnings|status|prompt)\b)[^\n]*",
}
_LINES = {name: re.compile(rf"^[ \t]*({line})$", _FLAGS) for name, line in _OF_CLIENTS.items()}
_SIGNED = {
    name: re.compile(line, _FLAGS)
    for name, line in _OF_CLIENTS.items()
    if name not in ("oracle", "tsql", "mysql")
}
"""Commands that begin with a sign that no statement begins with: they may also stand behind a
statement on its line."""
_EXECUTED = re.compile(r"^[ \t]*(exec(?:ute)?[ \t]+(?!immediate\b)[^\n;]*);?[ \t]*$", _FLAGS)
_COPIED = re.compile(r"\\copy\b", re.IGNORECASE)


def has_client_lines(text: str, dialect: str) -> bool:
    """Whether any line may be one for the client."""
    if dialect in ("oracle", "exasol") and "\n/" in text:
        return True
    lines = _LINES.get(dialect)
    return lines is not None and lines.search(text) is not None


def client_line(text: str, at: int, dialect: str) -> tuple[int, str] | None:
    """Where the line at ``at`` ends, when it is one for the client, and what of it is a statement
    all the same: psql's ``\\copy``, SQL*Plus' EXEC."""
    lines = _LINES.get(dialect)
    if lines is None:
        return None
    start = text.rfind("\n", 0, at) + 1
    behind = text[start:at].strip() != ""
    if dialect == "oracle" and not behind and (hit := _EXECUTED.match(text, start)) is not None:
        return hit.end(), hit.group(1).rstrip()
    if dialect in _SIGNED:
        hit = _SIGNED[dialect].match(text, at)
    else:
        hit = None if behind else lines.match(text, start)
    if hit is None:
        return None
    line = hit.group().strip()
    return hit.end(), line[1:].rstrip("; \t\r") if _COPIED.match(line) else ""
