"""How long what people write may be, at every edge alike."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from catalog.errors import InvalidInput
from catalog.models import Domain, Team
from catalog.services.records import save_record
from catalog.written import MOST_REASON, MOST_TEXT
from governance import clock
from governance.conflicts.services.register import reopen, settle
from governance.models import Conflict
from governance.types import ConflictState
from tests.factories import AdministratorFactory, DatasetFactory, DomainFactory, administrator

LONG = "x" * (MOST_TEXT + 1)


@pytest.fixture
def browser() -> Client:
    client = Client()
    client.force_login(AdministratorFactory())
    return client


def asked(browser: Client, query: str, **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    return browser.post("/graphql/", body, content_type="application/json").json()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["teams", "domains"])
def test_a_description_has_a_bound_over_rest(browser: Client, kind: str) -> None:
    # when
    body = {"name": "Sales", "slug": "sales", "description": LONG}
    answer = browser.post(f"/api/v1/{kind}/", body, content_type="application/json")

    # then
    assert (answer.status_code, answer.json()["field"]) == (400, "description")
    assert answer.json()["detail"] == "The text has 50,001 characters; the limit is 50,000."
    assert not Team.objects.exists()
    assert not Domain.objects.exists()


@pytest.mark.django_db
def test_it_has_the_same_over_graphql(browser: Client) -> None:
    # given
    domain = DomainFactory(description="All that is sold")

    # when
    change = """mutation($id: ID!, $fields: GenericScalar!) {
      saveRecord(kind: "domain", id: $id, fields: $fields) { id } }"""
    [error] = asked(browser, change, id=domain.pk, fields={"description": LONG})["errors"]

    # then
    assert error["extensions"] == {"code": "invalid_input", "field": "description"}
    domain.refresh_from_db()
    assert domain.description == "All that is sold"


@pytest.mark.django_db
def test_a_text_of_the_very_length_is_kept() -> None:
    # when
    save_record(Team(name="Sales", description="x" * MOST_TEXT), acting=administrator())

    # then
    assert len(Team.objects.get().description) == MOST_TEXT


@pytest.mark.django_db
def test_a_reason_has_a_bound_whoever_gives_it(browser: Client) -> None:
    # given
    dataset = DatasetFactory()

    # when
    change = """mutation($id: ID!, $reason: String!) {
      changeDataset(dataset: $id, changes: {criticality: 2}, reason: $reason) {
        dataset { id } } }"""
    [error] = asked(browser, change, id=dataset.pk, reason="y" * (MOST_REASON + 1))["errors"]

    # then
    assert error["message"] == "The text has 20,001 characters; the limit is 20,000."
    assert error["extensions"] == {"code": "invalid_input", "field": "reason"}
    dataset.refresh_from_db()
    assert dataset.criticality is None


@pytest.mark.django_db
def test_the_end_of_a_conflict_is_told_within_the_bound() -> None:
    # given
    acting = administrator()
    conflict = Conflict.objects.create(
        kind="homonym", fingerprint="f", title="Lead", witness="Both.", found_at=clock.now()
    )
    about = {"acting": acting, "conflict_id": conflict.pk}
    long = "z" * (MOST_REASON + 1)

    # when
    with pytest.raises(InvalidInput) as settled:
        settle(**about, state=ConflictState.RESOLVED, resolution=long)
    with pytest.raises(InvalidInput) as opened:
        reopen(**about, reason=long)

    # then
    assert (settled.value.field, opened.value.field) == ("resolution", "reason")
    conflict.refresh_from_db()
    assert conflict.state == ConflictState.OPEN
