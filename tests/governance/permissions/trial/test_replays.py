"""The access log decided once more under a draft: in the background, with progress, on record."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from catalog.access import AccessRefused
from catalog.errors import Conflict, InvalidInput
from catalog.models import Dataset, Person
from governance.audit.services import recording
from governance.audit.types import AccessOutcome, AccessRecord, Keeping
from governance.audit.writer import AuditWriter
from governance.models import AuditRow, OptOutReplay, Proposal
from governance.permissions.trial.difference import Change
from governance.permissions.trial.replay import Comparing, Counts
from governance.permissions.trial.selectors.drafting import draft_of
from governance.permissions.trial.selectors.recorded import data_action, questions_in
from governance.permissions.trial.selectors.tallies import replays_of
from governance.permissions.trial.services import replays
from governance.permissions.trial.services.replays import (
    request_replay,
    run_replay,
    run_waiting,
)
from governance.permissions.types import TrialState
from tests.governance.permissions.trial.company import company, denial, proposed, who

pytestmark = pytest.mark.django_db


@pytest.fixture
def data() -> Mapping[str, Dataset]:
    return company()


@pytest.fixture
def proposal(data: Mapping[str, Dataset]) -> Proposal:
    return proposed(denial())


@pytest.fixture
def log(data: Mapping[str, Dataset], tmp_path: Path) -> Iterator[Any]:
    """Writes answers into the log as doors do."""
    writer = AuditWriter(recording.connect, tmp_path / "spool", settings.AUDIT_LIMITS)

    def write(username: str, dataset: str, **changes: Any) -> None:
        given = {
            "gateway": "trino:lake",
            "username": username,
            "person": Person.objects.get(username=username).pk,
            "action": "SelectFromColumns",
            "outcome": AccessOutcome.ALLOWED,
            "policy_version": 1,
            "keeping": Keeping.OPEN,
            "datasets": (data[dataset].pk,),
        }
        writer.record(AccessRecord(**(given | changes)))
        assert writer.flush()

    yield write
    writer.close()


def test_a_replay_tells_what_would_have_been_refused(proposal: Proposal, log: Any) -> None:
    # Given a log in which other tests have left their answers (a reader of it would keep the
    # writer from making the month, so that one is written first)
    log("pat", "crm.contact")
    run_replay(request_replay(acting=who("pat"), key=proposed(denial(8), by="pat").key, days=2).pk)
    elsewhere = OptOutReplay.objects.get().result["asked"]
    log("bob", "hr.compensation")
    log("bob", "hr.compensation", purpose="analytics", columns=("base_salary",))
    log("nightly", "hr.compensation", gateway="authzen", action="download")
    log("pat", "hr.compensation")
    log("bob", "crm.contact", purpose="a NUL: \0")
    log("bob", "hr.compensation", action="FilterTables", keeping=Keeping.LISTING)
    log("bob", "hr.compensation", action="InsertIntoTable")
    log("bob", "hr.compensation", gateway="concord", action="samples")

    asked = request_replay(acting=who("sina"), key=proposal.key, days=2)
    assert replays_of(who("sina"), proposal.key)[0].is_under_way
    run_replay(asked.pk)

    (view,) = replays_of(who("sina"), proposal.key)
    assert (view.replay.state, view.replay.days_done) == (TrialState.FINISHED, 2)
    tallies = view.tallies
    assert tallies is not None
    assert tallies.asked - elsewhere == 7
    assert (tallies.different, tallies.differing) == (4, (("lost", 4),))
    assert [(one.name, one.count) for one in tallies.by_person] == [("bob", 3), ("nightly", 1)]
    assert [one.count for one in tallies.by_dataset] == [4]
    assert sorted((one.name, one.count) for one in tallies.by_purpose) == [
        ("analytics", 1), ("none stated", 3),
    ]  # fmt: skip
    # Who asked stands in the log that was read
    assert recording.flush()
    sina = Person.objects.get(username="sina").pk
    told = AuditRow.objects.filter(action="replay_decisions", person=sina)
    assert [json.loads(row.body)["note"] for row in told] == [f"{proposal.key}: 2 days"]
    # And a member of the council is told how many, not who
    (seen,) = replays_of(who("mia"), proposal.key)
    assert seen.tallies is not None
    assert (seen.tallies.people, seen.tallies.by_person) == (2, ())


def test_columns_are_read_whatever_they_are_called(log: Any) -> None:
    names = ('base_"]salary', "two\\lines\n", "],", "env")
    log("bob", "hr.compensation", columns=names)
    log("bob", "hr.compensation", columns=("base_salary",))
    of_a_column = {"dataset": "hr.compensation", "columns": ["base_salary"]}
    revision = proposed(denial(9, resources=of_a_column)).current
    assert revision is not None
    draft = draft_of(revision)
    now = timezone.now()

    found = questions_in(
        now - dt.timedelta(hours=1), now, Comparing(draft.base, draft.always), Counter()
    )

    asked = {one.columns for one in found if one.columns}
    assert {('base_"]salary', "two\\lines\n", "],", "env"), ("base_salary",)} <= asked


def test_a_statement_is_asked_for_the_columns_that_it_used(
    log: Any, data: Mapping[str, Dataset]
) -> None:
    # Given a statement about pay and a contact, and a draft that denies one column of pay
    pay, contact = data["hr.compensation"].pk, data["crm.contact"].pk
    both = {"datasets": (pay, contact), "gateway": "check"}
    log("bob", "hr.compensation", **both, used=("0:employee_id", "0:currency", "1:email"))
    log("bob", "hr.compensation", **both, used=("0:base_salary", "1:email"))
    log("bob", "hr.compensation", **both, used=("1:email",))
    of_a_column = {"dataset": "hr.compensation", "columns": ["base_salary"]}
    revision = proposed(denial(9, resources=of_a_column)).current
    assert revision is not None
    draft, now = draft_of(revision), timezone.now()
    comparing, counts = Comparing(draft.base, draft.always), Counts()

    # When it is replayed
    asked = list(questions_in(now - dt.timedelta(minutes=5), now, comparing, counts.left_out))
    comparing.count(asked, counts)

    # Then each dataset is asked for with its columns, or as a whole where none is known
    bob = Person.objects.get(username="bob").pk
    own = {(one.columns, pk) for one in asked for pk in one.datasets if one.person == bob}
    assert {
        (("employee_id", "currency"), pay), (("base_salary",), pay), (("email",), contact),
        (None, pay),
    } <= own  # fmt: skip
    # and is lost where the column that is denied was used, and nowhere else
    told = {change: counts.by_person[bob, change] for change in Change}
    assert told == dict.fromkeys(Change, 0) | {Change.LOST: 1}


def test_days_that_are_past_are_not_replayed(proposal: Proposal, log: Any) -> None:
    log("bob", "hr.compensation")
    asked = request_replay(acting=who("sina"), key=proposal.key, days=1)
    OptOutReplay.objects.update(until=timezone.now() - dt.timedelta(days=3))

    run_replay(asked.pk)

    (view,) = replays_of(who("sina"), proposal.key)
    assert view.tallies is not None
    assert (view.tallies.asked, view.tallies.different) == (0, 0)


def test_one_replay_runs_at_a_time_and_one_that_died_makes_room(proposal: Proposal) -> None:
    first = request_replay(acting=who("sina"), key=proposal.key, days=7)
    with pytest.raises(Conflict, match="under way"):
        request_replay(acting=who("mia"), key=proposal.key, days=7)

    OptOutReplay.objects.update(
        state=TrialState.RUNNING, beat_at=timezone.now() - dt.timedelta(hours=1)
    )
    request_replay(acting=who("mia"), key=proposal.key, days=7)

    first.refresh_from_db()
    assert (first.state, first.problem) == (
        TrialState.FAILED, "Its process ended before it was done.",
    )  # fmt: skip


def test_what_nobody_took_is_run_by_the_clock_and_run_once(proposal: Proposal) -> None:
    asked = request_replay(acting=who("sina"), key=proposal.key, days=1)
    run_waiting()
    asked.refresh_from_db()
    assert asked.state == TrialState.WAITING

    OptOutReplay.objects.update(requested_at=timezone.now() - dt.timedelta(minutes=2))
    run_waiting()
    asked.refresh_from_db()
    finished = asked.finished_at
    run_replay(asked.pk)

    asked.refresh_from_db()
    assert (asked.state, asked.finished_at) == (TrialState.FINISHED, finished)


def test_one_that_fails_says_so(proposal: Proposal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*given: object) -> None:
        raise RuntimeError("away")

    monkeypatch.setattr(replays, "questions_in", broken)
    asked = request_replay(acting=who("sina"), key=proposal.key, days=1)

    run_replay(asked.pk)

    asked.refresh_from_db()
    assert asked.state == TrialState.FAILED
    assert asked.problem == "It failed unexpectedly (RuntimeError); the log has the details."


@pytest.mark.parametrize("days", [0, 401])
def test_a_replay_is_of_some_days(proposal: Proposal, days: int) -> None:
    with pytest.raises(InvalidInput, match="1 to 400 days"):
        request_replay(acting=who("sina"), key=proposal.key, days=days)


def test_who_may_not_try_it_may_not_replay_it(proposal: Proposal) -> None:
    for refused in (lambda: request_replay(acting=who("bob"), key=proposal.key, days=1),
                    lambda: replays_of(who("bob"), proposal.key)):  # fmt: skip
        with pytest.raises(AccessRefused):
            refused()
    assert not OptOutReplay.objects.exists()


def test_what_doors_call_actions_is_read_as_what_they_do_with_data() -> None:
    found = [
        data_action(*one)
        for one in (
            ("trino:lake", "SelectFromColumns"),
            ("trino:lake", "CreateViewWithSelectFromColumns"),
            ("trino:lake", "InsertIntoTable"),
            ("trino:lake", "FilterTables"),
            ("trino:lake", "ExecuteQuery"),
            ("authzen", "download"),
            ("authzen", "juggle"),
            ("check", "read"),
            ("concord", "samples"),
            ("concord", "read_audit"),
        )
    ]

    assert found == [
        "read", "read", "write", None, None, "export", "unknown:juggle", "read", "read", None,
    ]  # fmt: skip
