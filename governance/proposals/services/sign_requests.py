"""Asking for signatures, each with a clock of its own (3.4, escalation clock)."""

from __future__ import annotations

import datetime as dt

from governance.proposals.models import ImpactSnapshot, Proposal, Signer, SignRequest
from governance.types import ProposalClass, ProposalState, SignerRole

_ASKING = (ProposalState.DISCUSSION, ProposalState.FINAL_CALL, ProposalState.COUNCIL_VOTE)


def sync_sign_requests(
    proposal: Proposal, snapshot: ImpactSnapshot, *, at: dt.datetime
) -> list[SignRequest]:
    """Ask whoever a snapshot newly names, and stop asking whom it names no more; returns the new
    requests. Does nothing for a proposal that asks nobody yet."""
    asks_in_triage = (
        proposal.state == ProposalState.TRIAGE and proposal.klass == ProposalClass.LOCAL
    )
    if proposal.state not in _ASKING and not asks_in_triage:
        return []
    wanted: dict[str, Signer] = {}
    for signer in snapshot.signers.filter(role=SignerRole.MUST_SIGN).order_by("label", "pk"):
        wanted.setdefault(signer.label, signer)
    present = {request.label: request for request in proposal.sign_requests.all()}
    for label, request in present.items():
        named = wanted.get(label)
        if named is None and request.withdrawn_at is None:
            request.withdrawn_at = at
            request.save(update_fields=["withdrawn_at"])
        elif named is not None and request.person_id != named.person_id:
            # Somebody else answers now: their time begins now.
            _restart(request, named.person_id, at)
    for label, request in present.items():
        if label in wanted and request.withdrawn_at is not None:
            _restart(request, wanted[label].person_id, at)
    return SignRequest.objects.bulk_create(
        [
            SignRequest(
                proposal=proposal,
                domain_id=signer.domain_id,
                label=label,
                person_id=signer.person_id,
                requested_at=at,
            )
            for label, signer in wanted.items()
            if label not in present
        ]
    )


def _restart(request: SignRequest, person_id: int | None, at: dt.datetime) -> None:
    request.person_id = person_id
    request.requested_at = at
    request.withdrawn_at = None
    request.reminded_at = request.delegated_at = request.manager_at = None
    request.delegate_id = request.manager_id = None
    request.save()
