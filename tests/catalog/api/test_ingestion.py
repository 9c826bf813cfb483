"""Ingestion over REST and GraphQL: connect, look, import, read what happened."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from catalog.models import Connection, Dataset, Event, IngestionRun, Invitation, Person
from catalog.selectors.stewardship import stewarded_domain_ids_of
from catalog.services.ingestion_runs import execute_run
from catalog.types import EmploymentKind, RunState, TokenScope
from tests.catalog.api.test_rest import client_of
from tests.config.test_graphql import GraphQLClient
from tests.factories import (
    AdministratorFactory,
    ConnectionFactory,
    DatasetFactory,
    DomainFactory,
    PersonFactory,
)

pytestmark = pytest.mark.django_db

ORDERS = "id,amount\n1,2.5\n2,3.5\n"


@pytest.fixture
def administrator() -> APIClient:
    return client_of(AdministratorFactory(), TokenScope.ADMIN)


@pytest.fixture
def employee() -> APIClient:
    return client_of(PersonFactory())


def connect(client: APIClient, **changes: Any) -> Any:
    body = {"name": "drop zone", "connector": "files", "settings": {"instance": "drop"}} | changes
    return client.post("/api/v1/connections/", body, format="json")


def test_connectors_tell_their_settings_as_json_schema(employee: APIClient) -> None:
    found = {each["name"]: each for each in employee.get("/api/v1/connectors/").json()}

    assert {"dbt", "files", "sql"} <= set(found)
    assert "manifest.json" in found["dbt"]["accepts"]
    assert found["sql"]["settings_schema"]["type"] == "object"


def test_a_file_is_looked_at_then_imported_with_the_same_upload(
    administrator: APIClient, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    connection = connect(administrator).json()
    file = SimpleUploadedFile("orders.csv", ORDERS.encode())

    asked = administrator.post(
        f"/api/v1/connections/{connection['id']}/run/", {"dry_run": "true", "files": [file]}
    )
    execute_run(asked.json()["id"])
    looked = administrator.get(f"/api/v1/runs/{asked.json()['id']}/").json()
    applied = administrator.post(f"/api/v1/runs/{asked.json()['id']}/apply/")

    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    assert looked["state"] == "succeeded", looked["error"]
    assert looked["diff"]["created"] == looked["created"] == 1
    assert Dataset.objects.count() == 0
    assert applied.status_code == 202
    execute_run(applied.json()["id"])
    assert Dataset.objects.get().columns.count() == 2
    newest = administrator.get("/api/v1/runs/").json()["results"][0]
    assert (newest["id"], newest["is_dry_run"]) == (applied.json()["id"], False)


def test_a_second_run_and_two_files_of_one_name_are_refused(administrator: APIClient) -> None:
    connection = connect(administrator).json()
    url = f"/api/v1/connections/{connection['id']}/run/"
    twice = [SimpleUploadedFile("a.csv", b"x\n1"), SimpleUploadedFile("a.csv", b"y\n1")]

    same = administrator.post(url, {"files": twice})
    wrong = administrator.post(url, {"files": [SimpleUploadedFile("a.exe", b"MZ")]})
    first = administrator.post(url, {}, format="json")
    second = administrator.post(url, {}, format="json")

    assert (same.status_code, same.json()["field"]) == (400, "files")
    assert (wrong.status_code, wrong.json()["field"]) == (400, "files")
    assert first.status_code == 202
    assert (second.status_code, second.json()["code"]) == (409, "conflict")
    assert IngestionRun.objects.count() == 1


def test_connections_belong_to_administrators(
    administrator: APIClient, employee: APIClient
) -> None:
    refused = connect(employee)
    assert (refused.status_code, refused.json()["code"]) == (403, "token_scope")
    assert Connection.objects.count() == 0

    made = connect(administrator).json()
    address = f"/api/v1/connections/{made['id']}/"
    changed = administrator.patch(address, {"is_enabled": False}, format="json").json()
    wrong = administrator.patch(address, {"interval_minutes": 1}, format="json")
    hidden = employee.get(address)
    listed = employee.get("/api/v1/connections/").json()["results"]
    gone = administrator.delete(address)

    assert changed["is_enabled"] is False
    assert (wrong.status_code, wrong.json()["field"]) == (400, "interval_minutes")
    assert (hidden.status_code, hidden.json()["code"], listed) == (403, "token_scope", [])
    assert gone.status_code == 204
    events = Event.objects.filter(subject_type="connection").order_by("pk")
    assert [event.payload["change"] for event in events] == ["created", "changed", "deleted"]


def test_runs_are_asked_for_and_read_in_graphql() -> None:
    connection = ConnectionFactory(connector="files", settings={"instance": "drop"})
    administrator = GraphQLClient(AdministratorFactory(), TokenScope.ADMIN)
    asked = administrator.ask(
        """mutation R($id: ID!) { requestRun(connection: $id, dryRun: true) {
        run { id state isDryRun source { name } } } }""",
        id=connection.pk,
    )
    again = administrator.ask(
        "mutation R($id: ID!) { requestRun(connection: $id) { run { id } } }", id=connection.pk
    )
    listed = administrator.ask(
        """{ runs(first: 5) { edges { node { state diff problems { message }
        requestedBy { displayName } source { name } } } } connections { totalCount } }"""
    )

    assert asked["data"]["requestRun"]["run"]["source"]["name"] == connection.name
    assert again["errors"][0]["extensions"]["code"] == "conflict"
    node = listed["data"]["runs"]["edges"][0]["node"]
    assert (node["state"], node["problems"]) == (RunState.WAITING, [])
    assert listed["data"]["connections"]["totalCount"] == 1


def test_a_list_of_runs_costs_few_queries(django_assert_max_num_queries: Any) -> None:
    connection = ConnectionFactory()
    for _ in range(30):
        IngestionRun.objects.create(connection=connection, is_dry_run=True, state="succeeded")
    employee = GraphQLClient(PersonFactory())
    question = """{ runs(first: 30) { edges { node { diff problems { message } source { name }
        requestedBy { displayName } } } } }"""

    with django_assert_max_num_queries(10):
        nodes = employee.ask(question)["data"]["runs"]["edges"]

    assert len(nodes) == 30
    assert {node["node"]["source"] and 1 for node in nodes} == {None}


def test_many_datasets_change_at_once_and_each_refusal_is_told(employee: APIClient) -> None:
    one, other = DatasetFactory(), DatasetFactory()
    address = "/api/v1/datasets/bulk/"

    tagged = employee.post(
        address,
        {
            "datasets": [one.pk, other.pk, 987654321],
            "operation": "add_label",
            "change": {"kind": "tag", "path": "gold"},
        },
        format="json",
    ).json()
    refused = employee.post(
        address,
        {"datasets": [one.pk], "operation": "change_lifecycle", "change": {"to": "archived"}},
        format="json",
    ).json()
    wrong = employee.post(
        address,
        {"datasets": [one.pk], "operation": "change_lifecycle", "change": {"to": "gone"}},
        format="json",
    )

    assert tagged["changed"] == [one.pk, other.pk]
    assert tagged["refused"] == [{"dataset": 987654321, "reason": "There is no such dataset."}]
    assert refused["changed"] == []
    assert "owners and the stewards" in refused["refused"][0]["reason"]
    assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["to"])


def test_invitations_and_stewardship_belong_to_administrators(
    administrator: APIClient, employee: APIClient
) -> None:
    person, domain = PersonFactory(), DomainFactory()
    invite = {"email": "new@example.org", "steward_of": [domain.pk]}
    steward = f"/api/v1/domains/{domain.pk}/stewards/{person.pk}/"

    assert employee.post("/api/v1/invitations/", invite, format="json").status_code == 403
    assert employee.put(steward).status_code == 403
    assert employee.get("/api/v1/invitations/").json()["results"] == []
    assert (Invitation.objects.count(), set(stewarded_domain_ids_of(person.pk))) == (0, set())

    made = administrator.post("/api/v1/invitations/", invite, format="json")
    unknown = administrator.post(
        "/api/v1/invitations/", {**invite, "steward_of": [0x7FFFFFFF]}, format="json"
    )
    assert made.status_code == 201
    assert len(made.json()["secret"]) > 30
    assert "secret" not in administrator.get("/api/v1/invitations/").json()["results"][0]
    assert (unknown.status_code, unknown.json()["field"]) == (400, "steward_of")
    assert administrator.put(steward).status_code == 204
    assert set(stewarded_domain_ids_of(person.pk)) == {domain.pk}
    assert administrator.delete(steward).status_code == 204
    assert set(stewarded_domain_ids_of(person.pk)) == set()


def test_saved_searches_are_ones_own(employee: APIClient) -> None:
    kept = employee.post(
        "/api/v1/saved-searches/", {"name": "Mine", "query_string": "?q=orders"}, format="json"
    ).json()
    other = client_of(PersonFactory())

    assert other.get("/api/v1/saved-searches/").json()["results"] == []
    assert other.delete(f"/api/v1/saved-searches/{kept['id']}/").status_code == 404
    assert (
        employee.get("/api/v1/saved-searches/").json()["results"][0]["query_string"] == "q=orders"
    )
    assert employee.delete(f"/api/v1/saved-searches/{kept['id']}/").status_code == 204


def test_people_and_searches_are_changed_in_graphql() -> None:
    person, domain = PersonFactory(), DomainFactory()
    administrator = GraphQLClient(AdministratorFactory(), TokenScope.ADMIN)
    invite = 'mutation { invite(email: "new@example.org") { secret invitation { email } } }'
    steward = """mutation S($p: ID!, $d: ID!) {
        setStewardship(person: $p, domain: $d, isSteward: true) { domain { slug } } }"""
    save = 'mutation { saveSearch(name: "a", queryString: "q=x") { savedSearch { name } } }'

    refused = GraphQLClient(person).ask(invite)
    made = administrator.ask(invite)
    administrator.ask(steward, p=person.pk, d=domain.pk)
    kept = administrator.ask(save)

    assert refused["errors"][0]["extensions"]["code"] == "token_scope"
    assert made["data"]["invite"]["invitation"]["email"] == "new@example.org"
    assert set(stewarded_domain_ids_of(person.pk)) == {domain.pk}
    assert kept["data"]["saveSearch"]["savedSearch"]["name"] == "a"


def test_what_cannot_be_stored_is_a_refusal_and_not_a_failure(employee: APIClient) -> None:
    too_big = employee.get(f"/api/v1/datasets/{10**30}/")
    nul = employee.get("/api/v1/datasets/", {"tag": "a\x00b"})
    nowhere = employee.get("/api/v1/nowhere/")
    stranger = Client().get("/api/v1/nowhere/")
    body = json.dumps({"query": '{ datasets(tag: "a\\u0000b") { totalCount } }'})
    browser = Client()
    browser.force_login(PersonFactory(employment_kind=EmploymentKind.EMPLOYEE))
    graphql = browser.post("/graphql/", body, content_type="application/json").json()

    assert too_big.status_code in (400, 404)
    assert nul.status_code == 400
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
    assert nowhere.headers["Content-Type"] == "application/problem+json"
    assert stranger.status_code == 401
    assert graphql["errors"][0]["extensions"]["code"] == "invalid_input"
    assert Person.objects.count() == 2
