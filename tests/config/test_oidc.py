"""Signing in through a real OpenID provider in a process of its own, and what it cannot do."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.conf import settings as deployment
from django.core import mail
from django.http import HttpResponse
from django.test import Client

from catalog.errors import Conflict
from catalog.models import ApiToken, Event, Person
from catalog.selectors.principals import principal_of
from catalog.services.people import accept_invitation, change_person, invite
from catalog.services.tokens import create_token
from catalog.types import TokenScope
from config.environment import read_environment
from config.sign_in import sign_in_providers
from tests.factories import AdministratorFactory, PersonFactory
from tests.servers.running import free_port

pytestmark = pytest.mark.django_db

LONG = "correct horse battery staple"
START = "/accounts/oidc/directory/login/?process=login"
CALLBACK = "/accounts/oidc/directory/login/callback/"
PEOPLE = {
    "subject-1": {"email": "ana@example.org", "name": "Ana", "department": "Sales"},
    "subject-2": {"email": "ana@example.org", "name": "Not Ana"},
    "subject-4": {"email": "boss@example.org", "name": "Eve", "email_verified": False},
    "subject-3": {"email": "root@example.org", "name": "R" * 500, "preferred_username": "root"},
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    port = free_port()
    claims = [
        argument
        for sub, stated in PEOPLE.items()
        for argument in ("--user-claims", json.dumps({"sub": sub, **stated}))
    ]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--require-nonce",
               "true", "--port", str(port), *claims]  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(f"{address}/.well-known/openid-configuration", process)
            yield address
        finally:
            process.terminate()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        try:
            if requests.get(address, timeout=1).ok:
                return
        except requests.ConnectionError:
            assert process.poll() is None, "The provider did not start."
            time.sleep(0.1)
    raise AssertionError("The provider did not answer within 30 seconds.")


@pytest.fixture
def provider(issuer: str, settings: Any) -> str:
    """The service as OIDC_* variables set it up."""
    variables = {
        "OIDC_ISSUER": issuer,
        "OIDC_CLIENT_ID": "concord",
        "OIDC_CLIENT_SECRET": "a secret",
        "CONCORD_VAR": str(deployment.VAR_DIR),
    }
    client = read_environment(deployment.BASE_DIR, variables).oidc
    settings.SOCIALACCOUNT_PROVIDERS = sign_in_providers(client)
    return issuer


def asked(client: Client) -> str:
    """The address at the provider that a click on the button leads to."""
    answer = client.post(START)
    assert answer.status_code == 302
    return answer.headers["Location"]


def consent(address: str, sub: str) -> str:
    """The callback's address after the person has signed in at the provider."""
    answer = requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=5)
    parts = urlsplit(answer.headers["Location"])
    assert parts.path == CALLBACK
    return f"{parts.path}?{parts.query}"


def sign_in(sub: str, client: Client | None = None) -> tuple[Client, HttpResponse]:
    browser = client or Client()
    return browser, browser.get(consent(asked(browser), sub))


def is_in(client: Client) -> bool:
    return client.get("/api/v1/datasets/").status_code == 200


def test_the_first_sign_in_makes_an_employee_keyed_by_the_subject(provider: str) -> None:
    browser, answer = sign_in("subject-1")

    person = Person.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert is_in(browser)
    assert (person.display_name, person.department, person.email) == (
        "Ana",
        "Sales",
        "ana@example.org",
    )
    assert (person.employment_kind, person.is_superuser, person.is_staff) == (
        "employee",
        False,
        False,
    )
    assert not person.has_usable_password()
    assert SocialAccount.objects.get().uid == "subject-1"
    assert Event.objects.get(subject_type="person").payload["change"] == "created"


def test_the_same_subject_comes_back_to_the_same_account_with_what_is_said_now(
    provider: str,
) -> None:
    sign_in("subject-1")
    Person.objects.update(department="Old", display_name="Old name")

    browser, _ = sign_in("subject-1")

    assert is_in(browser)
    assert Person.objects.get().department == "Sales"
    assert Event.objects.latest("pk").payload["fields"] == ["department", "display_name"]


def test_a_second_subject_with_the_same_address_gets_an_account_of_its_own(provider: str) -> None:
    sign_in("subject-1")
    first = Person.objects.get()

    browser, _ = sign_in("subject-2")

    assert is_in(browser)
    assert browser.session["_auth_user_id"] != str(first.pk)
    assert set(Person.objects.values_list("display_name", flat=True)) == {"Ana", "Not Ana"}
    first.refresh_from_db()
    assert first.display_name == "Ana"


def test_no_local_account_is_taken_over_by_address_or_user_name(provider: str) -> None:
    root = AdministratorFactory(username="root", email="root@example.org", display_name="Root")

    browser, _ = sign_in("subject-3")

    assert is_in(browser)
    newcomer = Person.objects.get(pk=browser.session["_auth_user_id"])
    assert newcomer != root
    assert newcomer.username != "root"
    assert not newcomer.is_superuser
    assert newcomer.display_name == "R" * 200
    root.refresh_from_db()
    assert (root.display_name, root.has_usable_password()) == ("Root", True)


