"""A place in the tokens of procedural text, and the statements that are found from there."""

from __future__ import annotations

from dataclasses import dataclass

from lineage.sql.dialects import DialectRules
from lineage.sql.lexer import Kind, tokens
from lineage.sql.routines.ends import TSQL_STARTS, is_cte, statement_end
from lineage.sql.routines.words import DECLARE_STATEMENTS


@dataclass(frozen=True, slots=True)
class Part:
    """A statement inside procedural text: ``text[start:end]``. ``record`` names the variables
    that its columns fill, or the one loop variable or cursor that is filled by its rows."""

    start: int
    end: int
    record: tuple[str, ...] = ()
    branched: bool = False
    """Whether a branch or loop came before it, so that it may add to what was filled there."""
    loops: bool = False
    """Whether what follows is run for every row of it."""


ONLY_READ = ("_rows_",)
"""The record of a query whose rows nobody keeps, such as that of a condition."""


class Walk:
    """The tokens of a text with the index of the one at hand, and what was found so far."""

    def __init__(self, text: str, rules: DialectRules) -> None:
        self.text = text
        self.found = [token for token in tokens(text, rules) if token.kind is not Kind.COMMENT]
        self.tsql = rules.name in ("tsql", "fabric")
        self.queries = ("SELECT", "WITH", *(("SEL",) if rules.name == "teradata" else ()))
        self.declares_sections = rules.name not in DECLARE_STATEMENTS
        self.index = 0
        self.declaring = False
        self.branched = False
        self.names: set[str] = set()
        self.result: list[Part] = []

    def word(self, ahead: int = 0) -> str:
        at = self.index + ahead
        return self.found[at].word if at < len(self.found) else ""

    def sign(self, ahead: int = 0) -> str:
        at = self.index + ahead
        return self.found[at].text if at < len(self.found) else ""

    def _name(self, ahead: int) -> str:
        """The name of a variable, in lower case."""
        at = self.index + ahead
        return self.found[at].name.lower() if at < len(self.found) else ""

    def _query_until_end(self, record: str) -> None:
        """The query that starts somewhere before the statement ends, or those in its brackets."""
        start = self.index
        query = -1
        depth = cases = 0
        while self.index < len(self.found):
            text, word = self.sign(), self.word()
            if text == ";" and depth <= 0:
                break
            closes = word == "END" and cases > 0
            cases += (word == "CASE") - closes
            holds = word == "WITH" and self.word(1) in ("RETURN", "HOLD")  # of a cursor
            if query < 0 and word in self.queries and self.sign(1) != "(" and not holds:
                query = self.index
            elif self.tsql and not (cases or closes) and depth == 0 and self.index > start:
                fetches = word == "FETCH" and self.word(-1) in ("ROW", "ROWS")
                locks = word == "UPDATE" and self.word(-1) == "FOR"
                if word in TSQL_STARTS and not (fetches or locks):
                    break
            depth += (text == "(") - (text == ")")
            self.index += 1
        names = (record,) if record else ()
        while 0 <= query < self.index:
            bracketed = query > 0 and self.found[query - 1].text == "("
            end = self._closing(query) if bracketed else self.index
            self._add(query, end - 1, names)
            query = self._next_query(end)

    def _closing(self, start: int) -> int:
        """The index of the bracket that closes around ``start``, else the end of the statement."""
        depth = 0
        for index in range(start, self.index):
            depth += (self.found[index].text == "(") - (self.found[index].text == ")")
            if depth < 0:
                return index
        return self.index

    def _next_query(self, start: int) -> int:
        """The index of the next query in brackets, -1 where there is none."""
        for index in range(start, self.index - 1):
            inner = self.found[index + 1].word
            if self.found[index].text == "(" and inner in self.queries:
                return index + 1
        return -1

    def _skip_statement(self) -> None:
        depth = cases = 0
        start = self.index
        while self.index < len(self.found):
            text, word = self.sign(), self.word()
            depth += (text == "(") - (text == ")")
            if depth <= 0 and text == ";":
                return
            if word == "CASE":
                cases += 1
            elif cases:
                cases -= word == "END"
                self.index += 1
                continue
            begins = word in TSQL_STARTS or word == "SELECT"
            begins = begins or (word == "WITH" and is_cte(self.found, self.index))
            if self.tsql and self.index > start and depth <= 0 and begins:
                return
            self.index += 1

    def _statement(self) -> None:
        start = self.index
        self.index = statement_end(self.found, self.index, tsql=self.tsql)
        self._add(start, self.index - 1)

    def _add(
        self, first: int, last: int, record: tuple[str, ...] = (), *, loops: bool = False
    ) -> None:
        while last >= first and self.found[last].text == ";":
            last -= 1
        if last >= first:
            start, end = self.found[first].start, self.found[last].end
            self.result.append(Part(start, end, record, self.branched, loops))
