"""Default deny for strangers, password reset and the second factor, through the real pages."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from catalog.models import Person
from tests.factories import AdministratorFactory, DatasetFactory, PersonFactory

pytestmark = pytest.mark.django_db

# Where a stranger may come: sign-in, reset, the provider's way back, health.
OPEN = {
    "accounts/login/",
    "accounts/logout/",
    "accounts/signup/",  # says that it is closed
    "accounts/inactive/",
    "accounts/password/reset/",
    "accounts/password/reset/done/",
    "accounts/password/reset/key/done/",
    "accounts/3rdparty/login/cancelled/",
    "health/live",
    "health/ready",
}
SAMPLES = {
    "int": "1",
    "slug": "some",
    "str": "some",
    "path": "some",
    "uuid": "00000000-0000-0000-0000-000000000000",
}


@pytest.fixture(autouse=True)
def _no_counted_attempts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def addresses(resolver: Any = None, prefix: str = "") -> Iterator[str]:
    """Every route of the service with a sample in place of each parameter."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = prefix + _sample(pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route


def _sample(pattern: Any) -> str:
    text = str(pattern.pattern)
    text = re.sub(r"<(\w+):\w+>", lambda found: SAMPLES[found.group(1)], text)
    text = re.sub(r"<\w+>", "some", text)
    text = re.sub(r"\(\?P<\w+>[^()]*(\([^()]*\)[^()]*)*\)", "1", text)
    return text.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\", "")


def test_no_route_answers_a_stranger_except_those_for_coming_in() -> None:
    DatasetFactory(pk=1)
    PersonFactory(pk=1, username="some")
    walked, wrong = 0, []
    for route in sorted(set(addresses())):
        for method in ("get", "post"):
            answer = getattr(Client(), method)(f"/{route}")
            walked += 1
            refused = answer.status_code in (401, 403, 404, 405) or (
                answer.status_code in (301, 302)
                and "/login/" in answer.headers["Location"]
            )  # fmt: skip
            if not refused and route not in OPEN:
                wrong.append((method, route, answer.status_code))

    assert walked > 300
    assert wrong == []


def test_the_open_routes_show_nothing_of_the_catalog() -> None:
    dataset = DatasetFactory(name="secret_orders")
    person = PersonFactory(display_name="Hidden Person")
    known = set(addresses())
    for route in sorted(OPEN):
        page = Client().get(f"/{route}").content.decode(errors="replace")
        assert route in known
        assert dataset.name not in page, route
        assert person.display_name not in page, route


@pytest.mark.parametrize(
    "page", ["email/", "confirm-email/", "confirm-email/some/", "3rdparty/", "3rdparty/signup/"]
)
def test_nobody_gives_themselves_an_address_or_another_way_in(page: str) -> None:
    person = PersonFactory(email="ana@example.org")
    browser = Client()
    browser.force_login(person)

    assert browser.get(f"/accounts/{page}").status_code == 404
    added = {"email": "boss@example.org", "action_add": ""}
    assert browser.post(f"/accounts/{page}", added).status_code == 404


def test_the_admin_has_no_sign_in_of_its_own() -> None:
    """Django's form knows no second factor and no limit of attempts."""
    person = AdministratorFactory()
    right = {"username": person.username, "password": "a-long-test-password"}
    browser = Client()

    answer = browser.post("/admin/login/?next=/admin/", right)

    assert answer.headers["Location"] == "/accounts/login/?next=/admin/"
    assert "_auth_user_id" not in browser.session
    browser.force_login(PersonFactory())
    assert browser.get("/admin/", follow=True).status_code == 403


def reset(address: str) -> Any:
    return Client().post("/accounts/password/reset/", {"email": address})


def test_a_password_is_reset_by_mail_once() -> None:
    person = PersonFactory(email="ana@example.org")

    reset("ana@example.org")
    link = re.search(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    assert link
    browser = Client()
    form = browser.get(link.group(1), follow=True)
    action = form.request["PATH_INFO"]
    new = {"password1": "a quite different one", "password2": "a quite different one"}
    browser.post(action, new)
    used = Client().get(link.group(1), follow=True)

    person.refresh_from_db()
    assert mail.outbox[0].to == ["ana@example.org"]
    assert person.check_password("a quite different one")
    assert "password1" not in used.content.decode()


def test_the_reset_page_does_not_tell_who_has_an_account() -> None:
    PersonFactory(email="ana@example.org")

    known, unknown = reset("ana@example.org"), reset("nobody@example.org")

    assert known.status_code == unknown.status_code
    assert known.headers["Location"] == unknown.headers["Location"]


def test_an_inactive_person_cannot_reset_and_weak_passwords_are_refused() -> None:
    PersonFactory(email="gone@example.org", is_active=False)

    reset("gone@example.org")

    assert not any("password/reset/key" in str(message.body) for message in mail.outbox)


def test_resets_are_rate_limited() -> None:
    PersonFactory(email="ana@example.org")

    answers = [reset("ana@example.org").status_code for _ in range(8)]

    assert answers.count(429) >= 1
    assert len(mail.outbox) <= 5


def test_wrong_passwords_are_rate_limited_and_do_not_tell_who_exists() -> None:
    person = PersonFactory()

    def attempt(name: str) -> str:
        page = Client().post("/accounts/login/", {"login": name, "password": "wrong wrong"})
        text = re.sub(r'value="[^"]*"', "", page.content.decode())
        return re.sub(r'"X-CSRFToken": "\w+"', "", text)

    assert attempt(person.username) == attempt("nobody_at_all")
    for _ in range(12):
        attempt(person.username)
    right = {"login": person.username, "password": "a-long-test-password"}
    browser = Client()
    browser.post("/accounts/login/", right)
    assert "_auth_user_id" not in browser.session


def _code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def signed_in_with_password(person: Person) -> Client:
    browser = Client()
    browser.post("/accounts/login/", {"login": person.username, "password": "a-long-test-password"})
    return browser


@pytest.mark.parametrize("factory", [PersonFactory, AdministratorFactory])
def test_a_second_factor_is_set_up_and_asked_for(factory: Any) -> None:
    person = factory()
    browser = signed_in_with_password(person)
    assert browser.get("/accounts/2fa/").status_code == 200

    browser.post("/accounts/reauthenticate/", {"password": "a-long-test-password"})
    form = browser.get("/accounts/2fa/totp/activate/")
    secret = form.context["form"].secret
    browser.post("/accounts/2fa/totp/activate/", {"code": _code(secret)})
    held = Authenticator.objects.get(user=person, type=Authenticator.Type.TOTP)
    assert get_adapter().decrypt(held.data["secret"]) == secret

    cache.clear()  # a code is good once; the clock stands still here
    half_in = signed_in_with_password(person)
    assert "_auth_user_id" not in half_in.session
    asked = half_in.get("/accounts/2fa/authenticate/")
    wrong = half_in.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert (asked.status_code, wrong.status_code) == (200, 200)
    assert "_auth_user_id" not in half_in.session
    half_in.post("/accounts/2fa/authenticate/", {"code": _code(secret)})
    assert half_in.session["_auth_user_id"] == str(person.pk)
