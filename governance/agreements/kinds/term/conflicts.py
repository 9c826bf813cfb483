"""Terms that contradict each other (3.5): one word with two meanings, one meaning twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from catalog.models import Domain
from governance.agreements.kind import CheckContext
from governance.agreements.kinds.term.document import TermDocument
from governance.agreements.kinds.term.glossary import held_terms
from governance.agreements.kinds.term.labels import normalised, shown_words
from governance.types import ChangeOp, ChangeSpec, ConflictKind, ConflictSpec, Party


def conflicts_of(document: TermDocument, context: CheckContext) -> Iterator[ConflictSpec]:
    """The terms in force that this one contradicts. A homonym that either declares is none, nor is
    the term that takes another's place, nor one that gives way in the same proposal."""
    words = shown_words(document)
    held = held_terms()
    alike = held.by_definition.get(normalised(document.definition), ())
    sharing = {key: word for word in words for key in held.by_word.get(word, ())}
    giving_way = {change.key for change in context.beside if _gives_way(change, context.key)}
    above: Mapping[str, frozenset[str]] | None = None
    for key in dict.fromkeys((*alike, *sharing)):
        other = held.documents[key]
        if key in giving_way:
            continue
        if key == context.key or key == document.replaced_by or context.key == other.replaced_by:
            continue
        parties = (_party(context.key, document), _party(key, other))
        if key in alike:
            yield ConflictSpec(
                ConflictKind.DUPLICATE,
                parties,
                f"{title_of(document)} and {title_of(other)} are defined word for word alike.",
            )
            continue
        word = words[sharing[key]]
        if _declared(document, key) or _declared(other, context.key):
            continue
        if document.domain and document.domain == other.domain:
            yield ConflictSpec(
                ConflictKind.DUPLICATE,
                parties,
                f"The domain {document.domain} has two terms for the word {word!r}.",
            )
            continue
        above = _domains_above() if above is None else above
        if _overlap(_places(document), _places(other), above):
            yield ConflictSpec(
                ConflictKind.HOMONYM,
                parties,
                f"The word {word!r} means one thing for {_whose(document)} and another for"
                f" {_whose(other)}.",
            )


def _gives_way(change: ChangeSpec, to: str) -> bool:
    return change.op is ChangeOp.RETIRE or change.document.get("replaced_by") == to


def title_of(document: TermDocument) -> str:
    """What people call a term: the word, with what tells it apart in brackets."""
    return f"{document.label} ({document.qualifier})" if document.qualifier else document.label


def _declared(document: TermDocument, key: str) -> bool:
    return any(homonym.term == key for homonym in document.homonyms)


def _places(document: TermDocument) -> frozenset[str]:
    """The domains where a word has its meaning; empty is everywhere."""
    own = {document.domain} if document.domain else set()
    return frozenset(document.used_in) | own if document.used_in else frozenset()


def _overlap(
    first: frozenset[str], second: frozenset[str], above: Mapping[str, frozenset[str]]
) -> bool:
    """Whether some domain lies in both, domains inside domains included."""
    if not first or not second:
        return True
    inside_first = any(first & above.get(slug, frozenset({slug})) for slug in second)
    return inside_first or any(second & above.get(slug, frozenset({slug})) for slug in first)


def _domains_above() -> dict[str, frozenset[str]]:
    """Each domain with all that it lies in, itself among them."""
    parents = dict(Domain.objects.values_list("slug", "parent__slug"))
    above = {}
    for slug in parents:
        found: set[str] = set()
        place: str | None = slug
        while place and place not in found:
            found.add(place)
            place = parents.get(place)
        above[slug] = frozenset(found)
    return above


def _whose(document: TermDocument) -> str:
    return document.domain or document.owner.partition(":")[2] or "everybody"


def _party(key: str, document: TermDocument) -> Party:
    return Party("agreement", key, title_of(document), document.definition, document.owner)
