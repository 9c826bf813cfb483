"""What is wrong with a term: missing, unknown, in a circle, or contradicting itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from governance.agreements.kind import CheckContext
from governance.agreements.kinds.term.document import TermDocument
from governance.agreements.kinds.term.glossary import Glossary, glossary_beside
from governance.agreements.kinds.term.labels import normalised, repeated, shown_words
from governance.agreements.selectors.references import (
    columns_named,
    datasets_named,
    domains_named,
    owner_named,
)
from governance.types import ChangeOp, Finding, FindingLevel


def check_term(document: TermDocument, context: CheckContext) -> Iterable[Finding]:
    """Everything that is wrong with a term as it would stand in the glossary."""
    glossary = glossary_beside(context)
    if context.op is ChangeOp.RETIRE:
        yield from _left_behind(context.key, glossary)
        return
    yield from _meaning(document)
    yield from _words(document)
    yield from _belonging(document, context)
    yield from _standing(document, context.key, glossary)
    yield from _homonyms(document, context.key, glossary)
    yield from _bound(document, context)
    yield from _going(document, context, glossary)


def _left_behind(key: str, glossary: Glossary) -> Iterator[Finding]:
    """Terms that would point to nothing."""
    for other, term in sorted(glossary.terms.items()):
        if key in term.named:
            yield Finding(
                "term.still_named",
                FindingLevel.ERROR,
                f"{other} names this term.",
                fix=f"Change {other} in the same proposal.",
            )


def _meaning(document: TermDocument) -> Iterator[Finding]:
    if not document.definition:
        yield _error(
            "term.definition_missing",
            f"{document.label} has no definition.",
            "definition",
            "Write what it means, so that two people decide alike.",
        )
    elif normalised(document.definition) in shown_words(document):
        yield _error(
            "term.definition_says_nothing",
            "The definition only repeats the word.",
            "definition",
            "Write what it means in other words.",
        )
    if not document.examples:
        yield Finding(
            "term.example_missing",
            FindingLevel.WARNING,
            "There is no example.",
            "examples",
            "Give a case that is one, and one that only looks like it.",
        )
    both = {normalised(text) for text in document.examples}
    for index, text in enumerate(document.counter_examples):
        if normalised(text) in both:
            yield _error(
                "term.example_contradicted",
                f"{text!r} is an example and a counter-example.",
                f"counter_examples.{index}",
                "Decide which it is.",
            )


def _words(document: TermDocument) -> Iterator[Finding]:
    """SKOS integrity: a word is preferred, alternative or hidden, and only one of them."""
    labels = (
        [("label", document.label)]
        + [(f"alt_labels.{n}", word) for n, word in enumerate(document.alt_labels)]
        + [(f"acronyms.{n}", word) for n, word in enumerate(document.acronyms)]
        + [(f"hidden_labels.{n}", word) for n, word in enumerate(document.hidden_labels)]
    )
    twice = repeated(word for _, word in labels)
    for field, word in reversed(labels):
        if word in twice:
            twice.remove(word)
            yield _error(
                "term.word_twice",
                f"The word {word!r} stands there twice.",
                field,
                "Take one away.",
            )


def _belonging(document: TermDocument, context: CheckContext) -> Iterator[Finding]:
    known = domains_named(context.acting, (document.domain, *document.used_in))
    if document.domain and document.domain not in known:
        yield _unknown("domain", document.domain, "domain")
    for index, slug in enumerate(document.used_in):
        if slug not in known:
            yield _unknown("domain", slug, f"used_in.{index}")
    if document.owner and not owner_named(context.acting, document.owner):
        yield _unknown("owner", document.owner, "owner")
    if not document.owner and not document.domain:
        yield _error(
            "term.owner_missing",
            "Nobody answers for this term.",
            "owner",
            "Name a seat, a person or a team, or the domain whose word it is.",
        )


def _standing(document: TermDocument, key: str, glossary: Glossary) -> Iterator[Finding]:
    """Broader and related, as SKOS allows them."""
    for field in ("broader", "related"):
        for index, other in enumerate(getattr(document, field)):
            place = f"{field}.{index}"
            if other == key:
                yield _error("term.own_relative", "A term is not beside itself.", place, "Remove.")
            elif other not in glossary.terms:
                yield _unknown("term", other, place)
    above = glossary.above(document.broader)
    if key and key in above:
        yield _error(
            "term.broader_circle",
            "Above this term stands this term again.",
            "broader",
            "Take one of the broader terms away.",
        )
    for index, other in enumerate(document.related):
        is_below = bool(key) and other != key and key in glossary.above((other,))
        if other in above or is_below:
            yield _error(
                "term.related_is_broader",
                f"{other} is above or below this term, so it is not only related.",
                f"related.{index}",
                "Keep it as broader and take it out here.",
            )


def _homonyms(document: TermDocument, key: str, glossary: Glossary) -> Iterator[Finding]:
    words = set(shown_words(document))
    for index, homonym in enumerate(document.homonyms):
        place = f"homonyms.{index}.term"
        other = glossary.terms.get(homonym.term)
        if homonym.term == key:
            yield _error("term.own_relative", "A term is not beside itself.", place, "Remove.")
        elif other is None:
            yield _unknown("term", homonym.term, place)
        elif words.isdisjoint(map(normalised, other.words)):
            yield Finding(
                "term.no_homonym",
                FindingLevel.WARNING,
                f"{homonym.term} shares no word with this term.",
                place,
                "Take it away, or name it as related.",
            )


def _bound(document: TermDocument, context: CheckContext) -> Iterator[Finding]:
    known = datasets_named(context.acting, (bound.dataset for bound in document.bound_to))
    for index, bound in enumerate(document.bound_to):
        dataset = known.get(bound.dataset)
        if dataset is None:
            yield _unknown("dataset", bound.dataset, f"bound_to.{index}.dataset")
        elif dataset.disappeared_at is not None:
            yield _error(
                "term.dataset_gone",
                f"{bound.dataset} is no longer there at its source.",
                f"bound_to.{index}.dataset",
                "Name the dataset that took its place.",
            )
        elif bound.column:
            column = columns_named(context.acting, dataset).get(bound.column)
            if column is None or not column.is_there:
                yield _unknown("column", bound.column, f"bound_to.{index}.column")


def _going(document: TermDocument, context: CheckContext, glossary: Glossary) -> Iterator[Finding]:
    """A term that goes out of use: what to use instead, and when."""
    instead = document.replaced_by
    if instead == context.key and instead:
        yield _error(
            "term.own_relative", "A term does not replace itself.", "replaced_by", "Remove."
        )
    elif instead and instead not in glossary.terms:
        yield _unknown("term", instead, "replaced_by")
    elif instead and glossary.terms[instead].replaced_by:
        yield _error(
            "term.replacement_replaced",
            f"{instead} is itself replaced by {glossary.terms[instead].replaced_by}.",
            "replaced_by",
            "Name the term that is in use.",
        )
    if context.op is ChangeOp.DEPRECATE and not instead:
        yield Finding(
            "term.replacement_missing",
            FindingLevel.WARNING,
            "Readers are not told what to say instead.",
            "replaced_by",
            "Name the term to use instead, where there is one.",
        )
    if document.sunset_days and context.op is not ChangeOp.DEPRECATE and not instead:
        yield _error(
            "term.sunset_without_end",
            "A term that stays in use has no last day.",
            "sunset_days",
            "Leave it empty, or deprecate the term.",
        )


def _unknown(what: str, name: str, field: str) -> Finding:
    return _error(
        f"term.unknown_{what}",
        f"There is no {what} {name!r}.",
        field,
        f"Pick a {what} that exists." if what != "owner" else "Pick who exists and is active.",
    )


def _error(check: str, message: str, field: str, fix: str) -> Finding:
    return Finding(check, FindingLevel.ERROR, message, field, fix)
