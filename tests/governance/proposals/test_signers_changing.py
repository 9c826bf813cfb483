"""Who has to sign an open proposal may change while it is discussed: the daily look follows."""

import pytest

from catalog.access import AccessRefused
from governance.council.selectors.seats import is_chair
from governance.models import Delegation, Membership, Position, SignRequest
from governance.proposals.services.drafting import revise
from governance.proposals.services.stepping import call_final
from governance.types import ProposalState as S
from tests.governance.proposals.world import (
    DAY,
    HOUR,
    MONDAY,
    World,
    at,
    in_discussion,
    later,
    note,
    say,
)

pytestmark = pytest.mark.django_db


def test_whoever_takes_a_seat_over_is_asked_with_a_time_of_their_own(world: World) -> None:
    in_discussion(world)
    seats, people = world.council.seats, world.council.people
    Membership.objects.filter(person=people["Hugo"]).update(until=MONDAY + HOUR)
    Membership.objects.create(seat=seats["SalesOps"], person=world.colleague, since=MONDAY + HOUR)

    later(MONDAY + DAY)

    asked = {one.label: (one.person, one.requested_at) for one in SignRequest.objects.all()}
    assert asked == {
        "Marketing": (people["Mia"], MONDAY),
        "Sales": (world.colleague, MONDAY + DAY),
    }


def test_who_is_affected_no_more_is_asked_no_more(world: World) -> None:
    in_discussion(world)
    world.datasets["Sales"].delete()

    later(MONDAY + DAY)

    withdrawn = {one.label: one.withdrawn_at for one in SignRequest.objects.all()}
    assert withdrawn == {"Marketing": None, "Sales": MONDAY + DAY}


def test_who_is_affected_by_the_time_of_new_words_gets_the_time_of_a_final_call(
    world: World,
) -> None:
    proposal = in_discussion(world)
    late = MONDAY + 7 * DAY
    at(late)
    call_final(acting=world.acting, key=proposal.key)
    dataset = world.datasets["Sales"]
    dataset.domain = world.domain("Finance")
    dataset.save()
    at(late + 3 * DAY - HOUR)

    words = note(text="Better words.", datasets=world.ids("Marketing", "Sales"))
    revise(acting=world.acting, key=proposal.key, changes=[words])

    proposal.refresh_from_db()
    assert proposal.state == S.DISCUSSION
    assert proposal.discussion_until == late + 6 * DAY - HOUR


def test_nobody_speaks_for_who_was_deactivated(world: World) -> None:
    proposal = in_discussion(world)
    ines, peta = world.council.people["Inés"], world.who("Peta")
    Delegation.objects.create(
        giver=ines, taker_id=peta.person_id, since=MONDAY - DAY, until=MONDAY + 20 * DAY
    )
    assert is_chair(peta, MONDAY)
    ines.is_active = False
    ines.save()

    with pytest.raises(AccessRefused) as refused:
        say(peta, proposal, on_behalf_of_id=ines.pk)

    assert refused.value.verdict.code == "no_delegation"
    assert not is_chair(peta, MONDAY)
    assert not Position.objects.exists()
