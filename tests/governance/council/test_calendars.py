"""The feeds of meetings and of changes, by a secret address that only reads (R-093, R-101)."""

import datetime as dt
import re
from typing import Any

import icalendar
import pytest
import time_machine
from django.test import Client

from catalog.errors import NotFound
from catalog.models import Person
from catalog.types import Principal, TokenScope
from governance.council.selectors.calendars import (
    change_calendar,
    meetings_feed,
    principal_behind,
)
from governance.council.services.calendar_addresses import (
    end_calendar_address,
    make_calendar_address,
)
from governance.council.services.meetings import (
    cancel_meeting,
    make_agenda,
    move_meeting,
    plan_next,
)
from governance.models import (
    Agreement,
    AgreementVersion,
    BreakGlassTemplate,
    CalendarAddress,
    Decision,
    Meeting,
    OptOutException,
    Proposal,
)
from governance.types import AgreementState, Outcome, ProposalClass, ProposalState
from tests.factories import PersonFactory, TeamFactory, principal
from tests.governance.council.chamber import Chamber, chamber
from tests.governance.council.questions import proposal

pytestmark = pytest.mark.django_db

FRIDAY = dt.datetime(2026, 9, 4, 9, 0, tzinfo=dt.UTC)
MEETING = dt.datetime(2026, 9, 8, 10, 0, tzinfo=dt.UTC)
OCTOBER = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(FRIDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def here(clock: Any) -> Chamber:
    return chamber()


def read(text: str) -> list[Any]:
    """The events of a feed, as a stock parser reads them."""
    return icalendar.Calendar.from_ical(text).walk("VEVENT")


def scheduled(author: Person) -> Proposal:
    """A proposal that was adopted for October."""
    question = proposal(
        author, ProposalState.DECIDED_SCHEDULED, at=FRIDAY, title="Thirteen fields",
        effective_at=OCTOBER,
    )  # fmt: skip
    Decision.objects.create(
        key="DR-0001",
        number=1,
        proposal=question,
        klass=ProposalClass.STANDARD,
        outcome=Outcome.ADOPTED,
        state_after=ProposalState.DECIDED_SCHEDULED,
        sentence="Adopted.",
        rule="Class S.",
        decided_at=FRIDAY,
        revision_digest="",
        record="{}",
        prev_hash="0",
        hash="1",
    )
    return question


def test_a_moved_and_a_canceled_meeting_keep_their_event(here: Chamber, clock: Any) -> None:
    first, second, *_ = plan_next(acting=here.principal("Inés"))
    before = read(meetings_feed(principal()))
    clock.shift(HOUR)
    move_meeting(
        acting=here.principal("Inés"), meeting_id=first.pk, starts_at=MEETING + 3 * HOUR,
        place="Room 4; first floor",
    )  # fmt: skip
    cancel_meeting(acting=here.principal("Inés"), meeting_id=second.pk, reason="A holiday, sort of")

    after = read(meetings_feed(principal()))

    assert [event["UID"] for event in after] == [event["UID"] for event in before]
    assert str(before[0]["UID"]) == f"meeting-{first.pk}@127.0.0.1"
    moved, canceled = after[0], after[1]
    assert (before[0]["SEQUENCE"], moved["SEQUENCE"], canceled["SEQUENCE"]) == (0, 1, 1)
    assert (before[0].decoded("DTSTAMP"), moved.decoded("DTSTAMP")) == (FRIDAY, FRIDAY + HOUR)
    assert moved.decoded("DTSTART") == MEETING + 3 * HOUR
    assert moved.decoded("DTEND") == MEETING + 4 * HOUR
    assert moved["LOCATION"] == "Room 4; first floor"
    assert str(moved["URL"]).endswith(f"/council/meetings/{first.pk}/")
    assert (canceled["STATUS"], canceled["DESCRIPTION"]) == ("CANCELLED", "A holiday, sort of")
    assert meetings_feed(principal()) == meetings_feed(principal())


def broken(policy: Agreement, by: Person, ends: dt.datetime, review: str) -> None:
    """Glass of an opt-out that was broken for half an hour."""
    template = BreakGlassTemplate.objects.create(
        agreement=policy, team=TeamFactory(), minutes=30, reason="Outages.", approved_at=FRIDAY,
        ends_at=FRIDAY + dt.timedelta(days=300),
    )  # fmt: skip
    OptOutException.objects.create(
        agreement=policy, person=by, template=template, reason="It is down.", state="approved",
        begins_at=ends - dt.timedelta(minutes=30), ends_at=ends, requested_at=ends, review=review,
        reviewed_at=ends if review else None,
    )  # fmt: skip


def test_the_calendar_of_changes(here: Chamber) -> None:
    scheduled(here.people["Inés"])
    policies = [
        ("permission_policy:oo-09", "OO-09", {"when": {"from": "2026-01-01", "to": "2026-09-12"}}),
        ("permission_policy:oo-10", "OO-10", {"review_by": "2026-08-03"}),
        ("permission_policy:oo-11", "OO-11", {"review_by": "2026-09-15"}),
        ("permission_policy:oo-12", "OO-12", {"review_by": "2027-03-01"}),
        (
            "permission_policy:oo-13",
            "OO-13",
            {"review_by": "2026-08-03", "when": {"from": "2026-01-01", "to": "2026-04-01"}},
        ),
    ]
    Agreement.objects.create(
        key="term:mql", kind="term", title="MQL", state=AgreementState.DEPRECATED,
        sunset_on=dt.date(2026, 9, 20), created_at=FRIDAY,
    )  # fmt: skip

    for key, title, document in policies:
        policy = Agreement.objects.create(
            key=key, kind="permission_policy", title=title, state=AgreementState.ACTIVE,
            created_at=FRIDAY,
        )  # fmt: skip
        AgreementVersion.objects.create(
            agreement=policy, number=1, op="create", title=title, scope="enterprise", digest="",
            document={"review_by": "2026-12-01", **document}, valid_from=FRIDAY,
            recorded_at=FRIDAY, epoch=1, decision=Decision.objects.get(),
        )  # fmt: skip

    found = change_calendar(principal())

    assert [(one.what, one.on, one.title) for one in found] == [
        ("ends", dt.date(2026, 9, 12), "OO-09"),
        ("sunset", dt.date(2026, 9, 20), "MQL"),
        ("effective", OCTOBER, "DGP-0001 Thirteen fields"),
    ]
    before = change_calendar(principal(), until=OCTOBER - HOUR)
    assert [one.key for one in before] == ["permission_policy:oo-09", "term:mql"]
    meeting = plan_next(acting=here.principal("Inés"))[0]
    # Glass that was broken more than a week before, reviewed and not, or less than a week
    for end, review in ((8, ""), (8, "justified"), (6, "")):
        broken(policy, here.people["Inés"], meeting.starts_at - dt.timedelta(days=end), review)
    for _ in range(2):  # an agenda that is made anew has each once
        make_agenda(acting=here.principal("Inés"), meeting_id=meeting.pk)
    ending = meeting.items.filter(section="expiring").order_by("position")
    unreviewed = (meeting.starts_at - dt.timedelta(days=8)).date()
    assert [item.title for item in ending] == [
        "OO-10 holds on, its review was due on 3 August 2026",
        f"Inés Valdor broke the glass of OO-13 on {unreviewed:%d %B %Y}, and nobody reviewed it",
        "OO-09 ends on 12 September 2026",
        "OO-11 comes to review on 15 September 2026",
        "MQL is taken away on 20 September 2026",
    ]
    assert change_calendar(Principal.anonymous()) == []


def test_a_calendar_program_reads_by_the_address_without_signing_in(
    here: Chamber, client: Client
) -> None:
    plan_next(acting=here.principal("Inés"))
    scheduled(here.people["Inés"])
    secret = make_calendar_address(acting=here.principal("Hugo"))

    meetings = client.get(f"/council/calendar/{secret}/meetings.ics")
    changes = client.get(f"/council/calendar/{secret}/changes.ics")

    assert (meetings.status_code, meetings["Content-Type"]) == (
        200,
        "text/calendar; charset=utf-8",
    )
    assert len(read(meetings.content.decode())) == 4
    [change] = read(changes.content.decode())
    assert (change["SUMMARY"], change.decoded("DTSTART")) == (
        "DGP-0001 Thirteen fields takes effect",
        OCTOBER,
    )
    assert client.get("/council/").status_code == 302  # the address signs nobody in


def test_an_address_reads_and_nothing_else_and_only_while_it_is_in_use(
    here: Chamber, client: Client
) -> None:
    hugo = here.principal("Hugo")
    plan_next(acting=here.principal("Inés"))
    old = make_calendar_address(acting=hugo)
    secret = make_calendar_address(acting=hugo)

    behind = principal_behind(secret)
    assert (behind.person_id, behind.scopes) == (hugo.person_id, frozenset({TokenScope.READ}))
    assert principal_behind(old).is_authenticated is False
    assert read(client.get(f"/council/calendar/{old}/meetings.ics").content.decode()) == []
    Person.objects.filter(pk=hugo.person_id).update(is_active=False)
    assert read(client.get(f"/council/calendar/{secret}/meetings.ics").content.decode()) == []
    Person.objects.filter(pk=hugo.person_id).update(is_active=True)
    end_calendar_address(acting=hugo)
    with pytest.raises(NotFound, match="You have no calendar address"):
        end_calendar_address(acting=hugo)
    assert principal_behind(secret).is_authenticated is False
    assert CalendarAddress.objects.filter(digest__contains=secret).count() == 0


def test_the_page_shows_the_address_once(here: Chamber, client: Client) -> None:
    scheduled(here.people["Inés"])
    client.force_login(PersonFactory())

    first = client.get("/council/calendar/")
    made = client.post("/council/calendar/").content.decode()

    assert "Thirteen fields" in first.content.decode()
    [secret] = set(re.findall(r"/council/calendar/([\w-]{20,64})/meetings\.ics", made))
    assert principal_behind(secret).is_authenticated is True
    again = client.get("/council/calendar/").content.decode()
    assert secret not in again
    assert "You have an address in use" in again
    ended = client.post("/council/calendar/", {"end": "1"})
    assert ended.status_code == 302
    assert Meeting.objects.count() == 0
