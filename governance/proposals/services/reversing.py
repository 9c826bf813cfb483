"""Reversal: within its time a decision as a whole is proposed to be put back (3.4)."""

from __future__ import annotations

from django.db.models import QuerySet

from catalog.errors import Conflict
from catalog.services.actors import person_id_of
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.agreements.models import AgreementVersion
from governance.council.models import Decision
from governance.proposals.models import Proposal
from governance.proposals.rules.abilities import Act
from governance.proposals.services.drafting import new_proposal
from governance.proposals.services.restoring import restoring_changes
from governance.proposals.services.revisions import RevisionText, write_revision
from governance.proposals.services.steps import take_for, tell
from governance.proposals.services.texts import evidence_rows, line, written
from governance.types import Evidence, Outcome


def propose_reversal(
    *, acting: Principal, key: str, reason: str, evidence: tuple[Evidence, ...] = ()
) -> Proposal:
    """A draft that puts back what held before; it goes the way of every proposal of its class.

    When it takes effect the old documents hold again as new versions and the proposal that it
    undoes is reverted. Raises Conflict after the charter's time, or where what was adopted was
    replaced meanwhile.
    """
    words = written(reason, field="reason")
    person_id = person_id_of(acting)
    at = clock.now()
    with writing(acting, reason=words):
        proposal = take_for(key, Act.REVERSE, acting=acting, at=at)
        versions = _last_adopted(proposal)
        if versions.filter(valid_to__isnull=False).exists():
            raise Conflict(
                "Part of what it adopted was replaced meanwhile: propose a change of that instead."
            )
        rows = evidence_rows(evidence)
        draft = new_proposal(
            author_id=person_id,
            at=at,
            kind=proposal.kind,
            title=line(f"Reversal of {proposal.key}: {proposal.title}"[:300], field="title"),
            ask=line(f"Put back what held before {proposal.key}.", field="ask"),
            champion_id=person_id,
            domain_id=proposal.domain_id,
            committee_id=proposal.committee_id,
            follows_up=proposal,
            is_reversal=True,
        )
        text = RevisionText(
            rationale=words,
            evidence=tuple(rows),
            no_evidence_reason="" if rows else words,
        )
        write_revision(
            draft,
            restoring_changes(versions.select_related("agreement").order_by("agreement__key")),
            text,
            acting=acting,
            author_id=person_id,
            at=at,
        )
        tell(draft, "created", acting=acting)
    return draft


def _last_adopted(proposal: Proposal) -> QuerySet[AgreementVersion]:
    """What it wrote by its last adoption and since: what was reopened before was put back then."""
    adopted = Decision.objects.filter(
        proposal=proposal, outcome__in=(Outcome.ADOPTED, Outcome.RATIFIED)
    ).order_by("-number")
    return AgreementVersion.objects.filter(
        decision__proposal=proposal, decision__number__gte=adopted.values("number")[:1]
    )
