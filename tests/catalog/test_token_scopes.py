"""A token does no more than its scopes, whoever's it is."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from catalog.access import AccessRefused
from catalog.errors import NotFound
from catalog.models import ApiToken, Follow, Person, SavedSearch
from catalog.selectors.principals import principal_of
from catalog.services.tokens import create_token, revoke_token
from catalog.types import TokenScope
from governance.models import CalendarAddress, Notification, NotificationPreference, Watch
from tests.factories import AdministratorFactory, DatasetFactory, PersonFactory, principal

pytestmark = pytest.mark.django_db


def client_of(person: Person, *scopes: TokenScope, days: int | None = None) -> APIClient:
    ends = None if days is None else timezone.now() + dt.timedelta(days=days)
    made = create_token(acting=principal_of(person), name="nightly", scopes=scopes, expires_at=ends)
    return APIClient(headers={"Authorization": f"Bearer {made[1]}"})


def test_an_administrators_token_that_reads_revokes_nobody_elses() -> None:
    person = AdministratorFactory()
    token, _ = create_token(acting=principal(), name="nightly", scopes=[TokenScope.READ])
    reading = principal_of(person, scopes=frozenset({TokenScope.READ}))

    with pytest.raises(AccessRefused):
        revoke_token(acting=reading, token_id=token.pk)
    writing = principal_of(person, scopes=frozenset({TokenScope.WRITE}))
    with pytest.raises(NotFound):
        revoke_token(acting=writing, token_id=token.pk)
    assert ApiToken.objects.get().revoked_at is None
    # and one that administers does, as the administrator themselves
    administering = principal_of(person, scopes=frozenset({TokenScope.ADMIN}))
    revoke_token(acting=administering, token_id=token.pk)
    assert ApiToken.objects.get().revoked_at is not None


def test_a_token_that_reads_keeps_nothing_for_its_person_either() -> None:
    """What one follows, saves, sets and has read, and one's secrets, are written as well."""
    person, dataset = AdministratorFactory(), DatasetFactory()
    message = Notification.objects.create(
        person=person, kind="sign", title="Sign", url="/", dedupe="1", created_at=timezone.now()
    )
    acts = [
        ("post", "tokens/", {"name": "more", "scopes": ["read"]}),
        ("put", f"datasets/{dataset.pk}/follow/", {}),
        ("post", "saved-searches/", {"name": "mine", "query_string": "q=a"}),
        ("put", "watches/", {"subject_type": "council", "subject_key": "all"}),
        ("post", "messages/read/", {}),
        ("put", "messages/preferences/", {"mail": False}),
        ("post", "council/calendar/address/", {}),
    ]
    fields = [
        'createToken(name: "more", scopes: ["read"]) { secret }',
        f"follow(dataset: {dataset.pk}) {{ dataset {{ id }} }}",
        'saveSearch(name: "mine", queryString: "q=a") { savedSearch { id } }',
        'watch(subjectType: "council", subjectKey: "all") { watched { subjectKey } }',
        "markRead { __typename }",
        "makeCalendarAddress { meetings }",
    ]
    reading = client_of(person, TokenScope.READ, TokenScope.INGEST)

    for method, address, body in acts:
        answer = getattr(reading, method)(f"/api/v1/{address}", body, format="json")
        assert (answer.status_code, answer.json().get("code")) == (403, "token_scope"), address
    for field in fields:
        answer = reading.post("/graphql/", {"query": f"mutation {{ {field} }}"}, format="json")
        codes = [error["extensions"]["code"] for error in answer.json()["errors"]]
        assert codes == ["token_scope"], (field, answer.json())

    kept = (Follow, SavedSearch, Watch, NotificationPreference, CalendarAddress)
    assert [model.__name__ for model in kept if model.objects.exists()] == []
    assert (ApiToken.objects.count(), Notification.objects.get(pk=message.pk).read_at) == (1, None)
    # And one that writes does each of them
    writing = client_of(person, TokenScope.READ, TokenScope.WRITE)
    for method, address, body in acts:
        answer = getattr(writing, method)(f"/api/v1/{address}", body, format="json")
        assert answer.status_code in (200, 201, 204), (address, answer.json())


def test_a_token_makes_none_that_does_more_or_lasts_longer_than_itself() -> None:
    person = PersonFactory()
    writing = client_of(person, TokenScope.READ, TokenScope.WRITE, days=2)

    def made(**fields: object) -> tuple[int, str]:
        body = {"name": "more", "scopes": ["read"], **fields}
        answer = writing.post("/api/v1/tokens/", body, format="json")
        return answer.status_code, answer.json().get("field", "")

    assert made(scopes=["ingest"]) == (400, "scopes")
    assert made() == (400, "expires_at")  # without an end it would never end
    assert made(expires_at=timezone.now() + dt.timedelta(days=3)) == (400, "expires_at")
    field = 'createToken(name: "more", scopes: ["read"]) { secret }'
    answer = writing.post("/graphql/", {"query": f"mutation {{ {field} }}"}, format="json").json()
    assert answer["errors"][0]["extensions"] == {"code": "invalid_input", "field": "expires_at"}
    assert ApiToken.objects.count() == 1

    assert made(expires_at=timezone.now() + dt.timedelta(days=1)) == (201, "")


def test_a_token_is_not_made_without_the_end_that_was_meant() -> None:
    writing = client_of(PersonFactory(), TokenScope.READ, TokenScope.WRITE)
    body = {"name": "more", "scopes": ["read"], "expires": "2027-01-01T00:00:00Z"}

    answer = writing.post("/api/v1/tokens/", body, format="json")

    assert answer.status_code == 400
    words = "There is no such field; there are name, scopes, expires_at."
    assert answer.json()["fields"] == {"expires": [words]}
    assert ApiToken.objects.count() == 1
