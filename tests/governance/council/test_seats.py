"""Seats as of an instant: sitters, vacancies, delegates, chairs."""

import datetime as dt

import pytest

from catalog.errors import NotFound
from catalog.types import Principal
from governance.council.selectors.seats import (
    acts_for,
    council,
    council_at,
    delegate_of,
    is_chair,
    is_member,
    is_secretary,
    seat_detail,
    seat_of_domain,
    seats_of,
    sitter,
    voting_seats,
)
from governance.models import Committee, Delegation, Membership, Seat
from governance.types import SeatKind
from tests.factories import DomainFactory, PersonFactory, principal
from tests.governance.council.chamber import SINCE, chamber

pytestmark = pytest.mark.django_db

MAY_4 = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)
MAY_11 = dt.datetime(2026, 5, 11, tzinfo=dt.UTC)
SEPTEMBER = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def test_a_seat_is_vacant_between_two_sitters_and_history_is_kept() -> None:
    here = chamber()
    seat, peta, successor = here.seats["BU Analyst"], here.people["Peta"], PersonFactory()
    Membership.objects.filter(seat=seat).update(until=MAY_4)
    Membership.objects.create(seat=seat, person=successor, since=MAY_11)

    assert sitter(seat, MAY_4 - HOUR) == peta
    assert sitter(seat, MAY_4) is None
    assert sitter(seat, MAY_11 - HOUR) is None
    assert sitter(seat, MAY_11) == successor
    assert sitter(seat, SINCE - HOUR) is None
    assert seats_of(peta, MAY_4 - HOUR) == [seat]
    assert seats_of(peta, MAY_4) == []
    vacant = [place.seat for place in voting_seats(MAY_4) if place.is_vacant]
    assert (vacant, len(voting_seats(MAY_4))) == ([seat], 12)


def test_a_closed_seat_has_no_sitter_afterwards() -> None:
    here = chamber()
    seat = here.seats["SalesOps"]
    Seat.objects.filter(pk=seat.pk).update(closed_at=MAY_4)
    seat.refresh_from_db()

    assert sitter(seat, MAY_4 - HOUR) == here.people["Hugo"]
    assert sitter(seat, MAY_4) is None
    assert seats_of(here.people["Hugo"], MAY_4) == []
    assert seat_of_domain(here.domains["Sales"].pk, MAY_4) is None


def test_a_domain_has_its_seat_and_a_filled_one_comes_first() -> None:
    here = chamber()
    vacant = Seat.objects.create(name="A vacant seat", slug="vacant", kind=SeatKind.HUB)
    vacant.domains.add(here.domains["Sales"])

    assert seat_of_domain(here.domains["Sales"].pk, MAY_4) == here.seats["SalesOps"]
    assert seat_of_domain(DomainFactory().pk, MAY_4) is None


def test_a_delegation_holds_from_its_start_until_its_end_or_until_it_is_ended() -> None:
    here = chamber()
    tomas, bram = here.people["Tomas"], here.people["Bram"]
    delegation = Delegation.objects.create(
        giver=tomas, taker=bram, since=SEPTEMBER, until=SEPTEMBER + dt.timedelta(days=14)
    )

    assert acts_for(bram, SEPTEMBER - HOUR) == []
    assert acts_for(bram, SEPTEMBER) == [delegation]
    assert delegate_of(tomas, SEPTEMBER) == bram
    assert delegate_of(tomas, SEPTEMBER + dt.timedelta(days=14)) is None
    Delegation.objects.update(ended_at=SEPTEMBER + HOUR)
    assert delegate_of(tomas, SEPTEMBER) == bram
    assert delegate_of(tomas, SEPTEMBER + HOUR) is None


def test_a_delegation_for_one_domain_goes_before_the_general_one() -> None:
    here = chamber()
    mia, sales = here.people["Mia"], here.domains["Marketing"]
    until = SEPTEMBER + dt.timedelta(days=5)
    for taker, domain in [(here.people["Bram"], None), (here.people["Suri"], sales)]:
        Delegation.objects.create(
            giver=mia, taker=taker, domain=domain, since=SEPTEMBER, until=until
        )

    assert delegate_of(mia, SEPTEMBER) == here.people["Bram"]
    assert delegate_of(mia, SEPTEMBER, sales.pk) == here.people["Suri"]


def test_the_chair_runs_the_meeting_and_so_does_who_acts_for_the_chair() -> None:
    here = chamber()
    Delegation.objects.create(
        giver=here.people["Inés"], taker=here.people["Suri"], since=MAY_4, until=MAY_11
    )

    assert is_chair(here.principal("Inés"), MAY_4) is True
    assert is_chair(here.principal("Suri"), MAY_4) is True
    assert is_chair(here.principal("Suri"), MAY_11) is False
    assert is_secretary(here.principal("Tomas"), MAY_4) is True
    assert is_secretary(here.principal("Inés"), MAY_4) is False
    assert is_member(here.principal("Hugo"), MAY_4) is True
    assert is_member(principal(), MAY_4) is False
    assert is_chair(Principal.system("timers"), MAY_4) is False


def test_the_whole_council_in_one_reading(django_assert_num_queries: object) -> None:
    here = chamber()
    delegation = Delegation.objects.create(
        giver=here.people["Tomas"], taker=here.people["Bram"], since=MAY_4, until=MAY_11
    )

    with django_assert_num_queries(3):  # type: ignore[operator]
        places = council_at(MAY_4)

    assert len(places) == 12
    [analyst] = [place for place in places if place.seat.name == "Senior Data Analyst"]
    assert (analyst.sitter, analyst.since) == (here.people["Tomas"], SINCE)
    assert (analyst.delegations, analyst.delegate) == ((delegation,), here.people["Bram"])


def test_a_seat_votes_in_its_own_body_only() -> None:
    chamber()
    committee = Committee.objects.create(name="Operations Council", slug="ops", purpose="Flows")
    for name, is_voting in [("DevOps", True), ("Observer", False)]:
        Seat.objects.create(
            name=name,
            slug=name.lower(),
            kind=SeatKind.SPOKE,
            is_voting=is_voting,
            committee=committee,
        )

    assert len(voting_seats(MAY_4)) == 12
    assert [place.seat.name for place in voting_seats(MAY_4, committee.pk)] == ["DevOps"]


def test_employees_see_the_council_and_nobody_else() -> None:
    chamber()

    assert len(council(principal(), MAY_4)) == 12
    assert council(Principal.anonymous(), MAY_4) == []
    assert seat_detail(principal(), "legal", MAY_4).seat.veto_classes == ["legal"]
    with pytest.raises(NotFound, match="There is no such seat"):
        seat_detail(principal(), "throne", MAY_4)
    with pytest.raises(NotFound, match="There is no such seat"):
        seat_detail(Principal.anonymous(), "legal", MAY_4)
