"""One key for statements that differ only in what lineage does not depend on."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from lineage.sql.dialects import Case, DialectRules, dialect_of, rules_of, words
from lineage.sql.lexer import Kind, Token, tokens
from lineage.sql.resolving.table_functions import reads_files
from lineage.sql.splitting.dumps import plain

_COMPARISONS = frozenset({"=", "<", ">", "LIKE", "ILIKE", "RLIKE", "BETWEEN", "LIMIT", "OFFSET"})
_PLAIN = words("SELECT WITH INSERT UPDATE DELETE MERGE CREATE")
_TELLING = words(
    "PIVOT UNPIVOT EXECUTE EXEC PROCEDURE PROC FUNCTION TRIGGER OPTIONS LOCATION SOURCE BEGIN "
    "COLUMNS TBLPROPERTIES"
)
"""Words of statements in which a compared literal may name a table, a file or a column."""
_LITERALS = frozenset({Kind.STRING, Kind.NUMBER})


def fingerprint(sql: str, *, dialect: str) -> str:
    """32 hexadecimal digits, equal for texts that have equal edges.

    White space, comments, the case of unquoted words, compared literals and the length of IN
    lists do not count. Literals elsewhere do: ``ORDER BY 2`` and ``PIVOT ... IN ('x')`` mean
    columns. Spans and the literals inside transformations may differ between such texts. What
    stands in a comment that the engine runs (``/*!50000 ... */``) counts as any other text.
    """
    rules = rules_of(dialect_of(dialect))
    return token_fingerprint(tokens(plain(sql, rules), rules), rules)


def token_fingerprint(text: Iterable[Token], rules: DialectRules) -> str:
    """The same for a text whose tokens are at hand."""
    keeps_case = Case.KEPT in (rules.table_case, rules.column_case)
    found = [token for token in text if token.kind is not Kind.COMMENT]
    keeps_literals = _literals_tell(found)
    digest = blake2b(rules.name.encode(), digest_size=16)
    index = 0
    while index < len(found):
        token = found[index]
        end = 0 if keeps_literals else _list_end(found, index)
        if end:
            piece, index = "IN(?)", end
        elif not keeps_literals and token.kind in _LITERALS and _compared(found, index):
            piece, index = "?", index + 1
        else:
            folds = token.kind is Kind.WORD and not keeps_case
            piece, index = token.text.lower() if folds else token.text, index + 1
        digest.update(piece.encode("utf-8", "surrogatepass") + b"\x00")
    return digest.hexdigest()


def _literals_tell(found: list[Token]) -> bool:
    """Whether literals may decide what the text reads or writes."""
    begins = True
    for index, token in enumerate(found):
        if begins and token.text != "(" and token.word not in _PLAIN:
            return True
        if token.word in _TELLING:
            return True
        if token.text == "(" and index and reads_files(found[index - 1].word.lower()):
            return True  # ``read_csv(path = '/a')`` compares nothing
        begins = token.text == ";" or (begins and token.text == "(")
    return False


def _compared(found: list[Token], index: int) -> bool:
    previous = found[index - 1] if index else None
    if previous is None or (previous.word or previous.text) not in _COMPARISONS:
        return False
    before = found[index - 2] if index > 1 else None
    if before is None:
        return True
    # ``* LIKE 'a%'`` means columns, and an argument by name may be anything.
    return before.text not in ("*", "=") and not (
        before.word == "NOT" and index > 2 and found[index - 3].text == "*"
    )


def _list_end(found: list[Token], index: int) -> int:
    """The index after ``IN (literal, ...)``, 0 if there is no such list here."""
    if found[index].word != "IN" or index + 1 >= len(found) or found[index + 1].text != "(":
        return 0
    position = index + 2
    while position + 1 < len(found) and found[position].kind in _LITERALS:
        if found[position + 1].text == ")":
            return position + 2
        if found[position + 1].text != ",":
            return 0
        position += 2
    return 0
