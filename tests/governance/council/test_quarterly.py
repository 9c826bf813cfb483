"""The quarterly report: lead times, reversals, decisions with evidence (C6, R-022)."""

import datetime as dt
import hashlib
from typing import Any

import pytest
from django.test import Client

from catalog.models import Person
from catalog.types import Principal
from governance.council.selectors.quarterly import (
    LeadTime,
    quarter_of,
    quarterly_report,
)
from governance.models import Attendance, Decision, Meeting, Proposal, Step
from governance.types import MeetingState, Outcome, ProposalClass, ProposalState
from tests.factories import PersonFactory, principal
from tests.governance.council.chamber import chamber
from tests.governance.council.questions import proposal

pytestmark = pytest.mark.django_db

JULY = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def decided(
    author: Person, *, kind: str, submitted: int, after_days: int, **fields: Any
) -> Proposal:
    """A proposal that was submitted on a day of July and decided so many days later."""
    at = JULY + submitted * DAY
    question = proposal(author, ProposalState.ACTIVE, at=at)
    Proposal.objects.filter(pk=question.pk).update(kind=kind)
    Step.objects.create(proposal=question, before="draft", after="triage", at=at)
    number = Decision.objects.count() + 1
    stated: dict[str, Any] = {
        "klass": ProposalClass.STANDARD,
        "outcome": Outcome.ADOPTED,
        "state_after": ProposalState.DECIDED_SCHEDULED,
        "sentence": "Adopted.",
        "rule": "Class S.",
        "evidence_share": True,
        **fields,
    }
    Decision.objects.create(
        key=f"DR-{number:04d}",
        number=number,
        proposal=question,
        decided_at=at + after_days * DAY,
        revision_digest="",
        record="{}",
        prev_hash=str(number),
        hash=hashlib.sha256(str(number).encode()).hexdigest(),
        **stated,
    )
    return question


def test_the_quarter_in_numbers() -> None:
    here = chamber()
    ines = here.people["Inés"]
    decided(ines, kind="term", submitted=1, after_days=6)
    decided(ines, kind="term", submitted=2, after_days=10, evidence_share=False)
    decided(ines, kind="term", submitted=3, after_days=20, outcome=Outcome.REJECTED)
    back = decided(ines, kind="practice", submitted=4, after_days=3, dissent=[{"person": 1}])
    decided(ines, kind="practice", submitted=5, after_days=2, outcome=Outcome.DEFERRED)
    decided(ines, kind="practice", submitted=80, after_days=30)  # decided in October
    Step.objects.create(proposal=back, before="active", after="reverted", at=JULY + 20 * DAY)
    for number, state in enumerate(
        [MeetingState.CLOSED, MeetingState.APPROVED, MeetingState.CANCELED]
    ):
        held = Meeting.objects.create(starts_at=JULY + (7 * number + 6) * DAY, state=state)
        if state != MeetingState.CANCELED:
            Meeting.objects.filter(pk=held.pk, approved_at=None).update(opened_at=held.starts_at)
            for seat in list(here.seats.values())[: 8 + number]:
                Attendance.objects.create(
                    meeting=held, seat=seat, person=ines, at=held.starts_at
                )  # fmt: skip
    proposal(ines, ProposalState.DISCUSSION, at=JULY)

    report = quarterly_report(principal(), dt.date(2026, 8, 15))

    assert report is not None
    assert (report.since, report.until) == (JULY, dt.datetime(2026, 10, 1, tzinfo=dt.UTC))
    assert (report.decided, report.with_evidence, report.evidence_share) == (5, 4, 0.8)
    assert report.without == ["DR-0002"]
    assert report.outcomes == [("adopted", 3), ("deferred", 1), ("rejected", 1)]
    assert report.lead_times == [
        LeadTime("practice", 1, 3.0, 3.0),
        LeadTime("term", 3, 10.0, 20.0),
    ]
    assert [(one.key, one.at) for one in report.reversals] == [(back.key, JULY + 20 * DAY)]
    assert (report.meetings_held, report.meetings_canceled, report.median_attendance) == (2, 1, 8.5)
    assert (report.dissents, report.open_now) == (1, 1)


def test_the_report_is_one_page_and_leads_to_the_quarter_before(client: Client) -> None:
    decided(PersonFactory(), kind="term", submitted=1, after_days=6, evidence_share=False)
    client.force_login(PersonFactory())

    page = client.get("/council/report/?quarter=2026-3").content.decode()

    assert "1 July 2026 until 1 October 2026: 1 decision, 0 of them with evidence." in page
    assert "Without evidence: <a" in page
    assert 'href="?quarter=2026-2"' in page
    assert client.get("/council/report/").status_code == 200
    for wrong in ("2026-5", "2026", "9999-1x"):
        assert client.get(f"/council/report/?quarter={wrong}").status_code == 400
    assert "/council/report/" in client.get("/decisions/").content.decode()


def test_an_empty_quarter_shares_nothing_and_strangers_get_no_report() -> None:
    report = quarterly_report(principal(), dt.date(2025, 2, 1))

    assert report is not None
    assert (report.decided, report.evidence_share, report.lead_times) == (0, None, [])
    assert report.median_attendance is None
    assert quarterly_report(Principal.anonymous()) is None


@pytest.mark.parametrize(
    ("day", "since", "until"),
    [
        (dt.date(2026, 1, 1), (2026, 1), (2026, 4)),
        (dt.date(2026, 6, 30), (2026, 4), (2026, 7)),
        (dt.date(2026, 12, 31), (2026, 10), (2027, 1)),
    ],
)
def test_quarters_of_the_calendar(
    day: dt.date, since: tuple[int, int], until: tuple[int, int]
) -> None:
    assert quarter_of(day) == (
        dt.datetime(*since, 1, tzinfo=dt.UTC),
        dt.datetime(*until, 1, tzinfo=dt.UTC),
    )
