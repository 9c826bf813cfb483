"""Every deadline of a proposal, from the charter in force (3.3, 3.4)."""

from __future__ import annotations

import datetime as dt

from governance.agreements.kinds.charter.rules import CharterRules
from governance.types import ProposalClass

_INFORMED_ONLY = (ProposalClass.EDITORIAL, ProposalClass.LOCAL, ProposalClass.EMERGENCY)


def discussion_ends(klass: ProposalClass, now: dt.datetime, rules: CharterRules) -> dt.datetime:
    """Until when a discussion that begins now lasts at least: business days of the charter."""
    days = rules.charter_days if klass is ProposalClass.CHARTER else rules.discussion_days
    return rules.calendar.add_days(now, days)


def final_call_ends(klass: ProposalClass, now: dt.datetime, rules: CharterRules) -> dt.datetime:
    """When a final call that begins now ends."""
    hours = rules.permission_hours if klass is ProposalClass.PERMISSION else rules.final_call_hours
    return now + dt.timedelta(hours=hours)


def reopen_ends(klass: ProposalClass, now: dt.datetime, rules: CharterRules) -> dt.datetime | None:
    """Until when any member may bring a decision taken now before everybody; None: not at all."""
    if klass is ProposalClass.LOCAL:
        return now + dt.timedelta(hours=rules.local_reopen_hours)
    if klass is ProposalClass.EDITORIAL:
        return now + dt.timedelta(days=rules.editorial_reopen_days)
    return None


def earliest_decision(klass: ProposalClass, now: dt.datetime, rules: CharterRules) -> dt.datetime:
    """When a proposal submitted now can be decided at the earliest."""
    if klass in _INFORMED_ONLY:
        return now
    if klass is ProposalClass.PERMISSION:
        return final_call_ends(klass, now, rules)
    return final_call_ends(klass, discussion_ends(klass, now, rules), rules)


def earliest_effect(
    klass: ProposalClass, now: dt.datetime, rules: CharterRules, notice: dt.timedelta
) -> dt.datetime:
    """When a proposal submitted now can take effect at the earliest.

    What is agreed locally waits until nobody can reopen it, so that nothing has to be undone.
    """
    decided = earliest_decision(klass, now, rules)
    return effect_after(klass, decided, rules, notice)


def effect_after(
    klass: ProposalClass, decided_at: dt.datetime, rules: CharterRules, notice: dt.timedelta
) -> dt.datetime:
    """When a decision taken at `decided_at` can take effect at the earliest."""
    at = decided_at + notice
    if klass is ProposalClass.LOCAL:
        return max(at, decided_at + dt.timedelta(hours=rules.local_reopen_hours))
    return at


def expires(last_event_at: dt.datetime, rules: CharterRules) -> dt.datetime:
    """When an open proposal in which nothing happens any more expires."""
    return last_event_at + dt.timedelta(days=rules.expiry_days)


def warning_due(last_event_at: dt.datetime, now: dt.datetime, rules: CharterRules) -> int | None:
    """The nearest warning that is due (days before expiry), None when none is yet."""
    left = expires(last_event_at, rules) - now
    passed = [days for days in rules.expiry_warning_days if left <= dt.timedelta(days=days)]
    return min(passed) if passed else None
