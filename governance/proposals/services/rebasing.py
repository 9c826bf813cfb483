"""Putting a proposal on what holds now: three documents become one, or nobody's choice is made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from catalog.errors import Conflict
from catalog.types import Principal
from governance.agreements.models import AgreementVersion
from governance.proposals.models import Change, Proposal
from governance.proposals.rules.digests import meaning_digest
from governance.proposals.rules.merging import Clash, merged
from governance.proposals.services.revisions import text_of, texts_of, write_revision
from governance.types import ChangeOp, ChangeSpec


def rebase_changes(
    proposal: Proposal, *, acting: Principal, author_id: int, at: dt.datetime
) -> bool:
    """Write a revision on the current bases; returns whether it comes to what it came to before.

    Raises Conflict where both sides changed the same field, or where what was to be changed is
    gone.
    """
    revision = proposal.current
    if revision is None:
        raise Conflict("This proposal has no text yet.")
    before = meaning_digest(texts_of(revision))
    changes = [_rebased(change) for change in revision.changes.order_by("position")]
    new, found = write_revision(
        proposal,
        changes,
        text_of(revision),
        acting=acting,
        author_id=author_id,
        at=at,
        repeats=True,
    )
    if found.errors:
        raise Conflict(f"{found.errors[0].message} Revise the proposal.")
    return meaning_digest(texts_of(new)) == before


def _rebased(change: Change) -> ChangeSpec:
    standing = AgreementVersion.objects.filter(
        agreement__key=change.agreement_key, valid_to__isnull=True
    ).first()
    holds = standing is not None and standing.op != ChangeOp.RETIRE
    document: Mapping[str, Any] = change.document
    if change.op == ChangeOp.REPLACE and standing is not None and holds:
        base = AgreementVersion.objects.filter(
            agreement=standing.agreement_id, number=change.base_version
        ).first()
        try:
            document = merged(base.document if base else {}, change.document, standing.document)
        except Clash as clash:
            raise Conflict(
                f"Both sides changed {clash.path} of {change.agreement_key}: revise the proposal."
            ) from clash
    return ChangeSpec(
        op=ChangeOp(change.op), kind=change.kind, key=change.agreement_key, document=document
    )
