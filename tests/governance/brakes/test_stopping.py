"""A running query stopped by hand over every door, and what tells of it and of brakes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from catalog.models import Event, Person
from catalog.selectors.principals import principal_of
from catalog.types import TokenScope
from governance.brakes.models import QueryLease
from governance.models import WebhookDelivery
from governance.notifications.audience import messages_for
from governance.notifications.services.webhooks import add_webhook, queue_deliveries
from tests.factories import AdministratorFactory, PersonFactory
from tests.governance.brakes.company import (
    TERABYTE,
    asked,
    beaten,
    brake,
    client_of,
    company,
    in_force,
    leased,
)

pytestmark = pytest.mark.django_db
PEOPLE = "SELECT id, email FROM hr.person"
CLICKS = "SELECT count(*) FROM web.click"
SHORT = brake("five-minutes", limits={"max_seconds": 300}, owner="person:olga")
SMALL = brake("at-most-a-terabyte", limits={"max_bytes": TERABYTE}, owner="person:olga")
WRITES = (TokenScope.READ, TokenScope.WRITE)


@pytest.fixture(autouse=True)
def _company() -> None:
    company()
    PersonFactory(username="olga")
    in_force()


def stopped_over_rest(who: str, lease: str, **body: Any) -> Any:
    return client_of(who, *WRITES).post(
        f"/api/v1/gateway/leases/{lease}/stop", json.dumps(body), "application/json"
    )


def stopped_over_graphql(who: str, lease: str, reason: str) -> Any:
    query = "mutation($id: UUID!, $r: String!) { stopLease(id: $id, reason: $r) { verdict code } }"
    body = {"query": query, "variables": {"id": lease, "r": reason}}
    answer = client_of(who, *WRITES).post("/graphql/", json.dumps(body), "application/json")
    return answer.json()


def events(name: str) -> list[Event]:
    return list(Event.objects.filter(type=name).order_by("pk"))


def told(found: list[Event]) -> list[tuple[str, str, str]]:
    """Who is told what of events, by user name and kind."""
    names = dict(Person.objects.values_list("pk", "username"))
    return [(names[one.person_id], one.kind.key, one.body) for one in messages_for(found)]


def test_an_administrator_stops_a_query_and_its_gateway_and_person_are_told_why() -> None:
    AdministratorFactory(username="root", display_name="Root")
    lease, other = leased(PEOPLE), leased(PEOPLE)

    answer = stopped_over_rest("root", lease, reason="It holds up\n the night's load.")

    why = "Root stopped it: It holds up the night's load."
    assert answer.json()["verdict"] == "stop"
    beat = beaten(lease, bytes=10, rows=1, elapsed=1.0).json()
    assert (beat["verdict"], beat["state"], beat["code"], beat["reason"]) == (
        "stop", "stopped", "by_hand", why,
    )  # fmt: skip
    assert beaten(other).json()["verdict"] == "continue"
    (event,) = events("governance.query.stopped")
    assert (event.subject_name, event.payload["lease"], event.payload["reason"]) == (
        str(Person.objects.get(username="ann")), lease, "It holds up the night's load.",
    )  # fmt: skip
    assert told([event]) == [("ann", "query_stopped", "It holds up the night's load.")]
    row = QueryLease.objects.get(pk=lease)
    assert (row.sql, row.bytes) == ("", 10)


def test_one_stops_ones_own_query_on_the_page_and_is_not_told_of_it() -> None:
    lease = leased(PEOPLE)
    browser = Client()
    browser.force_login(Person.objects.get(username="ann"))
    page = browser.get("/access/brakes/").content.decode()
    assert f'action="/access/brakes/queries/{lease}/stop/"' in page

    sent = browser.post(f"/access/brakes/queries/{lease}/stop/", {"reason": "Wrong table."})

    assert sent.status_code == 302
    assert beaten(lease).json()["code"] == "by_hand"
    assert told(events("governance.query.stopped")) == []


def test_nobody_else_stops_it_and_no_door_says_that_it_is_there() -> None:
    lease = leased(PEOPLE)

    over_rest = stopped_over_rest("paul", lease, reason="Mine now.")
    over_graphql = stopped_over_graphql("paul", lease, "Mine now.")
    unknown = stopped_over_rest("paul", "7", reason="Mine now.")

    assert over_rest.status_code == unknown.status_code == 404
    assert over_rest.json()["detail"] == unknown.json()["detail"]
    assert over_graphql["errors"][0]["message"] == over_rest.json()["detail"]
    assert beaten(lease).json()["verdict"] == "continue"
    assert not events("governance.query.stopped")


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 501])
def test_it_is_stopped_with_a_reason(reason: str) -> None:
    lease = leased(PEOPLE)

    assert stopped_over_rest("ann", lease, reason=reason).status_code == 400
    refused = stopped_over_graphql("ann", lease, reason)["errors"][0]
    assert refused["extensions"]["code"] == "invalid_input"
    assert beaten(lease).json()["verdict"] == "continue"


def test_what_is_over_is_stopped_no_more() -> None:
    lease = leased(PEOPLE)
    assert stopped_over_graphql("ann", lease, "Wrong table.")["data"]["stopLease"] == {
        "verdict": "stop", "code": "by_hand",
    }  # fmt: skip

    again = stopped_over_rest("ann", lease, reason="Once more.")

    assert again.status_code == 409
    assert "over already" in again.json()["detail"]
    assert len(events("governance.query.stopped")) == 1


def test_a_token_that_only_reads_stops_nothing() -> None:
    lease = leased(PEOPLE)
    answer = client_of("ann").post(
        f"/api/v1/gateway/leases/{lease}/stop", '{"reason": "Mine."}', "application/json"
    )
    assert answer.status_code == 403
    assert beaten(lease).json()["verdict"] == "continue"


def test_a_brake_that_stops_a_query_is_an_event_for_people_and_tools() -> None:
    in_force(SHORT)
    lease = leased(PEOPLE, gateway="lake")
    beaten(lease, elapsed=301.0)
    beaten(lease, elapsed=302.0)

    (event,) = events("governance.brake.tripped")
    assert {name: event.payload[name] for name in ("what", "brake", "code", "person", "lease")} == {
        "what": "stopped", "brake": "brake:five-minutes", "code": "elapsed", "person": "ann",
        "lease": lease,
    }  # fmt: skip
    assert event.subject_type == "agreement"
    assert [one[:2] for one in told([event])] == [("ann", "query_stopped"), ("olga", "brake")]
    add_webhook(
        acting=principal_of(AdministratorFactory()), name="pager",
        url="https://pager.example.org/in", event_types=["governance.brake.tripped"],
    )  # fmt: skip
    queue_deliveries([event])
    assert json.loads(WebhookDelivery.objects.get().body)["type"].endswith("brake.tripped")


def test_a_refusal_is_an_event_where_the_query_would_have_run() -> None:
    in_force(SMALL)
    asked("ann", CLICKS)
    assert not events("governance.brake.tripped")

    asked("ann", CLICKS, lease=True)
    asked("gate", CLICKS, subject="ann", gateway="lake")

    found = events("governance.brake.tripped")
    told_of = [(one.payload["what"], one.payload["code"], one.payload["gateway"]) for one in found]
    assert told_of == [("refused", "bytes", ""), ("refused", "bytes", "lake")]
    # Who asked was answered; who answers for the brake hears of it once a day
    assert {one[:2] for one in told(found)} == {("olga", "brake")}


GRANT = """mutation($sql: String!, $lease: ClaimInput, $subject: String) {
    grantLease(sql: $sql, dialect: "postgres", subject: $subject, estimate: $lease, queryId: "q1") {
        decision lease brakes decisionId } }"""


def granted(sql: str, **variables: Any) -> Any:
    body = {"query": GRANT, "variables": {"sql": sql, **variables}}
    return client_of("gate").post("/graphql/", json.dumps(body), "application/json").json()


def test_graphql_grants_leases_as_rest_does_and_lists_them() -> None:
    in_force(SMALL)

    lease = granted(PEOPLE, subject="ann")["data"]["grantLease"]["lease"]

    row = QueryLease.objects.get(pk=lease["id"])
    assert (row.subject.username, row.holder.username, row.query_id) == ("ann", "gate", "q1")
    rest = asked("gate", PEOPLE, subject="ann", lease=True).json()["lease"]
    assert set(lease) == set(rest)
    query = json.dumps({"query": "{ brakes { leases { id subject } } }"})
    listed = client_of("gate").post("/graphql/", query, "application/json").json()
    over_rest = client_of("gate").get("/api/v1/brakes/").json()["leases"]
    assert listed["data"]["brakes"]["leases"] == [
        {"id": one["id"], "subject": one["subject"]} for one in over_rest
    ]
    assert len(over_rest) == 2


def test_graphql_refuses_what_rest_refuses() -> None:
    in_force(SMALL)

    over_graphql = granted(CLICKS, subject="ann")["data"]["grantLease"]
    over_rest = asked("gate", CLICKS, subject="ann", lease=True).json()
    assert over_graphql["decision"] == over_rest["decision"] == "deny"
    assert over_graphql["lease"] is None
    assert over_graphql["brakes"] == over_rest["brakes"]

    negative = granted(PEOPLE, subject="ann", lease={"bytes": -1})["errors"][0]
    refused = asked("gate", PEOPLE, subject="ann", lease=True, estimate={"bytes": -1}).json()
    assert negative["message"] == refused["detail"]
    assert not QueryLease.objects.exists()
