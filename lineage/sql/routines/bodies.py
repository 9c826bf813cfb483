"""Procedural SQL as the statements inside it: bodies of routines, blocks, loops, branches.

Works on tokens and follows every branch, since lineage asks what can happen. Knows PL/SQL,
PL/pgSQL, T-SQL, Snowflake and BigQuery scripting and MySQL's routines as far as it takes to find
where a statement begins and ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from lineage.sql.dialects import DialectRules
from lineage.sql.lexer import Kind, closing
from lineage.sql.routines.assignments import assigned
from lineage.sql.routines.ends import TSQL_STARTS
from lineage.sql.routines.walk import ONLY_READ, Part, Walk
from lineage.sql.routines.words import (
    BRANCHES,
    DONE_FOR_ALL,
    ENDS,
    IGNORED,
    STARTS,
)

_OF_ENGINE = re.compile(
    r"\bFROM\s+(?:[\w\[\]\"`]+\s*\.\s*)?[\[\"`]?"
    r"(?:sys\w*|information_schema|pg_\w+|(?:user|all|dba)_\w+)\b",
    re.IGNORECASE,
)
"""A query that asks what there is, as ``IF EXISTS (SELECT * FROM sys.tables ...)`` does."""
_NO_NAMES = frozenset({("INSERT", "INTO"), ("DELETE", "FROM"), ("MERGE", "INTO")})
_RANGE = re.compile(r"\.\s?\.|\bTO\b", re.IGNORECASE)


def parts_of(text: str, rules: DialectRules) -> list[Part]:
    """The statements of a body or block, in order."""
    return _Walk(text, rules).parts()


def declared_in(text: str, rules: DialectRules, *, declaring: bool = False) -> set[str]:
    """The variables that a body or block declares, in lower case; ``declaring`` is a text that
    begins with them."""
    walk = _Walk(text, rules)
    walk.declaring = declaring
    walk.parts()
    return walk.names


class _Walk(Walk):
    """One pass over the tokens; ``index`` always stands where a statement may begin."""

    def parts(self) -> list[Part]:
        while self.index < len(self.found):
            before = self.index
            self._step()
            if self.index == before:
                self.index += 1
        return self.result

    def _step(self) -> None:
        word = self.word()
        if word == "BEGIN":
            self.declaring = False
            self.index += 1
            if self.word() in ("TRANSACTION", "TRAN", "WORK"):
                self._skip_statement()
        elif self._is_label():
            self.index += 2
        elif self.sign() == "<" and self.sign(1) == "<":
            while self.index < len(self.found) and self.sign() != ">":
                self.index += 1
        elif word in BRANCHES or self.sign() in (";", "<", ">", "/"):
            self.index += 1
        elif word == "END":
            self._end()
        elif self.sign() == "(" and (
            self.word(1) in STARTS - {"SELECT", "WITH", "SEL"} or self._holds_statements()
        ):
            self.index += 1  # the body of Teradata's macro
        elif self.sign() == "(" and not self.declaring:
            self._query_until_end("")
        elif word in ("IF", "ELSEIF", "ELSIF", "ELIF", "UNTIL") or word == "CASE" or word == "WHEN":
            self._condition("THEN")
        elif word == "EXCEPTION":
            self.branched = True
            self._advance()
        elif word == "WHILE":
            self._condition("LOOP", "DO")
        elif word in ("FOR", "FOREACH"):
            self._for()
        elif word == "FORALL":
            self._for_all()
        elif word == "DECLARE":
            self._declare()
        elif word in ("PROCEDURE", "FUNCTION"):
            self._header()
        elif word == "CURSOR":
            self._cursor(self.index + 1)
        elif word == "OPEN":
            self._open()
        elif word in ("RETURN", "RETURNS", "LET", "SET"):
            self._expression(word)
        elif word in ("GRANT", "REVOKE", "DENY"):
            self._permission()
        elif word in IGNORED:
            self._skip_statement()
        elif word in STARTS and (not self.declaring or self._changes()):
            self.declaring = False
            self._statement()
        elif self._assigns():
            self._assignment()
        elif self.declaring:
            self._declaration()
        else:
            self._skip_statement()

    def _changes(self) -> bool:
        """Whether a statement stands where only declarations were: the standard and HANA have them
        inside of a block."""
        updates = self.word() == "UPDATE" and self.word(2) == "SET"
        selects = self.word() == "SELECT" and self.sign(-1) == ";"
        return updates or selects or (self.word(), self.word(1)) in _NO_NAMES

    def _is_label(self) -> bool:
        """``name: LOOP`` (MySQL), ``name:`` (T-SQL)."""
        named = self.found[self.index].kind is Kind.WORD and self.sign(1) == ":"
        return named and self.sign(2) not in ("=", ":")

    def _permission(self) -> None:
        """``GRANT SELECT ON t TO u``: its verbs are no statements."""
        while self.index < len(self.found) and self.sign() != ";":
            self.index += 1
            if self.word(-1) in ("TO", "FROM"):
                break
        self.index += 1

    def _header(self) -> None:
        """A routine inside a package or another routine: declarations follow its IS."""
        depth = 0
        while self.index < len(self.found) and self.sign() != ";":
            text = self.sign()
            depth += (text == "(") - (text == ")")
            if depth == 1 and text in ("(", ","):
                self.names.add(self._name(1))  # a parameter
            self.index += 1
            if depth == 0 and self.word(-1) in ("IS", "AS"):
                self.declaring = True
                return

    def _advance(self) -> None:
        self.index += 1

    def _end(self) -> None:
        self.index += 1
        if self.word() in ENDS:
            self.index += 1
        named = self.index < len(self.found) and self.found[self.index].kind is Kind.WORD
        if named and self.sign(1) in (";", ""):
            self.index += 1

    def _holds_statements(self) -> bool:
        """Whether more than one query stands in the brackets that open here."""
        end = closing(self.found, self.index)
        return any(token.text == ";" for token in self.found[self.index : end])

    def _condition(self, *closings: str) -> None:
        """Skips to what is done under the condition, and reads the queries that it asks; T-SQL has
        no word before that."""
        self.branched, self.declaring = True, False
        start = self.index
        self._skip_condition(closings)
        query = self._next_query(start)
        while query >= 0:
            end = self._closing(query)
            said = self.text[self.found[query].start : self.found[end - 1].end]
            if _OF_ENGINE.search(said) is None:
                self._add(query, end - 1, ONLY_READ)
            query = self._next_query(end)

    def _skip_condition(self, closings: Sequence[str]) -> None:
        self.index += 1
        depth = cases = 0
        while self.index < len(self.found):
            text, word = self.sign(), self.word()
            depth += (text == "(") - (text == ")")
            closes = self.tsql and word == "END" and cases > 0
            cases += (self.tsql and word == "CASE") - closes
            if depth <= 0 and not (cases or closes):
                if word in closings:
                    self.index += 1
                    return
                if text == ";" or (self.tsql and (word in TSQL_STARTS or word == "SELECT")):
                    return
            self.index += 1

    def _for(self) -> None:
        """``FOR record IN (SELECT ...) LOOP``: the query's columns are the record's fields."""
        record = self._name(1)
        self.branched, self.declaring = True, False
        start, depth = self.index, 0
        query = dynamic = -1
        if start + 3 >= len(self.found):
            self.index += 1
            return
        while self.index < len(self.found):
            text, word = self.sign(), self.word()
            if depth == 0 and word in ("LOOP", "DO"):
                break
            if text == ";" and depth == 0:
                return
            if query < 0 and word in ("SELECT", "WITH"):
                query = self.index
            if word == "EXECUTE" and self.found[self.index + 1 :]:
                dynamic = self.index + 1
            depth += (text == "(") - (text == ")")
            self.index += 1
        if dynamic > 0 and self.found[dynamic].kind is Kind.STRING:
            literal = self.found[dynamic]  # FOR r IN EXECUTE 'SELECT ...' LOOP
            if "''" not in literal.text:
                inside = Part(literal.start + 1, literal.end - 1, (record,), self.branched, True)
                self.result.append(inside)
        elif query > start:
            last = self.index - 1
            if self.found[query - 1].text == "(" and self.found[last].text == ")":
                last -= 1
            self._add(query, last, (record,), loops=True)
        elif query < 0 and self.found[start + 2].word == "IN":
            cursor = start + 3 + (self.found[start + 3].text == "(")
            if self._counts(cursor):
                self.names.add(record)
            elif cursor < self.index and self.found[cursor].kind is Kind.WORD:
                self._add(cursor, cursor, (record,), loops=True)

    def _counts(self, start: int) -> bool:
        """``FOR i IN 1 .. n LOOP``, Snowflake's ``FOR i IN 1 TO n DO``."""
        said = " ".join(token.text for token in self.found[start : self.index])
        return _RANGE.search(said) is not None

    def _for_all(self) -> None:
        """PL/SQL's ``FORALL i IN 1 .. list.COUNT INSERT ...``: up to its statement."""
        self.names.add(self._name(1))
        self.index += 1
        while self.index < len(self.found) and self.word() not in DONE_FOR_ALL:
            if self.sign() == ";":
                return
            self.index += 1

    def _declare(self) -> None:
        self.index += 1
        if self.word() == "GLOBAL" and self.word(1) == "TEMPORARY":  # a table of Db2's session
            start = self.index - 1
            self._skip_statement()
            self._add(start, self.index - 1)
            return
        if self.tsql:
            if self._declares_table():
                start = self.index - 1
                self._skip_statement()
                self._add(start, self.index - 1)
                return
            if self.word(1) == "CURSOR" or self.word(2) == "CURSOR":
                self._cursor(self.index)
                return
            self._declared_values()
            return
        if not self.declares_sections:
            if self.word(1) == "CURSOR":
                self._cursor(self.index)
            elif self.word(1) == "HANDLER":
                self._handler()
            else:
                self._declared_values()
            return
        if self.word(1) == "HANDLER" or (self.word(1) == "FOR" and self.word() == "CONDITION"):
            self._handler()
            return
        if self.word() and self.word(1) in ("CURSOR", "SCROLL", "NO", "INSENSITIVE"):
            self._cursor(self.index)
        self.declaring = True

    def _declares_table(self) -> bool:
        """Whether one of the variables is a table: the list is then a statement as a whole."""
        start = self.index
        self._skip_statement()
        end, self.index = self.index, start
        return any(
            token.word == "TABLE"
            and (before.text.startswith("@") or (at > start + 1 and before.word == "AS"))
            for at, (before, token) in enumerate(pairwise(self.found[start:end]), start + 1)
        )

    def _handler(self) -> None:
        """``DECLARE CONTINUE HANDLER FOR condition, ... statement``: the statement follows."""
        depth = 0
        while self.index < len(self.found) and self.sign() != ";":
            depth += (self.sign() == "(") - (self.sign() == ")")
            word = self.word()
            if depth == 0 and (word in STARTS or word in ("SET", "BEGIN", "IF")):
                return
            self.index += 1

    def _declaration(self) -> None:
        """One entry of a DECLARE section; a cursor's query is a statement."""
        if self.word(1) == "CURSOR":
            self._cursor(self.index)
        else:
            self._declared_values()

    def _declared_values(self) -> None:
        """``a int = 1, b int DEFAULT (SELECT ...)``: each variable with what it starts from."""
        start = self.index
        self._skip_statement()
        end, self.index = self.index, start
        while self.index < end:
            names = [self._name(0)]
            self.names.add(names[0])
            while self.sign(1) == "," and self.index + 2 < end:
                self.index += 2
                names.append(self._name(0))
                self.names.add(names[-1])
            value, depth, last = -1, 0, self.index
            while last < end:
                text, word = self.found[last].text, self.found[last].word
                depth += (text == "(") - (text == ")")
                if depth == 0 and value < 0 and (text == "=" or word == "DEFAULT"):
                    value = last + 1
                    if self.found[value : value + 1] and self.found[value].word == "SELECT":
                        last = end  # its commas are its own
                        break
                elif depth == 0 and text == ",":
                    break
                last += 1
            if 0 <= value < last:
                self._add(value, last - 1, tuple(names[:1]))
            self.index = last + 1
        self.index = end

    def _cursor(self, at: int) -> None:
        name = self.found[at].name.lower() if at < len(self.found) else ""
        before = len(self.result)
        self._query_until_end("" if self._is_returned(at) else name)
        last = self.index - 1
        if len(self.result) == before and last > at + 1 and self.found[last - 1].word == "FOR":
            self._add(last, last, (name,))  # Snowflake's c CURSOR FOR a result set
        opening = at + 1 + (at + 1 < len(self.found) and self.found[at + 1].word == "CURSOR")
        depth = 0
        for index in range(opening, self.index - 1):
            text = self.found[index].text
            depth += (text == "(") - (text == ")")
            if depth == 0:
                break
            if depth == 1 and text in ("(", ","):
                self._parameter(self.found[index + 1].name.lower(), at)

    def _is_returned(self, at: int) -> bool:
        """Whether the caller gets the rows: ``c CURSOR WITH RETURN TO CLIENT FOR SELECT ...``."""
        return any(
            one.word == "WITH" and two.word == "RETURN"
            for one, two in pairwise(self.found[at + 1 : at + 6])
        )

    def _parameter(self, name: str, start: int) -> None:
        """A cursor's parameter, which is a name in its query alone: elsewhere it is a column's."""
        inside = sum(token.name.lower() == name for token in self.found[start : self.index])
        if inside == sum(token.name.lower() == name for token in self.found):
            self.names.add(name)

    def _open(self) -> None:
        """``OPEN c FOR SELECT ...``."""
        self._query_until_end(self._name(1))

    def _expression(self, word: str) -> None:
        """RETURN, SET and LET: only a query inside them reads tables."""
        if word == "SET":
            self._set()
            return
        if word == "LET":
            self.index += 1
            if self.word(1) == "CURSOR":
                self._cursor(self.index)
            else:
                self._declared_values()
            return
        if self.word(1) == "QUERY":
            self.index += 1
            if self.word(1) == "EXECUTE":
                self.index += 1
                self._statement()
                return
        self._query_until_end("")

    def _set(self) -> None:
        """``SET v = value``, ``SET (a, b) = (SELECT ...)``; a setting is a statement."""
        start = self.index
        self._skip_statement()
        names, value = assigned(self.found[start : self.index])
        if names:
            self._add(start + value, self.index - 1, names)
        elif not self.tsql:
            self._add(start, self.index - 1)

    def _assigns(self) -> bool:
        if self.found[self.index].kind not in (Kind.WORD, Kind.QUOTED):
            return False
        at = 1
        while self.sign(at) == ".":  # a field of a record
            at += 2
        return self.sign(at) == "=" or (self.sign(at) == ":" and self.sign(at + 1) == "=")

    def _assignment(self) -> None:
        name = self._name(0)
        if self.sign(1) == ".":  # a column of a trigger's row, a field of a record
            name = f"{name}.{self._name(2)}"
        while self.sign() != "=":
            self.index += 1
        self.index += 1
        start = self.index
        self._skip_statement()
        self._add(start, self.index - 1, (name,))
