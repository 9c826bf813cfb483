"""Statements that follow each other without a sign between them, as in files written by hand."""

from __future__ import annotations

import re

from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import Kind, tokens

_BEGINS = re.compile(
    r"\n[ \t\r]{0,200}((?:INSERT[ \t]{1,20}(?:INTO|OVERWRITE)|CREATE|DROP[ \t]{1,20}(?:TABLE|VIEW)"
    r"|DELETE[ \t]{1,20}FROM|MERGE[ \t]{1,20}INTO|UPDATE|TRUNCATE[ \t]{1,20}TABLE|SELECT|WITH)"
    r"[ \t\r\n])",
    re.IGNORECASE,
)
_FIRST = words("INSERT CREATE DROP DELETE MERGE UPDATE TRUNCATE SELECT WITH")
_QUERIES = words("SELECT WITH")
"""They begin a statement only behind a table that is made of a query in brackets."""
_MOST = 50


def run_on(sql: str, rules: DialectRules) -> list[str]:
    """The parts of a text of which lines begin further statements; none where no line does."""
    begins = {hit.start(1) for hit in _BEGINS.finditer(sql)}
    if not begins:
        return []
    code = [token for token in tokens(sql, rules) if token.kind is not Kind.COMMENT]
    if not code or code[0].word not in _FIRST:
        return []
    cuts, depth, first, filled = [0], 0, code[0], False
    for token in code[1:]:
        if token.word in _QUERIES:
            filled = filled or (depth > 0 and first.word == "CREATE")
        if depth == 0 and token.start in begins and (filled or token.word not in _QUERIES):
            cuts.append(token.start)
            first, filled = token, False
        depth += (token.text == "(") - (token.text == ")")
    if not 1 < len(cuts) <= _MOST:
        return []
    return [sql[start:end].strip() for start, end in zip(cuts, [*cuts[1:], len(sql)], strict=True)]
