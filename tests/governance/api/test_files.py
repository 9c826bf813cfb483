"""Calendars, the report, files, a dataset's agreements: the same by REST and GraphQL."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

from rest_framework.test import APIClient

from governance.council.selectors.calendars import principal_behind
from governance.models import (
    Agreement,
    Proposal,
)
from governance.types import AgreementState, ChangeOp, ChangeSpec
from tests.governance.api.conftest import cost_of
from tests.governance.api.terms import agreed, term_document
from tests.governance.proposals.world import DAY, MONDAY, World, adopted, in_discussion

Rest = Callable[..., APIClient]
Ask = Callable[..., Any]
ROOT = "/api/v1"


def test_a_calendar_address_is_made_once_and_ended(world: World, rest: Rest, graphql: Ask) -> None:
    client, address = rest("Hugo"), f"{ROOT}/council/calendar/address/"
    assert client.get(address).json() == {"in_use": False}

    made = client.post(address)

    assert made.status_code == 201
    old = made.json()["meetings"].split("/")[-2]
    assert principal_behind(old).person_id == world.council.people["Hugo"].pk
    assert client.get(address).json() == {"in_use": True}
    renewed = graphql("Hugo", "mutation { makeCalendarAddress { meetings changes } }")
    new = renewed["data"]["makeCalendarAddress"]["changes"].split("/")[-2]
    assert not principal_behind(old).is_authenticated
    assert principal_behind(new).person_id == world.council.people["Hugo"].pk
    assert graphql("Hugo", "{ calendarAddress { inUse } }")["data"] == {
        "calendarAddress": {"inUse": True}
    }
    assert client.delete(address).status_code == 204
    gone = graphql("Hugo", "mutation { endCalendarAddress { inUse } }")["errors"][0]
    assert gone["extensions"]["code"] == "not_found"
    assert client.delete(address).json()["detail"] == gone["message"]


def test_the_calendar_of_changes_is_paged(world: World, rest: Rest, graphql: Ask) -> None:
    for number in range(3):
        Agreement.objects.create(
            key=f"term:{number}", kind="term", title=f"Term {number}", created_at=MONDAY,
            state=AgreementState.DEPRECATED, sunset_on=dt.date(2026, 4, 1 + number),
        )  # fmt: skip
    client, address = rest("Peta"), f"{ROOT}/council/calendar/changes/"

    first = client.get(f"{address}?page_size=2").json()

    assert first["count"] == 3
    assert first["results"][0] == {
        "what": "sunset", "on": "2026-04-01", "key": "term:0", "title": "Term 0",
        "address": "/agreements/term:0/",
    }  # fmt: skip
    assert [one["key"] for one in client.get(first["next"]).json()["results"]] == ["term:2"]
    assert client.get(f"{address}?until=2026-04-02").json()["count"] == 2
    wrong = client.get(f"{address}?since=2026-05-01&until=2026-04-01")
    assert (wrong.status_code, wrong.json()["field"]) == (400, "until")
    question = """query C($after: String!) { changeCalendar(first: 2, after: $after) { totalCount
        pageInfo { hasNextPage endCursor } edges { node { key on } } } }"""
    page = graphql("Peta", question, after="")["data"]["changeCalendar"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    rest_of_it = graphql("Peta", question, after=page["pageInfo"]["endCursor"])["data"]
    assert rest_of_it["changeCalendar"]["edges"] == [
        {"node": {"key": "term:2", "on": "2026-04-03"}}
    ]
    assert rest_of_it["changeCalendar"]["pageInfo"]["hasNextPage"] is False


def test_the_quarterly_report_is_the_same_by_both(world: World, rest: Rest, graphql: Ask) -> None:
    proposal = agreed(world)

    report = rest("Peta").get(f"{ROOT}/council/report/?quarter=2026-1").json()
    asked = graphql(
        "Peta",
        '{ quarterlyReport(quarter: "2026-1") { decided outcomes { name count } evidenceShare'
        " leadTimes { kind decided medianDays } } }",
    )["data"]["quarterlyReport"]

    assert (report["decided"], report["outcomes"]) == (1, [{"name": "adopted", "count": 1}])
    assert (report["evidence_share"], report["without"]) == (1.0, [])
    assert asked["outcomes"] == report["outcomes"]
    assert asked["evidenceShare"] == report["evidence_share"]
    [lead] = report["lead_times"]
    assert asked["leadTimes"] == [{"kind": "term", "decided": 1, "medianDays": lead["median_days"]}]
    assert proposal.kind == "term"
    wrong = rest("Peta").get(f"{ROOT}/council/report/?quarter=2026-5")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_input")


def test_decisions_and_glossary_are_the_same_files_by_both(
    world: World, rest: Rest, graphql: Ask
) -> None:
    agreed(world)
    client = rest("Peta")
    key = client.get(f"{ROOT}/decisions/").json()["results"][0]["key"]

    files = graphql(
        "Peta",
        """query F($key: String!) {
          json: decisionFile(key: $key) { name mediaType text }
          madr: decisionFile(key: $key, form: "madr") { name mediaType text }
          prov: decisionFile(key: $key, form: "prov") { text }
          decisionChainFile { name text }
          turtle: glossary { name mediaType text }
          jsonld: glossary(form: "json-ld") { text }
          before: glossary(asOf: "2026-03-03T00:00:00Z") { text } }""",
        key=key,
    )["data"]

    assert json.loads(files["json"]["text"]) == client.get(f"{ROOT}/decisions/{key}/json/").json()
    assert (files["json"]["name"], files["json"]["mediaType"]) == (
        f"{key}.json", "application/json",
    )  # fmt: skip
    madr = client.get(f"{ROOT}/decisions/{key}/madr/")
    assert (madr["Content-Type"], madr.content.decode()) == (
        "text/markdown; charset=utf-8", files["madr"]["text"],
    )  # fmt: skip
    assert f"{key}: " in files["madr"]["text"]
    assert json.loads(files["prov"]["text"]) == client.get(f"{ROOT}/decisions/{key}/prov/").json()
    chain = client.get(f"{ROOT}/decisions/chain/export/").json()
    assert json.loads(files["decisionChainFile"]["text"]) == chain
    assert files["turtle"]["text"] == client.get(f"{ROOT}/glossary.ttl").content.decode()
    assert "Qualified lead" in files["turtle"]["text"]
    assert files["jsonld"]["text"] == client.get(f"{ROOT}/glossary.jsonld").content.decode()
    assert "Qualified lead" not in files["before"]["text"]
    unknown = graphql("Peta", f'{{ decisionFile(key: "{key}", form: "pdf") {{ text }} }}')
    assert unknown["errors"][0]["extensions"] == {"code": "invalid_input", "field": "form"}
    missing = client.get(f"{ROOT}/decisions/DR-9999/madr/")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


def test_a_glossary_is_brought_in_over_graphql(world: World, graphql: Ask) -> None:
    agreed(world)
    held = graphql("Peta", "{ glossary { text } }")["data"]["glossary"]["text"]
    question = """mutation I($text: String!) { importGlossary(text: $text) {
        proposal changes unchanged leftOut } }"""

    same = graphql("Peta", question, text=held)["errors"][0]
    changed = held.replace("A lead that Sales has accepted.", "A lead that Sales took.")
    made = graphql("Peta", question, text=changed)["data"]["importGlossary"]
    broken = graphql("Peta", question, text="no turtle")["errors"][0]

    assert same["message"] == "Every term of the file holds already."
    assert (made["changes"], made["unchanged"]) == (1, 0)
    assert Proposal.objects.get(key=made["proposal"]).state == "draft"
    assert broken["extensions"] == {"code": "invalid_input", "field": "file"}


def test_a_dataset_tells_its_agreements_and_open_proposals(
    world: World, rest: Rest, graphql: Ask
) -> None:
    proposal = agreed(world)
    pending = in_discussion(
        world, ChangeSpec(ChangeOp.CREATE, "term", "", term_document(world, label="Cold lead"))
    )
    client, sales = rest("Peta"), world.datasets["Sales"].pk

    held = client.get(f"{ROOT}/datasets/{sales}/agreements/").json()["results"]
    asked = client.get(f"{ROOT}/datasets/{sales}/proposals/").json()["results"]
    by_graphql = graphql(
        "Peta",
        "query D($id: ID!) { dataset(id: $id) { agreements { agreement { key } decision { key } }"
        " openProposals { key } } }",
        id=sales,
    )["data"]["dataset"]

    assert [(one["agreement"], one["number"]) for one in held] == [("term:qualified-lead", 1)]
    assert by_graphql["agreements"] == [
        {"agreement": {"key": "term:qualified-lead"}, "decision": {"key": held[0]["decision"]}}
    ]
    assert [one["key"] for one in asked] == [pending.key]
    assert by_graphql["openProposals"] == [{"key": pending.key}]
    assert proposal.key not in {one["key"] for one in asked}
    finance = world.datasets["Finance"].pk
    assert client.get(f"{ROOT}/datasets/{finance}/agreements/").json()["results"] == []
    missing = client.get(f"{ROOT}/datasets/999999/agreements/")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


def test_a_datasets_lists_cost_as_many_queries_for_many_as_for_few(
    world: World, rest: Rest
) -> None:
    client, address = rest("Peta"), f"{ROOT}/datasets/{world.datasets['Sales'].pk}"

    def term(label: str) -> ChangeSpec:
        document = term_document(world, label=label, definition=f"A {label.lower()} as it is.")
        return ChangeSpec(ChangeOp.CREATE, "term", "", document)

    def cost() -> tuple[int, int]:
        return (
            cost_of(lambda: client.get(f"{address}/agreements/")),
            cost_of(lambda: client.get(f"{address}/proposals/")),
        )

    adopted(world, term("Warm lead"))
    in_discussion(world, term("Cold lead"))
    cost()  # the first use of a token is written down
    few = cost()
    adopted(
        world, *[term(f"{word} lead") for word in ("Old", "New", "Big")], start=MONDAY + 14 * DAY
    )
    for word in ("Lost", "Won", "Late"):
        in_discussion(world, term(f"{word} lead"))

    assert cost() == few
    assert len(client.get(f"{address}/agreements/").json()["results"]) == 4
    assert len(client.get(f"{address}/proposals/").json()["results"]) == 4
