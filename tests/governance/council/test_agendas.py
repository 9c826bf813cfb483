"""Agendas made from the record, made anew with what changed, and edited by hand (3.6, C1)."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput
from catalog.models import Event
from governance.council.selectors.meetings import agenda
from governance.council.services.meetings import (
    add_item,
    cancel_meeting,
    drop_item,
    make_agenda,
    plan_meeting,
    plan_next,
    postpone_item,
    pull_item,
    run_meeting_timers,
    send_agenda,
    set_minutes,
)
from governance.council.services.meetings.timers import next_meeting_instant
from governance.models import AgendaItem, Agreement, Meeting, Proposal
from governance.templatetags.governance import agenda_lines
from governance.types import (
    AgendaSection,
    AgreementState,
    BlockKind,
    ConflictKind,
    MeetingState,
    PositionValue,
    ProposalClass,
    ProposalState,
)
from tests.factories import administrator, principal
from tests.governance.council.chamber import Chamber
from tests.governance.council.questions import conflict, must_sign, proposal, say

pytestmark = pytest.mark.django_db

FRIDAY = dt.datetime(2026, 9, 4, 9, 0, tzinfo=dt.UTC)
MEETING = dt.datetime(2026, 9, 8, 10, 0, tzinfo=dt.UTC)  # a Tuesday, the charter's default
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


def planned(here: Chamber) -> Meeting:
    """The next meeting of the cadence."""
    return plan_next(acting=here.principal("Inés"))[0]


def titles(meeting: Meeting, *, carried_over: bool = False) -> list[str]:
    """The titles on the agenda, or of what is carried over."""
    rows = meeting.items.filter(is_carried_over=carried_over).order_by("position")
    return list(rows.values_list("title", flat=True))


@pytest.mark.usefixtures("clock")
def test_the_next_meetings_are_planned_once(here: Chamber) -> None:
    first = plan_next(acting=here.principal("Inés"))
    again = plan_next(acting=here.principal("Tomas"))

    assert [meeting.starts_at for meeting in first] == [MEETING + 7 * n * DAY for n in range(4)]
    assert again == []
    assert Meeting.objects.count() == 4
    events = Event.objects.filter(type="governance.meeting.changed")
    assert [event.payload["what"] for event in events] == ["planned"] * 4


@pytest.mark.usefixtures("clock")
def test_a_council_of_nobody_meets_nobody() -> None:
    assert run_meeting_timers() == []
    assert Meeting.objects.count() == 0


@pytest.mark.usefixtures("clock")
def test_only_the_chair_and_the_secretary_run_meetings(here: Chamber) -> None:
    meeting = planned(here)
    for stranger in (here.principal("Hugo"), administrator(), principal()):
        for change in (
            lambda who=stranger: plan_meeting(acting=who, starts_at=MEETING + DAY),
            lambda who=stranger: make_agenda(acting=who, meeting_id=meeting.pk),
            lambda who=stranger: send_agenda(acting=who, meeting_id=meeting.pk),
            lambda who=stranger: cancel_meeting(acting=who, meeting_id=meeting.pk, reason="No"),
            lambda who=stranger: add_item(acting=who, meeting_id=meeting.pk, title="Mine"),
        ):
            with pytest.raises(AccessRefused, match="Only the chair and the secretary"):
                change()

    meeting.refresh_from_db()
    assert (meeting.state, meeting.agenda_made_at, AgendaItem.objects.count()) == (
        MeetingState.PLANNED,
        None,
        0,
    )


@pytest.mark.usefixtures("clock")
def test_the_agenda_in_the_order_and_sorting_of_the_charter(here: Chamber) -> None:
    ines, hugo = here.people["Inés"], here.people["Hugo"]
    meeting = planned(here)
    states = ProposalState
    for name, until in (("Second emergency", 9), ("First emergency", 8)):
        proposal(
            hugo,
            states.ACTIVE,
            at=FRIDAY,
            title=name,
            klass=ProposalClass.EMERGENCY,
            is_emergency=True,
            lapses_at=dt.datetime(2026, 9, until, 12, tzinfo=dt.UTC),
        )
    october = dt.datetime(2026, 10, 1, tzinfo=dt.UTC)
    proposal(ines, states.COUNCIL_VOTE, at=FRIDAY, title="Without a date", impact={"datasets": 90})
    proposal(
        ines, states.COUNCIL_VOTE, at=FRIDAY, title="October, small", impact={"datasets": 2},
        wanted_effective_at=october,
    )  # fmt: skip
    voted = proposal(
        ines, states.COUNCIL_VOTE, at=FRIDAY, title="October, large", impact={"datasets": 40},
        wanted_effective_at=october,
    )  # fmt: skip
    conflict(ConflictKind.LOGICAL, voted, at=FRIDAY, title="Settled by a decision")
    conflict(ConflictKind.HOMONYM, at=FRIDAY, title="Little conflict", counts={"consumers": 1})
    conflict(ConflictKind.DUPLICATE, at=FRIDAY, title="Large conflict", counts={"consumers": 9})
    for name, days in (("Ends after the next", 12), ("Ends later", 9), ("Ends sooner", 5)):
        proposal(
            ines, states.FINAL_CALL, at=FRIDAY, title=name, final_call_until=FRIDAY + days * DAY
        )  # fmt: skip
    proposal(ines, states.TRIAGE, at=FRIDAY, title="Newer")
    proposal(ines, states.TRIAGE, at=FRIDAY - DAY, title="Older")
    proposal(ines, states.DISCUSSION, at=FRIDAY, title="Still discussed")
    Agreement.objects.create(
        key="term:mql", kind="term", title="MQL", state=AgreementState.DEPRECATED,
        sunset_on=dt.date(2026, 9, 20), created_at=FRIDAY,
    )  # fmt: skip

    make_agenda(acting=here.principal("Inés"), meeting_id=meeting.pk)

    assert titles(meeting) == [
        "Quorum call and recusals",
        "DGP-0002 First emergency",
        "DGP-0001 Second emergency",
        "DGP-0005 October, large",
        "DGP-0004 October, small",
        "DGP-0003 Without a date",
        "DGP-0008 Ends sooner",
        "DGP-0007 Ends later",
        "Health",
    ]
    assert titles(meeting, carried_over=True) == [
        "Large conflict",
        "Little conflict",
        "DGP-0010 Older",
        "DGP-0009 Newer",
        "MQL is taken away on 20 September 2026",
    ]


@pytest.mark.usefixtures("clock")
def test_an_item_shows_ask_impact_witness_and_positions(here: Chamber) -> None:
    ines, hugo, mia = (here.people[name] for name in ("Inés", "Hugo", "Mia"))
    meeting = planned(here)
    asked = proposal(
        ines, ProposalState.COUNCIL_VOTE, at=FRIDAY, title="Enterprise MQL",
        klass=ProposalClass.CONTESTED, impact={"datasets": 7, "dashboards": 2},
    )  # fmt: skip
    must_sign(asked, mia, "Marketing")
    must_sign(asked, hugo, "Sales")
    conflict(ConflictKind.LOGICAL, asked, at=FRIDAY)
    say(asked, hugo, PositionValue.BLOCK, at=FRIDAY, block_kind=BlockKind.CORRECTNESS, reason="No.")
    say(asked, hugo, PositionValue.CONSENT, at=FRIDAY + HOUR)
    say(asked, mia, PositionValue.RECUSED, at=FRIDAY)
    # and a signature that its author cannot give, as on the proposal's own page
    must_sign(asked, ines, "Finance")
    say(asked, ines, PositionValue.CONSENT, at=FRIDAY)

    make_agenda(acting=here.principal("Inés"), meeting_id=meeting.pk)

    detail = AgendaItem.objects.get(proposal=asked).detail
    assert (detail["ask"], detail["impact"]) == (asked.ask, {"datasets": 7, "dashboards": 2})
    assert (detail["relation"], detail["witness"]) == (
        "logical",
        "A lead with score 50 is one here and not there.",
    )
    assert detail["positions"] == {
        "consent": 2,
        "abstain": 0,
        "block": 0,
        "recused": 1,
        "must_sign": 3,
        "signed": 1,
    }


@pytest.mark.usefixtures("clock")
def test_two_proposals_on_one_target_share_an_item(here: Chamber) -> None:
    meeting = planned(here)
    ines = here.people["Inés"]
    first = proposal(ines, ProposalState.COUNCIL_VOTE, at=FRIDAY)
    second = proposal(ines, ProposalState.TRIAGE, at=FRIDAY)
    conflict(ConflictKind.PENDING, first, second, at=FRIDAY)

    make_agenda(acting=here.principal("Inés"), meeting_id=meeting.pk)

    item = meeting.items.get(proposal__isnull=False)
    assert (item.proposal, item.section) == (first, AgendaSection.DECISIONS)
    assert [row["key"] for row in item.detail["together"]] == [second.key]


@pytest.mark.usefixtures("clock")
def test_a_ratification_stands_in_place_of_its_emergency(here: Chamber) -> None:
    meeting = planned(here)
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

    item = meeting.items.get(section=AgendaSection.EMERGENCIES)
    assert (item.proposal, item.detail["ratifies"]) == (asked, emergency.key)
    assert item.detail["due"] == (MEETING + 3 * DAY).isoformat()


def test_made_48_hours_before_and_anew_with_its_differences_until_2_hours_before(
    here: Chamber, clock: Any
) -> None:
    meeting = planned(here)
    ines = here.people["Inés"]
    kept = proposal(ines, ProposalState.COUNCIL_VOTE, at=FRIDAY, title="Kept")
    gone = proposal(ines, ProposalState.TRIAGE, at=FRIDAY, title="Gone")

    clock.move_to(MEETING - 48 * HOUR - dt.timedelta(seconds=1))
    assert run_meeting_timers() == []
    clock.move_to(MEETING - 48 * HOUR)
    assert run_meeting_timers() == ["agenda of Meeting of 8 September 2026 sent"]
    assert run_meeting_timers() == []
    Proposal.objects.filter(pk=gone.pk).update(state=ProposalState.WITHDRAWN)
    proposal(ines, ProposalState.TRIAGE, at=MEETING - 30 * HOUR, title="New")
    clock.move_to(MEETING - 24 * HOUR)
    assert run_meeting_timers() == ["agenda of Meeting of 8 September 2026 changed"]
    assert run_meeting_timers() == []

    meeting.refresh_from_db()
    assert (meeting.agenda_sent_at, meeting.agenda_made_at) == (
        MEETING - 48 * HOUR,
        MEETING - 24 * HOUR,
    )
    [entry] = meeting.agenda_changes
    assert [(one["what"], one["title"]) for one in entry["changes"]] == [
        ("added", "DGP-0003 New"),
        ("removed", "DGP-0002 Gone"),
    ]
    told = Event.objects.filter(subject_type="meeting", subject_id=meeting.pk).order_by("pk")
    assert [event.payload["what"] for event in told] == [
        "planned",
        "agenda",
        "agenda_sent",
        "agenda",
    ]
    clock.move_to(MEETING - 2 * HOUR)
    proposal(ines, ProposalState.TRIAGE, at=MEETING - 3 * HOUR, title="Too late")
    assert run_meeting_timers() == []
    with pytest.raises(Conflict, match="The agenda stands since 8 September 2026, 08:00 UTC"):
        make_agenda(acting=here.principal("Inés"), meeting_id=meeting.pk)
    assert meeting.items.filter(title__endswith="Too late").count() == 0
    assert meeting.items.filter(proposal=kept).count() == 1


@pytest.mark.usefixtures("clock")
def test_the_clock_says_when_a_timer_of_meetings_is_due(here: Chamber) -> None:
    planned(here)

    assert next_meeting_instant(FRIDAY) == MEETING - 48 * HOUR
    assert next_meeting_instant(MEETING - 48 * HOUR) == MEETING - 2 * HOUR - dt.timedelta(seconds=1)
    assert next_meeting_instant(MEETING) == MEETING + 24 * HOUR


def test_an_empty_meeting_is_offered_for_cancellation_until_something_comes(
    here: Chamber, clock: Any
) -> None:
    meeting = planned(here)
    ines = here.people["Inés"]
    proposal(ines, ProposalState.TRIAGE, at=FRIDAY)
    clock.move_to(MEETING - 48 * HOUR)
    run_meeting_timers()

    assert agenda(principal(), meeting.pk).is_cancel_offered is True
    proposal(ines, ProposalState.COUNCIL_VOTE, at=MEETING - 40 * HOUR)
    run_meeting_timers()
    assert agenda(principal(), meeting.pk).is_cancel_offered is False
    told = Event.objects.filter(subject_id=meeting.pk, payload__what="cancel_offered")
    assert told.count() == 1
    cancel_meeting(acting=here.principal("Inés"), meeting_id=meeting.pk, reason="Nothing.")
    meeting.refresh_from_db()
    assert (meeting.state, meeting.sequence) == (MeetingState.CANCELED, 1)
    assert plan_next(acting=here.principal("Inés")) == []


def test_a_meeting_that_nobody_opened_is_given_up_after_a_day(here: Chamber, clock: Any) -> None:
    meeting = planned(here)
    clock.move_to(MEETING + 24 * HOUR - dt.timedelta(seconds=1))
    run_meeting_timers()
    meeting.refresh_from_db()
    assert meeting.state == MeetingState.PLANNED

    clock.move_to(MEETING + 24 * HOUR)
    done = run_meeting_timers()

    meeting.refresh_from_db()
    assert done[0] == "Meeting of 8 September 2026 was not held"
    assert (meeting.state, meeting.canceled_reason) == ("canceled", "Nobody opened it.")


@pytest.mark.usefixtures("clock")
def test_edits_survive_when_the_agenda_is_made_anew(here: Chamber) -> None:
    acting, meeting = here.principal("Tomas"), planned(here)
    ines = here.people["Inés"]
    first = proposal(ines, ProposalState.COUNCIL_VOTE, at=FRIDAY, title="First")
    second = proposal(ines, ProposalState.COUNCIL_VOTE, at=FRIDAY, title="Second")
    make_agenda(acting=acting, meeting_id=meeting.pk)
    guest = add_item(acting=acting, meeting_id=meeting.pk, title="A guest speaks", minutes=5)
    set_minutes(
        acting=acting, meeting_id=meeting.pk, item_id=meeting.items.get(proposal=first).pk,
        minutes=20,
    )  # fmt: skip
    postpone_item(
        acting=acting, meeting_id=meeting.pk, item_id=meeting.items.get(proposal=second).pk
    )

    make_agenda(acting=acting, meeting_id=meeting.pk)

    assert meeting.items.get(pk=guest.pk).title == "A guest speaks"
    assert meeting.items.get(proposal=first).minutes_budget == 20
    assert titles(meeting, carried_over=True) == ["DGP-0002 Second"]
    meeting.refresh_from_db()
    assert meeting.agenda_changes == []
    drop_item(acting=acting, meeting_id=meeting.pk, item_id=guest.pk)
    assert not meeting.items.filter(pk=guest.pk).exists()


@pytest.mark.usefixtures("clock")
def test_edits_that_would_hide_something_are_refused(here: Chamber) -> None:
    acting, meeting = here.principal("Tomas"), planned(here)
    proposal(here.people["Inés"], ProposalState.COUNCIL_VOTE, at=FRIDAY)
    make_agenda(acting=acting, meeting_id=meeting.pk)
    vote = meeting.items.get(section=AgendaSection.DECISIONS)
    call = meeting.items.get(section=AgendaSection.QUORUM)

    with pytest.raises(Conflict, match="The record brings this item"):
        drop_item(acting=acting, meeting_id=meeting.pk, item_id=vote.pk)
    with pytest.raises(Conflict, match="This item cannot wait"):
        postpone_item(acting=acting, meeting_id=meeting.pk, item_id=call.pk)
    with pytest.raises(InvalidInput, match="Such an item comes from the record"):
        add_item(
            acting=acting, meeting_id=meeting.pk, title="Mine", section=AgendaSection.EMERGENCIES
        )
    with pytest.raises(InvalidInput, match="between 0 and 240 minutes"):
        set_minutes(acting=acting, meeting_id=meeting.pk, item_id=vote.pk, minutes=500)
    with pytest.raises(Conflict, match="This item is not on the consent agenda"):
        pull_item(acting=acting, meeting_id=meeting.pk, item_id=vote.pk, reason="Why not")
    assert set(meeting.items.values_list("is_postponed", "is_pulled")) == {(False, False)}


@pytest.mark.usefixtures("clock")
def test_a_final_call_that_is_over_is_no_deadline_of_a_vote(here: Chamber) -> None:
    meeting = planned(here)
    proposal(
        here.people["Inés"], ProposalState.COUNCIL_VOTE, at=FRIDAY, final_call_until=FRIDAY - DAY
    )
    make_agenda(acting=here.principal("Inés"), meeting_id=meeting.pk)

    item = meeting.items.get(section=AgendaSection.DECISIONS)

    assert item.detail["due"] == ""
    assert not any(line.startswith("Until ") for line in agenda_lines(item))


def test_one_consumer_is_said_in_the_singular() -> None:
    def line(consumers: int, domains: int) -> str:
        counts = {"consumers": consumers, "domains": domains}
        return agenda_lines(SimpleNamespace(detail={"impact": counts}))[0]

    assert line(1, 1) == "1 consumer in 1 domain rests on it."
    assert line(1_200, 3) == "1,200 consumers in 3 domains rest on it."


@pytest.mark.usefixtures("clock")
def test_any_member_pulls_a_final_call_out_of_the_consent_agenda(here: Chamber) -> None:
    meeting = planned(here)
    ines = here.people["Inés"]
    for days in (5, 6):
        proposal(ines, ProposalState.FINAL_CALL, at=FRIDAY, final_call_until=FRIDAY + days * DAY)
    make_agenda(acting=here.principal("Inés"), meeting_id=meeting.pk)
    first = meeting.items.filter(section=AgendaSection.FINAL_CALLS).order_by("position")[0]

    with pytest.raises(AccessRefused, match="Only members pull"):
        pull_item(acting=principal(), meeting_id=meeting.pk, item_id=first.pk, reason="Hm")
    pull_item(
        acting=here.principal("Hugo"), meeting_id=meeting.pk, item_id=first.pk, reason="Unclear."
    )
    make_agenda(acting=here.principal("Inés"), meeting_id=meeting.pk)

    first.refresh_from_db()
    assert (first.is_pulled, first.minutes_budget) == (True, 5)
    assert first.notes == "Pulled by Hugo Brandt: Unclear."


def test_everybody_sees_an_agenda_and_strangers_none(here: Chamber, clock: Any) -> None:
    meeting = planned(here)
    proposal(here.people["Inés"], ProposalState.TRIAGE, at=FRIDAY)
    make_agenda(acting=here.principal("Inés"), meeting_id=meeting.pk)

    shown = agenda(principal(), meeting.pk)

    assert [(part.number, part.section) for part in shown.parts] == [
        (1, AgendaSection.QUORUM),
        (7, AgendaSection.NEW_BUSINESS),
        (9, AgendaSection.HEALTH),
    ]
    assert (shown.minutes, shown.stands_at) == (7, MEETING - 2 * HOUR)
