"""A meeting as it is run: who is there, what is reached, what is decided (3.6, C3)."""

from typing import Any

import pytest

from catalog.access import AccessRefused
from catalog.errors import CatalogError, Conflict, NotFound
from governance.council.selectors.meetings import minutes, room
from governance.council.services.delegations import delegate
from governance.council.services.meetings import (
    add_item,
    advance,
    attend,
    close_meeting,
    decide,
    leave,
    make_agenda,
    open_meeting,
    pull_item,
)
from governance.council.services.memberships import vacate
from governance.models import Decision, Meeting
from governance.types import (
    AgendaSection,
    BlockKind,
    Outcome,
    PositionValue,
    ProposalClass,
    ProposalState,
)
from tests.factories import principal
from tests.governance.council.chamber import Chamber
from tests.governance.council.questions import proposal, say
from tests.governance.council.sittings import (
    DAY,
    FRIDAY,
    MEETING,
    MINUTE,
    SEVEN,
    current,
    run_through,
    there,
)

pytestmark = pytest.mark.django_db


def test_a_meeting_opens_at_its_quorum_call_not_before_its_time(
    here: Chamber, meeting: Meeting, clock: Any
) -> None:
    clock.move_to(MEETING - 31 * MINUTE)
    with pytest.raises(Conflict, match="This meeting begins on 8 September 2026, 10:00 UTC"):
        open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)
    clock.move_to(MEETING - 30 * MINUTE)
    with pytest.raises(AccessRefused, match="Only the chair and the secretary run a meeting"):
        open_meeting(acting=here.principal("Hugo"), meeting_id=meeting.pk)

    open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)

    shown = room(here.principal("Inés"), meeting.pk)
    assert (shown.meeting.state, current(meeting)) == ("open", "Quorum call and recusals")
    assert [str(one.place.sitter) for one in shown.chairs if one.is_present] == ["Inés Valdor"]
    assert (shown.quorum.is_met, shown.quorum.present, shown.quorum.needed) == (False, 1, 7)
    with pytest.raises(Conflict, match="This meeting is open"):
        open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)


def test_the_seventh_member_makes_the_quorum_and_leaving_loses_it(
    here: Chamber, meeting: Meeting
) -> None:
    open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)
    there(here, meeting, *SEVEN[1:6])
    assert room(principal(), meeting.pk).quorum.is_met is False
    there(here, meeting, "Hugo", "Hugo")
    assert room(principal(), meeting.pk).quorum.is_met is True

    leave(acting=here.principal("Hugo"), meeting_id=meeting.pk, seat_id=here.seats["SalesOps"].pk)

    quorum = room(principal(), meeting.pk).quorum
    assert (quorum.present, quorum.is_met) == (6, False)
    assert quorum.sentence == (
        "No quorum: 6 present (6 in person) of 12 filled voting seats; more than half are "
        "needed, that is 7."
    )
    there(here, meeting, "Hugo")
    assert room(principal(), meeting.pk).quorum.is_met is True


def test_the_vacancy_week_needs_one_seat_less(here: Chamber, meeting: Meeting) -> None:
    vacate(acting=here.principal("Inés"), seat_id=here.seats["Legal"].pk)
    open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)
    there(here, meeting, *SEVEN[1:6])

    quorum = room(principal(), meeting.pk).quorum

    assert (quorum.filled, quorum.needed, quorum.present, quorum.is_met) == (11, 6, 6, True)
    with pytest.raises(Conflict, match="The seat Legal is vacant"):
        attend(
            acting=here.principal("Inés"), meeting_id=meeting.pk,
            seat_id=here.seats["Legal"].pk, person_id=here.people["Lucian"].pk,
        )  # fmt: skip


def test_bram_attends_for_tomas_until_tomas_comes_himself(here: Chamber, meeting: Meeting) -> None:
    delegate(
        acting=here.principal("Tomas"), taker_id=here.people["Bram"].pk, until=MEETING + 6 * DAY
    )
    open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)
    there(here, meeting, *SEVEN[1:6])
    seat = here.seats["Senior Data Analyst"].pk

    attend(acting=here.principal("Bram"), meeting_id=meeting.pk, seat_id=seat)

    quorum = room(principal(), meeting.pk).quorum
    assert (quorum.in_person, quorum.delegated, quorum.is_met) == (6, 1, True)
    there(here, meeting, "Tomas")
    quorum = room(principal(), meeting.pk).quorum
    assert (quorum.in_person, quorum.delegated) == (7, 0)
    with pytest.raises(Conflict, match="Tomas Ferrell is there in person"):
        attend(acting=here.principal("Bram"), meeting_id=meeting.pk, seat_id=seat)


