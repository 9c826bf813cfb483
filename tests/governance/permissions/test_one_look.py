"""However much one request shows, the database is asked once what moved."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.asgi import get_asgi_application
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from pyroaring import BitMap

from governance.permissions.holder import opt_outs
from tests.factories import DatasetFactory, PersonFactory
from tests.governance.permissions.company import in_force, opt_out


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The connection of the test outlives the request, as with the framework's own client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


async def asked_of_a_server(path: str, cookies: str) -> int:
    """The status of what an ASGI server is answered."""
    sent: list[dict[str, Any]] = []
    waiting = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> dict[str, Any]:
        return waiting.pop() if waiting else await asyncio.Event().wait()  # type: ignore[return-value]

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": path, "scheme": "http",
        "raw_path": path.encode(), "query_string": b"", "asgi": {"version": "3.0"},
        "headers": [(b"host", b"localhost"), (b"cookie", cookies.encode())],
        "client": ("127.0.0.1", 1), "server": ("localhost", 80),
    }  # fmt: skip
    await get_asgi_application()(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.django_db
def test_a_page_of_an_asgi_server_takes_one_look(
    one_connection: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an opt-out, and a dataset about which a page asks again and again what one may
    in_force(opt_out(1, resources={"dataset": "hr.*"}))
    dataset = DatasetFactory()
    browser = Client()
    browser.force_login(PersonFactory())
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())
    looks: list[BitMap] = []
    look = opt_outs._look

    def counted() -> BitMap:
        looks.append(look())
        return looks[-1]

    monkeypatch.setattr(opt_outs, "_look", counted)

    # When the page is asked for, through ASGI as in the service
    status = async_to_sync(asked_of_a_server)(f"/datasets/{dataset.pk}/", cookies)

    # Then what moved was asked once
    assert (status, len(looks)) == (200, 1)


@pytest.mark.django_db
def test_the_next_request_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given an opt-out
    in_force(opt_out(1, resources={"dataset": "hr.*"}))
    looks: list[int] = []
    monkeypatch.setattr(opt_outs, "_look", lambda: looks.append(1) or BitMap())

    # When two requests show something, and then something that is none
    for _ in range(2):
        with opt_outs.one_request():
            opt_outs.unsettled()
            opt_outs.unsettled()
    opt_outs.unsettled()
    opt_outs.unsettled()

    # Then each request took one look, and what is no request one each time
    assert len(looks) == 4
