"""Writing a revision: one exact text with its digests, its dry run and its changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.errors import InvalidInput
from catalog.types import Principal
from governance.agreements.kinds import kinds
from governance.agreements.models import Agreement
from governance.proposals.models import Change, Proposal, Revision
from governance.proposals.rules.digests import ChangeText, logic_digest, revision_digest
from governance.proposals.services.dry_run import DryRun, finding_rows, run
from governance.proposals.services.preparing import Prepared, prepare
from governance.proposals.services.routing import committee_of
from governance.types import ChangeOp, ChangeSpec


@dataclass(frozen=True, slots=True)
class RevisionText:
    """Everything a revision says beside its changes, as it is stored."""

    rationale: str = ""
    evidence: tuple[Mapping[str, Any], ...] = ()
    no_evidence_reason: str = ""
    wanted_effective_at: dt.datetime | None = None


def specs_of(revision: Revision) -> list[ChangeSpec]:
    """The changes of a revision as they were stated."""
    return [
        ChangeSpec(
            op=ChangeOp(change.op),
            kind=change.kind,
            key=change.agreement_key,
            document=change.document,
        )
        for change in revision.changes.order_by("position")
    ]


def texts_of(revision: Revision) -> list[ChangeText]:
    """The changes of a revision as they were hashed."""
    return [
        ChangeText(
            op=ChangeOp(change.op),
            kind=change.kind,
            key=change.agreement_key,
            base_version=change.base_version,
            document=change.document,
            prose=kinds.get(change.kind).prose,
        )
        for change in revision.changes.order_by("position")
    ]


def text_of(revision: Revision) -> RevisionText:
    """What a revision says beside its changes."""
    return RevisionText(
        rationale=revision.rationale,
        evidence=tuple(revision.evidence),
        no_evidence_reason=revision.no_evidence_reason,
        wanted_effective_at=revision.wanted_effective_at,
    )


def write_revision(
    proposal: Proposal,
    changes: Sequence[ChangeSpec],
    text: RevisionText,
    *,
    acting: Principal,
    author_id: int,
    at: dt.datetime,
    repeats: bool = False,
    signing: bool = False,
) -> tuple[Revision, DryRun]:
    """Append the next revision and make it the current one, with the kind of its first change and
    the body that decides it; the dry run is stored with it, with
    what stands against signatures where people sign already (`signing`).

    A text that says exactly what the current revision says makes none, so that saving twice
    changes nothing and kills no position.
    """
    prepared = prepare(changes)
    found = run(
        prepared, acting=acting, at=at, own_key=proposal.key, repeats=repeats, signing=signing
    )
    current = proposal.current
    texts = [one.text() for one in prepared]
    digest = _safely(texts, text)
    if current is not None and current.digest == digest and _reads_the_same(current, text, found):
        return current, found
    revision = Revision.objects.create(
        proposal=proposal,
        number=(current.number if current else 0) + 1,
        digest=digest,
        logic_digest=logic_digest(texts, text.evidence, text.wanted_effective_at),
        rationale=text.rationale,
        evidence=list(text.evidence),
        no_evidence_reason=text.no_evidence_reason,
        wanted_effective_at=text.wanted_effective_at,
        findings=finding_rows(found.findings),
        author_id=author_id,
        created_at=at,
    )
    _write_changes(revision, prepared)
    proposal.current = revision
    # What decides who decides follows the text: nothing of the first one is left over.
    proposal.kind = prepared[0].kind.name
    proposal.committee_id = committee_of(proposal.committee_id, prepared)
    proposal.save(update_fields=["current", "kind", "committee"])
    return revision, found


def _safely(texts: Sequence[ChangeText], text: RevisionText) -> str:
    try:
        return revision_digest(texts, text.evidence, text.wanted_effective_at)
    except ValueError as error:
        raise InvalidInput(str(error), field="changes") from error


def _reads_the_same(current: Revision, text: RevisionText, found: DryRun) -> bool:
    return (current.rationale, current.no_evidence_reason, current.findings) == (
        text.rationale,
        text.no_evidence_reason,
        finding_rows(found.findings),
    )


def _write_changes(revision: Revision, prepared: Sequence[Prepared]) -> None:
    agreements = dict(
        Agreement.objects.filter(key__in=[one.key for one in prepared]).values_list("key", "pk")
    )
    Change.objects.bulk_create(
        [
            Change(
                revision=revision,
                position=position,
                op=one.op,
                kind=one.kind.name,
                agreement_key=one.key,
                agreement_id=agreements.get(one.key),
                title=one.title,
                base_version=one.base_version,
                document=one.content,
                digest=one.content_digest,
            )
            for position, one in enumerate(prepared)
        ],
        batch_size=500,
    )
