"""The escalation clock of one signature, in business days (3.4): reminder, delegate, manager."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from governance.agreements.kinds.charter.rules import CharterRules


class EscalationStep(StrEnum):
    """What the clock does when nobody answers, in this order."""

    REMINDER = "reminder"
    DELEGATE = "delegate"
    MANAGER = "manager"


def instants(requested_at: dt.datetime, rules: CharterRules) -> dict[EscalationStep, dt.datetime]:
    """When each step is due; none of them ever turns silence into consent."""
    add = rules.calendar.add_days
    return {
        EscalationStep.REMINDER: add(requested_at, rules.reminder_days),
        EscalationStep.DELEGATE: add(requested_at, rules.delegate_days),
        EscalationStep.MANAGER: add(requested_at, rules.manager_days),
    }


def due(
    requested_at: dt.datetime, now: dt.datetime, rules: CharterRules
) -> tuple[EscalationStep, ...]:
    """The steps that are due by `now`."""
    return tuple(step for step, at in instants(requested_at, rules).items() if at <= now)
