"""The sides of a conflict as what they would have the company agree on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.types import Principal
from governance.agreements.kinds import kinds
from governance.agreements.selectors.in_force import one_in_force
from governance.agreements.selectors.withholding import as_read
from governance.models import Change, Conflict, Proposal
from governance.proposals.rules.transitions import OPEN
from governance.proposals.selectors.proposals import changes_as_read, visible_proposals
from governance.types import ChangeOp, ChangeSpec


@dataclass(frozen=True, slots=True)
class Side:
    """One side.

    `subject` says what the key names: an agreement that holds, a proposal, or neither (empty).
    `stated` is the change that would have it so, as the reader may see it: of an agreement in force
    its text, of an open proposal the one change that it asks for; None where there is none such.
    """

    key: str
    title: str
    text: str
    owner: str
    subject: str
    stated: ChangeSpec | None


def sides_of(principal: Principal, conflict: Conflict) -> list[Side]:
    """Both sides in the register's order."""
    return [_side(principal, party, conflict) for party in conflict.parties]


def mergeable(sides: Sequence[Side]) -> bool:
    """Whether one text can take the place of both: two sides, both stated, of one kind."""
    stated = [side.stated.kind for side in sides if side.stated is not None]
    return len(sides) == len(stated) == 2 and stated[0] == stated[1]


def _side(principal: Principal, party: Mapping[str, str], conflict: Conflict) -> Side:
    key = party["key"]
    subject, stated = "", None
    if party["kind"] == "proposal":
        subject = "proposal"
        stated = _asked_by(principal, visible_proposals(principal).filter(key=key).first())
    elif (held := one_in_force(key)) is not None:
        subject = "agreement"
        text = as_read(principal, held.kind, held.document)
        stated = ChangeSpec(ChangeOp.REPLACE, held.kind, key, text)
    elif key.partition(":")[0] in kinds:
        stated = _asked_by(principal, _proposing(principal, key), key)
    return Side(key, party["title"], party["text"], party["owner"], subject, stated)


def _proposing(principal: Principal, key: str) -> Proposal | None:
    """The first open proposal that would bring an agreement about."""
    current = Change.objects.filter(agreement_key=key).values("revision")
    found = visible_proposals(principal).filter(state__in=OPEN, current__in=current)
    return found.order_by("number").first()


def _asked_by(principal: Principal, proposal: Proposal | None, key: str = "") -> ChangeSpec | None:
    """The one change that an open proposal asks for, or that of the agreement `key`."""
    if proposal is None or proposal.current is None or proposal.state not in OPEN:
        return None
    views = [
        view
        for view in changes_as_read(principal, proposal, proposal.current)
        if not key or view.change.agreement_key == key
    ]
    if len(views) != 1 or views[0].change.op == ChangeOp.RETIRE:
        return None
    change = views[0].change
    target = "" if change.op == ChangeOp.CREATE else change.agreement_key
    return ChangeSpec(ChangeOp(change.op), change.kind, target, views[0].after)
