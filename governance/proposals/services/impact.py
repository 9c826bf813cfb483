"""Writing down whom a revision touches: when it is submitted, and again every day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import structlog
from django.db.models import Max

from catalog.access import Action, require
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal
from governance.agreements.kinds.charter import rules_in_force
from governance.clock import now as clock
from governance.events import ProposalChanged
from governance.models import Change, ImpactSnapshot, Proposal, Revision, Signer
from governance.proposals.impact.answers import Impact, SignerSpec
from governance.proposals.selectors.impact import preview
from governance.proposals.services.sign_requests import sync_sign_requests
from governance.proposals.services.steps import step
from governance.types import ChangeOp, ChangeSpec, ProposalState, SignerRole

log = structlog.get_logger(__name__)

# A final call needs a snapshot younger than a day (3.4), so it is due an hour before.
DUE_AFTER = dt.timedelta(hours=23)
_RECOMPUTED = (
    ProposalState.TRIAGE,
    ProposalState.DISCUSSION,
    ProposalState.FINAL_CALL,
    ProposalState.COUNCIL_VOTE,
)


@dataclass(frozen=True, slots=True)
class Growth:
    """A proposal that has come to touch somebody new: labels of parties that must sign now and
    did not when it was last computed."""

    proposal: Proposal
    labels: tuple[str, ...]
    snapshot: ImpactSnapshot


def take_snapshot(*, acting: Principal, revision: Revision) -> ImpactSnapshot:
    """Compute whom a revision touches and keep it with its signers.

    Concord looks with its own eyes: whoever is affected signs, even where the author may not see
    them. `impact_view` shows each reader only what they may see.
    """
    require(acting, Action.PROPOSE)
    proposal = revision.proposal
    impact = preview(Principal.system("impact"), changes_of(revision), proposal=proposal)
    with writing(acting):
        snapshot = ImpactSnapshot.objects.create(
            revision=revision,
            taken_at=clock(),
            graph_version=impact.graph_version,
            scope=impact.scope,
            scope_proof=asdict(impact.verdict),
            counts=dict(impact.counts),
            content=_content(impact),
            digest=impact.digest,
        )
        Signer.objects.bulk_create(_row(snapshot, signer) for signer in impact.signers)
        record(
            ProposalChanged(
                what="impact",
                key=proposal.key,
                state=proposal.state,
                revision=revision.number,
                detail=f"{impact.counts['must_sign']} must sign",
            ),
            proposal,
            acting=acting,
        )
    return snapshot


def recompute_open(
    *, now: dt.datetime | None = None, follows: Callable[[Growth], None] | None = None
) -> list[Growth]:
    """Take a new snapshot of every open proposal whose last one is a day old.

    Returns those that have come to touch a new party: in a final call they go back to discussion
    (3.4), which `follows` does in the same transaction. One that fails is logged and tried again by
    the next run; the others go on. Running it again at once changes nothing.
    """
    instant = now or clock()
    acting = Principal.system("impact")
    growths = []
    due = (
        Proposal.objects.filter(state__in=_RECOMPUTED)
        .annotate(taken_at=Max("current__impacts__taken_at"))
        .filter(taken_at__lte=instant - DUE_AFTER)
    )
    for pk in list(due.order_by("number").values_list("pk", flat=True)):
        try:
            found = _recompute_one(pk, instant, acting, follows)
        except Exception:
            # A document that its kind no longer reads concerns this proposal alone.
            log.exception("impact_failed", proposal_id=pk)
            continue
        growths += [found] if found is not None else []
    return growths


def changes_of(revision: Revision) -> list[ChangeSpec]:
    """A stored revision's changes as their author stated them."""
    return [
        ChangeSpec(ChangeOp(row.op), row.kind, row.agreement_key, row.document)
        for row in Change.objects.filter(revision=revision).order_by("position")
    ]


def must_sign_labels(snapshot: ImpactSnapshot) -> set[str]:
    """The parties that must sign, by label."""
    rows = snapshot.signers.filter(role=SignerRole.MUST_SIGN)
    return set(rows.order_by().values_list("label", flat=True))


def grown(proposal: Proposal, last: ImpactSnapshot, snapshot: ImpactSnapshot) -> Growth | None:
    """What a snapshot names that the one before it did not; None where it is nobody."""
    new = must_sign_labels(snapshot) - must_sign_labels(last)
    return Growth(proposal, tuple(sorted(new)), snapshot) if new else None


def give_time(growth: Growth, at: dt.datetime, *, acting: Principal) -> None:
    """Give who came to be affected their time, at least as long as a final call, in the transaction
    that found the growth: nobody would find it again. The proposal is locked."""
    proposal = growth.proposal
    if growth.snapshot.revision_id != proposal.current_id:
        return
    until = at + dt.timedelta(hours=rules_in_force(at).final_call_hours)
    if proposal.state == ProposalState.FINAL_CALL:
        step(
            proposal,
            ProposalState.DISCUSSION,
            acting=acting,
            at=at,
            reason=f"Affects more by now: {', '.join(growth.labels)}.",
            discussion_until=until,
            final_call_until=None,
        )
    elif proposal.state == ProposalState.DISCUSSION:
        proposal.discussion_until = max(proposal.discussion_until or until, until)
        proposal.save(update_fields=["discussion_until"])


def _recompute_one(
    pk: int, instant: dt.datetime, acting: Principal, follows: Callable[[Growth], None] | None
) -> Growth | None:
    with writing(acting, reason="Daily look at whom it touches"):
        proposal = (
            Proposal.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("current")
            .filter(pk=pk, state__in=_RECOMPUTED)
            .first()
        )
        if proposal is None or proposal.current is None:
            return None
        found = _recompute(proposal, proposal.current, instant, acting)
        if found is not None and follows is not None:
            follows(found)
    return found


def _recompute(
    proposal: Proposal, revision: Revision, instant: dt.datetime, acting: Principal
) -> Growth | None:
    last = revision.impacts.order_by("-taken_at", "-pk").first()
    if last is None or instant - last.taken_at < DUE_AFTER:
        return None
    revision.proposal = proposal
    snapshot = take_snapshot(acting=acting, revision=revision)
    # Who answers for a party may be another by now, and some have to sign no more.
    sync_sign_requests(proposal, snapshot, at=instant)
    return grown(proposal, last, snapshot)


def _content(impact: Impact) -> dict[str, object]:
    paths: Sequence[SignerSpec] = impact.signers
    return {
        **impact.content,
        "paths": {
            f"{signer.role}|{signer.label}": list(signer.path_ids)
            for signer in paths
            if signer.path_ids
        },
    }


def _row(snapshot: ImpactSnapshot, signer: SignerSpec) -> Signer:
    return Signer(
        snapshot=snapshot,
        role=signer.role,
        reason=signer.reason,
        domain_id=signer.domain_id,
        person_id=signer.person_id,
        team_id=signer.team_id,
        via_seat_id=signer.via_seat_id,
        label=signer.label,
        explanation=signer.explanation,
        path=list(signer.path),
        objects_count=signer.objects_count,
    )
