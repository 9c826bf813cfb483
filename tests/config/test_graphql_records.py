"""Records, tokens and bulk changes over GraphQL: the services and refusals of every other door."""

import json
from typing import Any

import pytest
from django.test import Client

from catalog.models import ApiToken, Dataset, Domain, Event, Label, System, Team, Technology
from catalog.services.record_fields import KINDS
from catalog.services.records import RECORDS
from tests.factories import AdministratorFactory, DatasetFactory, PersonFactory, SystemFactory

pytestmark = pytest.mark.django_db

SAVE = """mutation S($kind: String!, $id: ID, $fields: GenericScalar!) {
    saveRecord(kind: $kind, id: $id, fields: $fields) { id name } }"""


def ask(person: Any, query: str, **variables: Any) -> Any:
    browser = Client()
    browser.force_login(person)
    body = json.dumps({"query": query, "variables": variables})
    return browser.post("/graphql/", body, content_type="application/json").json()


def test_records_are_made_changed_and_deleted_with_events() -> None:
    administrator = AdministratorFactory()

    made = ask(administrator, SAVE, kind="team", fields={"name": "Pricing"})
    team_id = made["data"]["saveRecord"]["id"]
    ask(administrator, SAVE, kind="team", id=team_id, fields={"name": "Prices"})
    assert Team.objects.get().name == "Prices"
    ask(
        administrator,
        'mutation D($id: ID!) { deleteRecord(kind: "team", id: $id) { id } }',
        id=team_id,
    )

    assert Team.objects.count() == 0
    changes = Event.objects.filter(subject_type="team").values_list("payload__change", flat=True)
    assert list(changes) == ["created", "changed", "deleted"]


def test_related_records_are_given_by_id() -> None:
    administrator = AdministratorFactory()
    team, system = Team.objects.create(name="Data"), SystemFactory()
    parent = Label.objects.create(kind="classification", name="Personal", path="Personal")

    ask(
        administrator,
        SAVE,
        kind="technology",
        fields={
            "name": "DuckDB",
            "stage": "analysis",
            "task": "query",
            "owner_team": team.pk,
            "systems": [system.pk],
        },
    )
    ask(
        administrator,
        SAVE,
        kind="label",
        fields={"kind": "classification", "name": "Contact", "parent": parent.pk},
    )

    technology = Technology.objects.get()
    assert (technology.owner_team, list(technology.systems.all())) == (team, [system])
    assert Label.objects.filter(path="Personal / Contact").exists()


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("nothing", {}, "kind"),
        ("system", {"display_name": "x"}, "kind"),
        ("team", {"colour": "red"}, "colour"),
        ("team", {"name": ""}, "name"),
        ("technology", {"name": "x", "stage": "analysis", "task": "y", "systems": [9]}, "systems"),
        ("technology", {"name": "x", "stage": "nowhere", "task": "y"}, "stage"),
        ("domain", {"name": "x", "slug": "x", "parent": 987654}, "parent"),
    ],
)
def test_what_does_not_fit_is_refused_naming_the_field(
    kind: str, fields: dict[str, Any], field: str
) -> None:
    answer = ask(AdministratorFactory(), SAVE, kind=kind, fields=fields)

    assert answer["errors"][0]["extensions"]["field"] == field
    assert Team.objects.count() == Domain.objects.count() == Technology.objects.count() == 0


def test_what_a_source_states_cannot_be_changed() -> None:
    system = SystemFactory()

    answer = ask(
        AdministratorFactory(), SAVE, kind="system", id=system.pk, fields={"platform": "oracle"}
    )

    assert answer["errors"][0]["extensions"]["field"] == "platform"
    assert System.objects.get().platform == "postgres"


def test_who_is_no_administrator_makes_no_record() -> None:
    answer = ask(PersonFactory(), SAVE, kind="team", fields={"name": "Mine"})

    assert answer["errors"][0]["extensions"]["code"] == "not_administrator"
    assert Team.objects.count() == 0


def test_every_plain_record_can_be_reached_but_its_physical_copies() -> None:
    reached = {kind.model.__name__ for kind in KINDS.values()}

    assert {model.__name__ for model in RECORDS} - reached == {"Distribution"}


def test_tokens_are_made_and_ended() -> None:
    person = PersonFactory()

    made = ask(
        person, 'mutation { createToken(name: "ci", scopes: ["read"]) { id prefix secret } }'
    )["data"]["createToken"]
    assert made["secret"].startswith(made["prefix"])
    ask(person, "mutation R($id: ID!) { revokeToken(token: $id) { id } }", id=made["id"])

    assert ApiToken.objects.get().revoked_at is not None


def test_many_datasets_change_each_on_its_own() -> None:
    one, other = DatasetFactory(), DatasetFactory()

    report = ask(
        PersonFactory(),
        """mutation C($ids: [ID!]!) { changeDatasets(datasets: $ids, changes: {display_name: "X"})
        { changed refused { dataset reason } } }""",
        ids=[one.pk, other.pk, 987654],
    )["data"]["changeDatasets"]

    assert report["changed"] == [str(one.pk), str(other.pk)]
    assert report["refused"] == [{"dataset": "987654", "reason": "There is no such dataset."}]
    assert Dataset.objects.filter(display_name="X").count() == 2
