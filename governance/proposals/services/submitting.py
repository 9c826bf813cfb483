"""From a draft to whoever has to answer: submission, triage, and the two short ways (E and L)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from catalog.errors import Conflict, InvalidInput
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.agreements.models import Agreement
from governance.proposals.models import Proposal, Revision
from governance.proposals.rules.abilities import Act
from governance.proposals.rules.transitions import OPEN
from governance.proposals.services.completeness import missing
from governance.proposals.services.deciding import adopt_by_rule
from governance.proposals.services.dry_run import DryRun, run
from governance.proposals.services.impact import take_snapshot
from governance.proposals.services.opening import (
    compute_class,
    register_conflicts,
    start_discussion,
    start_final_call,
)
from governance.proposals.services.positions import record_position
from governance.proposals.services.preparing import prepare
from governance.proposals.services.revisions import specs_of
from governance.proposals.services.routing import committee_of
from governance.proposals.services.sign_requests import sync_sign_requests
from governance.proposals.services.steps import SYSTEM, step, take_for
from governance.proposals.services.texts import written
from governance.types import (
    ChangeOp,
    Finding,
    PositionValue,
    ProposalClass,
    ProposalState,
    Scope,
)


def submit(*, acting: Principal, key: str) -> Proposal:
    """Ask everybody concerned: the revision is frozen, checked, and its impact computed.

    Raises InvalidInput naming what is missing, Conflict when the same text is open already.
    """
    at = clock.now()
    with writing(acting):
        proposal = take_for(key, Act.SUBMIT, acting=acting, at=at)
        enter_triage(proposal, acting=acting, at=at)
    return proposal


def enter_triage(
    proposal: Proposal, *, acting: Principal, at: dt.datetime, repeats: bool = False
) -> None:
    """The whole of submission for a locked draft; see `submit`."""
    revision = proposal.current
    if revision is None:
        raise Conflict("This proposal has no text yet.")
    found = _checked_again(proposal, revision, acting, at, repeats=repeats)
    committee_id = committee_of(proposal.committee_id, prepare(specs_of(revision)))
    _refuse_duplicate(proposal, revision)
    snapshot = take_snapshot(acting=acting, revision=revision)
    proposal.scope = Scope.ENTERPRISE if proposal.scope_raised else snapshot.scope
    proposal.klass = compute_class(proposal, found)
    _require_completeness(proposal, revision, at)
    step(
        proposal,
        ProposalState.TRIAGE,
        acting=acting,
        at=at,
        scope=proposal.scope,
        klass=proposal.klass,
        committee_id=committee_id,
    )
    _name_agreements(revision, at)
    register_conflicts(proposal, found, acting=acting)
    sync_sign_requests(proposal, snapshot, at=at)
    if proposal.klass == ProposalClass.PERMISSION and not repeats:
        start_final_call(proposal, acting=SYSTEM, at=at, reason="A permission is called at once.")


def return_to_author(*, acting: Principal, key: str, reason: str) -> Proposal:
    """Give a proposal back for more work, with a reason; a steward or the secretary does."""
    words = written(reason, field="reason")
    at = clock.now()
    with writing(acting, reason=words):
        proposal = take_for(key, Act.RETURN, acting=acting, at=at)
        step(proposal, ProposalState.DRAFT, acting=acting, at=at, reason=words, klass="")
    return proposal


def accept(*, acting: Principal, key: str) -> Proposal:
    """Take a proposal into discussion before the clock does (24 h)."""
    at = clock.now()
    with writing(acting):
        proposal = take_for(key, Act.ACCEPT, acting=acting, at=at)
        start_discussion(proposal, acting=acting, at=at, reason="Accepted for discussion.")
    return proposal


def merge_editorial(*, acting: Principal, key: str) -> Proposal:
    """Adopt a change of wording: a steward who did not make it (class E)."""
    at = clock.now()
    with writing(acting):
        proposal = take_for(key, Act.MERGE, acting=acting, at=at)
        _require_editorial(proposal, acting, at)
        adopt_by_rule(
            proposal,
            acting=acting,
            at=at,
            rule="Class E: nothing but prose differs; a steward who did not write it merged it.",
            reason="editorial",
        )
    return proposal


def consent_locally(*, acting: Principal, key: str) -> Proposal:
    """Adopt what concerns one domain alone: a second person of the domain consents (class L)."""
    at = clock.now()
    with writing(acting):
        proposal = take_for(key, Act.CONSENT_LOCALLY, acting=acting, at=at)
        record_position(proposal, acting=acting, value=PositionValue.CONSENT, at=at)
        adopt_by_rule(
            proposal,
            acting=acting,
            at=at,
            rule="Class L: one domain, one system, one department; a second person consents.",
            reason="A second person of the domain consents.",
        )
    return proposal


def _checked_again(
    proposal: Proposal, revision: Revision, acting: Principal, at: dt.datetime, *, repeats: bool
) -> DryRun:
    """The dry run as of now: errors stop, guards that are not yet checked never do."""
    prepared = prepare(specs_of(revision))
    bases = dict(revision.changes.values_list("agreement_key", "base_version"))
    moved = [one.key for one in prepared if bases.get(one.key) != one.base_version]
    if moved:
        raise Conflict(
            f"{moved[0]} changed after this was written: save the proposal again on what holds now."
        )
    found = run(
        prepared,
        acting=acting,
        at=at,
        own_key=proposal.key,
        repeats=repeats,
        signing=not (repeats or proposal.is_reversal),
    )
    _refuse(found.errors)
    return found


def _refuse_duplicate(proposal: Proposal, revision: Revision) -> None:
    open_states = [state for state in OPEN if state is not ProposalState.DRAFT]
    other = (
        Proposal.objects.filter(state__in=open_states, current__digest=revision.digest)
        .exclude(pk=proposal.pk)
        .order_by("number")
        .first()
    )
    if other is not None:
        raise Conflict(f"{other.key} proposes exactly this already: take part there.")


def _require_completeness(proposal: Proposal, revision: Revision, at: dt.datetime) -> None:
    _refuse(
        missing(
            ProposalClass(proposal.klass),
            specs_of(revision),
            is_founded=bool(revision.evidence or revision.no_evidence_reason),
            wanted_effective_at=revision.wanted_effective_at,
            at=at,
        )
    )


def _refuse(findings: Iterable[Finding]) -> None:
    """Raise InvalidInput with every finding at its field, where there are any."""
    fields: dict[str, list[str]] = {}
    for finding in findings:
        fields.setdefault(finding.field, []).append(f"{finding.message} {finding.fix}".strip())
    if fields:
        raise InvalidInput.at_fields(fields)


def _require_editorial(proposal: Proposal, acting: Principal, at: dt.datetime) -> None:
    """Prove once more, on what holds now, that nothing but prose differs."""
    revision = proposal.current
    if (
        revision is None
        or not run(prepare(specs_of(revision)), acting=acting, at=at, cheap=True).is_editorial
    ):
        raise Conflict("More than prose differs from what is in force now: submit it again.")


def _name_agreements(revision: Revision, at: dt.datetime) -> None:
    """What is proposed can be followed and talked about before it holds."""
    Agreement.objects.bulk_create(
        [
            Agreement(key=change.agreement_key, kind=change.kind, title=change.title, created_at=at)
            for change in revision.changes.all()
            if change.op == ChangeOp.CREATE
        ],
        batch_size=500,
        ignore_conflicts=True,
    )
