"""REST: what a stock client sees, and what it is refused."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.api.urls import router
from catalog.models import ApiToken, Dataset, Event, System, Team
from catalog.selectors.principals import principal_of
from catalog.services.tokens import create_token
from catalog.types import EmploymentKind, OwnershipKind, TokenScope
from tests.factories import (
    AdministratorFactory,
    ColumnFactory,
    DatasetFactory,
    OwnershipFactory,
    PersonFactory,
    TeamFactory,
)

pytestmark = pytest.mark.django_db


def client_of(person: Any, *scopes: TokenScope) -> APIClient:
    """A client with a new token of this person; read and write unless told otherwise."""
    _, secret = create_token(
        acting=principal_of(person),
        name="test",
        scopes=scopes or (TokenScope.READ, TokenScope.WRITE),
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


@pytest.fixture
def reader() -> APIClient:
    return client_of(PersonFactory())


@pytest.fixture
def administrator() -> APIClient:
    return client_of(AdministratorFactory(), TokenScope.ADMIN)


def test_a_dataset_is_read_with_owners_labels_and_columns(reader: APIClient) -> None:
    dataset = OwnershipFactory(dataset__harvested_description="Orders").dataset
    ColumnFactory(dataset=dataset, path="id", name="id")

    body = reader.get(f"/api/v1/datasets/{dataset.pk}/").json()
    columns = reader.get(f"/api/v1/datasets/{dataset.pk}/columns/").json()

    assert body["qualified_name"] == dataset.qualified_name
    assert (body["description"], body["description_origin"]) == ("Orders", "harvested")
    assert [owner["origin"] for owner in body["owners"]] == ["declared"]
    assert [column["path"] for column in columns["results"]] == ["id"]


def test_the_list_pages_by_key_and_filters(reader: APIClient) -> None:
    system = DatasetFactory().system
    wanted = [DatasetFactory(system=system, kind="view").pk for _ in range(5)]

    seen: list[int] = []
    url = "/api/v1/datasets/?kind=view&page_size=2"
    while url:
        page = reader.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = page["next"]

    assert seen == wanted


def test_the_list_keeps_one_kind_of_data(reader: APIClient) -> None:
    clicks = DatasetFactory(data_kind="interaction")
    DatasetFactory(data_kind="transactional")
    DatasetFactory()

    page = reader.get("/api/v1/datasets/?data_kind=interaction").json()
    refused = reader.get("/api/v1/datasets/?data_kind=colorful")

    assert [row["id"] for row in page["results"]] == [clicks.pk]
    assert refused.status_code == 400


def test_the_list_costs_the_same_queries_for_few_and_many(
    reader: APIClient, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        OwnershipFactory()

    with django_assert_max_num_queries(12):
        assert len(reader.get("/api/v1/datasets/?page_size=30").json()["results"]) == 30


def test_a_change_is_stored_with_history_and_event_in_the_callers_name(reader: APIClient) -> None:
    dataset = DatasetFactory()
    etag = reader.get(f"/api/v1/datasets/{dataset.pk}/").headers["ETag"]

    answer = reader.patch(
        f"/api/v1/datasets/{dataset.pk}/",
        {"changes": {"description": "New"}, "reason": "It was empty"},
        format="json",
        headers={"If-Match": etag},
    )
    stale = reader.patch(
        f"/api/v1/datasets/{dataset.pk}/",
        {"changes": {"description": "Newer"}},
        format="json",
        headers={"If-Match": etag},
    )
    history = reader.get(f"/api/v1/datasets/{dataset.pk}/history/").json()["results"]

    assert answer.json()["description"] == "New"
    assert (stale.status_code, stale.json()["code"]) == (409, "conflict")
    assert Dataset.objects.get().declared_description == "New"
    assert history[0]["reason"] == "It was empty"
    assert history[0]["differences"] == [
        {"field": "declared_description", "before": "", "after": "New"}
    ]
    assert (
        str(Event.objects.filter(subject_type="dataset").get().request_id)
        == answer.headers["X-Request-ID"]
    )


def test_the_past_is_one_parameter_away(reader: APIClient) -> None:
    dataset = ColumnFactory(path="old", name="old").dataset
    moment = timezone.now() + dt.timedelta(seconds=1)
    url = f"/api/v1/datasets/{dataset.pk}/"

    then = reader.get(url, {"as_of": moment.isoformat()}).json()
    before = reader.get(url, {"as_of": "2000-01-01"})
    wrong = reader.get(url, {"as_of": "yesterday"})

    assert [column["path"] for column in then["columns"]] == ["old"]
    assert before.status_code == 404
    assert (wrong.status_code, wrong.json()["field"]) == (400, "as_of")


def test_every_part_of_a_dataset_can_be_written_and_read(reader: APIClient) -> None:
    dataset = ColumnFactory(path="id", name="id").dataset
    base = f"/api/v1/datasets/{dataset.pk}"

    reader.patch(f"{base}/columns/", {"path": "id", "description": "Key"}, format="json")
    reader.put(f"{base}/tags/", {"tags": ["gold"]}, format="json")
    question = reader.post(f"{base}/questions/", {"text": "Gross or net?"}, format="json").json()
    reader.post(f"/api/v1/questions/{question['id']}/answers/", {"text": "Net."}, format="json")
    problem = reader.post(f"{base}/problems/", {"text": "May is missing"}, format="json").json()
    reader.post(f"/api/v1/problems/{problem['id']}/solved/")
    reader.post(f"{base}/examples/", {"question": "How many?", "sql": "select 1"}, format="json")
    follow = reader.put(f"{base}/follow/")

    def results(part: str) -> list[dict[str, Any]]:
        return reader.get(f"{base}/{part}/").json()["results"]

    assert results("columns")[0]["declared_description"] == "Key"
    assert results("questions")[0]["answers"][0]["text"] == "Net."
    assert results("problems")[0]["solved_at"] is not None
    assert results("examples")[0]["sql"] == "select 1"
    assert results("relations") == results("profiles") == results("tests") == []
    assert follow.status_code == 204
    assert reader.get(f"{base}/facts/").json()["completeness"] >= 2


def test_owners_labels_and_lifecycle_belong_to_stewards(
    reader: APIClient, administrator: APIClient
) -> None:
    dataset = DatasetFactory()
    team = TeamFactory()
    base = f"/api/v1/datasets/{dataset.pk}"
    owner = {"kind": OwnershipKind.STEWARD.value, "team": team.pk}
    label = {"kind": "classification", "path": "Personal"}
    step = {"to": "deprecated", "reason": "Use orders_v2"}

    refused = [
        reader.post(f"{base}/owners/", owner, format="json"),
        reader.post(f"{base}/labels/add/", label, format="json"),
        reader.post(f"{base}/lifecycle/", step, format="json"),
    ]
    assert [answer.status_code for answer in refused] == [403, 403, 403]
    assert {answer.json()["code"] for answer in refused} == {"not_steward"}
    assert Event.objects.filter(subject_type="dataset").count() == 0

    administrator.post(f"{base}/owners/", owner, format="json")
    administrator.post(f"{base}/labels/add/", label, format="json")
    body = administrator.post(f"{base}/lifecycle/", step, format="json").json()
    assert body["owners"][0]["name"] == team.name
    assert body["labels"] == [{"kind": "classification", "path": "Personal", "origin": "declared"}]
    assert (body["lifecycle"], body["deprecation_note"]) == ("deprecated", "Use orders_v2")


def test_records_are_changed_by_administrators_only(
    reader: APIClient, administrator: APIClient
) -> None:
    assert reader.post("/api/v1/teams/", {"name": "A"}, format="json").status_code == 403
    assert Team.objects.count() == 0

    made = administrator.post("/api/v1/teams/", {"name": "A"}, format="json")
    duplicate = administrator.post("/api/v1/teams/", {"name": "A"}, format="json")
    system = DatasetFactory().system
    kept = administrator.delete(f"/api/v1/systems/{system.pk}/")

    assert made.status_code == 201
    assert (duplicate.status_code, list(duplicate.json()["fields"])) == (400, ["name"])
    assert kept.status_code == 405
    assert System.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["datasets/1/", "search/", "people/", "tokens/", "teams/"])
def test_a_stranger_gets_401_as_a_problem(method: str, path: str) -> None:
    answer = getattr(Client(), method)(f"/api/v1/{path}")

    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_token_is_limited_ends_and_can_be_revoked() -> None:
    person = PersonFactory()
    dataset = DatasetFactory()
    reading = client_of(person, TokenScope.READ)
    url = f"/api/v1/datasets/{dataset.pk}/"

    refused = reading.patch(url, {"changes": {"description": "x"}}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (403, "token_scope")
    assert Dataset.objects.get().declared_description == ""

    assert reading.get(url).status_code == 200
    ApiToken.objects.update(expires_at=timezone.now())
    assert reading.get(url).status_code == 401
    ApiToken.objects.update(expires_at=None)
    writing = client_of(person)
    token_id = reading.get("/api/v1/tokens/").json()["results"][0]["id"]
    assert writing.delete(f"/api/v1/tokens/{token_id}/").status_code == 204
    assert reading.get(url).status_code == 401


def test_who_is_external_or_inactive_sees_nothing_at_all() -> None:
    dataset = DatasetFactory()
    external = PersonFactory(employment_kind=EmploymentKind.EXTERNAL)
    browser = Client()
    browser.force_login(external)

    listed = browser.get("/api/v1/datasets/").json()
    one = browser.get(f"/api/v1/datasets/{dataset.pk}/")

    assert listed["results"] == []
    nowhere = browser.get("/api/v1/datasets/987654321/")
    assert (one.status_code, one.json()["code"]) == (403, "not_employee")
    assert nowhere.json() == one.json()


def test_nothing_in_the_api_answers_without_the_port() -> None:
    """Every GET list is empty or refused for a principal that may see nothing."""
    OwnershipFactory()
    browser = Client()
    browser.force_login(PersonFactory(employment_kind=EmploymentKind.EXTERNAL))
    schema = browser.get("/api/schema/?format=json").json()

    for path, operations in schema["paths"].items():
        if "get" not in operations or "{" in path or path == "/api/schema/":
            continue
        answer = browser.get(path)
        assert answer.status_code in (200, 400, 403, 404), path
        if answer.status_code == 200:
            body = answer.json()
            shown = body if isinstance(body, list) else body.get("results", body.get("hits", []))
            assert shown == [], path


def test_the_schema_describes_itself(reader: APIClient) -> None:
    schema = reader.get("/api/schema/?format=json").json()

    assert schema["openapi"].startswith("3.")
    assert "/api/v1/datasets/{id}/" in schema["paths"]


@pytest.mark.parametrize(
    "body", ["{", '{"changes": []}', '{"changes": {"description": {"a": 1}}, "reason": 5}', "[1]"]
)
def test_rubbish_is_answered_with_the_field_and_changes_nothing(
    reader: APIClient, body: str
) -> None:
    dataset = DatasetFactory()

    answer = reader.patch(f"/api/v1/datasets/{dataset.pk}/", body, content_type="application/json")

    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert Dataset.objects.get().declared_description == ""


def test_no_view_writes_past_the_services() -> None:
    """DRF's own perform_* would store a serializer without permission, history or event."""
    own = 0
    for _, viewset, _ in router.registry:
        for name in ("perform_create", "perform_update", "perform_destroy"):
            if (method := getattr(viewset, name, None)) is not None:
                assert method.__module__.startswith("catalog."), (viewset, name)
                own += 1
    assert own >= 20
