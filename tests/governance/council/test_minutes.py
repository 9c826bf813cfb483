"""Minutes drafted from the record, approved once, corrected by appending; actions (3.6)."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from catalog.access import AccessRefused
from catalog.errors import CatalogError, Conflict
from catalog.models import Event
from governance.council.selectors.meetings import minutes
from governance.council.services.meetings import (
    add_action,
    advance,
    approve_minutes,
    close_meeting,
    correct_minutes,
    finish_action,
    note_item,
    note_meeting,
    object_to_minutes,
    open_meeting,
    write_minutes,
)
from governance.models import ActionItem, Meeting
from governance.types import (
    AgendaSection,
    BlockKind,
    MeetingState,
    PositionValue,
)
from tests.factories import principal
from tests.governance.council.chamber import Chamber
from tests.governance.council.questions import say
from tests.governance.council.sittings import (
    DAY,
    MEETING,
    SEVEN,
    current,
    run_through,
    there,
)

pytestmark = pytest.mark.django_db


def test_minutes_are_drafted_from_the_record(here: Chamber, meeting: Meeting, clock: Any) -> None:
    open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)
    there(here, meeting, *SEVEN[1:])
    vote = meeting.items.get(section=AgendaSection.DECISIONS)
    assert vote.proposal is not None
    say(vote.proposal, here.people["Mia"], PositionValue.RECUSED, at=MEETING)
    say(
        vote.proposal, here.people["Hugo"], PositionValue.BLOCK, at=MEETING,
        block_kind=BlockKind.CORRECTNESS, reason="See the witness.",
    )  # fmt: skip
    note_item(
        acting=here.principal("Tomas"), meeting_id=meeting.pk, item_id=vote.pk, notes="Talked."
    )
    note_meeting(acting=here.principal("Tomas"), meeting_id=meeting.pk, notes="Short one.")
    run_through(here, meeting, clock)
    add_action(
        acting=here.principal("Tomas"), meeting_id=meeting.pk, owner_id=here.people["Hugo"].pk,
        text="Bring the counter-example", due_on=dt.date(2026, 9, 15),
    )  # fmt: skip
    close_meeting(acting=here.principal("Tomas"), meeting_id=meeting.pk)

    text = minutes(principal(), meeting.pk).meeting.minutes_text

    assert text == EXPECTED


def closed(here: Chamber, meeting: Meeting) -> Meeting:
    """The meeting, opened and closed at once."""
    open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)
    close_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)
    return meeting


def test_approved_minutes_are_signed_by_their_digest_and_stay(
    here: Chamber, meeting: Meeting
) -> None:
    closed(here, meeting)
    with pytest.raises(AccessRefused, match="Only the chair approves minutes"):
        approve_minutes(acting=here.principal("Tomas"), meeting_id=meeting.pk)

    approve_minutes(acting=here.principal("Inés"), meeting_id=meeting.pk)

    kept = minutes(principal(), meeting.pk)
    told = Event.objects.get(subject_id=meeting.pk, payload__what="approved")
    assert (kept.is_intact, len(kept.meeting.minutes_digest)) == (True, 64)
    assert told.payload["digest"] == kept.meeting.minutes_digest
    assert kept.meeting.approved_by == here.people["Inés"]
    with pytest.raises(Conflict, match="its minutes are approved"):
        write_minutes(acting=here.principal("Tomas"), meeting_id=meeting.pk, text="Other")
    with pytest.raises(DatabaseError, match="minutes_immutable"), transaction.atomic():
        Meeting.objects.filter(pk=meeting.pk).update(minutes_text="Other")
    correct_minutes(acting=here.principal("Hugo"), meeting_id=meeting.pk, text="Hugo was there.")
    with pytest.raises(AccessRefused, match="Only members speak about the minutes"):
        correct_minutes(acting=principal(), meeting_id=meeting.pk, text="Me too.")
    kept = minutes(principal(), meeting.pk)
    assert [str(one) for one in kept.corrections] == ["Hugo was there."]
    assert kept.is_intact is True


def test_the_next_meeting_approves_by_silence_unless_somebody_objects(
    here: Chamber, meeting: Meeting, clock: Any
) -> None:
    closed(here, meeting)
    object_to_minutes(acting=here.principal("Hugo"), meeting_id=meeting.pk, reason="Not so.")
    clock.move_to(MEETING + 7 * DAY)
    following = Meeting.objects.get(starts_at=MEETING + 7 * DAY)
    open_meeting(acting=here.principal("Inés"), meeting_id=following.pk)

    def go_on() -> str:
        advance(acting=here.principal("Inés"), meeting_id=following.pk)
        meeting.refresh_from_db()
        return meeting.state

    assert go_on() == MeetingState.CLOSED
    assert current(following) == "Minutes of 8 September 2026"
    assert go_on() == MeetingState.CLOSED
    with pytest.raises(Conflict, match="An objection stands: Hugo Brandt: Not so"):
        approve_minutes(acting=here.principal("Inés"), meeting_id=meeting.pk)
    write_minutes(acting=here.principal("Tomas"), meeting_id=meeting.pk, text="As it was.")
    close_meeting(acting=here.principal("Inés"), meeting_id=following.pk)
    clock.move_to(MEETING + 14 * DAY)
    last = Meeting.objects.get(starts_at=MEETING + 14 * DAY)
    open_meeting(acting=here.principal("Inés"), meeting_id=last.pk)
    for _ in range(2):
        advance(acting=here.principal("Inés"), meeting_id=last.pk)
    following.refresh_from_db()
    assert (following.state, following.approved_by) == ("approved", here.people["Inés"])


def test_actions_are_done_by_those_who_were_asked(here: Chamber, meeting: Meeting) -> None:
    open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)

    def ask(**changed: Any) -> Callable[[], ActionItem]:
        stated = {"owner_id": here.people["Hugo"].pk, "text": "Do it", **changed}
        return lambda: add_action(
            acting=here.principal("Inés"), meeting_id=meeting.pk, **stated
        )  # fmt: skip

    for wrong, message in [
        (ask(text=" "), "Write what is to be done first."),
        (ask(due_on=dt.date(2026, 9, 1)), "The date is past already: choose a later one."),
        (ask(proposal_key="DGP-9999"), "There is no proposal 'DGP-9999'."),
    ]:
        with pytest.raises(CatalogError) as refusal:
            wrong()
        assert refusal.value.message == message
    action = ask(proposal_key="DGP-0001")()
    with pytest.raises(AccessRefused, match="Hugo Brandt was asked to do this"):
        finish_action(acting=here.principal("Mia"), action_id=action.pk)
    finish_action(acting=here.principal("Hugo"), action_id=action.pk)
    with pytest.raises(Conflict, match="This is done already"):
        finish_action(acting=here.principal("Inés"), action_id=action.pk)

    assert ActionItem.objects.get().done_at == MEETING


EXPECTED = """# Minutes of the council, 8 September 2026

