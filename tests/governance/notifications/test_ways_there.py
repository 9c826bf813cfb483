"""The pages of messages, of how one hears, and of webhooks are led to from where people look."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.factories import AdministratorFactory, PersonFactory

pytestmark = pytest.mark.django_db


def signed_in(*, administers: bool = False) -> Client:
    client = Client()
    client.force_login(AdministratorFactory() if administers else PersonFactory())
    return client


def links(client: Client, address: str, within: str) -> list[str]:
    found = re.search(within, client.get(address).content.decode(), re.S)
    assert found
    return re.findall(r'href="([^"]+)"', found[0])


def test_messages_stand_under_ones_name_on_every_page() -> None:
    client = signed_in()

    menu = r'<div class="menu-panel">.*?<form'

    assert "/notifications/" in links(client, "/", menu)
    assert "/notifications/" in links(client, "/access/", menu)


def test_how_one_hears_is_a_page_of_ones_account_and_marked_there() -> None:
    client = signed_in()

    tabs = r'<ul class="tabs-list".*?</ul>'

    assert "/notifications/preferences/" in links(client, "/account/", tabs)
    assert "/notifications/preferences/" in links(client, "/account/tokens/", tabs)
    own = client.get("/notifications/preferences/").content.decode()
    assert '<a class="tab" href="/notifications/preferences/" aria-current="page">' in own


def test_administrators_are_led_to_webhooks() -> None:
    client = signed_in(administers=True)

    listed = links(client, "/administration/", r'<ul class="todo".*?</ul>')

    assert "/administration/webhooks/" in listed
