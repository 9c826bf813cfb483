"""Things that happen in a meeting at the same instant, in transactions of their own."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection

from catalog.access import AccessRefused
from catalog.errors import CatalogError
from governance.council.selectors.rooms import quorum_of_meeting
from governance.council.services.delegations import delegate
from governance.council.services.meetings import (
    attend,
    decide,
    leave,
    make_agenda,
    open_meeting,
    plan_next,
)
from governance.council.services.memberships import seat_person
from governance.models import Attendance, Decision, Delegation, Meeting, Membership
from governance.types import Outcome, PositionValue, ProposalClass, ProposalState
from tests.factories import PersonFactory
from tests.governance.council.chamber import Chamber, chamber
from tests.governance.council.questions import proposal, say

pytestmark = pytest.mark.django_db(transaction=True)

FRIDAY = dt.datetime(2026, 9, 4, 9, 0, tzinfo=dt.UTC)
MEETING = dt.datetime(2026, 9, 8, 10, 0, tzinfo=dt.UTC)
SEVEN = ("Inés", "Bram", "Suri", "Nadia", "Seun", "Peta", "Hugo")


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(FRIDAY, tick=False) as clock:
        yield clock


def at_once(*works: Callable[[], object]) -> list[str]:
    """Run each in a thread and a transaction of its own; what was refused, in no order."""
    ready, refused = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        try:
            ready.wait(timeout=30)
            work()
        except (CatalogError, AccessRefused) as error:
            refused.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return refused


def opened(here: Chamber, clock: Any) -> Meeting:
    """An open meeting with a vote on its agenda and seven members in the room."""
    meeting = plan_next(acting=here.principal("Inés"))[0]
    asked = proposal(
        here.people["Mia"],
        ProposalState.COUNCIL_VOTE,
        at=FRIDAY,
        klass=ProposalClass.CONTESTED,
    )
    for name in SEVEN:
        say(asked, here.people[name], PositionValue.CONSENT, at=FRIDAY)
    make_agenda(acting=here.principal("Inés"), meeting_id=meeting.pk)
    clock.move_to(MEETING)
    open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)
    for name in SEVEN[1:]:
        attend(acting=here.principal(name), meeting_id=meeting.pk)
    return meeting


def test_the_sitter_and_the_delegate_come_in_at_once(clock: Any) -> None:
    here = chamber()
    delegate(
        acting=here.principal("Tomas"),
        taker_id=here.people["Bram"].pk,
        until=MEETING + dt.timedelta(days=5),
    )
    meeting = opened(here, clock)
    seat = here.seats["Senior Data Analyst"]

    at_once(
        lambda: attend(acting=here.principal("Bram"), meeting_id=meeting.pk, seat_id=seat.pk),
        lambda: attend(acting=here.principal("Tomas"), meeting_id=meeting.pk),
    )

    row = Attendance.objects.get(meeting=meeting, seat=seat)
    assert (row.person, row.is_delegate) == (here.people["Tomas"], False)


def test_a_vote_is_recorded_once(clock: Any) -> None:
    here = chamber()
    meeting = opened(here, clock)

    def record() -> object:
        return decide(
            acting=here.principal("Tomas"),
            meeting_id=meeting.pk,
            key="DGP-0001",
            outcome=Outcome.ADOPTED,
            reason="Agreed.",
        )

    refused = at_once(record, record, record)

    decision = Decision.objects.get()
    assert (decision.present, decision.quorum, decision.outcome) == (7, 7, "adopted")
    assert refused == ["The meeting has dealt with this item already."] * 2


def test_a_vote_while_the_seventh_leaves_has_quorum_or_is_refused(clock: Any) -> None:
    here = chamber()
    meeting = opened(here, clock)

    refused = at_once(
        lambda: decide(
            acting=here.principal("Tomas"),
            meeting_id=meeting.pk,
            key="DGP-0001",
            outcome=Outcome.ADOPTED,
            reason="Agreed.",
        ),
        lambda: leave(
            acting=here.principal("Hugo"),
            meeting_id=meeting.pk,
            seat_id=here.seats["SalesOps"].pk,
        ),
    )

    assert quorum_of_meeting(meeting, MEETING).is_met is False
    recorded = [(row.present, row.quorum) for row in Decision.objects.all()]
    assert (recorded, refused) in (
        ([(7, 7)], []),
        (
            [],
            [
                "No quorum: 6 present (6 in person) of 12 filled voting seats; more than half "
                "are needed, that is 7. Without quorum only items 1, 2, 7 and 9 of the agenda "
                "are dealt with."
            ],
        ),
    )


def test_two_people_cannot_be_seated_on_one_seat_at_once() -> None:
    here = chamber()
    seat = here.seats["Legal"]
    Membership.objects.filter(seat=seat).update(until=FRIDAY - dt.timedelta(days=1))
    first, second = PersonFactory(), PersonFactory()

    refused = at_once(
        lambda: seat_person(acting=here.principal("Inés"), seat_id=seat.pk, person_id=first.pk),
        lambda: seat_person(acting=here.principal("Inés"), seat_id=seat.pk, person_id=second.pk),
    )

    assert len(refused) == 1
    assert Membership.objects.filter(seat=seat, until__isnull=True).count() == 1


def test_two_who_give_each_other_their_vote_at_once_make_no_circle() -> None:
    here = chamber()
    until = FRIDAY + dt.timedelta(days=5)

    refused = at_once(
        lambda: delegate(
            acting=here.principal("Tomas"), taker_id=here.people["Bram"].pk, until=until
        ),
        lambda: delegate(
            acting=here.principal("Bram"), taker_id=here.people["Tomas"].pk, until=until
        ),
    )

    assert Delegation.objects.count() == 1
    assert len(refused) == 1
    assert "two people cannot stand in for each other" in refused[0]


def test_the_clock_plans_no_meeting_twice() -> None:
    here = chamber()

    at_once(*[lambda: plan_next(acting=here.principal("Inés"))] * 3)

    assert Meeting.objects.count() == 4
