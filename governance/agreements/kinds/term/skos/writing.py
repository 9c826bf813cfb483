"""A glossary as SKOS, in Turtle and in JSON-LD, from one list of statements; byte-stable."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from governance.agreements.kinds.term.document import TermDocument
from governance.agreements.kinds.term.skos.vocabulary import MATCHES, PREFIXES

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True)
class WrittenTerm:
    """A term as it leaves: by key, with whether it goes out of use."""

    key: str
    document: TermDocument
    is_deprecated: bool = False


@dataclass(frozen=True, slots=True)
class _Text:
    value: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class _Address:
    value: str


@dataclass(frozen=True, slots=True)
class _Part:
    """A thing without an address, by its properties."""

    facts: tuple[tuple[str, _Text | _Address], ...]


_Value = _Text | _Address | _Part | bool | int


def to_turtle(terms: Sequence[WrittenTerm], *, base: str, title: str) -> str:
    """The glossary as Turtle; each term's address is `base` and its short name."""
    lines = [f"@prefix {name}: <{address}> ." for name, address in sorted(PREFIXES.items())]
    lines += ["", f"<{base}> a skos:ConceptScheme ;", f"    dct:title {_string(title)} ."]
    for term in sorted(terms, key=lambda one: one.key):
        lines += ["", f"<{_address(base, term.key)}> a skos:Concept ;"]
        facts = [
            f"    {name} {_turtle(value)}"
            for name, values in _facts(term, base)
            for value in values
        ]
        lines.append(" ;\n".join(facts) + " .")
    return "\n".join(lines) + "\n"


def to_json_ld(terms: Sequence[WrittenTerm], *, base: str, title: str) -> str:
    """The same as JSON-LD 1.1; its context stands in the file and nothing has to be fetched."""
    concepts = []
    for term in sorted(terms, key=lambda one: one.key):
        node: dict[str, Any] = {"@id": _address(base, term.key), "@type": "skos:Concept"}
        for name, values in _facts(term, base):
            written = [_json(value) for value in values]
            node[name] = written[0] if len(written) == 1 else written
        concepts.append(node)
    scheme = {"@id": base, "@type": "skos:ConceptScheme", "dct:title": title}
    document = {"@context": dict(sorted(PREFIXES.items())), "@graph": [scheme, *concepts]}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _facts(term: WrittenTerm, base: str) -> Iterator[tuple[str, list[_Value]]]:
    """Every property that has values, in a fixed order."""
    for name, values in _all_facts(term, base):
        kept = [value for value in values if value != _Text("")]
        if kept:
            yield name, kept


def _all_facts(term: WrittenTerm, base: str) -> Iterator[tuple[str, list[_Value]]]:
    document = term.document

    def said(*texts: str) -> list[_Value]:
        return [_Text(text, document.language) for text in texts if text]

    def plain(*texts: str) -> list[_Value]:
        return [_Text(text) for text in texts if text]

    def terms(*keys: str) -> list[_Value]:
        return [_Address(_address(base, key)) for key in keys if key]

    yield "skos:inScheme", [_Address(base)]
    yield "skos:notation", plain(term.key.removeprefix("term:"))
    yield "skos:prefLabel", said(document.label)
    # Whoever reads SKOS alone finds a term by its acronyms as well.
    yield "skos:altLabel", said(*document.alt_labels, *document.acronyms)
    yield "skos:hiddenLabel", said(*document.hidden_labels)
    yield "skos:definition", said(document.definition)
    yield "skos:scopeNote", said(document.scope_note)
    yield "skos:example", said(*document.examples)
    yield "skos:note", said(document.note)
    yield "skos:broader", terms(*document.broader)
    yield "skos:related", terms(*document.related)
    for match in document.matches:
        yield f"skos:{MATCHES[match.kind]}", [_Address(match.address)]
    yield "dct:subject", plain(document.domain)
    yield "dct:isReplacedBy", terms(document.replaced_by)
    yield "owl:deprecated", [True] if term.is_deprecated or document.replaced_by else []
    yield "concord:qualifier", said(document.qualifier)
    yield "concord:acronym", said(*document.acronyms)
    yield "concord:counterExample", said(*document.counter_examples)
    yield "concord:usedIn", plain(*document.used_in)
    yield "concord:owner", plain(document.owner)
    yield "concord:sunsetDays", [document.sunset_days] if document.sunset_days else []
    yield (
        "concord:homonym",
        [
            _Part(
                (
                    ("concord:term", _Address(_address(base, homonym.term))),
                    ("concord:note", _Text(homonym.note, document.language)),
                )
            )
            for homonym in document.homonyms
        ],
    )
    yield (
        "concord:boundTo",
        [
            _Part(
                (
                    ("concord:dataset", _Text(bound.dataset)),
                    *((("concord:column", _Text(bound.column)),) if bound.column else ()),
                )
            )
            for bound in document.bound_to
        ],
    )


def _address(base: str, key: str) -> str:
    return base + key.removeprefix("term:")


def _turtle(value: _Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case _Text():
            return _string(value.value) + (f"@{value.language}" if value.language else "")
        case _Address():
            return f"<{value.value}>"
        case _Part():
            return "[ " + " ; ".join(f"{name} {_turtle(one)}" for name, one in value.facts) + " ]"


def _string(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(character, character) for character in text) + '"'


def _json(value: _Value) -> Any:
    match value:
        case bool() | int():
            return value
        case _Text() if value.language:
            return {"@value": value.value, "@language": value.language}
        case _Text():
            return value.value
        case _Address():
            return {"@id": value.value}
        case _Part():
            return {name: _json(one) for name, one in value.facts}