def test_nobody_attends_on_a_seat_that_is_not_theirs(here: Chamber, meeting: Meeting) -> None:
    open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)
    legal = here.seats["Legal"].pk

    with pytest.raises(Conflict, match="Bram Oakes does not act for Lucian Ortega"):
        attend(acting=here.principal("Bram"), meeting_id=meeting.pk, seat_id=legal)
    with pytest.raises(Conflict, match="sits on no seat of this body"):
        attend(acting=principal(), meeting_id=meeting.pk)
    with pytest.raises(AccessRefused, match="note the attendance of others"):
        attend(
            acting=here.principal("Hugo"), meeting_id=meeting.pk,
            person_id=here.people["Bram"].pk,
        )  # fmt: skip
    with pytest.raises(NotFound, match="Nobody attends on this seat"):
        leave(acting=here.principal("Lucian"), meeting_id=meeting.pk, seat_id=legal)
    attend(
        acting=here.principal("Tomas"), meeting_id=meeting.pk, person_id=here.people["Lucian"].pk
    )

    attending = meeting.attendances.order_by("pk").values_list("person__display_name", flat=True)
    assert list(attending) == ["Inés Valdor", "Lucian Ortega"]


def test_without_quorum_only_items_1_2_7_and_9(here: Chamber, meeting: Meeting, clock: Any) -> None:
    open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)
    vote = meeting.items.get(section=AgendaSection.DECISIONS)

    with pytest.raises(Conflict) as refusal:
        advance(acting=here.principal("Inés"), meeting_id=meeting.pk, to_item_id=vote.pk)
    seen = run_through(here, meeting, clock)

    assert refusal.value.message == (
        "No quorum: 1 present (1 in person) of 12 filled voting seats; more than half are needed, "
        "that is 7. Without quorum only items 1, 2, 7 and 9 of the agenda are dealt with."
    )
    assert seen == ["Quorum call and recusals", "DGP-0004 New", "Health"]
    vote.refresh_from_db()
    assert (vote.started_at, vote.done_at) == (None, None)


def test_the_consent_agenda_is_taken_together_and_a_pulled_item_by_itself(
    here: Chamber, meeting: Meeting, clock: Any
) -> None:
    open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)
    there(here, meeting, *SEVEN[1:])
    pulled = meeting.items.get(title="DGP-0003 Second call")
    pull_item(
        acting=here.principal("Nadia"), meeting_id=meeting.pk, item_id=pulled.pk, reason="Unclear."
    )

    seen = run_through(here, meeting, clock)

    assert seen == [
        "Quorum call and recusals",
        "DGP-0001 Vote",
        "DGP-0002 Call",
        "DGP-0003 Second call",
        "DGP-0004 New",
        "Health",
    ]
    done = meeting.items.filter(done_at__isnull=False).values_list("title", flat=True)
    assert set(done) == {
        "Quorum call and recusals",
        "DGP-0002 Call",
        "DGP-0003 Second call",
        "DGP-0004 New",
        "Health",
    }  # the vote was not recorded, so it is not done


def test_the_room_shows_who_said_what_and_who_is_missing(here: Chamber, meeting: Meeting) -> None:
    delegate(
        acting=here.principal("Tomas"), taker_id=here.people["Bram"].pk, until=MEETING + 6 * DAY
    )
    open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)
    there(here, meeting, *SEVEN[1:])
    asked = meeting.items.get(section=AgendaSection.DECISIONS).proposal
    assert asked is not None
    tomas, bram, mia = (here.people[name] for name in ("Tomas", "Bram", "Mia"))
    say(asked, here.people["Inés"], PositionValue.CONSENT, at=MEETING)
    say(asked, bram, PositionValue.CONSENT, at=MEETING)
    say(asked, bram, PositionValue.CONSENT, at=MEETING, on_behalf_of=tomas)
    say(asked, mia, PositionValue.RECUSED, at=MEETING)
    say(
        asked, here.people["Hugo"], PositionValue.BLOCK, at=MEETING,
        block_kind=BlockKind.CORRECTNESS, reason="A counter-example.",
    )  # fmt: skip
    advance(acting=here.principal("Inés"), meeting_id=meeting.pk)

    [table] = room(here.principal("Inés"), meeting.pk).votes

    said = {one.place.seat.name: one for one in table.votes}
    analyst = said["Senior Data Analyst"]
    assert analyst.position is not None
    assert analyst.vote is not None
    assert (analyst.position.person, analyst.vote.by_delegate) == (bram, True)
    assert (table.tally.consent, table.tally.block, table.tally.recused) == (3, 1, 1)
    assert (table.tally.present, table.tally.has_quorum, table.tally.passes) == (7, True, False)
    assert table.tally.unanswered == (here.seats["SalesOps"].pk,)
    assert sorted(one.place.seat.name for one in table.missing) == [
        "BU Analyst",
        "BU Architect",
        "BU Data Scientist",
        "FinanceOps",
        "Legal",
        "Platform Administrator",
        "Security",
    ]