def test_nobody_in_the_directory_takes_an_invitation_by_stating_its_address(
    provider: str,
) -> None:
    # Given an invitation of an administrator, and an employee who states its address afterwards
    administrator = principal_of(AdministratorFactory())
    _, secret = invite(acting=administrator, email="ana@example.org", is_administrator=True)
    browser, _ = sign_in("subject-1")
    employee = Person.objects.get(pk=browser.session["_auth_user_id"])
    given = {"display_name": "Ana", "username": "boss", "password": "a quite long one"}

    # When the invitation is accepted, it is not merged into the employee's row
    with pytest.raises(Conflict):
        accept_invitation(secret=secret, **given)
    answer = Client().post(f"/invitation/{secret}/", {**given, "again": given["password"]})

    employee.refresh_from_db()
    assert answer.status_code == 409
    assert "An account has this address already" in answer.content.decode()
    assert (employee.is_superuser, employee.has_usable_password()) == (False, False)
    with pytest.raises(Conflict):
        invite(acting=administrator, email="ana@example.org")

    # And once it ended, who is invited gets an account of their own
    change_person(acting=administrator, person_id=employee.pk, changes={"is_active": False})
    assert accept_invitation(secret=secret, **given).pk != employee.pk


def test_an_address_that_the_provider_says_nobody_checked_is_not_taken(provider: str) -> None:
    sign_in("subject-4")

    assert (Person.objects.get().display_name, Person.objects.get().email) == ("Eve", "")


def test_the_directory_is_not_tied_to_an_account_that_is_signed_in(provider: str) -> None:
    browser = Client()
    browser.force_login(AdministratorFactory())
    address = browser.post(START.replace("process=login", "process=connect"))["Location"]

    browser.get(consent(address, "subject-1"))

    assert not SocialAccount.objects.exists()


def test_who_was_disabled_cannot_come_in(provider: str) -> None:
    sign_in("subject-1")
    person = Person.objects.get()
    create_token(acting=principal_of(person), name="t", scopes=[TokenScope.READ])
    administrator = principal_of(AdministratorFactory())
    change_person(acting=administrator, person_id=person.pk, changes={"is_active": False})

    browser, answer = sign_in("subject-1")

    assert answer.headers["Location"] == "/accounts/inactive/"
    assert not is_in(browser)
    assert "_auth_user_id" not in browser.session
    assert ApiToken.objects.get().revoked_at is not None


def test_the_question_carries_state_nonce_and_challenge(provider: str) -> None:
    address = urlsplit(asked(Client()))
    given = {name: values[0] for name, values in parse_qs(address.query).items()}

    assert f"{address.scheme}://{address.netloc}" == provider
    assert given["response_type"] == "code"
    assert given["code_challenge_method"] == "S256"
    assert min(len(given[name]) for name in ("state", "nonce", "code_challenge")) >= 16
    assert set(given["scope"].split()) == {"openid", "profile", "email"}


def _other_state(query: str) -> str:
    return query.replace("state=", "state=x")


@pytest.mark.parametrize(
    "spoil",
    [_other_state, lambda query: query.replace("code=", "code=x"), lambda query: "error=denied"],
    ids=["state", "code", "denied"],
)
def test_an_answer_that_was_tampered_with_lets_nobody_in(
    provider: str, spoil: Callable[[str], str]
) -> None:
    browser = Client()
    path, _, query = consent(asked(browser), "subject-1").partition("?")

    answer = browser.get(f"{path}?{spoil(query)}")

    assert answer.status_code in (200, 302, 401, 403)
    assert not is_in(browser)
    assert Person.objects.count() == 0


def test_an_answer_to_another_browsers_question_lets_nobody_in(provider: str) -> None:
    callback = consent(asked(Client()), "subject-1")
    other = Client()
    asked(other)

    other.get(callback)

    assert not is_in(other)
    assert Person.objects.count() == 0


def test_an_answer_with_another_nonce_lets_nobody_in(provider: str) -> None:
    browser = Client()
    callback = consent(asked(browser), "subject-1")
    session = browser.session
    session["directory_nonce"] = "of another sign-in"
    session.save()

    browser.get(callback)

    assert not is_in(browser)
    assert Person.objects.count() == 0


def test_nobody_of_the_directory_gets_a_way_in_past_it(provider: str) -> None:
    browser, _ = sign_in("subject-1")

    Client().post("/accounts/password/reset/", {"email": "ana@example.org"})
    page = browser.get("/accounts/password/change/", follow=True)
    browser.post(page.redirect_chain[-1][0], {"password1": LONG, "password2": LONG})

    assert not any("/password/reset/key/" in str(message.body) for message in mail.outbox)
    assert "directory, which keeps your password" in page.content.decode()
    assert not Person.objects.get().has_usable_password()


def test_signing_out_ends_the_session(provider: str) -> None:
    browser, _ = sign_in("subject-1")

    browser.post("/accounts/logout/")

    assert not is_in(browser)


def test_the_button_is_there_exactly_when_a_provider_is_configured(
    issuer: str, settings: Any
) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = sign_in_providers(None)
    without = Client().get("/accounts/login/").content.decode()
    client = read_environment(
        deployment.BASE_DIR,
        {
            "OIDC_ISSUER": issuer,
            "OIDC_CLIENT_ID": "a",
            "OIDC_CLIENT_SECRET": "b",
            "CONCORD_VAR": str(deployment.VAR_DIR),
        },
    ).oidc
    settings.SOCIALACCOUNT_PROVIDERS = sign_in_providers(client)
    with_one = Client().get("/accounts/login/").content.decode()

    assert "Company sign-in" not in without
    assert "Continue with Company sign-in" in with_one


def test_without_a_provider_its_address_leads_nowhere(settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = sign_in_providers(None)
    PersonFactory()

    assert Client().post(START).status_code == 404
