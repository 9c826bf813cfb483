"""The charter: what it may not say, and which rules hold when."""

import datetime as dt
from fractions import Fraction
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from catalog.models import Label
from catalog.types import LabelKind
from governance.agreements.kinds import kinds
from governance.agreements.kinds.charter import DEFAULTS, KIND, rules_in_force
from governance.agreements.kinds.charter.document import CharterDocument
from governance.agreements.kinds.charter.rules import rules_of
from governance.models import Committee, Membership
from governance.types import ChangeOp
from tests.factories import PersonFactory
from tests.governance.council.chamber import Chamber, chamber
from tests.governance.kinds.setting import NOW, asking, found, hold

pytestmark = pytest.mark.django_db


def charter(**parts: Any) -> CharterDocument:
    """A charter with a sponsor, so that nothing but what the test says is wrong with it."""
    PersonFactory(username="sponsor")
    Label.objects.create(kind=LabelKind.TAG, name="conformed_utility", path="conformed_utility")
    return CharterDocument.model_validate({"executive_sponsor": "sponsor"} | parts)


def leave(council: Chamber, *seats: str) -> None:
    """Nobody sits there any more."""
    Membership.objects.filter(seat__name__in=seats).update(until=NOW - dt.timedelta(days=1))


def test_the_defaults_are_a_charter_that_a_full_council_can_adopt() -> None:
    chamber()

    assert found(KIND, charter(), asking()) == []


@pytest.mark.parametrize(
    ("parts", "check", "field"),
    [
        ({"council": {"quorum_share": "1/1"}}, "quorum_impossible", "council.quorum_share"),
        (
            {"council": {"seats_to_ask_vote": 13}},
            "vote_cannot_be_asked",
            "council.seats_to_ask_vote",
        ),
        ({"windows": {"emergency_days": 6}}, "emergency_before_meeting", "windows.emergency_days"),
        ({"meeting": {"every_weeks": 2}}, "emergency_before_meeting", "windows.emergency_days"),
        (
            {"windows": {"second_person_hours": 168}},
            "second_person_too_late",
            "windows.second_person_hours",
        ),
        ({"windows": {"expiry_days": 17}}, "expires_while_open", "windows.expiry_days"),
        (
            {"windows": {"expiry_warning_days": [3, 90]}},
            "warned_too_early",
            "windows.expiry_warning_days.1",
        ),
        ({"windows": {"sunset_days": 29}}, "sunset_too_short", "windows.sunset_days"),
        ({"escalation": {"delegate_days": 5}}, "escalation_order", "escalation"),
        ({"calendar": {"closes": "09:00"}}, "no_working_hours", "calendar.closes"),
        ({"meeting": {"weekday": "sunday"}}, "meets_on_a_day_off", "meeting.weekday"),
        ({"meeting": {"agenda_final_hours": 48}}, "agenda_order", "meeting.agenda_final_hours"),
        ({"executive_sponsor": "nobody"}, "unknown_sponsor", "executive_sponsor"),
        ({"committee": "operations"}, "unknown_committee", "committee"),
    ],
)
def test_what_cannot_work_is_refused_with_its_field(
    parts: dict[str, Any], check: str, field: str
) -> None:
    chamber()

    assert found(KIND, charter(**parts), asking()) == [(f"charter.{check}", "error", field)]


@pytest.mark.parametrize(
    ("parts", "check", "field"),
    [
        ({"council": {"pass_share": "1/2"}}, "minority_decides", "council.pass_share"),
        ({"meeting": {"time": "18:30"}}, "meets_outside_hours", "meeting.time"),
        ({"executive_sponsor": ""}, "no_sponsor", "executive_sponsor"),
        ({"hub_tags": ["calender"]}, "unknown_tag", "hub_tags.0"),
    ],
)
def test_what_is_unwise_is_shown_and_not_refused(
    parts: dict[str, Any], check: str, field: str
) -> None:
    chamber()

    assert found(KIND, charter(**parts), asking()) == [(f"charter.{check}", "warning", field)]


def test_a_charter_no_longer_passes_once_too_many_seats_are_vacant() -> None:
    # given twelve seats, of which two thirds are eight, and seven sitters
    council = chamber()
    leave(council, "Legal", "Security", "FinanceOps", "BU Analyst", "BU Architect")

    (finding,) = KIND.check(charter(), asking())

    assert finding.check == "charter.charter_vote_impossible"
    assert finding.message == "A charter would need 8 consents: 7 of 12 voting seats are filled."
    assert finding.field == "council.charter_pass_share"


def test_nobody_in_the_council_makes_everything_impossible() -> None:
    council = chamber()
    leave(council, *council.seats)

    checks = [check for check, _, _ in found(KIND, charter(), asking())]

    assert checks == [
        "charter.quorum_impossible",
        "charter.charter_vote_impossible",
        "charter.vote_cannot_be_asked",
    ]


def test_before_there_are_seats_nothing_was_computed_and_the_charter_says_so() -> None:
    assert found(KIND, charter(), asking()) == [("charter.no_seats", "warning", "council")]


