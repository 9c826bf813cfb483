"""What a proposal is called and who made it: what no digest covers."""

from __future__ import annotations

from collections.abc import Collection

from catalog.errors import InvalidInput
from catalog.models import Person
from governance.proposals.models import Proposal
from governance.proposals.services.texts import line

MAX_PEOPLE = 50


def describe(
    proposal: Proposal,
    title: str | None,
    ask: str | None,
    champion_id: int | None,
    co_author_ids: Collection[int] | None,
) -> bool:
    """Set title, ask and people of a locked proposal; None leaves each as it is. Returns whether
    anything changed.

    Once it was submitted its makers stay among them, so that nobody signs what they made.
    """
    before = _described(proposal)
    was = set(proposal.co_authors.values_list("pk", flat=True))
    if title is not None:
        proposal.title = line(title, field="title")
    if ask is not None:
        proposal.ask = line(ask, field="ask")
    people = people_named(champion_id or proposal.champion_id, co_author_ids or ())
    wanted = was if co_author_ids is None else people
    if proposal.steps.exists():
        wanted = wanted | {proposal.champion_id}
        _require_kept(was - wanted - ({champion_id} if champion_id is not None else set()))
    if champion_id is not None:
        proposal.champion_id = champion_id
    co_authors = wanted - {proposal.author_id, proposal.champion_id}
    if (_described(proposal), co_authors) == (before, was):
        return False
    proposal.save(update_fields=["title", "ask", "champion"])
    proposal.co_authors.set(co_authors)
    return True


def people_named(champion_id: int, co_author_ids: Collection[int]) -> set[int]:
    """Champion and co-authors; raises InvalidInput for somebody who is not active."""
    wanted = {champion_id, *co_author_ids}
    if len(wanted) > MAX_PEOPLE:
        raise InvalidInput(f"Name at most {MAX_PEOPLE} people.", field="co_authors")
    found = set(Person.objects.filter(pk__in=wanted, is_active=True).values_list("pk", flat=True))
    if champion_id not in found:
        raise InvalidInput("The champion is nobody active: name somebody else.", field="champion")
    if found != wanted:
        raise InvalidInput("A co-author is nobody active: take them out.", field="co_authors")
    return found


def _described(proposal: Proposal) -> tuple[str, str, int]:
    return proposal.title, proposal.ask, proposal.champion_id


def _require_kept(left_out: Collection[int]) -> None:
    # Who left the company signs nothing, and may be taken out.
    for person in Person.objects.filter(pk__in=left_out, is_active=True):
        raise InvalidInput(
            f"{person} made this proposal, so they stay among its co-authors after it was"
            " submitted.",
            field="co_authors",
        )
