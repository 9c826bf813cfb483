"""Terms from the statements of a SKOS file, and what of it was left out and why."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from governance.agreements.kinds.term.document import TermDocument
from governance.agreements.kinds.term.labels import normalised
from governance.agreements.kinds.term.names import plain_name
from governance.agreements.kinds.term.skos.turtle import (
    Blank,
    Iri,
    Literal,
    Node,
    Subject,
    read_turtle,
)
from governance.agreements.kinds.term.skos.vocabulary import (
    CONCORD,
    DCT,
    MATCHES,
    OWL,
    RDF,
    SKOS,
)

MAX_TERMS = 2_000  # what one proposal carries
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,149}")
_NOTES = ("note", "changeNote", "historyNote", "editorialNote")


class SkosError(ValueError):
    """The file holds no terms, or some that cannot be told apart or kept."""


@dataclass(frozen=True, slots=True)
class ReadTerms:
    """Terms by key, in the order of the file; `left_out` are sentences about the rest."""

    terms: Mapping[str, TermDocument]
    deprecated: frozenset[str]
    left_out: tuple[str, ...]


def read_skos(
    text: str, *, language: str = "en", known: Collection[str] = (), owner: str = ""
) -> ReadTerms:
    """The terms of a Turtle file.

    `language` is preferred where a word has several; `known` are keys of terms that may be pointed
    at although the file does not hold them; `owner` is given to terms that name neither owner nor
    domain. Raises TurtleError for what is no Turtle, SkosError for what cannot be kept.
    """
    return _File(read_turtle(text), language, frozenset(known), owner).read()


@dataclass(slots=True)
class _File:
    """All statements by subject and property, while they are read."""

    statements: Sequence[tuple[Subject, Iri, Node]]
    language: str
    known: frozenset[str]
    owner: str
    facts: dict[Subject, dict[str, list[Node]]] = field(init=False)
    keys: dict[Subject, str] = field(init=False)
    left_out: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.facts = defaultdict(lambda: defaultdict(list))
        for subject, predicate, node in self.statements:
            self.facts[subject][predicate.value].append(node)
        self.keys, self.left_out = {}, []

    def read(self) -> ReadTerms:
        concepts = [subject for subject in self.facts if self._is_concept(subject)]
        if not concepts:
            raise SkosError("The file holds no skos:Concept.")
        if len(concepts) > MAX_TERMS:
            raise SkosError(f"The file holds more than {MAX_TERMS:,} terms: split it.")
        for concept in concepts:
            self._name(concept)
        narrower = self._narrower()
        terms = {self.keys[one]: self._term(one, narrower[self.keys[one]]) for one in concepts}
        gone = {self.keys[one] for one in concepts if self._flag(one, OWL + "deprecated")}
        for key in sorted(gone):
            if not terms[key].replaced_by:
                self.left_out.append(
                    f"{key} is marked as deprecated and names no term to use instead:"
                    " deprecate it in a proposal of its own."
                )
        return ReadTerms(terms, frozenset(gone), tuple(self.left_out))

    def _is_concept(self, subject: Subject) -> bool:
        facts = self.facts[subject]
        return Iri(SKOS + "Concept") in facts.get(RDF + "type", ()) or (
            SKOS + "prefLabel" in facts and RDF + "type" not in facts
        )

    def _name(self, concept: Subject) -> None:
        """The key: its notation, else the last part of its address, else its word."""
        notation = next(iter(self._texts(concept, SKOS + "notation")), "")
        if not notation and isinstance(concept, Iri):
            notation = concept.value.rstrip("/#").replace("#", "/").rpartition("/")[2]
            notation = notation.rpartition(":")[2]
        if not _KEY.fullmatch(notation):
            notation = plain_name(notation) or plain_name(self._label(concept))
        key = f"term:{notation}"
        if key in self.keys.values():
            raise SkosError(f"Two terms of the file would be called {key}.")
        self.keys[concept] = key

    def _narrower(self) -> dict[str, list[str]]:
        """What concepts call narrower, from the other side."""
        found: dict[str, list[str]] = defaultdict(list)
        for concept, key in self.keys.items():
            for other in self._keys_of(concept, SKOS + "narrower"):
                found[other].append(key)
        return found

    def _term(self, concept: Subject, above: Sequence[str]) -> TermDocument:
        key = self.keys[concept]
        content: dict[str, Any] = {
            "label": self._label(concept),
            "notation": key.removeprefix("term:"),
            "qualifier": self._one(concept, CONCORD + "qualifier"),
            "language": self._language(concept),
            "definition": self._one(concept, SKOS + "definition"),
            "scope_note": "\n\n".join(self._texts(concept, SKOS + "scopeNote")),
            "note": "\n\n".join(t for n in _NOTES for t in self._texts(concept, SKOS + n)),
            "examples": self._texts(concept, SKOS + "example"),
            "counter_examples": self._texts(concept, CONCORD + "counterExample"),
            "broader": self._unique([*self._keys_of(concept, SKOS + "broader"), *above]),
            "related": self._unique(self._keys_of(concept, SKOS + "related")),
            "homonyms": self._homonyms(concept),
            "matches": self._matches(concept),
            "domain": self._one(concept, DCT + "subject"),
            "used_in": self._texts(concept, CONCORD + "usedIn"),
            "owner": self._one(concept, CONCORD + "owner"),
            "bound_to": self._bound(concept),
            "replaced_by": next(iter(self._keys_of(concept, DCT + "isReplacedBy")), ""),
        }
        content |= self._words(concept, content["label"])
        days = self._one(concept, CONCORD + "sunsetDays")
        content["sunset_days"] = int(days) if days.isascii() and days.isdigit() else None
        if not content["owner"] and not content["domain"]:
            content["owner"] = self.owner
        try:
            return TermDocument.model_validate(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise SkosError(f"{key}, {place}: {first['msg']}.") from error

    def _label(self, concept: Subject) -> str:
        labels = self._literals(concept, SKOS + "prefLabel")
        if not labels:
            name = concept.value if isinstance(concept, Iri) else "A concept without address"
            raise SkosError(f"{name} has no skos:prefLabel.")
        return self._preferred(labels).value

    def _language(self, concept: Subject) -> str:
        tag = self._preferred(self._literals(concept, SKOS + "prefLabel")).language
        first, _, rest = (tag or self.language).partition("-")
        return f"{first.lower()}-{rest}" if rest else first.lower()

    def _words(self, concept: Subject, label: str) -> dict[str, list[str]]:
        """Synonyms, acronyms and hidden words, each once; words in other languages are synonyms."""
        acronyms = self._unique(self._texts(concept, CONCORD + "acronym"))
        others = [one.value for one in self._literals(concept, SKOS + "prefLabel")]
        named = [one.value for one in self._literals(concept, SKOS + "altLabel")]
        taken = {normalised(label), *(normalised(word) for word in acronyms)}
        synonyms = []
        for word in [*others, *named]:
            if normalised(word) not in taken:
                taken.add(normalised(word))
                synonyms.append(word)
        hidden = self._unique(one.value for one in self._literals(concept, SKOS + "hiddenLabel"))
        return {"alt_labels": synonyms, "acronyms": acronyms, "hidden_labels": hidden}

    def _homonyms(self, concept: Subject) -> list[dict[str, str]]:
        found = []
        for node in self.facts[concept].get(CONCORD + "homonym", ()):
            if isinstance(node, Literal):
                continue
            for key in self._keys_of(node, CONCORD + "term"):
                found.append({"term": key, "note": self._one(node, CONCORD + "note")})
        return found

    def _matches(self, concept: Subject) -> list[dict[str, str]]:
        return [
            {"kind": kind, "address": node.value}
            for kind, name in MATCHES.items()
            for node in self.facts[concept].get(SKOS + name, ())
            if isinstance(node, Iri)
        ]

    def _bound(self, concept: Subject) -> list[dict[str, str]]:
        return [
            {
                "dataset": self._one(node, CONCORD + "dataset"),
                "column": self._one(node, CONCORD + "column"),
            }
            for node in self.facts[concept].get(CONCORD + "boundTo", ())
            if isinstance(node, Blank | Iri)
        ]

    def _keys_of(self, concept: Subject, predicate: str) -> list[str]:
        """The keys of the terms pointed at; what is no known term is told and left out."""
        found = []
        for node in self.facts[concept].get(predicate, ()):
            if isinstance(node, Literal):
                continue
            key = self.keys.get(node)
            if key is None and isinstance(node, Iri):
                last = node.value.rstrip("/#").replace("#", "/").rpartition("/")[2]
                named = f"term:{last.rpartition(':')[2]}"
                key = named if named in self.known else None
            if key is not None:
                found.append(key)
            else:
                name = node.value if isinstance(node, Iri) else "something without an address"
                said = f"A term points to {name}, which is no term of the file or the glossary."
                if said not in self.left_out:
                    self.left_out.append(said)
        return found

    def _literals(self, subject: Subject, predicate: str) -> list[Literal]:
        nodes = self.facts[subject].get(predicate, ()) if subject in self.facts else ()
        return [node for node in nodes if isinstance(node, Literal)]

    def _texts(self, subject: Subject, predicate: str) -> list[str]:
        """The texts of a property in the language preferred, or all where it is in none."""
        literals = self._literals(subject, predicate)
        own = [one for one in literals if one.language.lower() in ("", self.language.lower())]
        return [one.value for one in own or literals]

    def _one(self, subject: Subject, predicate: str) -> str:
        return next(iter(self._texts(subject, predicate)), "")

    def _flag(self, subject: Subject, predicate: str) -> bool:
        return any(one.value in ("true", "1") for one in self._literals(subject, predicate))

    def _preferred(self, literals: Sequence[Literal]) -> Literal:
        rank = {self.language.lower(): 0, "": 1}
        return min(literals, key=lambda one: rank.get(one.language.lower(), 2))

    @staticmethod
    def _unique(words: Any) -> list[str]:
        return list(dict.fromkeys(words))
