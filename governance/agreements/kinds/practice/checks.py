"""What is wrong with a practice: nobody answers, nobody looks, nothing exists by that name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from catalog.dates import exact_day
from governance.agreements.kind import CheckContext
from governance.agreements.kinds.practice.document import PracticeDocument
from governance.agreements.selectors.references import domains_named, owner_named, systems_named
from governance.types import ChangeOp, Finding, FindingLevel

FURTHEST_REVIEW = dt.timedelta(days=2 * 366)


def check_practice(document: PracticeDocument, context: CheckContext) -> Iterable[Finding]:
    """Everything that is wrong with a practice."""
    if context.op is ChangeOp.RETIRE:
        return
    yield from _names(document, context)
    if not document.owner and not document.domain:
        yield _error(
            "owner_missing",
            "Nobody answers for this practice.",
            "owner",
            "Name a seat, a person or a team, or the domain that keeps it.",
        )
    if not document.checked_by:
        yield _warning(
            "check_missing",
            "Nobody will notice whether it is followed.",
            "checked_by",
            "Say who looks at what.",
        )
    yield from _review(document, context)


def _names(document: PracticeDocument, context: CheckContext) -> Iterable[Finding]:
    domains = domains_named(context.acting, (document.domain, *document.concerns_domains))
    named = [(document.domain, "domain")] if document.domain else []
    named += [(slug, f"concerns_domains.{n}") for n, slug in enumerate(document.concerns_domains)]
    for slug, field in named:
        if slug not in domains:
            yield _error("unknown_domain", f"There is no domain {slug!r}.", field, "Pick a domain.")
    systems = systems_named(context.acting, document.systems)
    for index, name in enumerate(document.systems):
        if name not in systems:
            yield _error(
                "unknown_system",
                f"There is no system {name!r}.",
                f"systems.{index}",
                "Pick a system of the catalog.",
            )
    if document.owner and not owner_named(context.acting, document.owner):
        yield _error(
            "unknown_owner",
            f"There is no owner {document.owner!r}.",
            "owner",
            "Pick who exists and is active.",
        )


def _review(document: PracticeDocument, context: CheckContext) -> Iterable[Finding]:
    review = document.review_on
    today = context.now.date()
    if review is None:
        yield _warning(
            "review_missing",
            "Nobody will ask whether it still helps.",
            "review_on",
            "Give a day within two years.",
        )
    elif review.isoformat() == (context.base or {}).get("review_on"):
        return  # a day that was agreed may come
    elif review <= today:
        yield _error(
            "review_past",
            f"{exact_day(review)} is not in the future.",
            "review_on",
            "Give a day that comes.",
        )
    elif review > today + FURTHEST_REVIEW:
        yield _warning(
            "review_far",
            f"{exact_day(review)} is more than two years away.",
            "review_on",
            "Look at it again sooner.",
        )


def _error(check: str, message: str, field: str, fix: str) -> Finding:
    return Finding(f"practice.{check}", FindingLevel.ERROR, message, field, fix)


def _warning(check: str, message: str, field: str, fix: str) -> Finding:
    return Finding(f"practice.{check}", FindingLevel.WARNING, message, field, fix)
