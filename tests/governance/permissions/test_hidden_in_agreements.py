"""What agreements tell of the catalog: counts of uses, findings, conflicts and agendas are read by
everybody, and name and count nothing that an opt-out hides from somebody."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from catalog.models import Dataset, DatasetLabel, Label, Person
from catalog.selectors.principals import principal_of
from catalog.types import LabelKind, Origin, Principal
from governance.agreements.kinds import kinds
from governance.agreements.kinds.schema_change.document import SchemaChangeDocument
from governance.agreements.selectors.short_names import datasets_meant
from governance.agreements.services.retiring import end_deprecated
from governance.conflicts.services.scanning import scan
from governance.council.services.meetings import make_agenda, plan_meeting
from governance.models import Agreement, Conflict, StoryClock, UseCount
from governance.permissions.holder import opt_outs
from governance.proposals.services.drafting import create_draft
from governance.types import AgreementState, ChangeOp, ChangeSpec
from lineage.models import DatasetEdge, Statement
from tests.factories import DomainFactory, PersonFactory, TeamFactory
from tests.governance.council.chamber import chamber
from tests.governance.kinds.setting import NOW, hold
from tests.governance.permissions.company import in_force, opt_out
from tests.lineage.warehouse import table

pytestmark = pytest.mark.django_db

SECRET = "zebrapay"
COUNTS = (
    '{ agreements(first: 9, kind: "schema_change") { edges { node { useCounts { number content }'
    " } } } }"
)


class Company:
    """Orders that an open table and a hidden one are made from; Paul may know of both."""

    def __init__(self) -> None:
        self.ann: Person = PersonFactory(username="ann")
        self.paul: Person = PersonFactory(username="paul")
        TeamFactory(name="payroll").members.add(self.paul)
        self.orders = table("fin.orders", ["id", "amount"])
        self.total = table("fin.total", ["id", "amount"])
        self.secret = table(f"hr.{SECRET}", ["id", "amount"])
        for target in (self.total, self.secret):
            _edge(self.orders, target)
        in_force(opt_out(1, confidential_metadata=True, resources={"dataset": "hr.*"}))


def _edge(source: Dataset, target: Dataset) -> None:
    statement = Statement.objects.create(
        dataset=target, kind="view", status="PARSED", sql="SELECT 1", digest="0", read_at=NOW
    )
    DatasetEdge.objects.create(
        source=source, target=target, statement=statement, confidence=1, reason="PARSED"
    )


@pytest.fixture
def company() -> Company:
    return Company()


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def going(company: Company) -> Agreement:
    """The orders are deprecated, and what still uses them was counted."""
    document = SchemaChangeDocument.model_validate(
        {"action": "deprecate", "dataset": company.orders.qualified_name}
    )
    version = hold(document, "schema_change", state=AgreementState.DEPRECATED)
    agreement: Agreement = version.agreement
    agreement.sunset_on = NOW.date() + dt.timedelta(days=9)
    agreement.save()
    end_deprecated(now=NOW)
    assert UseCount.objects.get().number == 2
    return agreement


def test_counts_of_uses_name_what_their_reader_may_see(company: Company) -> None:
    agreement = going(company)

    def told(person: Person) -> tuple[str, Any, Any]:
        client = browser(person)
        asked = client.post("/graphql/", {"query": COUNTS}, content_type="application/json")
        (edge,) = asked.json()["data"]["agreements"]["edges"]
        page = client.get(f"/agreements/{agreement.key}/").content.decode()
        rest = client.get(f"/api/v1/agreements/{agreement.key}/uses/").json()["results"]
        return page, rest, edge["node"]["useCounts"]

    page, (rest,), (graph,) = told(company.ann)
    assert "1 use left" in page
    assert company.total.qualified_name in json.dumps(rest)
    assert rest["number"] == graph["number"] == len(graph["content"]) == 1
    assert SECRET not in page + json.dumps([rest, graph])

    page, (rest,), (graph,) = told(company.paul)
    assert "2 uses left" in page
    assert rest["number"] == graph["number"] == len(graph["content"]) == 2
    assert SECRET in json.dumps(rest)


def test_an_agenda_names_no_use_that_is_hidden_from_somebody(
    company: Company, settings: Settings
) -> None:
    going(company)
    settings.STORY_CLOCK = True
    StoryClock.objects.create(instant=NOW)
    acting = chamber().principal("Inés")
    meeting = plan_meeting(acting=acting, starts_at=NOW + dt.timedelta(days=3))

    make_agenda(acting=acting, meeting_id=meeting.pk)

    item = meeting.items.get(section="expiring", title__contains="Deprecate")
    assert item.detail["uses"] == 1
    assert item.detail["used_by"] == [company.total.qualified_name]


def rule(name: str, pattern: str) -> dict[str, Any]:
    """What every column of the company is called."""
    return {
        "rule": name, "kind": "naming", "purpose": "Reading.", "selector": {"column": "*"},
        "assert": {"kind": "naming", "part": "column", "pattern": pattern},
        "evaluate_on": "metadata",
    }  # fmt: skip


def protocol(name: str, mode: str) -> dict[str, Any]:
    """Who writes the meaning of tables."""
    return {
        "protocol": name, "selector": {"kind": "table"},
        "facts": [{"fact": "meaning", "required": True, "mode": mode}],
    }  # fmt: skip


def kept(company: Company, kind: str, document: dict[str, Any]) -> list[str]:
    """What a draft of Paul, who may know of everything, says to whoever reads it."""
    proposal = create_draft(
        acting=principal_of(company.paul), title="Names", ask="Say it once.",
        changes=[ChangeSpec(ChangeOp.CREATE, kind, "", document)],
    )  # fmt: skip
    found = browser(company.ann).get(f"/api/v1/proposals/{proposal.key}/").json()
    return [one["message"] for one in found["findings"]]


def test_findings_that_are_kept_leave_out_what_is_hidden_from_somebody(company: Company) -> None:
    [broken, *_] = kept(company, "schema_rule", rule("short", "^x"))

    assert broken.startswith("4 columns selected, 4 of them fail today.")
    assert SECRET not in broken

    [lacking, *_] = [
        said
        for said in kept(company, "metadata_protocol", protocol("tables", "steward"))
        if "have no" in said
    ]
    assert lacking == "Of 2 tables 2 have no meaning."


def test_conflicts_leave_out_what_is_hidden_from_somebody(company: Company) -> None:
    for kind, document in (
        ("schema_rule", rule("short", "^i")),
        ("schema_rule", rule("long", "^a")),
        ("metadata_protocol", protocol("tables", "steward")),
        ("metadata_protocol", protocol("sheets", "locked")),
    ):
        hold(kinds.get(kind).document_type.model_validate(document), kind)

    scan(acting=Principal.system("scan"))

    told = {row.parties[0]["kind"]: row for row in Conflict.objects.all()}
    assert len(told) == 2
    rules, protocols = told["schema_rule"], told["agreement"]
    assert rules.witness.endswith("and 1 more.")  # four columns of what everybody may know of
    assert SECRET not in rules.witness
    assert protocols.witness.startswith("2 datasets fall under both: ")
    assert set(protocols.counts.values()) == {2}


def test_a_short_name_means_what_everybody_may_know_of(company: Company) -> None:
    table("hr.orders", ["id", "amount"])
    opt_outs.refresh()

    for principal in (principal_of(company.ann), Principal.system("adoption")):
        meant = datasets_meant(principal, ["orders"])["orders"]

        assert (meant.dataset, meant.trouble) == (company.orders, "")


def test_the_register_of_opt_outs_counts_what_its_reader_may_see(company: Company) -> None:
    domain = DomainFactory(slug="pay")
    Dataset.objects.filter(pk=company.secret.pk).update(domain=domain)
    # Another one is about the orders and what the first one hides.
    in_force(opt_out(2, resources={"tag": "money"}, actions=["export"]))
    label = Label.objects.create(kind=LabelKind.TAG, name="money", path="money")
    for dataset in (company.orders, company.secret):
        DatasetLabel.objects.create(dataset=dataset, label=label, origin=Origin.DECLARED)
    opt_outs.refresh()

    def told(person: Person) -> tuple[dict[str, int], list[str], Any]:
        client = browser(person)
        rest = client.get("/api/v1/opt-outs/").json()["results"]
        inside = client.get("/api/v1/opt-outs/?domain=pay").json()["results"]
        query = {"query": '{ optOuts(domain: "pay") { number } }'}
        graph = client.post("/graphql/", query, content_type="application/json").json()
        counts = {one["number"]: one["dataset_count"] for one in rest}
        return counts, sorted(one["number"] for one in inside), graph["data"]["optOuts"]

    assert told(company.ann) == ({"OO-1": 0, "OO-2": 1}, [], [])
    assert "0 datasets" in browser(company.ann).get("/access/").content.decode()
    counts, inside, graph = told(company.paul)
    assert (counts, inside, len(graph)) == ({"OO-1": 1, "OO-2": 2}, ["OO-1", "OO-2"], 2)
    asked = {"dataset": company.orders.qualified_name, "action": "export"}
    access = browser(company.ann).get("/api/v1/access/", asked)
    assert access.json()["because"][0]["opt_out"]["dataset_count"] == 1
