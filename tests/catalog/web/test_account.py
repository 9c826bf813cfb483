"""One's own account: appearance, tokens, passwords, and the way in by invitation."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from catalog.errors import Conflict
from catalog.models import ApiToken, Invitation, Person
from catalog.services.people import invite
from catalog.types import JobRole
from tests.factories import DomainFactory, PersonFactory
from tests.factories import administrator as an_administrator

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-test-password"
NEW = "quite another long one"


def text(response: Any) -> str:
    return str(response.content.decode())


def test_appearance_is_remembered_on_every_device(reader: Client) -> None:
    response = reader.post("/account/", {"theme": "dark", "density": "compact"})
    person = Person.objects.get(display_name="Rita Reader")
    elsewhere = Client()
    elsewhere.post("/accounts/login/", {"login": person.username, "password": PASSWORD})

    assert response.cookies["concord_theme"].value == "dark"
    assert person.preferences == {"theme": "dark", "density": "compact"}
    assert elsewhere.cookies["concord_theme"].value == "dark"
    assert 'data-theme="dark"' in text(elsewhere.get("/account/"))


def test_an_appearance_nobody_offers_is_refused(reader: Client) -> None:
    response = reader.post("/account/", {"theme": "pink"})

    assert response.status_code == 400
    assert Person.objects.get(display_name="Rita Reader").preferences == {}


def test_a_token_is_shown_once_and_works_until_it_is_revoked(reader: Client) -> None:
    made = text(
        reader.post("/account/tokens/", {"name": "upload", "scopes": ["read"], "days": "30"})
    )
    found = re.search(r'id="secret">(cat_[^<]+)<', made)
    assert found
    secret = found[1]
    token = ApiToken.objects.get()
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}

    assert secret not in text(reader.get("/account/tokens/"))
    assert 29 <= (token.expires_at - timezone.now()).days <= 30
    assert Client().get("/api/v1/datasets/", **bearer).status_code == 200
    reader.post(f"/account/tokens/{token.pk}/revoke/")
    assert Client().get("/api/v1/datasets/", **bearer).status_code == 401


def test_a_token_page_is_kept_by_no_cache(reader: Client) -> None:
    assert "no-store" in reader.get("/account/tokens/")["Cache-Control"]


@pytest.mark.parametrize(
    "form",
    [
        {"name": "", "scopes": ["read"], "days": "30"},
        {"name": "x", "days": "30"},
        {"name": "x", "scopes": ["admin"], "days": "30"},
        {"name": "x", "scopes": ["read"], "days": "-1"},
    ],
)
def test_a_token_that_may_not_be_is_not_made(reader: Client, form: dict[str, Any]) -> None:
    response = reader.post("/account/tokens/", form)

    assert response.status_code == 400
    assert not ApiToken.objects.exists()


def test_nobody_revokes_the_token_of_another(reader: Client, steward: Client) -> None:
    steward.post("/account/tokens/", {"name": "x", "scopes": ["read"], "days": ""})
    token = ApiToken.objects.get()

    response = reader.post(f"/account/tokens/{token.pk}/revoke/")

    assert response.status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None
    assert token.expires_at is None


def invitation(**attributes: Any) -> str:
    _, secret = invite(acting=an_administrator(), email="new@example.org", **attributes)
    return f"/invitation/{secret}/"


def accepting(client: Client, address: str, **form: str) -> Any:
    given = {"display_name": "Nina New", "username": "nina", "password": NEW, "again": NEW}
    return client.post(address, {**given, **form})


def test_an_invitation_makes_an_account_and_signs_in(client: Client) -> None:
    domain = DomainFactory()
    address = invitation(job_role=JobRole.STEWARD, steward_of=[domain])

    assert "new@example.org" in text(client.get(address))
    response = accepting(client, address)

    assert response["Location"] == "/"
    person = Person.objects.get(username="nina")
    assert (person.email, person.job_role) == ("new@example.org", JobRole.STEWARD)
    assert "Nina New" in text(client.get("/"))
    assert domain.name in text(client.get("/account/"))
    assert accepting(Client(), address, username="second").status_code == 404
    assert not Person.objects.filter(username="second").exists()


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"again": "something else"}, "The two passwords differ."),
        ({"password": "short", "again": "short"}, "too short"),
        ({"username": "taken"}, "This user name is taken."),
        ({"username": "a b/c"}, "valid username"),
        ({"display_name": ""}, "required"),
    ],
)
def test_a_wrong_account_is_not_made(client: Client, form: dict[str, str], says: str) -> None:
    PersonFactory(username="taken")
    address = invitation()
    before = Person.objects.count()

    response = accepting(client, address, **form)

    assert response.status_code == 400
    assert says in text(response)
    assert Person.objects.count() == before
    assert Invitation.objects.get().accepted_at is None


def test_a_dead_link_says_so(client: Client) -> None:
    address = invitation()
    Invitation.objects.update(expires_at=timezone.now())

    assert "leads nowhere any more" in text(client.get(address))
    assert accepting(client, address).status_code == 404
    assert client.get("/invitation/guess/").status_code == 404


def test_a_password_is_changed_and_reset_in_our_look(client: Client) -> None:
    person = PersonFactory()
    client.force_login(person)
    form = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}

    page = text(client.get("/accounts/password/change/"))
    client.post("/accounts/password/change/", form)

    assert "<h1>Change your password</h1>" in page
    assert "placeholder" not in page.split("<main")[1]
    person.refresh_from_db()
    assert person.check_password(NEW)
    stranger = Client()
    asked = stranger.post("/accounts/password/reset/", {"email": person.email}, follow=True)
    assert "<h1>Look into your mail</h1>" in text(asked)
    found = re.search(r"http://[^/]+(/\S+)", str(mail.outbox[0].body))
    assert found
    opened = stranger.get(found[1], follow=True)
    assert "<h1>Set a new password</h1>" in text(opened)
    stranger.post(opened.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD})
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_an_unknown_address_gets_the_same_answer(client: Client) -> None:
    asked = client.post("/accounts/password/reset/", {"email": "no@example.org"}, follow=True)

    assert "<h1>Look into your mail</h1>" in text(asked)


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/2fa/",
        "/accounts/logout/",
        "/accounts/reauthenticate/",
    ],
)
def test_every_page_of_the_way_in_has_our_look(reader: Client, address: str) -> None:
    client = reader if address.endswith(("2fa/", "logout/", "reauthenticate/")) else Client()

    page = text(client.get(address))

    assert "concord/css/tokens.css" in page
    assert page.count("<h1>") == 1
    assert "<script>" not in page
    assert "style=" not in page


def test_an_invitation_joins_whom_a_source_named_and_nobody_who_came_in(client: Client) -> None:
    named = PersonFactory(email="new@example.org", password=None)
    accepting(client, invitation())
    named.refresh_from_db()
    assert (named.username, named.has_usable_password()) == ("nina", True)

    came_in = PersonFactory(email="other@example.org", password=None, last_login=timezone.now())
    with pytest.raises(Conflict):
        invite(acting=an_administrator(), email=came_in.email)
