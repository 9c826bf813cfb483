"""The terms that stand beside one: those in force, with the changes of the same proposal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from governance.agreements.kind import CheckContext
from governance.agreements.kinds.term.document import TermDocument
from governance.agreements.selectors.in_force import in_force
from governance.types import ChangeOp


@dataclass(frozen=True, slots=True)
class Glossary:
    """Terms by key."""

    terms: Mapping[str, TermDocument]

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


def held_glossary() -> Glossary:
    """The terms in force."""
    return Glossary(
        {held.key: TermDocument.model_validate(held.document) for held in in_force("term")}
    )


def glossary_beside(context: CheckContext) -> Glossary:
    """The terms as they would stand if the whole proposal were adopted, this one left out."""
    terms = dict(held_glossary().terms)
    for change in context.beside:
        if change.kind != "term":
            continue
        if change.op is ChangeOp.RETIRE:
            terms.pop(change.key, None)
            continue
        try:
            terms[change.key] = TermDocument.model_validate(change.document)
        except ValidationError:
            continue  # it has findings of its own
    terms.pop(context.key, None)
    return Glossary(terms)
