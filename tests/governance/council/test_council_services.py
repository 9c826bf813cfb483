"""Changing the council: who may, what is refused, what stays as it was."""

import datetime as dt

import pytest
import time_machine

from catalog.access import AccessRefused
from catalog.errors import CatalogError, Conflict, InvalidInput
from catalog.models import Event
from catalog.selectors.principals import principal_of
from catalog.types import EmploymentKind
from governance.council.selectors.seats import seats_of, sitter, voting_seats
from governance.council.services.committees import change_committee, create_committee
from governance.council.services.delegations import delegate, end_delegation
from governance.council.services.memberships import seat_person, vacate
from governance.council.services.seats import change_seat, close_seat, create_seat
from governance.models import Committee, Delegation, Membership, Seat
from governance.types import SeatKind, VetoClass
from tests.factories import PersonFactory, SystemFactory, administrator, principal
from tests.governance.council.chamber import SINCE, Chamber, chamber

pytestmark = pytest.mark.django_db

AUGUST = dt.datetime(2026, 8, 28, 9, 0, tzinfo=dt.UTC)
SEPTEMBER_1 = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
SEPTEMBER_15 = dt.datetime(2026, 9, 15, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture
def here() -> Chamber:
    return chamber()


def test_the_chair_makes_a_seat_and_it_is_recorded(here: Chamber) -> None:
    system = SystemFactory()

    seat = create_seat(
        acting=here.principal("Inés"),
        name=" SupportOps ",
        kind=SeatKind.SPOKE,
        veto_classes=[VetoClass.FINANCE],
        system_ids=[system.pk],
    )

    stored = Seat.objects.get(slug="supportops")
    assert (stored, stored.name, stored.veto_classes) == (seat, "SupportOps", ["finance"])
    assert list(stored.systems.all()) == [system]
    event = Event.objects.get(subject_type="seat", subject_id=seat.pk)
    assert (event.type, event.payload["change"]) == ("catalog.record.changed", "created")
    assert len(voting_seats(AUGUST)) == 13


@pytest.mark.parametrize("first_name", ["Tomas", "Hugo"])
def test_members_do_not_change_the_council(here: Chamber, first_name: str) -> None:
    acting = here.principal(first_name)

    for change in (
        lambda: create_seat(acting=acting, name="Mine", kind=SeatKind.HUB),
        lambda: change_seat(acting=acting, seat_id=here.seats["SalesOps"].pk, is_chair=True),
        lambda: close_seat(acting=acting, seat_id=here.seats["Legal"].pk, reason="In the way"),
        lambda: seat_person(
            acting=acting, seat_id=here.seats["Legal"].pk, person_id=here.people["Hugo"].pk
        ),
        lambda: vacate(acting=acting, seat_id=here.seats["Legal"].pk),
        lambda: create_committee(acting=acting, name="Mine", purpose="Mine"),
    ):
        with pytest.raises(AccessRefused, match="Only the chair of the council"):
            change()

    assert Seat.objects.count() == 12
    assert sitter(here.seats["Legal"], AUGUST) == here.people["Lucian"]
    assert Committee.objects.count() == 0


@pytest.mark.parametrize(
    ("attributes", "field", "message"),
    [
        ({"name": " "}, "name", "Write the name of the seat first."),
        ({"name": "legal"}, "name", "There is a seat 'legal' already: choose another name."),
        ({"name": "x" * 201}, "name", "This is longer than 200 characters."),
        ({"name": "!!!"}, "name", "Give the seat a name with letters or digits."),
        ({"kind": "rim"}, "kind", "'rim' is none of hub, spoke."),
        ({"veto_classes": ["all"]}, "veto_classes", "'all' is none of legal, security, finance."),
        ({"system_ids": [0]}, "systems", "There is no system 0."),
        ({"is_chair": True}, "is_chair", "VP Data is the chair: take that away there first."),
        (
            {"is_secretary": True},
            "is_secretary",
            "Senior Data Analyst is the secretary: take that away there first.",
        ),
    ],
)
def test_a_seat_that_cannot_be_is_refused(
    here: Chamber, attributes: dict[str, object], field: str, message: str
) -> None:
    wanted = {"name": "New", "kind": SeatKind.HUB, **attributes}

    with pytest.raises(CatalogError) as refusal:
        create_seat(acting=administrator(), **wanted)  # type: ignore[arg-type]

    assert (refusal.value.field, refusal.value.message) == (field, message)
    assert Seat.objects.count() == 12


def test_a_domain_has_one_seat(here: Chamber) -> None:
    with pytest.raises(Conflict, match="SalesOps signs for Sales already"):
        change_seat(
            acting=administrator(),
            seat_id=here.seats["Legal"].pk,
            domain_ids=[here.domains["Sales"].pk],
        )

    assert list(here.seats["Legal"].domains.all()) == []


def test_a_change_leaves_what_was_not_given(here: Chamber) -> None:
    change_seat(acting=administrator(), seat_id=here.seats["SalesOps"].pk, duties="Sells.")

    seat = Seat.objects.get(name="SalesOps")
    assert (seat.duties, seat.is_voting, seat.kind) == ("Sells.", True, "spoke")
    assert list(seat.domains.all()) == [here.domains["Sales"]]


@time_machine.travel(AUGUST, tick=False)
def test_a_closed_seat_is_left_by_its_sitter_and_counts_no_more(here: Chamber) -> None:
    seat = here.seats["BU Architect"]

    close_seat(acting=administrator(), seat_id=seat.pk, reason="Merged with the hub.")

    assert Membership.objects.get(seat=seat).until == AUGUST
    assert len(voting_seats(AUGUST)) == 11
    assert len(voting_seats(AUGUST - DAY)) == 12
    with pytest.raises(Conflict, match="The seat BU Architect was closed on 28 August 2026"):
        seat_person(acting=administrator(), seat_id=seat.pk, person_id=PersonFactory().pk)


def test_the_vacancy_week_of_may(here: Chamber) -> None:
    """Larkfield 5.7: one seat is vacant for a week; the quorum's base falls and rises again."""
    seat, peta = here.seats["BU Analyst"], here.people["Peta"]
    may_4, may_11 = (dt.datetime(2026, 5, day, 9, tzinfo=dt.UTC) for day in (4, 11))
    with time_machine.travel(may_4, tick=False):
        vacate(acting=here.principal("Inés"), seat_id=seat.pk, reason="Parental leave")
    with time_machine.travel(may_11, tick=False):
        seat_person(acting=here.principal("Inés"), seat_id=seat.pk, person_id=peta.pk)

    def filled(at: dt.datetime) -> int:
        return sum(1 for place in voting_seats(at) if not place.is_vacant)

    assert [filled(at) for at in (may_4 - DAY, may_4, may_11 - DAY, may_11)] == [12, 11, 11, 12]
    spans = Membership.objects.filter(seat=seat).order_by("since").values_list("since", "until")
    assert list(spans) == [(SINCE, may_4), (may_11, None)]


@time_machine.travel(AUGUST, tick=False)
def test_a_new_sitter_takes_over_at_one_instant(here: Chamber) -> None:
    seat, hugo, new = here.seats["SalesOps"], here.people["Hugo"], PersonFactory()

    seat_person(acting=administrator(), seat_id=seat.pk, person_id=new.pk, since=SEPTEMBER_1)

    assert sitter(seat, SEPTEMBER_1 - DAY) == hugo
    assert sitter(seat, SEPTEMBER_1) == new
    assert seats_of(hugo, SEPTEMBER_1) == []


@time_machine.travel(AUGUST, tick=False)
def test_who_cannot_sit(here: Chamber) -> None:
    seat = here.seats["SalesOps"]
    robot = PersonFactory(employment_kind=EmploymentKind.SERVICE, display_name="Robot")
    gone = PersonFactory(is_active=False, display_name="Gone")

    def refusal(person_id: int, since: dt.datetime | None = None) -> str:
        with pytest.raises(CatalogError) as refused:
            seat_person(acting=administrator(), seat_id=seat.pk, person_id=person_id, since=since)
        return refused.value.message

    assert refusal(robot.pk) == "Robot is no employee: seats are for people of the company."
    assert refusal(gone.pk) == "Gone is no longer active: choose somebody else."
    assert refusal(0) == "There is no person 0."
    assert refusal(here.people["Hugo"].pk) == "Hugo Brandt sits on SalesOps already."
    mia = here.people["Mia"].pk
    assert refusal(mia) == "Mia Castellane sits on MarketingOps and would have two votes."
    new = PersonFactory().pk
    assert refusal(new, AUGUST - DAY) == (
        "Hugo Brandt sat on SalesOps then, and what is past stays: choose now or later."
    )
    assert Membership.objects.count() == 12
    assert sitter(seat, AUGUST) == here.people["Hugo"]


@time_machine.travel(AUGUST, tick=False)
def test_the_past_cannot_be_vacated(here: Chamber) -> None:
    seat = here.seats["SalesOps"]

    with pytest.raises(InvalidInput, match="What is past stays"):
        vacate(acting=administrator(), seat_id=seat.pk, until=AUGUST - DAY)
    vacate(acting=administrator(), seat_id=seat.pk)
    with pytest.raises(Conflict, match="Nobody sits on SalesOps"):
        vacate(acting=administrator(), seat_id=seat.pk)

    assert Membership.objects.get(seat=seat).until == AUGUST


@time_machine.travel(AUGUST, tick=False)
def test_tomas_delegates_to_bram_for_two_weeks(here: Chamber) -> None:
    """Larkfield 5.7: 1 to 14 September."""
    made = delegate(
        acting=here.principal("Tomas"),
        taker_id=here.people["Bram"].pk,
        since=SEPTEMBER_1,
        until=SEPTEMBER_15,
        reason="On leave",
    )

    def delegates(at: dt.datetime) -> list[str]:
        return [str(place.delegate) for place in voting_seats(at) if place.delegate]

    assert delegates(SEPTEMBER_1 - DAY) == []
    assert delegates(SEPTEMBER_1) == ["Bram Oakes"]
    assert delegates(SEPTEMBER_15) == []
    with time_machine.travel(SEPTEMBER_1 + DAY, tick=False):
        end_delegation(acting=here.principal("Tomas"), delegation_id=made.pk)
        assert delegates(SEPTEMBER_1 + DAY) == []
        with pytest.raises(Conflict, match="This delegation is over already"):
            end_delegation(acting=here.principal("Tomas"), delegation_id=made.pk)


@time_machine.travel(AUGUST, tick=False)
def test_delegations_that_are_refused(here: Chamber) -> None:
    def refusal(giver: str, taker: str, **attributes: object) -> tuple[str, str]:
        wanted = {"until": AUGUST + 14 * DAY, **attributes}
        with pytest.raises(CatalogError) as refused:
            delegate(
                acting=here.principal(giver),
                taker_id=here.people[taker].pk,
                **wanted,  # type: ignore[arg-type]
            )
        return refused.value.field, refused.value.message

    delegate(
        acting=here.principal("Tomas"),
        taker_id=here.people["Bram"].pk,
        until=AUGUST + 14 * DAY,
    )

    assert refusal("Suri", "Peta", until=AUGUST + 31 * DAY) == (
        "until",
        "A delegation ends after it begins and lasts 30 days at most: choose an earlier end.",
    )
    assert refusal("Suri", "Peta", since=AUGUST - DAY) == (
        "since",
        "A vote is given from now on, not for the past.",
    )
    assert refusal("Suri", "Suri") == ("username", "Choose somebody else: this is yourself.")
    assert refusal("Tomas", "Suri") == (
        "username",
        "You gave this to Bram Oakes until 11 September 2026: end that first.",
    )
    assert refusal("Bram", "Tomas") == (
        "username",
        "You act for Tomas Ferrell until 11 September 2026: two people cannot stand in for each "
        "other.",
    )
    assert refusal("Suri", "Tomas") == (
        "username",
        "Tomas Ferrell gave their own vote to Bram Oakes until 11 September 2026, and a "
        "delegation is not passed on: choose somebody else.",
    )
    assert refusal("Bram", "Suri") == (
        "username",
        "You act for somebody else until 11 September 2026, and a delegation is not passed on: "
        "give that back first.",
    )
    delegate(acting=here.principal("Nadia"), taker_id=here.people["Bram"].pk, until=AUGUST + DAY)
    assert refusal("Suri", "Bram") == (
        "username",
        "Bram Oakes would act for more than 2 people: choose somebody else.",
    )
    assert Delegation.objects.count() == 2


def test_a_delegation_is_ended_by_both_sides_and_by_nobody_else(here: Chamber) -> None:
    def made() -> int:
        return delegate(
            acting=here.principal("Tomas"),
            taker_id=here.people["Bram"].pk,
            until=dt.datetime.now(dt.UTC) + DAY,
        ).pk

    first = made()
    for stranger in (here.principal("Hugo"), principal()):
        with pytest.raises(CatalogError, match="You have no such delegation"):
            end_delegation(acting=stranger, delegation_id=first)
    assert Delegation.objects.get(pk=first).ended_at is None

    for ender in ("Bram", "Tomas", "Inés"):
        end_delegation(acting=here.principal(ender), delegation_id=first)
        assert Delegation.objects.get(pk=first).ended_at is not None
        first = made()


def test_a_committee_gets_a_slice_of_the_kinds(here: Chamber) -> None:
    committee = create_committee(
        acting=here.principal("Inés"),
        name="Operations Council",
        purpose="Flows between systems.",
        kinds=["charter"],
    )

    with pytest.raises(InvalidInput, match="There is no kind of agreement 'lunch'"):
        change_committee(acting=here.principal("Inés"), committee_id=committee.pk, kinds=["lunch"])
    with pytest.raises(Conflict, match="There is a committee 'operations council' already"):
        create_committee(acting=administrator(), name="operations council", purpose="Again")
    seat = create_seat(
        acting=administrator(),
        name="Ops chair",
        kind=SeatKind.HUB,
        is_chair=True,
        committee_id=committee.pk,
    )

    stored = Committee.objects.get()
    assert (stored.slug, stored.kinds) == ("operations-council", ["charter"])
    assert [place.seat for place in voting_seats(AUGUST, committee.pk)] == [seat]
    hugo = here.people["Hugo"]
    seat_person(acting=administrator(), seat_id=seat.pk, person_id=hugo.pk)
    with pytest.raises(AccessRefused, match="Only the chair of the council"):
        create_seat(acting=principal_of(hugo), name="Mine", kind=SeatKind.HUB)
