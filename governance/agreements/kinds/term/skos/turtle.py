"""A strict reader of Turtle (RDF 1.1): text in, triples out, an error with its line otherwise.

It reads the whole language but for two freedoms that no glossary needs: escapes in IRIs and
relative IRIs without a base are refused. Nothing is ever fetched: an IRI is a name. Size, number of
triples and depth are bounded, so that no text can exhaust the service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urljoin

from governance.agreements.kinds.term.skos.vocabulary import RDF, XSD

MAX_CHARACTERS = 5_000_000
MAX_TRIPLES = 100_000
MAX_DEPTH = 16


class TurtleError(ValueError):
    """The text is no Turtle, or more than is read; the message begins with the line."""


class Iri(NamedTuple):
    """A name."""

    value: str


class Blank(NamedTuple):
    """A thing without a name, told apart within one text."""

    number: int


class Literal(NamedTuple):
    """A text; `language` and `datatype` exclude each other."""

    value: str
    language: str = ""
    datatype: str = ""


Subject = Iri | Blank
Node = Iri | Blank | Literal


class Triple(NamedTuple):
    """One statement."""

    subject: Subject
    predicate: Iri
    object: Node


class _Token(NamedTuple):
    kind: str
    text: str
    position: int


# Names are bounded, so that looking for their end takes no time that grows with the text. Texts do
# without possessive repeats, which Python 3.11.2 takes for less than they are.
_TOKENS = re.compile(
    r"""
      (?P<space>[ \t\r\n]+|\#[^\n]*)
    | <(?P<iri>[^\x00-\x20<>"{}|^`\\]*)>
    | (?P<long>\"\"\"[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*\"\"\"
        |'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*''')
    | (?P<string>"[^"\\\n\r]*(?:\\.[^"\\\n\r]*)*"|'[^'\\\n\r]*(?:\\.[^'\\\n\r]*)*')
    | @(?P<at>[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,8})
    | (?P<datatype>\^\^)
    | _:(?P<blank>\w[\w.-]{0,200}(?<!\.))
    | (?P<number>[+-]?(?:[0-9]*\.[0-9]+|[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<name>(?:[^\W\d_][\w.-]{0,100})?:(?:[\w:%-]|\\[-_~.!$&'()*+,;=/?\#@%]|\.(?=[\w:%\\-]))*)
    | (?P<word>[A-Za-z]+)
    | (?P<mark>[.;,\[\]()])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_TYPE = Iri(RDF + "type")


def read_turtle(text: str) -> list[Triple]:
    """The statements of a text in order; raises TurtleError."""
    if len(text) > MAX_CHARACTERS:
        raise TurtleError(
            f"The text has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read."
        )
    if text.lstrip("\ufeff \t\r\n").startswith(("<?xml", "<rdf:", "<!DOCTYPE")):
        raise TurtleError("Line 1: this is RDF/XML: save it as Turtle.")
    return _Reader(text.removeprefix("\ufeff")).read()


@dataclass(slots=True)
class _Reader:
    """Reads by recursive descent, one token ahead."""

    text: str
    _tokens: Iterator[_Token]
    _next: _Token
    _prefixes: dict[str, str]
    _base: str
    _blanks: dict[str, Blank]
    _made: int
    _triples: list[Triple]

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = self._scan()
        self._prefixes, self._base = {}, ""
        self._blanks, self._made = {}, 0
        self._triples = []
        self._next = next(self._tokens)

    def read(self) -> list[Triple]:
        while self._next.kind != "end":
            self._statement()
        return self._triples

    # Statements

    def _statement(self) -> None:
        token = self._next
        if token.kind == "at" and token.text in ("prefix", "base"):
            self._take()
            self._directive(token.text)
            self._mark(".")
        elif token.kind == "word" and token.text.lower() in ("prefix", "base"):
            self._take()
            self._directive(token.text.lower())
        else:
            is_list = token.text == "[" and token.kind == "mark"
            subject = self._subject()
            if not (is_list and self._is_mark(".")):
                self._properties(subject, 0)
            self._mark(".")

    def _directive(self, word: str) -> None:
        if word == "base":
            self._base = self._iri()
            return
        prefix = self._take("name").text
        if not prefix.endswith(":") or prefix.count(":") != 1:
            raise self._error("a prefix ends with a colon")
        self._prefixes[prefix[:-1]] = self._iri()

    def _subject(self) -> Subject:
        node = self._node(0)
        if isinstance(node, Literal):
            raise self._error("a statement begins with what it is about")
        return node

    def _properties(self, subject: Subject, depth: int) -> None:
        while True:
            predicate = self._predicate()
            while True:
                self._say(subject, predicate, self._node(depth))
                if not self._is_mark(","):
                    break
                self._take()
            if not self._is_mark(";"):
                return
            while self._is_mark(";"):
                self._take()
            if self._is_mark(".") or self._is_mark("]"):
                return

    def _predicate(self) -> Iri:
        if self._next.kind == "word" and self._next.text == "a":
            self._take()
            return _TYPE
        node = self._node(0)
        if not isinstance(node, Iri):
            raise self._error("here a property is named")
        return node

    # Nodes

    def _node(self, depth: int) -> Node:
        token = self._take()
        match token.kind:
            case "iri":
                return Iri(self._resolved(token.text))
            case "name":
                return Iri(self._expanded(token))
            case "blank":
                return self._blanks.setdefault(token.text, self._blank())
            case "string" | "long":
                return self._literal(token)
            case "number":
                return Literal(token.text, datatype=XSD + _number_type(token.text))
            case "word" if token.text in ("true", "false"):
                return Literal(token.text, datatype=XSD + "boolean")
            case "mark" if token.text == "[":
                return self._nested(depth + 1)
            case "mark" if token.text == "(":
                return self._collection(depth + 1)
        raise self._error(f"{token.text[:20]!r} was not expected", token)

    def _nested(self, depth: int) -> Blank:
        self._check_depth(depth)
        node = self._blank()
        if not self._is_mark("]"):
            self._properties(node, depth)
        self._mark("]")
        return node

    def _collection(self, depth: int) -> Subject:
        self._check_depth(depth)
        items = []
        while not self._is_mark(")"):
            items.append(self._node(depth))
        self._take()
        rest: Subject = Iri(RDF + "nil")
        for item in reversed(items):
            link = self._blank()
            self._say(link, Iri(RDF + "first"), item)
            self._say(link, Iri(RDF + "rest"), rest)
            rest = link
        return rest

    def _literal(self, token: _Token) -> Literal:
        quotes = 3 if token.kind == "long" else 1
        value = _ESCAPE.sub(
            lambda found: self._unescaped(found[1], token), token.text[quotes:-quotes]
        )
        if self._next.kind == "at":
            return Literal(value, language=self._take().text)
        if self._next.kind == "datatype":
            self._take()
            datatype = self._node(0)
            if not isinstance(datatype, Iri):
                raise self._error("a type is named by an IRI")
            return Literal(value, datatype=datatype.value)
        return Literal(value)

    def _unescaped(self, escape: str, token: _Token) -> str:
        if escape[0] in "uU" and len(escape) > 1:
            number = int(escape[1:], 16)
            if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
                raise self._error(f"\\{escape} is no character", token)
            return chr(number)
        if escape not in _ESCAPES:
            raise self._error(f"\\{escape} is no escape", token)
        return _ESCAPES[escape]

    def _iri(self) -> str:
        return self._resolved(self._take("iri").text)

    def _resolved(self, iri: str) -> str:
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", iri):
            return iri
        if not self._base:
            raise self._error(f"<{iri[:40]}> is relative and there is no @base")
        return urljoin(self._base, iri)

    def _expanded(self, token: _Token) -> str:
        prefix, _, local = token.text.partition(":")
        if prefix not in self._prefixes:
            raise self._error(f"the prefix {prefix + ':'!r} is not declared", token)
        return self._prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)

    # Bounds, tokens, errors

    def _blank(self) -> Blank:
        self._made += 1
        return Blank(self._made)

    def _say(self, subject: Subject, predicate: Iri, node: Node) -> None:
        if len(self._triples) >= MAX_TRIPLES:
            raise self._error(f"more than {MAX_TRIPLES:,} statements")
        self._triples.append(Triple(subject, predicate, node))

    def _check_depth(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self._error(f"nested more than {MAX_DEPTH} deep")

    def _scan(self) -> Iterator[_Token]:
        position = 0
        while position < len(self.text):
            found = _TOKENS.match(self.text, position)
            if found is None or found.lastgroup is None:
                raise self._error_at(f"{self.text[position]!r} was not expected", position)
            if found.lastgroup != "space":
                yield _Token(found.lastgroup, found[found.lastgroup], position)
            position = found.end()
        yield _Token("end", "the end", position)

    def _take(self, kind: str = "") -> _Token:
        token = self._next
        if kind and token.kind != kind:
            raise self._error(f"{token.text[:20]!r} was not expected", token)
        if token.kind != "end":
            self._next = next(self._tokens)
        return token

    def _is_mark(self, mark: str) -> bool:
        return self._next.kind == "mark" and self._next.text == mark

    def _mark(self, mark: str) -> None:
        if not self._is_mark(mark):
            raise self._error(f"{mark!r} is missing before {self._next.text[:20]!r}")
        self._take()

    def _error(self, message: str, token: _Token | None = None) -> TurtleError:
        return self._error_at(message, (token or self._next).position)

    def _error_at(self, message: str, position: int) -> TurtleError:
        line = self.text.count("\n", 0, position) + 1
        return TurtleError(f"Line {line}: {message}.")


def _number_type(text: str) -> str:
    if "e" in text.lower():
        return "double"
    return "decimal" if "." in text else "integer"
