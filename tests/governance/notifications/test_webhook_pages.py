"""Webhooks in the browser: made, changed, tried, and told plainly what went wrong."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog.selectors.principals import principal_of
from governance.models import Webhook
from governance.notifications.services.webhooks import add_webhook
from tests.factories import AdministratorFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper() -> Client:
    client = Client()
    client.force_login(AdministratorFactory())
    return client


@pytest.fixture
def webhook() -> Webhook:
    acting = principal_of(AdministratorFactory())
    return add_webhook(acting=acting, name="tool", url="https://127.0.0.1/")


def told(client: Client, webhook: Webhook, **sent: object) -> str:
    address = f"/administration/webhooks/{webhook.pk}/change/"
    return client.post(address, sent, follow=True).content.decode()


def test_a_webhook_is_changed_on_its_page(keeper: Client, webhook: Webhook) -> None:
    shown = keeper.get(f"/administration/webhooks/{webhook.pk}/").content.decode()
    assert 'value="https://127.0.0.1/"' in shown

    text = told(
        keeper, webhook, what="edit", name="renamed", url="https://example.org/",
        event_types=["governance.decision.taken"],
    )  # fmt: skip

    assert "Changed." in text
    webhook.refresh_from_db()
    assert (webhook.name, webhook.url) == ("renamed", "https://example.org/")
    assert webhook.event_types == ["governance.decision.taken"]
    wrong = told(keeper, webhook, what="edit", name="renamed", url="ftp://example.org/")
    assert "Nothing was changed. The address starts with https:// and names a host." in wrong
    webhook.refresh_from_db()
    assert webhook.url == "https://example.org/"


def test_a_trial_tells_what_came_of_it(keeper: Client, webhook: Webhook) -> None:
    text = told(keeper, webhook, what="test")

    assert "It was not taken. 127.0.0.1 is inside a private network" in text


def test_what_a_webhook_does_not_know_is_refused(keeper: Client, webhook: Webhook) -> None:
    assert "Nothing was changed. A webhook knows no" in told(keeper, webhook, what="dance")


def test_nobody_else_sees_or_changes_it(webhook: Webhook) -> None:
    client = Client()
    client.force_login(PersonFactory())

    assert client.get(f"/administration/webhooks/{webhook.pk}/").status_code == 403
    assert "Only administrators may do this" in told(client, webhook, what="remove")
    assert Webhook.objects.count() == 1