Opened 10:00, closed 10:10 (UTC).

## Attendance

- Data System Architect: Bram Oakes
- Platform Administrator: Suri Lindqvist
- VP Data: Inés Valdor
- BU Analyst: Peta Marsh
- BU Architect: Nadia Kwan
- BU Data Scientist: Seun Adeyo
- SalesOps: Hugo Brandt

Absent: Tomas Ferrell (Senior Data Analyst), Farid Noor (FinanceOps), Lucian Ortega (Legal), \
Mia Castellane (MarketingOps), Kirsten Vael (Security).

Recused: Mia Castellane from DGP-0001.

Quorum: 7 present (7 in person) of 12 filled voting seats; more than half are needed, that is 7.

## 1. Quorum call and recusals

### Quorum call and recusals

## 4. Decisions due

### DGP-0001 Vote

Agree on question 1?

- Mia Castellane: recused
- Hugo Brandt: block (correctness): See the witness.

Talked.

## 6. Final calls (consent agenda)

### DGP-0002 Call

Agree on question 2?

Nobody pulled it: it is adopted when its final call ends, unless somebody blocks until then.

### DGP-0003 Second call

Agree on question 3?

Nobody pulled it: it is adopted when its final call ends, unless somebody blocks until then.

## 7. New business

### DGP-0004 New

Agree on question 4?

## 9. Health

### Health

## Carried over

- DGP-0001 Vote

## Actions agreed

- Hugo Brandt: Bring the counter-example (until 15 September 2026)

## Notes

Short one.
"""
