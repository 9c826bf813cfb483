"""The next instant at which the clock has something to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Q

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
_UNTIL = {
    S.DISCUSSION: "discussion_until",
    S.FINAL_CALL: "final_call_until",
    S.DEFERRED: "deferred_until",
    S.DECIDED_SCHEDULED: "effective_at",
    S.ACTIVE: "lapses_at",  # of emergencies
}
_EXPIRING = (*WITHDRAWABLE, S.CONFLICTED)
_WAITING = {S.TRIAGE, *_UNTIL, *_EXPIRING} - {S.ACTIVE}
_WAIT_FOR_A_PERSON = (ProposalClass.EDITORIAL, ProposalClass.LOCAL)
_READ = ("state", "klass", "state_since", "last_event_at", *_UNTIL.values())


def next_due(*, after: dt.datetime) -> dt.datetime | None:
    """The earliest deadline later than `after`; None where nothing waits for the clock."""
    rules = rules_in_force(after)
    later = [at for at in _instants(rules) if at > after]
    meeting = next_meeting_instant(after)
    later += [meeting] if meeting is not None else []
    return min(later, default=None)


def _instants(rules: CharterRules) -> Iterator[dt.datetime]:
    waiting = Q(state__in=_WAITING) | Q(is_emergency=True, state=S.ACTIVE)
    for proposal in Proposal.objects.filter(waiting).only(*_READ):
        yield from _of_proposal(proposal, rules)
    for agreement, counted_at in last_counts():
        yield last_day(agreement)
        counted = next_count(agreement, counted_at)
        if counted is not None:
            yield counted
    yield from _escalations(rules)


def _of_proposal(proposal: Proposal, rules: CharterRules) -> Iterator[dt.datetime]:
    state = S(proposal.state)
    until = getattr(proposal, _UNTIL[state]) if state in _UNTIL else None
    if until is not None:
        yield until
    if state == S.TRIAGE and proposal.klass not in _WAIT_FOR_A_PERSON:
        yield proposal.state_since + dt.timedelta(hours=rules.triage_hours)
    if state in _EXPIRING:
        end = expires(proposal.last_event_at, rules)
        yield end
        for days in rules.expiry_warning_days:
            yield end - dt.timedelta(days=days)


def _escalations(rules: CharterRules) -> Iterator[dt.datetime]:
    requests = SignRequest.objects.filter(
        proposal__state__in=_ASKED, withdrawn_at__isnull=True, manager_at__isnull=True
    )
    for requested_at in requests.values_list("requested_at", flat=True):
        yield from instants(requested_at, rules).values()
