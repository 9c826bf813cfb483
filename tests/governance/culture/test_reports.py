"""Data that somebody could not get (R-025): reported by nobody, answered for everybody."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import Any

import pytest
import structlog
import time_machine
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Event
from catalog.selectors.principals import principal_of
from catalog.types import Principal
from governance.council.health import signals
from governance.culture.selectors.reports import answers, asked_for, report_counts
from governance.culture.services.reports import (
    MOST_OF_GROUP,
    answer_reports,
    report_missing_data,
    tell_of_reports,
)
from governance.culture.silence import without_reporters
from governance.models import DataReport, ReportAnswer, ReportTally
from tests.factories import DatasetFactory, PersonFactory, principal
from tests.governance.council.chamber import Chamber, chamber

NOW = dt.datetime(2026, 9, 1, 9, 41, 17, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock(db: None) -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def here() -> Chamber:
    return chamber()


def everything_written() -> str:
    """Every row of every table of the catalog and of governance, as text."""
    found = []
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names())
        for model in apps.get_models():
            if model._meta.db_table not in there:
                continue
            cursor.execute(f"SELECT t::text FROM {model._meta.db_table} t")
            found += [f"{model.__name__}: {row[0]}" for row in cursor.fetchall()]
    return "\n".join(found)


def test_nothing_that_is_written_says_who_or_when(client: Client) -> None:
    person = PersonFactory(pk=987654321, username="whistler", display_name="Wanda Whistler")
    dataset = DatasetFactory()
    client.force_login(person)
    before = set(everything_written().splitlines())

    answer = client.post(
        "/missing-data/", {"place": "dataset", "dataset": dataset.pk, "words": "Pay by team"}
    )

    assert answer.status_code == 200
    assert "not by whom" in answer.content.decode()
    report = DataReport.objects.get()
    assert (report.day, report.dataset, report.words) == (NOW.date(), dataset, "Pay by team")
    written = [
        line
        for line in everything_written().splitlines()
        if line not in before and not line.startswith("Session")
    ]
    assert sorted(line.split(":")[0] for line in written) == ["DataReport", "ReportTally"]
    for line in written:
        for trace in ("whistler", "Wanda", "09:41", answer["X-Request-ID"]):
            assert trace not in line
        assert str(person.pk) not in line
    assert Event.objects.count() == 0
    assert "report" not in json.dumps([one.get_decoded() for one in Session.objects.all()])


def test_no_line_of_the_log_says_who(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.force_login(PersonFactory())

    with caplog.at_level(logging.DEBUG):
        refused = client.post("/missing-data/", {"place": "home", "words": ""})

    assert refused.status_code == 400
    lines = [str(record.msg) for record in caplog.records if "missing-data" in str(record.msg)]
    assert lines
    assert not any("user_id" in line or "request_id" in line for line in lines)
    assert not DataReport.objects.exists()


def test_the_processor_is_in_the_chain_and_leaves_other_lines_alone() -> None:
    assert without_reporters in structlog.get_config()["processors"]
    other = {"request": "GET /search/", "user_id": 7}

    assert without_reporters(None, "info", dict(other)) == other
    assert without_reporters(
        None, "info", {"request": "POST /api/v1/data-reports/", "user_id": 7, "ip": "::1"}
    ) == {"request": "POST /api/v1/data-reports/"}


def test_keys_have_no_order_and_the_event_follows_on_another_day(clock: Any) -> None:
    for number in range(8):
        report_missing_data(acting=principal(), place="home", words=f"Thing {number}")
    keys = [DataReport.objects.get(words=f"Thing {n}").pk for n in range(8)]
    assert keys != sorted(keys)
    assert tell_of_reports() == 0
    clock.move_to(NOW + DAY)

    assert tell_of_reports() == 8
    assert tell_of_reports() == 0

    told = list(Event.objects.filter(type="governance.data_report.changed").order_by("pk"))
    assert [event.subject_id for event in told] == sorted(keys)
    assert {(event.actor_id, event.actor_name) for event in told} == {
        (None, "Concord (data reports)")
    }
    assert ReportTally.objects.count() == 0


def test_reports_are_limited_without_knowing_who(clock: Any) -> None:
    person = principal()
    for _ in range(MOST_OF_GROUP):
        report_missing_data(acting=person, place="home", words="More")

    with pytest.raises(Conflict, match="Report it again tomorrow"):
        report_missing_data(acting=person, place="home", words="More")

    tally = ReportTally.objects.get()
    assert (tally.group, tally.reports) == (0, MOST_OF_GROUP)
    assert DataReport.objects.count() == MOST_OF_GROUP
    clock.move_to(NOW + DAY)
    tell_of_reports()
    report_missing_data(acting=person, place="home", words="More")
    assert ReportTally.objects.get().salt != tally.salt


def test_a_group_is_of_many_people() -> None:
    people = [PersonFactory() for _ in range(60)]
    for person in people[:MOST_OF_GROUP]:
        report_missing_data(acting=principal_of(person), place="home", words="More")

    tallies = list(ReportTally.objects.values_list("group", "reports"))

    assert {group for group, _ in tallies} <= {0, 1}
    assert sum(reports for _, reports in tallies) == MOST_OF_GROUP


@pytest.mark.parametrize(
    ("wrong", "error", "field"),
    [
        ({"place": "bar"}, InvalidInput, "place"),
        ({"words": " "}, InvalidInput, "words"),
        ({"words": "x" * 501}, InvalidInput, "words"),
        ({"dataset_id": 0}, NotFound, ""),
    ],
    ids=["nowhere", "nothing", "too long", "no dataset"],
)
def test_what_is_wrong_is_refused_and_nothing_kept(
    wrong: dict[str, Any], error: type[Exception], field: str
) -> None:
    given = {"place": "home", "words": "Pay", **wrong}

    with pytest.raises(error) as refused:
        report_missing_data(acting=principal(), **given)

    assert refused.value.field == field  # type: ignore[attr-defined]
    assert (DataReport.objects.count(), ReportTally.objects.count()) == (0, 0)
    with pytest.raises(AccessRefused):
        report_missing_data(acting=Principal.anonymous(), place="home", words="Pay")


def test_the_council_reads_the_chair_answers_and_everybody_sees_it(here: Chamber) -> None:
    dataset = DatasetFactory()
    for words in ("Pay by team", "pay BY team", "Pay by team"):
        report_missing_data(acting=principal(), place="search", words=words)
    report_missing_data(acting=principal(), place="dataset", dataset_id=dataset.pk, words="Churn")
    with pytest.raises(AccessRefused, match="Only members of the council read"):
        asked_for(principal())

    first, second = asked_for(here.principal("Hugo"))

    assert (first.count, first.dataset, first.words) == (3, None, ("Pay by team", "pay BY team"))
    assert (second.count, second.dataset, second.words) == (1, dataset, ("Churn",))
    with pytest.raises(AccessRefused, match="Only the chair and the secretary"):
        answer_reports(
            acting=here.principal("Hugo"), report_id=first.report, subject="Pay", text="No."
        )
    with pytest.raises(InvalidInput, match="what was asked for"):
        answer_reports(
            acting=here.principal("Inés"), report_id=first.report, subject="", text="No."
        )
    assert report_counts(principal()).unanswered == 4
    made = answer_reports(
        acting=here.principal("Inés"), report_id=first.report, subject="Pay by team",
        text="Pay bands are open to everybody from today.",
    )  # fmt: skip

    [shown] = answers(principal())
    assert (shown, shown.report_count) == (made, 3)  # type: ignore[attr-defined]
    assert (report_counts(principal()).reported, report_counts(principal()).unanswered) == (4, 1)
    with pytest.raises(Conflict, match="answered already"):
        answer_reports(
            acting=here.principal("Inés"), report_id=first.report, subject="Pay", text="No."
        )
    told = Event.objects.get(type="governance.data_report.changed")
    assert (told.payload["what"], told.actor_id) == ("answered", here.people["Inés"].pk)
    assert list(answers(Principal.anonymous())) == []


def test_the_agenda_says_how_many_wait_and_for_how_long(here: Chamber, clock: Any) -> None:
    signal = dict(signals.items())["missing data"]
    assert signal(NOW).number == 0
    report_missing_data(acting=principal(), place="home", words="Pay")

    found = signal(NOW)
    assert found.sentence == (
        "Reports of data that somebody could not get, unanswered: 1, the oldest of 1 September"
        " 2026."
    )
    assert not found.is_alarming
    clock.move_to(NOW + 15 * DAY)
    assert signal(NOW + 15 * DAY).is_alarming


def test_the_pages_lead_to_it_and_the_council_answers_there(here: Chamber, client: Client) -> None:
    client.force_login(PersonFactory())
    for address in ("/", "/search/?q=paybands", "/council/missing-data/"):
        assert "Report it without my name" in client.get(address).content.decode(), address
    assert 'value="paybands"' in client.get("/search/?q=paybands").content.decode()
    client.post("/missing-data/", {"place": "search", "words": "paybands"})
    page = client.get("/council/missing-data/").content.decode()
    assert "1 report, 1 without an answer" in page
    assert "paybands" not in page
    client.force_login(here.people["Inés"])
    assert "paybands" in client.get("/council/missing-data/").content.decode()

    report = DataReport.objects.get().pk
    client.post(
        "/council/missing-data/answer/", {"report": report, "subject": "Pay", "text": "Open now."}
    )

    assert ReportAnswer.objects.get().text == "Open now."
    client.force_login(PersonFactory())
    assert "Open now." in client.get("/council/missing-data/").content.decode()