def test_a_vote_is_recorded_in_the_meeting_with_quorum_only(
    here: Chamber, meeting: Meeting, clock: Any
) -> None:
    open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)
    vote = meeting.items.get(section=AgendaSection.DECISIONS)
    assert vote.proposal is not None
    for name in SEVEN:
        say(vote.proposal, here.people[name], PositionValue.CONSENT, at=MEETING)

    def record(**changed: Any) -> Decision:
        stated: dict[str, Any] = {
            "key": "DGP-0001",
            "outcome": Outcome.ADOPTED,
            "reason": "Agreed.",
            **changed,
        }
        return decide(acting=here.principal("Tomas"), meeting_id=meeting.pk, **stated)

    with pytest.raises(Conflict, match="No quorum: 1 present"):
        record()
    assert Decision.objects.count() == 0
    there(here, meeting, *SEVEN[1:])
    for key, message in [
        ("DGP-0004", "The meeting does not vote on this item"),
        ("DGP-9999", "There is no such proposal"),
    ]:
        with pytest.raises(CatalogError, match=message):
            record(key=key)
    with pytest.raises(Conflict, match="That adopts it; it cannot be recorded as rejected"):
        record(outcome=Outcome.REJECTED)
    with pytest.raises(AccessRefused):
        decide(
            acting=here.principal("Hugo"), meeting_id=meeting.pk, key="DGP-0001",
            outcome=Outcome.ADOPTED, reason="Mine.",
        )  # fmt: skip

    decision = record()

    vote.refresh_from_db()
    assert (decision.present, decision.quorum, decision.meeting) == (7, 7, meeting)
    assert decision.tally["ballot"]["attending"] == [
        [here.seats[name].pk, False]
        for name in sorted(
            (one.place.seat.name for one in room(principal(), meeting.pk).chairs if one.is_present),
            key=lambda name: here.seats[name].pk,
        )
    ]
    assert vote.done_at == MEETING
    close_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)
    text = minutes(principal(), meeting.pk).meeting.minutes_text
    assert (
        "**DR-0001: adopted.** Vote: adopted. Agreed. Class C: 7 consent, 0 block: 7 of 7" in text
    )


def test_a_meeting_ratifies_an_emergency_wherever_its_proposal_stands(
    here: Chamber, meeting: Meeting, clock: Any
) -> None:
    clock.move_to(FRIDAY)
    hugo = here.people["Hugo"]
    emergency = proposal(
        hugo, ProposalState.ACTIVE, at=FRIDAY, klass=ProposalClass.EMERGENCY, is_emergency=True,
        lapses_at=MEETING + 3 * DAY,
    )  # fmt: skip
    asked = proposal(
        hugo, ProposalState.DISCUSSION, at=FRIDAY, klass=ProposalClass.PERMISSION,
        follows_up=emergency,
    )  # fmt: skip
    make_agenda(acting=here.principal("Inés"), meeting_id=meeting.pk)
    clock.move_to(MEETING)
    open_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk)
    there(here, meeting, *SEVEN[1:])
    for name in SEVEN:
        say(asked, here.people[name], PositionValue.CONSENT, at=MEETING)

    decision = decide(
        acting=here.principal("Inés"), meeting_id=meeting.pk, key=asked.key,
        outcome=Outcome.ADOPTED, reason="It was right.",
    )  # fmt: skip

    asked.refresh_from_db()
    assert (decision.outcome, asked.state) == ("ratified", "decided_scheduled")
    assert meeting.items.get(proposal=asked).done_at == MEETING


def test_what_was_not_reached_goes_to_the_next_meeting_and_first_after_two(
    here: Chamber, meeting: Meeting, clock: Any
) -> None:
    chair = here.principal("Inés")
    add_item(acting=chair, meeting_id=meeting.pk, title="A guest", section=AgendaSection.CONFLICTS)
    carried = []
    for week in range(3):
        clock.move_to(MEETING + week * 7 * DAY)
        held = Meeting.objects.get(starts_at=MEETING + week * 7 * DAY)
        open_meeting(acting=chair, meeting_id=held.pk)
        rows = held.items.filter(section__in=["decisions", "conflicts"]).order_by("position")
        carried.append([(item.title, item.carried, item.position) for item in rows])
        close_meeting(acting=chair, meeting_id=held.pk)

    assert carried[0] == [("DGP-0001 Vote", 0, 2), ("A guest", 0, 3)]
    assert [row[:2] for row in carried[1]] == [("DGP-0001 Vote", 1), ("A guest", 1)]
    assert carried[2] == [("DGP-0001 Vote", 2, 3), ("A guest", 2, 4)]  # right after the opening
