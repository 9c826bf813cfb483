"""Every step of a proposal: locked, allowed, written to its timeline, told to the event log."""

from __future__ import annotations

import datetime as dt
from typing import Any

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.errors import Conflict, NotFound
from catalog.services.event_log import record
from catalog.types import Principal
from governance.events import ProposalChanged
from governance.proposals.models import Proposal, Step
from governance.proposals.rules.abilities import Act, Standing, refusal
from governance.proposals.rules.transitions import may_follow
from governance.proposals.selectors.standing import standing
from governance.types import ProposalState

SYSTEM = Principal.system("governance")


def take(key: str) -> Proposal:
    """The proposal, locked until the transaction ends; raises NotFound."""
    proposal = (
        Proposal.objects.select_for_update(of=("self",))
        .select_related("current")
        .filter(key=key)
        .first()
    )
    if proposal is None:
        raise NotFound("There is no such proposal.")
    return proposal


def take_for(key: str, act: Act, *, acting: Principal, at: dt.datetime) -> Proposal:
    """The same for somebody who wants to do something with it.

    Raises NotFound, AccessRefused where it is not theirs to do, Conflict where the state of the
    proposal stands against it.
    """
    require(acting, Action.PROPOSE)
    proposal = take(key)
    demand(act, standing(proposal, acting, at))
    return proposal


def demand(act: Act, found: Standing) -> None:
    """Raise what `rules.abilities` refuses."""
    refused = refusal(act, found)
    if refused is None:
        return
    if refused.code:
        raise AccessRefused(Verdict(allowed=False, code=refused.code, reason=refused.sentence))
    raise Conflict(refused.sentence)


def step(
    proposal: Proposal,
    after: ProposalState,
    *,
    acting: Principal,
    at: dt.datetime,
    reason: str = "",
    **fields: Any,
) -> None:
    """Move a locked proposal on, with `fields` set in the same write.

    Raises Conflict when the state machine of 3.4 does not know the step.
    """
    before = ProposalState(proposal.state)
    if not may_follow(before, after):
        raise Conflict(f"A proposal that is {before.value} cannot become {after.value}.")
    proposal.state = after
    proposal.state_since = at
    _write(proposal, at, fields | {"state": after, "state_since": at})
    Step.objects.create(
        proposal=proposal,
        before=before,
        after=after,
        actor_id=acting.person_id,
        reason=reason,
        at=at,
    )
    tell(proposal, "stepped", acting=acting, detail=f"{before.value} to {after.value}")


def touch(
    proposal: Proposal,
    what: str,
    *,
    acting: Principal,
    at: dt.datetime,
    detail: str = "",
    **fields: Any,
) -> None:
    """Note that something happened to a locked proposal, so that it does not expire."""
    _write(proposal, at, fields)
    tell(proposal, what, acting=acting, detail=detail)


def tell(proposal: Proposal, what: str, *, acting: Principal, detail: str = "") -> None:
    """Append to the event log that something happened to a proposal."""
    revision = proposal.current.number if proposal.current else 0
    event = ProposalChanged(
        what=what,
        key=proposal.key,
        state=str(proposal.state),
        revision=revision,
        detail=detail[:300],
    )
    record(event, proposal, acting=acting)


def _write(proposal: Proposal, at: dt.datetime, fields: dict[str, Any]) -> None:
    values = {"last_event_at": at, "expiry_warned_days": None} | fields
    for name, value in values.items():
        setattr(proposal, name, value)
    proposal.save(update_fields=list(values))
