"""Protocols that ask two things of one fact of one dataset."""

from __future__ import annotations

from collections.abc import Iterator

from governance.agreements.kind import CheckContext
from governance.agreements.kinds.metadata_protocol.document import MetadataProtocolDocument
from governance.agreements.kinds.metadata_protocol.selection import (
    exclude_each_other,
    in_words,
    told,
)
from governance.agreements.selectors.in_force import in_force
from governance.types import ConflictKind, ConflictSpec, Party


def conflicts_of(
    document: MetadataProtocolDocument, context: CheckContext
) -> Iterator[ConflictSpec]:
    """Protocols in force with a dataset in common that let somebody else write a fact."""
    for held in in_force("metadata_protocol"):
        other = MetadataProtocolDocument.model_validate(held.document)
        facts = _contradicted(document, other)
        if held.key == context.key or not facts:
            continue
        if exclude_each_other(document.selector, other.selector):
            continue
        here = told(context.acting, document.selector).values("pk")
        both = told(context.acting, other.selector).filter(pk__in=here).distinct().count()
        if both:
            said = "; ".join(f"{fact}: {mine} here, {theirs} there" for fact, mine, theirs in facts)
            yield ConflictSpec(
                ConflictKind.RULE_CONTRADICTION,
                (
                    Party(
                        "agreement", context.key, title_of(document), in_words(document.selector)
                    ),
                    Party("agreement", held.key, held.title, in_words(other.selector)),
                ),
                f"{both:,} {'dataset falls' if both == 1 else 'datasets fall'} under both: {said}.",
                {context.key: both, held.key: both},
            )


def title_of(document: MetadataProtocolDocument) -> str:
    """Its title, or its short name in words."""
    spoken = document.protocol.replace("-", " ").replace("_", " ").capitalize()
    return document.title or spoken


def _contradicted(
    first: MetadataProtocolDocument, second: MetadataProtocolDocument
) -> list[tuple[str, str, str]]:
    """(fact, mode of the first, mode of the second) where both say who writes it, differently."""
    theirs = {rule.fact: rule.mode for rule in second.facts if rule.mode is not None}
    return [
        (rule.fact.value, rule.mode.value, theirs[rule.fact].value)
        for rule in first.facts
        if rule.mode is not None and rule.fact in theirs and theirs[rule.fact] is not rule.mode
    ]
