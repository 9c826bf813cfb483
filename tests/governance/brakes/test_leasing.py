"""Leases over REST: heartbeats, narrowing decisions, silence, budgets, strangers, bad numbers."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.errors import NotFound
from catalog.models import Person
from catalog.selectors.principals import principal_of
from governance.audit.models import AuditRow
from governance.audit.services.recording import flush
from governance.brakes.engine import LeaseVerdict, Progress
from governance.brakes.models import BudgetUse, QueryLease
from governance.brakes.services.leasing import beat, end, forget_old, give_up_silent
from tests.factories import AdministratorFactory, TeamFactory
from tests.governance.brakes.company import (
    TERABYTE,
    asked,
    beaten,
    brake,
    client_of,
    company,
    ended,
    in_force,
    leased,
)
from tests.governance.permissions.company import in_force as opted_out
from tests.governance.permissions.company import opt_out

pytestmark = pytest.mark.django_db
PEOPLE = "SELECT id, email FROM hr.person"
CLICKS = "SELECT count(*) FROM web.click"
LONG = brake("five-minutes", limits={"max_seconds": 300})


@pytest.fixture(autouse=True)
def _company() -> None:
    company()


def told(answer: Any) -> tuple[str, str]:
    body = answer.json()
    return body["verdict"], body["code"]


def records(code: str, lease: str) -> list[Any]:
    """What was recorded of a lease; other tests leave records, too."""
    assert flush()
    rows = AuditRow.objects.filter(gateway="lease").order_by("at")
    bodies = [json.loads(row.body) for row in rows if lease in row.body]
    return [body for body in bodies if body["code"] == code]


def gate() -> Any:
    return principal_of(Person.objects.get(username="gate"))


def test_a_query_that_is_let_run_gets_a_lease_and_heartbeats_go_on() -> None:
    in_force(LONG)
    answer = asked("gate", PEOPLE, subject="ann", lease=True, query_id="q1", gateway="lake").json()
    assert answer["lease"]["heartbeat_seconds"] == 5
    lease = answer["lease"]["id"]

    going = beaten(lease, bytes=100, rows=7, elapsed=4.5)
    assert told(going) == ("continue", "")
    row = QueryLease.objects.get(pk=lease)
    assert (row.bytes, row.rows, row.seconds, row.query_id, row.gateway) == (
        100, 7, 4.5, "q1", "lake",
    )  # fmt: skip
    assert (row.subject.username, row.holder.username) == ("ann", "gate")

    # And when it ends, its text is gone and its numbers stay
    over = ended(lease, bytes=120, rows=9, elapsed=6)
    assert (over.json()["state"], told(over)) == ("ended", ("stop", "ended"))
    row.refresh_from_db()
    assert (row.sql, row.bytes, row.state) == ("", 120, "ended")
    (granted,), (closed,) = records("granted", lease), records("ended", lease)
    assert (granted["username"], granted["impersonator"]) == ("ann", "gate")
    assert "120 bytes, 9 rows" in closed["note"]


def test_what_is_refused_gets_no_lease() -> None:
    in_force(brake(limits={"max_bytes": TERABYTE}))
    refused = asked("gate", CLICKS, subject="ann", lease=True).json()
    assert (refused["decision"], refused["lease"]) == ("deny", None)
    assert not QueryLease.objects.exists()


def test_a_query_that_runs_too_long_is_stopped_by_the_brake_that_says_so() -> None:
    in_force(LONG)
    lease = leased(PEOPLE)
    stopped = beaten(lease, elapsed=300.5)
    assert told(stopped) == ("stop", "elapsed")
    assert stopped.json()["brake"] == "brake:five-minutes"
    assert stopped.json()["reason"].startswith("Five minutes: It has run for")
    (record,) = records("elapsed", lease)
    assert (record["outcome"], record["rules"]) == ("refused", ["brake:five-minutes"])
    # And nothing brings it back
    assert told(beaten(lease, elapsed=1)) == ("stop", "elapsed")
    assert told(ended(lease, elapsed=301)) == ("stop", "elapsed")


def test_an_opt_out_stops_what_runs_at_its_next_heartbeat() -> None:
    in_force(LONG)
    lease, other = leased(PEOPLE), leased("SELECT id FROM hr.note")
    assert told(beaten(lease)) == ("continue", "")

    opted_out(opt_out(1, resources={"dataset": "hr.person", "columns": ["email"]}))

    stopped = beaten(lease)
    assert told(stopped) == ("stop", "opt_out")
    assert "Pay is private." in stopped.json()["reason"]
    assert told(beaten(other)) == ("continue", "")


def test_an_opt_out_that_masks_stops_what_ran_unmasked_and_not_what_is_masked_already() -> None:
    masked = opt_out(2, effect="mask(sha256)", resources={"dataset": "hr.person",
                     "columns": ["email"]}, subjects={"people": ["ann"]})  # fmt: skip
    in_force(LONG)
    plain = leased(PEOPLE)
    opted_out(masked)
    assert told(beaten(plain)) == ("stop", "opt_out")
    already = leased(PEOPLE)
    # Something else is narrowed: who does not touch it goes on.
    opted_out(opt_out(3, resources={"dataset": "hr.note"}))
    assert told(beaten(already)) == ("continue", "")


def test_a_brake_stops_what_runs_at_its_next_heartbeat() -> None:
    in_force(LONG)
    lease = leased(CLICKS)
    assert told(beaten(lease)) == ("continue", "")
    in_force(brake("at-most-a-terabyte", limits={"max_bytes": TERABYTE}))
    assert told(beaten(lease)) == ("stop", "bytes")


def test_who_leaves_the_company_reads_no_further() -> None:
    in_force(LONG)
    lease = leased(PEOPLE)
    person = Person.objects.get(username="ann")
    person.is_active = False
    person.save()
    in_force(brake("another", limits={"max_seconds": 900}))
    assert told(beaten(lease)) == ("stop", "opt_out")


def test_silence_ends_a_lease() -> None:
    in_force(LONG)
    lease, spoken = leased(PEOPLE), leased(PEOPLE)
    later = timezone.now() + dt.timedelta(seconds=11)
    beat(spoken, Progress(), acting=gate(), now=later - dt.timedelta(seconds=2))

    assert give_up_silent(later) == 1

    assert told(beaten(lease)) == ("stop", "missed_heartbeats")
    assert QueryLease.objects.get(pk=spoken).state == "running"
    assert len(records("missed_heartbeats", lease)) == 1


def test_what_is_over_for_long_is_forgotten_and_what_runs_is_not() -> None:
    in_force(LONG, BUDGET)
    old, new, going = leased(PEOPLE), leased(PEOPLE, "paul"), leased(PEOPLE)
    ended(old, bytes=5)
    ended(new)
    now = timezone.now()
    QueryLease.objects.filter(pk=old).update(ended_at=now - dt.timedelta(days=91))
    BudgetUse.objects.update(day=now.date() - dt.timedelta(days=401))

    assert forget_old() == 1

    left = {str(pk) for pk in QueryLease.objects.values_list("pk", flat=True)}
    assert left == {new, going}
    assert not BudgetUse.objects.exists()


def test_a_late_heartbeat_is_answered_stop_and_its_numbers_count() -> None:
    in_force(LONG)
    lease = leased(PEOPLE)
    late = timezone.now() + dt.timedelta(minutes=1)
    answer = beat(lease, Progress(bytes=5), acting=gate(), now=late)
    assert (answer.verdict, answer.code, answer.lost_at) == (
        LeaseVerdict.STOP, "missed_heartbeats", None,
    )  # fmt: skip
    assert QueryLease.objects.get(pk=lease).bytes == 5


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    in_force(LONG)
    lease = leased(PEOPLE)
    earlier = timezone.now() - dt.timedelta(days=1)
    assert beat(lease, Progress(), acting=gate(), now=earlier).verdict is LeaseVerdict.CONTINUE


@pytest.mark.parametrize("holder", ["other-gate", "ann", "paul"])
def test_a_lease_of_somebody_else_is_refused_and_the_attempt_recorded(holder: str) -> None:
    in_force(LONG)
    lease = leased(PEOPLE)
    for answer in (beaten(lease, holder, bytes=10), ended(lease, holder)):
        assert answer.status_code == 404
        assert "You hold no lease of that number." in answer.content.decode()
    row = QueryLease.objects.get(pk=lease)
    assert (row.state, row.bytes) == ("running", 0)
    tried = records("foreign_lease", lease)
    assert [(one["username"], one["resources"]) for one in tried] == [(holder, [lease])] * 2


@pytest.mark.parametrize("number", ["7", "x" * 90, "00000000-0000-4000-8000-000000000000"])
def test_there_is_no_lease_of_a_number_that_was_not_given(number: str) -> None:
    assert beaten(number).status_code == 404


def test_a_stranger_has_to_sign_in() -> None:
    in_force(LONG)
    url = f"/api/v1/gateway/leases/{leased(PEOPLE)}/heartbeat"
    assert Client().post(url, "{}", "application/json").status_code == 401


@pytest.mark.parametrize(
    ("done", "field"),
    [
        ({"bytes": -1}, "bytes"),
        ({"rows": -1}, "rows"),
        ({"elapsed": -0.5}, "elapsed"),
        ({"elapsed": "soon"}, "elapsed"),
        ({"bytes": 2**64}, "bytes"),
        ({"bytes": 2**62}, "bytes"),
        ({"cpu": 1}, "cpu"),
        ({"query_id": "x" * 201}, "query_id"),
    ],
)
def test_numbers_that_cannot_be_are_refused_by_their_field(
    done: dict[str, Any], field: str
) -> None:
    in_force(LONG)
    lease = leased(PEOPLE)
    answer = beaten(lease, **done)
    assert answer.status_code == 400
    assert f'"{field}"' in answer.content.decode()
    assert QueryLease.objects.get(pk=lease).bytes == 0
    assert told(beaten(lease)) == ("continue", "")


@pytest.mark.parametrize("elapsed", ["NaN", "Infinity"])
def test_a_number_that_is_none_is_refused(elapsed: str) -> None:
    in_force(LONG)
    body = f'{{"bytes": 0, "rows": 0, "elapsed": {elapsed}}}'
    url = f"/api/v1/gateway/leases/{leased(PEOPLE)}/heartbeat"
    assert client_of("gate").post(url, body, "application/json").status_code == 400


def test_counters_that_begin_anew_take_nothing_back() -> None:
    in_force(LONG)
    lease = leased(PEOPLE)
    beaten(lease, bytes=100, rows=10, elapsed=8)
    assert told(beaten(lease, bytes=1)) == ("continue", "")
    row = QueryLease.objects.get(pk=lease)
    assert (row.bytes, row.rows, row.seconds) == (100, 10, 8.0)


def test_the_database_itself_brings_no_lease_back() -> None:
    in_force(LONG)
    lease = leased(PEOPLE)
    ended(lease, bytes=10)
    for change in ({"state": "running"}, {"bytes": 1}):
        with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
            QueryLease.objects.filter(pk=lease).update(**change)


# --- budgets ---------------------------------------------------------------------------------

BUDGET = brake(
    "marketing-by-the-day",
    subjects={"groups": ["Marketing"]},
    quota={"bytes_per_day": 10 * TERABYTE, "queries_at_once": 2},
)


def used() -> int:
    return sum(BudgetUse.objects.values_list("bytes", flat=True))


def test_what_heartbeats_report_uses_up_the_budget_until_midnight() -> None:
    in_force(BUDGET)
    lease = leased(CLICKS)
    assert told(beaten(lease, bytes=9 * TERABYTE)) == ("continue", "")
    assert used() == 9 * TERABYTE

    # Then a query that would not fit is refused, with when it will
    refused = asked("gate", CLICKS, subject="ann", lease=True).json()
    (found,) = refused["brakes"]
    midnight = timezone.now().astimezone(dt.UTC).date() + dt.timedelta(days=1)
    assert (refused["decision"], found["code"]) == ("deny", "quota")
    assert found["sentence"] == (
        "Marketing has read 9 TB of 10 TB today, and this would read 2 TB."
    )
    assert found["resets_at"] == f"{midnight.isoformat()}T00:00:00+00:00"
    # One that fits is not, nor is one of somebody else
    assert asked("gate", PEOPLE, subject="ann").json()["decision"] == "allow"
    assert asked("gate", CLICKS, subject="paul").json()["decision"] == "allow"

    # And the one that runs is stopped when the budget is gone
    assert told(beaten(lease, bytes=11 * TERABYTE)) == ("stop", "quota")
    assert used() == 11 * TERABYTE


def test_tomorrow_the_budget_is_whole() -> None:
    in_force(BUDGET)
    lease = leased(CLICKS)
    beaten(lease, bytes=11 * TERABYTE)
    BudgetUse.objects.update(day=timezone.now().astimezone(dt.UTC).date() - dt.timedelta(days=1))
    assert asked("gate", CLICKS, subject="ann").json()["decision"] == "allow"


def test_only_so_many_queries_run_at_once() -> None:
    in_force(BUDGET)
    first, _ = leased(PEOPLE), leased(PEOPLE)
    third = asked("gate", PEOPLE, subject="ann", lease=True).json()
    assert (third["decision"], third["brakes"][0]["code"]) == ("deny", "at_once")
    ended(first)
    leased(PEOPLE)


def test_a_query_that_fell_silent_holds_no_place() -> None:
    in_force(BUDGET)
    leased(PEOPLE), leased(PEOPLE)
    QueryLease.objects.update(beat_at=timezone.now() - dt.timedelta(seconds=30))
    leased(PEOPLE)


def test_a_budget_agreed_on_meanwhile_counts_from_then_on() -> None:
    in_force(LONG)
    lease = leased(CLICKS)
    beaten(lease, bytes=TERABYTE)
    in_force(BUDGET)
    assert told(beaten(lease, bytes=TERABYTE)) == ("continue", "")
    beaten(lease, bytes=3 * TERABYTE)
    assert used() == 2 * TERABYTE


@settings(
    max_examples=15, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 10**9), st.booleans()), max_size=12))
def test_a_budget_holds_exactly_what_its_queries_have_done(
    steps: list[tuple[int, int, bool]],
) -> None:
    with transaction.atomic():
        TeamFactory(name="Sales").members.add(Person.objects.get(username="paul"))
        in_force(brake("budget", subjects={"groups": ["Marketing", "Sales"]},
                       quota={"bytes_per_day": 10**15}))  # fmt: skip
        leases = [leased(PEOPLE), leased(PEOPLE, "paul"), leased(PEOPLE)]
        for which, done, is_end in steps:
            act = end if is_end else beat
            act(leases[which], Progress(done, done // 2), acting=gate())
        of_team = {
            "Marketing": QueryLease.objects.filter(subject__username="ann"),
            "Sales": QueryLease.objects.filter(subject__username="paul"),
        }
        for team, mine in of_team.items():
            use = BudgetUse.objects.get(team=team)
            assert use.bytes == sum(mine.values_list("bytes", flat=True))
            assert use.rows == sum(mine.values_list("rows", flat=True))
            assert use.queries == mine.count()
        transaction.set_rollback(True)


# --- doors -----------------------------------------------------------------------------------


def test_the_register_shows_brakes_budgets_and_ones_own_queries() -> None:
    in_force(LONG, BUDGET)
    lease = leased(PEOPLE, query_id="q7")
    beaten(lease, bytes=3 * TERABYTE, rows=12)
    AdministratorFactory(username="boss")

    mine = client_of("ann").get("/api/v1/brakes/").json()
    assert [one["name"] for one in mine["brakes"]] == ["five-minutes", "marketing-by-the-day"]
    (budget,) = mine["budgets"]
    assert (budget["team"], budget["bytes"], budget["running"], budget["most_bytes"]) == (
        "Marketing", 3 * TERABYTE, 1, 10 * TERABYTE,
    )  # fmt: skip
    assert [(one["id"], one["query_id"]) for one in mine["leases"]] == [(lease, "q7")]
    for username, count in (("paul", 0), ("gate", 1), ("boss", 1)):
        seen = client_of(username).get("/api/v1/brakes/").json()["leases"]
        assert len(seen) == count, username

    query = """{ brakes { entries { name refuses sentence } budgets { team bytes mostBytes }
        leases { subject rows } resetsAt } }"""
    answer = client_of("ann").post("/graphql/", json.dumps({"query": query}), "application/json")
    found = answer.json()["data"]["brakes"]
    assert found["budgets"] == [
        {"team": "Marketing", "bytes": 3 * TERABYTE, "mostBytes": 10 * TERABYTE}
    ]
    assert found["leases"] == [{"subject": "ann", "rows": 12}]

    browser = Client()
    browser.force_login(Person.objects.get(username="ann"))
    page = browser.get("/access/brakes/").content.decode()
    for said in ("2 brakes hold", "Five minutes", "Marketing by the day", "3 TB of 10 TB", "q7"):
        assert said in page
    browser.force_login(Person.objects.get(username="paul"))
    assert "None of your queries holds a lease." in browser.get("/access/brakes/").content.decode()


def test_graphql_beats_and_ends_as_rest_does() -> None:
    in_force(LONG)
    lease = leased(PEOPLE)
    client = client_of("gate")

    def mutate(name: str, seconds: int) -> Any:
        text = (
            f'mutation {{ {name}(id: "{lease}", bytes: 5000000000, rows: 1, elapsed: {seconds})'
            " { verdict state code brake } }"
        )
        answer = client.post("/graphql/", json.dumps({"query": text}), "application/json")
        return answer.json()["data"][name]

    assert mutate("leaseHeartbeat", 5) == {
        "verdict": "continue", "state": "running", "code": "", "brake": "",
    }  # fmt: skip
    assert mutate("endLease", 6)["state"] == "ended"
    assert QueryLease.objects.get(pk=lease).bytes == 5_000_000_000
    with pytest.raises(NotFound):
        beat("nothing", Progress(), acting=gate())
