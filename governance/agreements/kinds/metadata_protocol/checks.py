"""What is wrong with a protocol, and what it would mean for the datasets there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalog.protocol import FieldMode
from catalog.types import LabelKind
from governance.agreements.kind import CheckContext
from governance.agreements.kinds.metadata_protocol.counting import counted_by
from governance.agreements.kinds.metadata_protocol.document import MetadataProtocolDocument
from governance.agreements.kinds.metadata_protocol.fulfilment import lacking
from governance.agreements.kinds.metadata_protocol.selection import in_words, selected, told
from governance.agreements.selectors.labels import labels_meant
from governance.agreements.selectors.references import (
    domains_named,
    labels_named,
    owner_named,
    systems_named,
)
from governance.types import ChangeOp, Finding, FindingLevel

# What Concord derives by itself wherever a dataset is known: no source and nobody has to fill it.
_ALWAYS_KNOWN = frozenset({"published_at", "access"})


def check_protocol(document: MetadataProtocolDocument, context: CheckContext) -> Iterable[Finding]:
    """Everything that is wrong with a protocol; last, how many datasets would break it."""
    if context.op is ChangeOp.RETIRE:
        return
    yield from _names(document, context)
    yield from _facts(document, context)
    yield from _rate(document)
    yield from _suggestions(document, context)
    yield from _dry_run(document, context)


def _names(document: MetadataProtocolDocument, context: CheckContext) -> Iterator[Finding]:
    acting, selector = context.acting, document.selector
    domains = domains_named(acting, (selector.domain, document.domain))
    for slug, field in ((selector.domain, "selector.domain"), (document.domain, "domain")):
        if slug and slug not in domains:
            yield _error("unknown_domain", f"There is no domain {slug!r}.", field, "Pick a domain.")
    if selector.system and not systems_named(acting, (selector.system,)):
        yield _error(
            "unknown_system",
            f"There is no system {selector.system!r}.",
            "selector.system",
            "Pick a system of the catalog.",
        )
    if selector.tag and not labels_named(acting, (selector.tag,), LabelKind.TAG):
        yield _error(
            "unknown_tag",
            f"Nothing carries the tag {selector.tag!r}.",
            "selector.tag",
            "Write the tag as it stands on the datasets.",
        )


def _facts(document: MetadataProtocolDocument, context: CheckContext) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, rule in enumerate(document.facts):
        place = f"facts.{index}"
        if rule.fact in seen:
            yield _error(
                "fact_twice",
                f"{rule.fact} stands there twice.",
                f"{place}.fact",
                "Say once what holds of it.",
            )
        seen.add(rule.fact)
        if not rule.required and rule.mode is None:
            yield _error(
                "says_nothing",
                f"Nothing is said of {rule.fact}.",
                place,
                "Say that it is needed, or who writes it, or leave it out.",
            )
        if rule.who and rule.mode is not FieldMode.STEWARD:
            yield _error(
                "not_used",
                "People are named only where stewards write.",
                f"{place}.who",
                "Choose steward, or leave it empty.",
            )
        for number, owner in enumerate(rule.who):
            if not owner_named(context.acting, owner):
                yield _error(
                    "unknown_owner",
                    f"There is no owner {owner!r}.",
                    f"{place}.who.{number}",
                    "Pick who exists and is active.",
                )
        if rule.required and rule.mode is FieldMode.LOCKED and rule.fact not in _ALWAYS_KNOWN:
            yield _warning(
                "needed_and_locked",
                f"Where the source does not say {rule.fact}, nobody can add it.",
                f"{place}.mode",
                "Let stewards write it, or do not ask for it.",
            )


def _rate(document: MetadataProtocolDocument) -> Iterator[Finding]:
    has_wiki = any(rule.mode is FieldMode.WIKI for rule in document.facts)
    if has_wiki and document.wiki_edits_per_hour is None:
        yield _warning(
            "no_rate_limit",
            "Where everybody may write, nothing slows down a flood of edits.",
            "wiki_edits_per_hour",
            "Say how many edits one person may make in an hour.",
        )
    if document.wiki_edits_per_hour is not None and not has_wiki:
        yield _error(
            "not_used",
            "No fact is written by everybody, so there is nothing to limit.",
            "wiki_edits_per_hour",
            "Leave it empty.",
        )


def _suggestions(document: MetadataProtocolDocument, context: CheckContext) -> Iterator[Finding]:
    """Which classes are not there, and how many columns would count that nobody reviewed."""
    counting = document.treat_suggestions_as_class
    if counting is None:
        return
    field = "treat_suggestions_as_class.classes"
    for index, name in enumerate(counting.classes):
        found = labels_meant(context.acting, name)
        if not any(label.kind == LabelKind.CLASSIFICATION for label in found):
            yield _error(
                "unknown_class",
                f"There is no classification {name!r}.",
                f"{field}.{index}",
                "Write it as it stands in the tree.",
            )
    counted = counted_by(document, told(context.acting, document.selector))
    if counted:
        yield _warning(
            "counts_suggestions",
            f"{len(counted):,} {'column' if len(counted) == 1 else 'columns'} would count as"
            " classified though nobody has reviewed it.",
            field,
            "Review them before it takes effect, or agree that they are closed meanwhile.",
        )


def _dry_run(document: MetadataProtocolDocument, context: CheckContext) -> Iterator[Finding]:
    needed = [rule.fact for rule in document.facts if rule.required]
    if not selected(context.acting, document.selector).exists():
        yield _warning(
            "selects_nothing",
            f"There are no {in_words(document.selector).removeprefix('all ')}.",
            "selector",
            "Ask for less, or adopt it for what will come.",
        )
        return
    datasets, lacks = lacking(told(context.acting, document.selector), needed)
    missing = [one for one in lacks if one.datasets]
    if missing:
        facts = ", ".join(
            f"{one.datasets:,} have no {one.fact.replace('_', ' ')}" for one in missing
        )
        yield _warning(
            "would_break",
            f"Of {datasets:,} {in_words(document.selector).removeprefix('all ')} {facts}.",
            "facts",
            "Fill them before it takes effect.",
        )


def _error(check: str, message: str, field: str, fix: str) -> Finding:
    return Finding(f"metadata_protocol.{check}", FindingLevel.ERROR, message, field, fix)


def _warning(check: str, message: str, field: str, fix: str) -> Finding:
    return Finding(f"metadata_protocol.{check}", FindingLevel.WARNING, message, field, fix)
