"""The clocks that run on a proposal, in words, for its page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from governance.agreements.kinds.charter import CharterRules, rules_in_force
from governance.proposals.models import Proposal
from governance.proposals.rules.deadlines import expires
from governance.proposals.rules.transitions import WITHDRAWABLE
from governance.types import ProposalClass, ProposalState

S = ProposalState
_NEAR = dt.timedelta(days=2)


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One deadline: what happens then, and when; `is_near` is one of which the hour matters."""

    what: str
    at: dt.datetime
    is_past: bool
    is_near: bool


def clock_lines(
    proposal: Proposal, now: dt.datetime, rules: CharterRules | None = None
) -> tuple[ClockLine, ...]:
    """Every deadline that still means something, the nearest first. `rules` are those in force,
    which are looked up unless they are given."""
    lines = [
        ClockLine(what, at, at <= now, abs(at - now) < _NEAR)
        for what, at in _lines(proposal, now, rules or rules_in_force(now))
        if at is not None
    ]
    return tuple(sorted(lines, key=lambda line: line.at))


def _lines(
    proposal: Proposal, now: dt.datetime, rules: CharterRules
) -> list[tuple[str, dt.datetime | None]]:
    state = ProposalState(proposal.state)
    lines: list[tuple[str, dt.datetime | None]] = []
    waits = proposal.klass in (ProposalClass.EDITORIAL, ProposalClass.LOCAL)
    if state is S.TRIAGE and not waits:
        opens = proposal.state_since + dt.timedelta(hours=rules.triage_hours)
        lines.append(("Goes into discussion by itself", opens))
    if state is S.DISCUSSION:
        lines.append(("Discussion lasts at least until", proposal.discussion_until))
    if state is S.FINAL_CALL:
        lines.append(("Final call ends", proposal.final_call_until))
    if state is S.DEFERRED:
        lines.append(("Discussed again", proposal.deferred_until))
    if state is S.DECIDED_SCHEDULED:
        lines.append(("Takes effect", proposal.effective_at))
    is_wording = state is S.ACTIVE and proposal.klass == ProposalClass.EDITORIAL
    reopen_until = proposal.reopen_until
    if (state is S.DECIDED_SCHEDULED or is_wording) and reopen_until and now <= reopen_until:
        lines.append(("Can be reopened until", reopen_until))
    if state is S.ACTIVE and proposal.is_emergency:
        lines.append((_lapsing(proposal, rules), proposal.lapses_at))
    if state in (*WITHDRAWABLE, S.CONFLICTED):
        lines.append(("Expires if nothing happens", expires(proposal.last_event_at, rules)))
    return lines


def _lapsing(proposal: Proposal, rules: CharterRules) -> str:
    """What an emergency waits for: hours for a second person, then days for its ratification."""
    declared = proposal.effective_at or proposal.state_since
    confirmed_by = declared + dt.timedelta(hours=rules.second_person_hours)
    if proposal.lapses_at is not None and proposal.lapses_at > confirmed_by:
        return "Lapses unless it is ratified"
    return "Lapses unless a second person confirms it"
