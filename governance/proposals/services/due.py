"""The next instant at which the clock has something to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from governance.agreements.kinds.charter import CharterRules, rules_in_force
from governance.agreements.selectors.uses import last_counts
from governance.agreements.services.retiring import last_day, next_count
from governance.council.services.meetings.timers import next_meeting_instant
from governance.proposals.models import Proposal, SignRequest
from governance.proposals.rules.deadlines import expires
from governance.proposals.rules.escalation import instants
from governance.proposals.rules.transitions import WITHDRAWABLE
from governance.types import ProposalClass, ProposalState

S = ProposalState
_ASKED = (S.DISCUSSION, S.FINAL_CALL)


def next_due(*, after: dt.datetime) -> dt.datetime | None:
    """The earliest deadline later than `after`; None where nothing waits for the clock."""
    rules = rules_in_force(after)
    later = [at for at in _instants(rules) if at > after]
    meeting = next_meeting_instant(after)
    later += [meeting] if meeting is not None else []
    return min(later, default=None)


def _instants(rules: CharterRules) -> Iterator[dt.datetime]:
    for state, name in (
        (S.DISCUSSION, "discussion_until"),
        (S.FINAL_CALL, "final_call_until"),
        (S.DEFERRED, "deferred_until"),
        (S.DECIDED_SCHEDULED, "effective_at"),
    ):
        rows = Proposal.objects.filter(state=state, **{f"{name}__isnull": False})
        yield from rows.values_list(name, flat=True)
    lapsing = Proposal.objects.filter(is_emergency=True, state=S.ACTIVE, lapses_at__isnull=False)
    yield from (at for at in lapsing.values_list("lapses_at", flat=True) if at is not None)
    for agreement, counted_at in last_counts():
        yield last_day(agreement)
        counted = next_count(agreement, counted_at)
        if counted is not None:
            yield counted
    yield from _triage(rules)
    yield from _escalations(rules)
    yield from _expiries(rules)


def _triage(rules: CharterRules) -> Iterator[dt.datetime]:
    waiting = Proposal.objects.filter(state=S.TRIAGE).exclude(
        klass__in=(ProposalClass.EDITORIAL, ProposalClass.LOCAL)
    )
    for since in waiting.values_list("state_since", flat=True):
        yield since + dt.timedelta(hours=rules.triage_hours)


def _escalations(rules: CharterRules) -> Iterator[dt.datetime]:
    requests = SignRequest.objects.filter(
        proposal__state__in=_ASKED, withdrawn_at__isnull=True, manager_at__isnull=True
    )
    for requested_at in requests.values_list("requested_at", flat=True):
        yield from instants(requested_at, rules).values()


def _expiries(rules: CharterRules) -> Iterator[dt.datetime]:
    waiting = Proposal.objects.filter(state__in=(*WITHDRAWABLE, S.CONFLICTED))
    for last_event_at in waiting.values_list("last_event_at", flat=True):
        end = expires(last_event_at, rules)
        yield end
        for days in rules.expiry_warning_days:
            yield end - dt.timedelta(days=days)
