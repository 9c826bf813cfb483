"""Statements that follow each other without a sign between them, as in files written by hand."""

from __future__ import annotations

import re

from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import Kind, Token, tokens

_BEGINS = re.compile(
    r"\n[ \t\r]{0,200}((?:INSERT[ \t]{1,20}(?:INTO|OVERWRITE)|CREATE|DROP[ \t]{1,20}(?:TABLE|VIEW)"
    r"|DELETE[ \t]{1,20}FROM|(?:COPY|MERGE)[ \t]{1,20}INTO|UPDATE|TRUNCATE[ \t]{1,20}TABLE"
    r"|SELECT|WITH)[ \t\r\n])",
    re.IGNORECASE,
)
_FIRST = words("INSERT CREATE DROP DELETE COPY MERGE UPDATE TRUNCATE SELECT WITH")
_WITHOUT_QUERY = words("COPY DELETE DROP TRUNCATE UPDATE")
"""Behind them, or behind one that has its query, a query begins a statement of its own."""
_GO_ON = words("UNION EXCEPT INTERSECT MINUS ALL DISTINCT NAME AS")
"""Behind them a query goes on."""
_MOST = 50


def run_on(sql: str, rules: DialectRules) -> list[str]:
    """The parts of a text of which lines begin further statements; none where no line does."""
    begins = {hit.start(1) for hit in _BEGINS.finditer(sql)}
    if not begins:
        return []
    code = [token for token in tokens(sql, rules) if token.kind is not Kind.COMMENT]
    if not code or code[0].word not in _FIRST:
        return []
    cuts, depth, first, last = [0], 0, code[0], code[0]
    filled, awaited = first.word in _WITHOUT_QUERY or first.word == "SELECT", first.word == "WITH"
    for index, token in enumerate(code[1:], 1):
        asks = token.word == "SELECT" or _names_queries(code, index)
        filled = filled or (asks and depth > 0 and first.word == "CREATE")
        free = filled and not awaited and last.word not in _GO_ON
        if depth == 0 and token.start in begins and (free if asks else token.word != "WITH"):
            cuts.append(token.start)
            first, filled = token, token.word in _WITHOUT_QUERY
        if asks and depth == 0:
            filled = filled or token.word == "SELECT"
            awaited = token.word == "WITH"
        depth += (token.text == "(") - (token.text == ")")
        last = token
    if not 1 < len(cuts) <= _MOST:
        return []
    return [sql[start:end].strip() for start, end in zip(cuts, [*cuts[1:], len(sql)], strict=True)]


def _names_queries(code: list[Token], index: int) -> bool:
    """Whether a WITH introduces queries, not options."""
    named = code[index + 1 : index + 3]
    if code[index].word != "WITH" or len(named) < 2:
        return False
    return named[0].word == "RECURSIVE" or named[1].word == "AS" or named[1].text == "("
