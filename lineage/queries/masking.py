"""Takes the literals out of a statement: what a person typed may be personal, its shape is not.

Works on tokens, so that a text which no grammar understands is masked, too. Comments go with the
literals, for they hold names, addresses and whatever else a tool writes into them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from lineage.sql.dialects import DialectRules, words
from lineage.sql.lexer import Kind, Token, tokens

TEXT = "'?'"
"""What stands for a string: a string again, so that every grammar still takes it."""
NUMBER = "?"
ZERO = "0"
"""What stands for a number where a grammar takes no question mark."""

_NUMERIC = re.compile(r"\d[\d_]*(?:\.\d*)?(?:[eE]\d*)?[A-Za-z]{0,2}|0[xXbBoO][0-9A-Fa-f_]+")
_STRING_PREFIXES = frozenset({"B", "BR", "E", "N", "R", "RB", "U", "X"})
_SIZED_TYPES = words(
    "BIT BPCHAR CHAR CHARACTER DATETIME DATETIME2 DATETIME64 DEC DECIMAL DECIMAL32 DECIMAL64 "
    "DECIMAL128 DECIMAL256 FIXEDSTRING FLOAT NCHAR NUMBER NUMERIC NVARCHAR NVARCHAR2 STRING TIME "
    "TIMESTAMP TIMESTAMPTZ VARBINARY VARBIT VARCHAR VARCHAR2 VARYING"
)
_ORDINAL_ENDS = words("ASC DESC NULLS HAVING LIMIT ORDER OFFSET UNION QUALIFY WINDOW FETCH")
_LIST_WORDS = frozenset({"NULL", "TRUE", "FALSE"})


def mask(
    text: str,
    rules: DialectRules,
    *,
    number: str = NUMBER,
    cautious: bool = False,
    found: Sequence[Token] | None = None,
) -> str:
    """The text without comments and with a mark in the place of every literal.

    Lists of an IN and further rows of VALUES shrink to one. Positions in GROUP BY and ORDER BY
    and the sizes of types stay, for they are no data. A ``cautious`` reading takes for a string
    whatever may be one, with and without backslash escapes: for texts that cannot be parsed, of
    which nobody knows where their strings end. ``found`` are the text's tokens, if at hand.
    """
    if cautious:
        text, found = _without_doubtful_strings(text, rules), None
    found = tokens(text, rules) if found is None else found
    kept = [token for token in found if token.kind is not Kind.COMMENT]
    return _Masking(text, kept, rules, number).text()


def _without_doubtful_strings(text: str, rules: DialectRules) -> str:
    readings = [rules, replace(rules, backslash_escapes=not rules.backslash_escapes)]
    if not rules.name:
        readings += [replace(each, double_quoted_strings=True) for each in readings]
    spans = sorted(
        (token.start, token.end)
        for each in readings
        for token in tokens(text, each)
        if token.kind is Kind.STRING
    )
    pieces: list[str] = []
    position = 0
    for start, end in spans:
        if start >= position:
            pieces += (text[position:start], TEXT)
        position = max(position, end)
    return "".join((*pieces, text[position:]))


class _Masking:
    """One text on its way through: tokens are kept, replaced or left out, spaces stay."""

    def __init__(self, text: str, found: list[Token], rules: DialectRules, number: str) -> None:
        self._source = text
        self._found = found
        self._rules = rules
        self._number = number
        self._pieces: list[str] = []
        self._written = 0  # characters of the source that are dealt with
        self._kept_numbers = _structural_numbers(found)

    def text(self) -> str:
        index = 0
        while index < len(self._found):
            index = self._step(index)
        return "".join(self._pieces).strip()

    def _step(self, index: int) -> int:
        token = self._found[index]
        if token.word == "IN" and (end := self._literal_list(index + 1)):
            self._keep(token)
            self._keep(self._found[index + 1])
            self._replace(self._found[index + 2], self._mark(self._found[index + 2]))
            self._skip_to(self._found[end])
            self._keep(self._found[end])
            return end + 1
        if token.kind is Kind.STRING:
            if index and self._has_prefix(index):
                self._pieces.pop()
            self._replace(token, TEXT)
        elif token.kind is Kind.NUMBER and index not in self._kept_numbers:
            self._number_at(index)
        elif token.text == ")" and (end := self._further_rows(index)):
            self._keep(token)
            self._skip_to(self._found[end])
            self._written = self._found[end].end
            return end + 1
        else:
            self._keep(token)
        return index + 1

    def _keep(self, token: Token) -> None:
        self._space_before(token)
        self._pieces.append(token.text)
        self._written = token.end

    def _replace(self, token: Token, mark: str) -> None:
        self._space_before(token)
        self._pieces.append(mark)
        self._written = token.end

    def _space_before(self, token: Token) -> None:
        """The white space before a token; a comment in it becomes a space, for it separates."""
        if token.start > self._written:
            between = self._source[self._written : token.start]
            if between.isspace():
                self._pieces.append(between)
            else:
                self._pieces.append("\n" if "\n" in between else " ")

    def _skip_to(self, token: Token) -> None:
        self._written = token.start

    def _has_prefix(self, index: int) -> bool:
        """Whether the word before a string belongs to it, as in ``x'00'``."""
        before = self._found[index - 1]
        return before.word in _STRING_PREFIXES and before.end == self._found[index].start

    def _mark(self, token: Token) -> str:
        return TEXT if token.kind is Kind.STRING else self._number

    def _number_at(self, index: int) -> None:
        token = self._found[index]
        before = self._found[index - 1] if index else None
        if before is not None and before.end == token.start:
            if before.text == "$" or (before.text == ":" and not self._is_cast(index)):
                self._keep(token)  # a parameter
                return
            if before.text == "." and not self._is_qualified(index - 1):
                self._pieces.pop()  # .5
                self._replace(token, self._number)
                return
        if _NUMERIC.fullmatch(token.text):
            self._replace(token, self._number)
        else:
            self._keep(token)  # a name that begins with a digit

    def _is_cast(self, index: int) -> bool:
        """Whether the colon before a number follows a value, as in a slice ``a[1:2]``."""
        before = self._found[index - 2] if index > 1 else None
        return (
            before is not None
            and (
                before.kind in (Kind.WORD, Kind.NUMBER, Kind.QUOTED)
                or before.text in (")", "]", ":")
            )
            and before.end == self._found[index - 1].start
        )

    def _is_qualified(self, index: int) -> bool:
        before = self._found[index - 1] if index else None
        return (
            before is not None
            and before.end == self._found[index].start
            and (before.kind in (Kind.WORD, Kind.QUOTED) or before.text in (")", "]"))
        )

    def _literal_list(self, index: int) -> int:
        """The index of the bracket that ends a list of two literals or more; 0 without one."""
        found = self._found
        if index >= len(found) or found[index].text != "(":
            return 0
        literals = 0
        for position in range(index + 1, len(found)):
            token = found[position]
            if token.text == ")":
                first = found[index + 1]
                is_literal = first.kind in (Kind.STRING, Kind.NUMBER)
                return position if literals > 1 and is_literal else 0
            if token.kind in (Kind.STRING, Kind.NUMBER) or token.word in _LIST_WORDS:
                literals += 1
            elif token.text not in (",", "-", "+", "?"):
                return 0
        return 0

    def _further_rows(self, index: int) -> int:
        """The index where the last further row of a VALUES list ends; 0 without one.

        Rows that hold a query stay.
        """
        if not self._closes_first_row(index):
            return 0
        found, last, position = self._found, 0, index + 1
        while position + 1 < len(found) and found[position].text == ",":
            if found[position + 1].text != "(":
                break
            depth, end = 0, position + 1
            while end < len(found):
                if found[end].word == "SELECT":
                    return last
                depth += {"(": 1, ")": -1}.get(found[end].text, 0)
                if depth == 0:
                    break
                end += 1
            else:
                break
            last, position = end, end + 1
        return last

    def _closes_first_row(self, index: int) -> bool:
        if index + 1 >= len(self._found) or self._found[index + 1].text != ",":
            return False
        depth = 0
        for position in range(index, -1, -1):
            text = self._found[position].text
            depth += {")": 1, "(": -1}.get(text, 0)
            if depth == 0:
                return position > 0 and self._found[position - 1].word == "VALUES"
        return False


def _structural_numbers(found: list[Token]) -> set[int]:
    """Positions in GROUP BY and ORDER BY, and sizes of types: indexes of their tokens."""
    kept: set[int] = set()
    depth = 0
    lists: list[int] = []  # depths at which a GROUP BY or ORDER BY list runs
    sizes = -1  # the depth inside the brackets of a type
    for index, token in enumerate(found):
        before = found[index - 1] if index else None
        if token.text == "(":
            depth += 1
            if before is not None and before.word in _SIZED_TYPES:
                sizes = depth
        elif token.text == ")":
            sizes = -1 if sizes == depth else sizes
            depth -= 1
            while lists and lists[-1] > depth:
                lists.pop()
        elif token.word == "BY" and before is not None and before.word in ("GROUP", "ORDER"):
            if not lists or lists[-1] != depth:
                lists.append(depth)
        elif token.word in ("SELECT", "WHERE", "LIMIT", "HAVING") and lists and lists[-1] == depth:
            lists.pop()
        elif token.kind is Kind.NUMBER and (
            sizes == depth or (lists and lists[-1] == depth and _stands_alone(found, index))
        ):
            kept.add(index)
    return kept


def _stands_alone(found: list[Token], index: int) -> bool:
    before = found[index - 1]
    after = found[index + 1] if index + 1 < len(found) else None
    begins = before.word == "BY" or before.text == ","
    ends = after is None or after.text in (",", ")", ";") or after.word in _ORDINAL_ENDS
    return begins and ends
