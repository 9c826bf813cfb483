"""The escalation clock: whoever must sign and is silent is reminded, then others are asked."""

from __future__ import annotations

import datetime as dt

from catalog.models import Person
from catalog.services.transaction import writing
from governance.agreements.kinds.charter import CharterRules, rules_in_force
from governance.agreements.selectors.reading_once import reading_once
from governance.council.selectors.seats import delegate_of
from governance.proposals.models import SignRequest
from governance.proposals.rules.consent import MustSign, SignState
from governance.proposals.rules.escalation import EscalationStep, due
from governance.proposals.selectors.signing import makers_of, must_signs, signatures_of
from governance.proposals.services.steps import SYSTEM, take, tell
from governance.types import ProposalState


def escalate(key: str, at: dt.datetime) -> bool:
    """Take every step of the clock that is due for the silent signatures of a proposal."""
    rules = rules_in_force(at)
    with writing(SYSTEM, reason="Nobody has answered"):
        proposal = take(key)
        if proposal.state not in (ProposalState.DISCUSSION, ProposalState.FINAL_CALL):
            return False
        requests = list(
            proposal.sign_requests.filter(
                withdrawn_at__isnull=True, manager_at__isnull=True
            ).select_related("person")
        )
        late = [request for request in requests if _steps(request, at, rules)]
        if not late:
            return False
        with reading_once():
            silent = {
                one.label
                for one in signatures_of(proposal, at)
                if one.state in (SignState.SILENT, SignState.VACANT)
            }
            needed = {one.label: one for one in must_signs(proposal, at)}
            makers = makers_of(proposal)
        steps = [
            _escalate(request, needed.get(request.label), makers, at, rules)
            for request in late
            if request.label in silent
        ]
        taken = [name for names in steps for name in names]
        if not taken:
            return False
        if any(name is not EscalationStep.REMINDER for name in taken):
            proposal.is_escalated = True
            proposal.save(update_fields=["is_escalated"])
        # A reminder is no event of the proposal: it must not keep it from expiring.
        tell(proposal, "escalated", acting=SYSTEM, detail=", ".join(sorted(set(taken))))
    return True


def _escalate(
    request: SignRequest,
    needed: MustSign | None,
    makers: frozenset[int],
    at: dt.datetime,
    rules: CharterRules,
) -> list[EscalationStep]:
    steps = _steps(request, at, rules)
    if EscalationStep.REMINDER in steps:
        request.reminded_at = at
    if EscalationStep.DELEGATE in steps:
        request.delegated_at = at
        request.delegate = _stand_in(request, needed, makers, at)
    if EscalationStep.MANAGER in steps:
        request.manager_at = at
        request.manager = _manager(request, makers)
    request.save()
    return steps


def _steps(request: SignRequest, at: dt.datetime, rules: CharterRules) -> list[EscalationStep]:
    """The steps that are due for a request and were not taken yet."""
    taken = {
        EscalationStep.REMINDER: request.reminded_at,
        EscalationStep.DELEGATE: request.delegated_at,
        EscalationStep.MANAGER: request.manager_at,
    }
    return [step for step in due(request.requested_at, at, rules) if taken[step] is None]


def _stand_in(
    request: SignRequest, needed: MustSign | None, makers: frozenset[int], at: dt.datetime
) -> Person | None:
    """The delegate, else the next person of the domain; nobody who made the proposal."""
    if request.person is not None:
        taker = delegate_of(request.person, at, request.domain_id)
        if taker is not None and taker.pk not in makers:
            return taker
    others = (needed.second if needed else frozenset()) - makers - {request.person_id or 0}
    return Person.objects.filter(pk__in=others, is_active=True).order_by("pk").first()


def _manager(request: SignRequest, makers: frozenset[int]) -> Person | None:
    manager = request.person.manager if request.person is not None else None
    if manager is None or manager.pk in makers or not manager.is_active:
        return None
    return manager
