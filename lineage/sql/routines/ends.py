"""Where a statement inside procedural text ends, also where no semicolon says so."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lineage.sql.dialects import words
from lineage.sql.lexer import Token

TSQL_STARTS = words(
    "INSERT UPDATE DELETE MERGE CREATE DROP TRUNCATE ALTER EXEC EXECUTE DECLARE SET IF WHILE PRINT "
    "USE BEGIN END RETURN RAISERROR THROW COMMIT ROLLBACK OPEN FETCH CLOSE DEALLOCATE ELSE GOTO "
    "BREAK CONTINUE WAITFOR GRANT REVOKE DENY"
)
_NAMES_TOO = words("OPEN CLOSE FETCH USE")
_BEFORE_VALUES = words(
    "SELECT DISTINCT WHERE AND OR NOT ON BY HAVING WHEN THEN ELSE IN LIKE BETWEEN AS SET "
    ", . = < > + - * / % ("
)
_ACTIONS = words("CASCADE NO SET RESTRICT")
"""What happens to the rows that refer to one that changes."""
_GIVES_ROWS = words("VALUES EXEC EXECUTE")
_CONTINUES_SELECT = words("UNION ALL EXCEPT INTERSECT AS IN EXISTS ANY SOME ON NOT AND OR =")


def statement_end(found: Sequence[Token], start: int, *, tsql: bool) -> int:
    """The index after the statement's last token."""
    depth = cases = 0
    verb = found[start].word
    selects = verb == "SELECT"
    routine = verb == "CREATE" and any(
        token.word in ("PROCEDURE", "PROC", "FUNCTION", "TRIGGER")
        for token in found[start : start + 5]
    )
    index = start + 1
    while index < len(found):
        token = found[index]
        text, word = token.text, token.word
        if text in ("(", ")"):
            depth += 1 if text == "(" else -1
            if depth < 0:
                return index
        elif depth == 0:
            if text == ";" and not routine:
                return index
            if word == "CASE" and found[index - 1].word != "END":
                cases += 1
            elif cases:  # whose ELSE and END are its own
                cases -= word == "END"
            elif not routine and _ends(found, index, start, verb, selects=selects, tsql=tsql):
                return index
            if word == "SELECT" or (verb == "INSERT" and word in _GIVES_ROWS):
                selects = True
        index += 1
    return index


def _ends(
    found: Sequence[Token], index: int, start: int, verb: str, *, selects: bool, tsql: bool
) -> bool:
    """Whether a block ends here, or the next statement begins without a semicolon."""
    if found[index].word == "END":
        return True
    return tsql and _begins(found, index, start, verb, selects=selects)


def _begins(found: Sequence[Token], index: int, start: int, verb: str, *, selects: bool) -> bool:
    """Whether a T-SQL statement begins here although no semicolon ended the one before."""
    word = found[index].word
    previous = found[index - 1].word or found[index - 1].text
    following = found[index + 1] if index + 1 < len(found) else None
    if previous == ".":
        return False
    if word == "WITH":
        named = following is not None and following.text != "("
        return named and selects and previous != "AS" and is_cte(found, index)
    if word == "SELECT":
        if previous in _CONTINUES_SELECT:
            return False
        if verb in ("CREATE", "ALTER"):
            said = found[start:index]
            return selects or _is_without_query(said) or _is_whole(said)
        return selects or verb not in ("INSERT", "WITH")
    if word not in TSQL_STARTS or (word == "FETCH" and previous in ("ROW", "ROWS")):
        return False
    if word in _NAMES_TOO:
        named = following is not None and bool(following.word or following.text == "@")
        if previous in _BEFORE_VALUES or not named:
            return False  # a column of that name
    if word in ("UPDATE", "DELETE", "INSERT", "SET", "MERGE", "EXEC", "EXECUTE"):
        if previous == "BULK" or (word in ("UPDATE", "DELETE") and _is_clause(previous, following)):
            return False
        if word == "MERGE" and following is not None and following.word == "JOIN":
            return False  # how to join, not what to merge into
        if verb == "MERGE" and (previous in ("THEN", "UPDATE", ",", "DELETE", "INNER", "LEFT")):
            return False
        if word == "SET" and verb in ("UPDATE", "MERGE", "ALTER", "WITH"):
            return not (verb == "UPDATE" or verb == "MERGE" or verb == "WITH" or verb == "ALTER")
        if word in ("EXEC", "EXECUTE") and verb == "INSERT" and not selects:
            return False
        if verb == "WITH" and not selects:
            return False
        if verb == "WITH" and previous == ")" and not _main_seen(found, start, index):
            return False
        if verb in ("CREATE", "GRANT") and previous in (
            "AFTER",
            "FOR",
            "ON",
            ",",
            "OF",
            "INSTEAD",
        ):
            return False
    if word == "ALTER" and previous == "OR" and index - start == 2:  # CREATE OR ALTER
        return False
    if word in ("ALTER", "DROP") and verb == "ALTER" and index - start < 5:
        return False
    if word in ("BEGIN", "IF", "WHILE") and verb == "DROP" and index - start < 3:
        return False
    if word == "IF" and previous in ("TABLE", "VIEW", "PROCEDURE", "PROC", "FUNCTION"):
        return False
    return not (word in ("OPEN", "CLOSE", "END", "USE", "FETCH") and previous in ("AS", ","))


def _is_clause(previous: str, following: Token | None) -> bool:
    """Whether UPDATE or DELETE says what a cursor or a key does: ``FOR UPDATE``, ``ON DELETE``."""
    if previous == "ON":
        return following is not None and following.word in _ACTIONS
    return previous in ("FOR", "START")


def _is_without_query(said: Sequence[Token]) -> bool:
    """Whether a CREATE or an ALTER is of something that no query defines."""
    kinds = {token.word for token in said[1:5]}
    if kinds & {"INDEX", "STATISTICS"}:
        return True
    return "TABLE" in kinds and all(token.word != "AS" for token in said)


def _is_whole(said: Sequence[Token]) -> bool:
    """Whether a CREATE has its query already, in brackets: ``CREATE TABLE t AS (SELECT ...)``."""
    if said[-1].text != ")" or any(
        token.word == "WITH" and following.text != "(" for token, following in pairwise(said)
    ):
        return False
    depth, at = 1, len(said) - 1
    while depth and at:
        at -= 1
        depth += (said[at].text == ")") - (said[at].text == "(")
    return at > 0 and said[at - 1].word == "AS"


def _main_seen(found: Sequence[Token], start: int, index: int) -> bool:
    """Whether the main statement after a WITH clause has begun before ``index``."""
    depth = 0
    for token in found[start:index]:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0 and token.word in ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"):
            return True
    return False


def is_cte(found: Sequence[Token], index: int) -> bool:
    after = found[index + 1 : index + 40]
    for position, token in enumerate(after[:-1]):
        if token.word == "AS" and after[position + 1].text == "(":
            return True
    return False
