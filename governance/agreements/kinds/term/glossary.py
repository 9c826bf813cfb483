"""The terms that stand beside one: those in force, with the changes of the same proposal.

Those in force are read and indexed once for an epoch, so that checking a proposal with hundreds of
terms, or the whole glossary against itself, takes time by its own size and not by its square.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance.agreements.kind import CheckContext
from governance.agreements.kinds.term.document import TermDocument
from governance.agreements.kinds.term.labels import normalised, shown_words
from governance.agreements.selectors.in_force import AsOf, as_of, in_force
from governance.types import ChangeOp


@dataclass(frozen=True, slots=True)
class Standing:
    """What a term says of others, and its words as written."""

    broader: Sequence[str]
    related: Sequence[str]
    homonyms: Sequence[str]
    replaced_by: str
    words: Sequence[str]

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Standing:
        """From a term's stored document."""
        words = (
            content.get("label", ""), *content.get("alt_labels", ()), *content.get("acronyms", ()),
        )  # fmt: skip
        return cls(
            content.get("broader", ()),
            content.get("related", ()),
            [homonym["term"] for homonym in content.get("homonyms", ())],
            content.get("replaced_by", ""),
            words,
        )

    @property
    def named(self) -> frozenset[str]:
        """The keys of all terms it names."""
        return frozenset((*self.broader, *self.related, *self.homonyms, self.replaced_by))


@dataclass(frozen=True, slots=True)
class Glossary:
    """Terms by key as they stand to each other."""

    terms: Mapping[str, Standing]

    def broader_of(self, key: str) -> Sequence[str]:
        """The keys a term names as broader; none for a term that is not there."""
        term = self.terms.get(key)
        return term.broader if term else ()

    def narrower_of(self, key: str) -> list[str]:
        """The keys of the terms that name this one as broader."""
        return [other for other, term in self.terms.items() if key in term.broader]

    def above(self, start: Iterable[str]) -> frozenset[str]:
        """Every term above those given, those given among them."""
        found: set[str] = set()
        waiting = list(start)
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting += self.broader_of(key)
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class HeldTerms:
    """The terms in force with indexes: by any word in its normal form, and by definition."""

    documents: Mapping[str, TermDocument]
    titles: Mapping[str, str]
    glossary: Glossary
    by_word: Mapping[str, Sequence[str]]
    by_definition: Mapping[str, Sequence[str]]


_kept: tuple[AsOf, HeldTerms] | None = None


def held_terms() -> HeldTerms:
    """The terms in force; read again after an adoption."""
    global _kept
    now = as_of("term")
    if _kept is None or _kept[0] != now:
        _kept = (now, _read())
    return _kept[1]


def _read() -> HeldTerms:
    held = in_force("term")
    documents = {one.key: TermDocument.model_validate(one.document) for one in held}
    by_word: dict[str, list[str]] = defaultdict(list)
    by_definition: dict[str, list[str]] = defaultdict(list)
    for key, document in documents.items():
        for word in shown_words(document):
            by_word[word].append(key)
        by_definition[normalised(document.definition)].append(key)
    by_definition.pop("", None)
    standing = {one.key: Standing.of(one.document) for one in held}
    titles = {one.key: one.title for one in held}
    return HeldTerms(documents, titles, Glossary(standing), by_word, by_definition)


def glossary_beside(context: CheckContext) -> Glossary:
    """The terms as they would stand if the whole proposal were adopted, this one left out."""
    terms = dict(held_terms().glossary.terms)
    for change in context.beside:
        if change.kind != "term":
            continue
        if change.op is ChangeOp.RETIRE:
            terms.pop(change.key, None)
        else:
            terms[change.key] = Standing.of(change.document)
    terms.pop(context.key, None)
    return Glossary(terms)
