"""Everything the clock does: each proposal in a transaction of its own, in a fixed order.

Running it again changes nothing: every step looks at the state it starts from under a lock. The
order is that of a proposal's life, so that a clock that jumped catches up step by step.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

import structlog

from catalog.services.transaction import writing
from governance import clock
from governance.agreements.kinds.charter import rules_in_force
from governance.agreements.services.adoption import activate_due
from governance.agreements.services.retiring import end_deprecated
from governance.council.selectors.appeals import has_open_appeal
from governance.council.services.meetings.timers import run_meeting_timers
from governance.proposals.models import Proposal
from governance.proposals.rules.consent import Signature, SignState, have_all_consented
from governance.proposals.rules.deadlines import expires, warning_due
from governance.proposals.rules.transitions import WITHDRAWABLE
from governance.proposals.selectors.signing import signatures_of
from governance.proposals.selectors.standing import has_open_conflict, open_blocks
from governance.proposals.services.deciding import adopt_by_rule
from governance.proposals.services.emergencies import lapse_due
from governance.proposals.services.escalating import escalate
from governance.proposals.services.impact import give_time, recompute_open
from governance.proposals.services.opening import start_discussion, start_final_call
from governance.proposals.services.stepping import to_council
from governance.proposals.services.steps import SYSTEM, step, take, tell
from governance.types import ProposalClass, ProposalState

log = structlog.get_logger(__name__)

S = ProposalState


def run_timers(*, now: dt.datetime | None = None) -> int:
    """Do everything that is due by now; returns how many proposals moved or were reminded, and
    what was done for meetings."""
    at = now or clock.now()
    rules = rules_in_force(at)
    triaged = at - dt.timedelta(hours=rules.triage_hours)
    # Business days are never shorter than days, so nobody is late before these.
    asked = at - dt.timedelta(days=rules.reminder_days)
    quiet = at - dt.timedelta(days=rules.expiry_days - max(rules.expiry_warning_days, default=0))
    late = {"sign_requests__requested_at__lte": asked, "sign_requests__manager_at": None}
    stages: tuple[tuple[str, Callable[[], int]], ...] = (
        (
            "triage",
            lambda: _each(_waiting(S.TRIAGE, state_since__lte=triaged), open_discussion, at),
        ),
        ("growth", lambda: regard_growth(at)),
        ("escalation", lambda: _each(_waiting(S.DISCUSSION, S.FINAL_CALL, **late), escalate, at)),
        (
            "discussion",
            lambda: _each(_waiting(S.DISCUSSION, discussion_until__lte=at), close_discussion, at),
        ),
        (
            "final_call",
            lambda: _each(_waiting(S.FINAL_CALL, final_call_until__lte=at), close_final_call, at),
        ),
        (
            "deferral",
            lambda: _each(_waiting(S.DEFERRED, deferred_until__lte=at), resume_deferred, at),
        ),
        ("activation", lambda: len(activate_due(now=at))),
        ("deprecation", lambda: end_deprecated(now=at)),
        ("emergencies", lambda: len(lapse_due(now=at))),
        (
            "expiry",
            lambda: _each(
                _waiting(*WITHDRAWABLE, S.CONFLICTED, last_event_at__lte=quiet), expire, at
            ),
        ),
        ("meetings", lambda: len(run_meeting_timers(at))),
    )
    return sum(_stage(name, act) for name, act in stages)


def open_discussion(key: str, at: dt.datetime) -> bool:
    """Take what nobody returned in time into discussion; E and L wait for their second person."""
    with writing(SYSTEM, reason="Triage is over"):
        proposal = take(key)
        hours = rules_in_force(at).triage_hours
        waits = proposal.klass in (ProposalClass.EDITORIAL, ProposalClass.LOCAL)
        over = proposal.state_since + dt.timedelta(hours=hours) <= at
        if proposal.state != S.TRIAGE or waits or not over:
            return False
        start_discussion(
            proposal, acting=SYSTEM, at=at, reason=f"Nobody returned it in {hours} hours."
        )
    return True


def regard_growth(at: dt.datetime) -> int:
    """Compute the impact of open proposals anew, and give domains that came to be affected their
    time: at least as long as a final call."""
    return len(recompute_open(now=at, follows=lambda growth: give_time(growth, at, acting=SYSTEM)))


def close_discussion(key: str, at: dt.datetime) -> bool:
    """At the end of the window: the council for what is contested, the final call for what
    everybody consented to; anything else waits for its champion."""
    with writing(SYSTEM, reason="The discussion window is over"):
        proposal = take(key)
        until = proposal.discussion_until
        if proposal.state != S.DISCUSSION or until is None or until > at:
            return False
        contested = contested_by(proposal)
        if contested:
            to_council(proposal, acting=SYSTEM, at=at, reason=contested)
            return True
        if not have_all_consented(signatures_of(proposal, at)):
            return False
        start_final_call(
            proposal, acting=SYSTEM, at=at, reason="Everybody who must sign has consented."
        )
    return True


def close_final_call(key: str, at: dt.datetime) -> bool:
    """At the deadline: a decision where the rule of the class is met, else the council."""
    with writing(SYSTEM, reason="The final call is over"):
        proposal = take(key)
        until = proposal.final_call_until
        if proposal.state != S.FINAL_CALL or until is None or until > at:
            return False
        found = signatures_of(proposal, at)
        reason = contested_by(proposal)
        if not reason and proposal.klass == ProposalClass.CHARTER:
            reason = "A charter is voted on by all seats."
        if not reason and not have_all_consented(found):
            reason = _lacking(found)
        if reason:
            to_council(proposal, acting=SYSTEM, at=at, reason=reason)
            return True
        names = f"{len(found)} of {len(found)}"
        adopt_by_rule(
            proposal,
            acting=SYSTEM,
            at=at,
            rule=f"Class {proposal.klass}: {names} who must sign consent, no valid block is open.",
            reason="The final call ended without objection.",
        )
    return True


def resume_deferred(key: str, at: dt.datetime) -> bool:
    """Discuss again what was deferred until now."""
    with writing(SYSTEM, reason="Deferred until now"):
        proposal = take(key)
        until = proposal.deferred_until
        if proposal.state != S.DEFERRED or until is None or until > at:
            return False
        start_discussion(proposal, acting=SYSTEM, at=at, reason="Its date is reached.")
    return True


def expire(key: str, at: dt.datetime) -> bool:
    """Warn before an open proposal expires in which nothing happens, and let it expire."""
    rules = rules_in_force(at)
    with writing(SYSTEM, reason="Nothing happened for long"):
        proposal = take(key)
        if proposal.state not in (*WITHDRAWABLE, S.CONFLICTED):
            return False
        if expires(proposal.last_event_at, rules) <= at:
            step(
                proposal,
                S.EXPIRED,
                acting=SYSTEM,
                at=at,
                reason=f"Nothing happened for {rules.expiry_days} days.",
                outcome_note=f"Nothing happened for {rules.expiry_days} days.",
            )
            return True
        days = warning_due(proposal.last_event_at, at, rules)
        warned = proposal.expiry_warned_days
        if days is None or (warned is not None and warned <= days):
            return False
        proposal.expiry_warned_days = days
        proposal.save(update_fields=["expiry_warned_days"])
        tell(proposal, "expiring", acting=SYSTEM, detail=f"{days} days")
    return True


def contested_by(proposal: Proposal) -> str:
    """Why the council has to decide; empty where nothing stands in the way."""
    blocks = open_blocks(proposal)
    if blocks:
        return f"A block is open: {blocks[0].title}"
    if has_open_conflict(proposal):
        return "A conflict with what holds already is open."
    if has_open_appeal(proposal):
        return "An appeal against a ruling of the chair is open."
    return ""


def _lacking(found: Iterable[Signature]) -> str:
    words = {
        SignState.BLOCKED: "refuses",
        SignState.ABSTAINED: "abstained",
        SignState.SILENT: "is silent",
        SignState.VACANT: "has nobody who could sign",
    }
    lacking = [
        f"{one.label} {words[one.state]}" for one in found if one.state is not SignState.CONSENTED
    ]
    return f"{'; '.join(lacking)}."


def _waiting(*states: ProposalState, **conditions: object) -> list[str]:
    rows = Proposal.objects.filter(state__in=states, **conditions)
    return list(rows.order_by("number").values_list("key", flat=True).distinct())


def _stage(name: str, act: Callable[[], int]) -> int:
    """A stage that fails as a whole is logged: those behind it do not wait for its repair."""
    try:
        return act()
    except Exception:
        log.exception("timer_stage_failed", stage=name)
        return 0


def _each(keys: Iterable[str], act: Callable[[str, dt.datetime], bool], at: dt.datetime) -> int:
    """One that fails is logged and tried again by the next run; the others go on."""
    moved = 0
    for key in keys:
        try:
            moved += act(key, at)
        except Exception:
            log.exception("timer_failed", proposal=key, timer=act.__name__)
    return moved
