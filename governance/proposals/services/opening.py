"""Opening what others answer in: the discussion with its window, the final call with its end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from catalog.types import Principal
from governance.agreements.kinds import kinds
from governance.agreements.kinds.charter import rules_in_force
from governance.conflicts.detectors import two_on_one_target
from governance.conflicts.services.register import store_conflicts
from governance.proposals.models import Proposal
from governance.proposals.rules.classes import ClassFacts, class_of
from governance.proposals.rules.deadlines import discussion_ends, final_call_ends
from governance.proposals.selectors.signing import snapshot_of
from governance.proposals.services.dry_run import DryRun
from governance.proposals.services.impact import take_snapshot
from governance.proposals.services.sign_requests import sync_sign_requests
from governance.proposals.services.steps import SYSTEM, step
from governance.types import ChangeSpec, ConflictKind, ProposalClass, ProposalState, Scope


def compute_class(proposal: Proposal, found: DryRun, *, is_contested: bool = False) -> str:
    """The class from the changes, the scope and what differs (3.3)."""
    return class_of(
        ClassFacts(
            kinds=frozenset(diff.kind for diff in found.diffs),
            scope=Scope(proposal.scope or Scope.LOCAL),
            is_editorial=found.is_editorial and not proposal.scope_raised,
            is_contested=is_contested,
            is_emergency=proposal.is_emergency,
        )
    ).value


def start_discussion(
    proposal: Proposal, *, acting: Principal, at: dt.datetime, reason: str
) -> None:
    """Open the discussion: everybody who must sign is asked, the window runs."""
    rules = rules_in_force(at)
    klass = ProposalClass(proposal.klass)
    if klass in (ProposalClass.LOCAL, ProposalClass.EDITORIAL, ProposalClass.CONTESTED):
        klass = ProposalClass.STANDARD  # what is discussed by everybody is decided by everybody
    step(
        proposal,
        ProposalState.DISCUSSION,
        acting=acting,
        at=at,
        reason=reason,
        klass=klass.value,
        discussion_until=discussion_ends(klass, at, rules),
        final_call_until=None,
        reopen_until=None,
    )
    ask_for_signatures(proposal, at=at)


def start_final_call(
    proposal: Proposal, *, acting: Principal, at: dt.datetime, reason: str
) -> None:
    """Set the last deadline; whoever has not spoken by then is counted as silent."""
    rules = rules_in_force(at)
    step(
        proposal,
        ProposalState.FINAL_CALL,
        acting=acting,
        at=at,
        reason=reason,
        final_call_until=final_call_ends(ProposalClass(proposal.klass), at, rules),
    )
    ask_for_signatures(proposal, at=at)


def ask_for_signatures(proposal: Proposal, *, at: dt.datetime) -> None:
    """Ask everybody whom the impact names, after computing it anew where it is no longer fresh."""
    if proposal.current is None:
        return
    snapshot = snapshot_of(proposal)
    fresh = dt.timedelta(hours=rules_in_force(at).impact_fresh_hours)
    if snapshot is None or at - snapshot.taken_at >= fresh:
        snapshot = take_snapshot(acting=SYSTEM, revision=proposal.current)
    sync_sign_requests(proposal, snapshot, at=at)


def register_conflicts(proposal: Proposal, found: DryRun, *, acting: Principal) -> None:
    """Enter what the dry run found in the register, as conflicts of this proposal."""
    specs = [spec for spec in found.conflicts if spec.kind is not ConflictKind.PENDING]
    for row in store_conflicts(specs, acting=acting):
        row.proposals.add(proposal)
    store_conflicts(list(two_on_one_target(acting)), acting=acting, kinds=(ConflictKind.PENDING,))


def notice_of(changes: Iterable[ChangeSpec]) -> dt.timedelta:
    """The longest notice that a kind asks for between decision and effect."""
    return max((_notice(change) for change in changes), default=dt.timedelta())


def _notice(change: ChangeSpec) -> dt.timedelta:
    kind = kinds.get(change.kind)
    document = kind.document_type.model_validate(change.document) if change.document else None
    return kind.minimum_notice(document, change.op)