def test_a_sponsor_does_not_lift_their_own_blocks() -> None:
    council = chamber()
    lucian = council.people["Lucian"].username

    document = charter(executive_sponsor=lucian)

    assert found(KIND, document, asking()) == [
        ("charter.sponsor_has_veto", "error", "executive_sponsor")
    ]


def test_holidays_that_leave_no_working_day_are_refused() -> None:
    chamber()
    first = NOW.date()
    off = [{"on": str(first + dt.timedelta(days=n)), "name": "Off"} for n in range(399)]

    assert found(KIND, charter(calendar={"holidays": off}), asking()) == [
        ("charter.no_working_days", "error", "calendar.holidays")
    ]


@pytest.mark.parametrize("op", [ChangeOp.DEPRECATE, ChangeOp.RETIRE])
def test_a_council_is_never_without_a_charter(op: ChangeOp) -> None:
    chamber()

    assert found(KIND, charter(), asking(op=op)) == [("charter.always_one", "error", "")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"windows": {"final_call_hours": 0}},
        {"windows": {"discussion_days": -1}},
        {"council": {"quorum_share": "0/2"}},
        {"council": {"quorum_share": "1/0"}},
        {"council": {"pass_share": "3/2"}},
        {"council": {"pass_share": "0.66"}},
        {"delegation": {"days_max": 31}},
        {"calendar": {"time_zone": "Mars/Olympus"}},
        {"calendar": {"time_zone": "../../etc/passwd"}},
        {"calendar": {"opens": "09:00Z"}},
        {"calendar": {"working_days": []}},
        {"purpose": "hidden \x00 character"},
        {"quorum": "1/2"},
    ],
)
def test_a_value_out_of_range_never_becomes_a_document(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CharterDocument.model_validate(wrong)


def test_without_a_charter_the_built_in_numbers_hold() -> None:
    rules = rules_in_force(NOW)

    assert rules is DEFAULTS
    assert rules.key == ""
    assert (rules.quorum_share, rules.pass_share) == (Fraction(1, 2), Fraction(2, 3))
    assert (rules.discussion_days, rules.final_call_hours, rules.charter_days) == (5, 72, 10)
    assert (rules.emergency_days, rules.second_person_hours) == (7, 4)
    assert (rules.expiry_days, rules.reversal_days) == (90, 30)
    assert rules.calendar.weekdays == frozenset({0, 1, 2, 3, 4})


def test_the_charter_that_held_at_an_instant_answers_for_it() -> None:
    # given a charter, and a new one ten days later
    hold(charter(windows={"final_call_hours": 48}), "charter", since=NOW - dt.timedelta(days=20))
    second = rules_of(
        CharterDocument.model_validate({"windows": {"final_call_hours": 24}}), key="charter:council"
    )
    assert rules_in_force(NOW).final_call_hours == 48
    hold(
        CharterDocument.model_validate({"windows": {"final_call_hours": 24}}),
        "charter",
        since=NOW - dt.timedelta(days=10),
    )

    assert rules_in_force(NOW) == second
    assert rules_in_force(NOW - dt.timedelta(days=11)).final_call_hours == 48
    assert rules_in_force(NOW - dt.timedelta(days=21)) is DEFAULTS


def test_a_charter_is_read_once_for_an_epoch() -> None:
    hold(charter(), "charter")
    rules_in_force(NOW)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        rules_in_force(NOW)

    assert len(asked) == 1  # the newest version and the epoch


def test_a_committee_follows_its_own_charter_and_else_the_councils() -> None:
    Committee.objects.create(name="Operations Council", slug="operations", purpose="Flows")
    hold(charter(windows={"final_call_hours": 48}), "charter")
    assert rules_in_force(NOW, committee="operations").final_call_hours == 48

    hold(
        CharterDocument.model_validate(
            {"committee": "operations", "windows": {"final_call_hours": 12}}
        ),
        "charter",
    )

    assert rules_in_force(NOW, committee="operations").final_call_hours == 12
    assert rules_in_force(NOW).final_call_hours == 48


def test_it_is_named_told_and_shown() -> None:
    document = charter(purpose="To agree.", calendar={"holidays": [
        {"on": "2026-12-25", "name": "Christmas"}
    ]})  # fmt: skip

    assert KIND.slug(document) == "council"
    assert KIND.title(document) == "Charter of the council"
    assert KIND.sentence(document) == (
        "More than 1/2 of the filled seats are a quorum, 2/3 of consents and blocks pass a"
        " contested proposal, discussion takes 5 business days and the final call 72 hours; it"
        " meets on Tuesday at 10:00."
    )
    assert kinds.get("charter") is KIND
    page = render_to_string(KIND.template, {"document": document, "agreement": None})
    assert "More than 1/2 of the filled voting seats" in page
    assert "Tuesday at 10:00 (UTC)" in page
    assert "Christmas" in page


@settings(deadline=None)
@given(st.data())
def test_a_charter_reads_back_the_same(data: st.DataObject) -> None:
    hours = data.draw(st.integers(1, 2000))
    document = CharterDocument.model_validate({"windows": {"final_call_hours": hours}})

    assert CharterDocument.model_validate(document.model_dump(mode="json")) == document
