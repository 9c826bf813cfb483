"""Everything that catalog and parser can say of an opt-out before it is proposed (3.10, R-081)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from catalog.dates import exact_day
from governance.agreements.kind import CheckContext
from governance.agreements.kinds.permission_policy.conflicts import shadowing
from governance.agreements.kinds.permission_policy.document import OptOut, When
from governance.agreements.kinds.permission_policy.resources import covered, resource_findings
from governance.agreements.kinds.permission_policy.subjects import subject_findings
from governance.agreements.selectors.references import domains_named, owner_named
from governance.permissions.doors import GATEWAYS, INSTEAD, Carriage, Door, carriage_of, doors_of
from governance.permissions.selectors.gateways import uses_registered
from governance.types import ChangeOp, Finding, FindingLevel


def check_opt_out(document: OptOut, context: CheckContext) -> Iterable[Finding]:
    """All findings, in the order of the document."""
    if context.op in (ChangeOp.RETIRE, ChangeOp.DEPRECATE):
        if context.op is ChangeOp.RETIRE:
            yield from _tried(document, context, is_shadowed=False)
        return
    found = covered(document, context.acting)
    yield from subject_findings(document, context.acting)
    yield from resource_findings(document, found, context.acting)
    yield from _dates(document, context.now.date())
    yield from _owner(document, context)
    yield from _doors(document, doors_of(uses_registered()))
    shadowed = False
    for key, title in shadowing(document, found, context):
        shadowed = True
        yield Finding(
            "opt_out.shadowed",
            FindingLevel.WARNING,
            f"It changes nothing: {title} ({key}) already says as much to the same people.",
            "resources",
            "Do without it, or say what it adds.",
        )
    yield from _tried(document, context, is_shadowed=shadowed)


def _tried(document: OptOut, context: CheckContext, *, is_shadowed: bool) -> Iterator[Finding]:
    """What the engine finds when it tries the draft on the people and data of today."""
    # The engine reads documents of this kind, so it is not there yet when this is imported.
    from governance.permissions.trial.selectors.analyzing import flaws_found, tests_failed

    if context.op is not ChangeOp.RETIRE:
        yield from tests_failed(document, context)
    for finding in flaws_found(document, context):
        if not (is_shadowed and finding.check == "opt_out.shadowed"):
            yield finding


def _doors(document: OptOut, doors: Iterable[Door] = GATEWAYS) -> Iterator[Finding]:
    """At which gateways it is stricter than it says, because they cannot carry it."""
    for door in doors:
        if carriage_of(document.effect, door) is Carriage.STRICTER:
            yield Finding(
                "opt_out.stricter",
                FindingLevel.WARNING,
                INSTEAD[document.effect, door],
                "effect",
                "Leave it so, or say with a mask what may be shown there.",
            )


def a_year_after(day: dt.date) -> dt.date:
    """The same day a year later; 28 February after a leap day."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def _dates(document: OptOut, today: dt.date) -> Iterator[Finding]:
    when = document.when
    if when.ends is not None and when.ends <= today:
        yield _error(
            "when",
            f"It ended on {exact_day(when.ends)}.",
            "when.to",
            "Give a day in the future, or none.",
        )
    if _overlap(when):
        yield _error(
            "windows",
            "Two windows are about the same days.",
            "when.windows",
            "Say each day around the end of a quarter once.",
        )
    latest = a_year_after(max(today, when.begins))
    if document.review_by <= today:
        yield _error(
            "review_by",
            f"The review was due on {exact_day(document.review_by)}.",
            "review_by",
            "Give a day in the future.",
        )
    elif document.review_by > latest:
        yield _error(
            "review_by",
            f"The review is due within twelve months, by {exact_day(latest)} (R-081).",
            "review_by",
            "Give an earlier day.",
        )


def _overlap(when: When) -> bool:
    """Whether two windows share days: both reach back before, or on after, the same turn."""
    before = [one for one in when.windows if one.days_before_quarter_end]
    after = [one for one in when.windows if one.days_after_quarter_end]
    return len(before) > 1 or len(after) > 1


def _owner(document: OptOut, context: CheckContext) -> Iterator[Finding]:
    if not owner_named(context.acting, document.owner):
        yield _error(
            "owner",
            f"Nobody is called {document.owner!r}.",
            "owner",
            "Write seat:, person: or team: and the name.",
        )
    if document.domain and not domains_named(context.acting, [document.domain]):
        yield _error(
            "domain",
            f"There is no domain {document.domain!r}.",
            "domain",
            "Write the short name of a domain, or leave it empty.",
        )


def _error(check: str, message: str, field: str, fix: str) -> Finding:
    return Finding(f"opt_out.{check}", FindingLevel.ERROR, message, field, fix)
