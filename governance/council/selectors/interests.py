"""Who may have a conflict of interest in a proposal: suggested, for the member to declare (3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from catalog.models import Person
from governance.council.selectors.ballots import recused_people
from governance.models import AgreementVersion, Conflict, Proposal
from governance.types import ConflictState


@dataclass(frozen=True, slots=True)
class Interest:
    """Somebody who perhaps should not decide, and why."""

    person: Person
    why: str


def suggested_recusals(proposal: Proposal) -> list[Interest]:
    """The authors of definitions and proposals that compete with this one in an open conflict.

    Once for each person, without who is recused already and without its own makers, who never
    approve it anyway.
    """
    makers = {proposal.author_id, proposal.champion_id}
    makers.update(proposal.co_authors.values_list("pk", flat=True))
    known = recused_people(proposal) | makers
    found: dict[int, Interest] = {}
    for interest in _competing(proposal):
        if interest.person.pk not in known:
            found.setdefault(interest.person.pk, interest)
    return list(found.values())


def _competing(proposal: Proposal) -> Iterator[Interest]:
    conflicts = Conflict.objects.filter(proposals=proposal, state=ConflictState.OPEN)
    versions = AgreementVersion.objects.filter(
        agreement__conflicts__in=conflicts, valid_to__isnull=True, author__isnull=False
    ).select_related("author", "agreement")
    for version in versions.order_by("agreement__key").distinct():
        if version.author is not None:
            yield Interest(version.author, f"wrote {version.title}, which competes with it")
    others = Proposal.objects.filter(conflicts__in=conflicts).exclude(pk=proposal.pk)
    for other in others.select_related("author").order_by("number").distinct():
        yield Interest(other.author, f"proposed {other.key}, which competes with it")
