"""Documents read as engines read them, from worlds in memory, at an instant that a test moves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from governance.permissions.engine import World
from governance.permissions.gateways import fetching, making
from governance.permissions.gateways.keeping import NotReady, Standing
from governance.permissions.gateways.registered import GatewayRecord, Registered
from governance.permissions.types import Effect, Mask
from tests.governance.permissions.gateways.asking import NOW, Door, Given, dataset, person, rule
from tests.governance.permissions.gateways.asking import standing as plain_standing


def without_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """The types of columns come from the catalog; here every one is a text."""
    texts = {"name": "varchar"}
    monkeypatch.setattr(fetching, "column_types", lambda pks: dict.fromkeys(pks, texts))
    monkeypatch.setattr(making, "RESTS", 0.0)
    monkeypatch.setattr(making.connection, "close", lambda: None)


def salaries(**rest: Any) -> World:
    """Two people; one table is closed, one masked and filtered, one hidden."""
    return World(
        5,
        (person(1, "ann", "staff"), person(2, "boss", "admins")),
        (
            dataset(1, "memory.hr.plan", "id"),
            dataset(2, "memory.hr.pay", "name"),
            dataset(3, "memory.hr.secret", "id"),
            dataset(4, "memory.hr.free", "id"),
        ),
        (
            rule("plan", "hr.plan"),
            rule("name", "hr.pay", columns=("name",), effect=Effect.MASK, mask=Mask.LAST4),
            rule("rows", "hr.pay", effect=Effect.ROW_FILTER, rows="name = 'x'"),
            rule("secret", "hr.secret", confidential=True),
        ),
        **rest,
    )


class Fetching(Door):
    """Reads documents of a gateway by its secret; `held` is what the doors rest on."""

    def __init__(self, world: World, gateway: GatewayRecord, secret: str) -> None:
        self.at = NOW
        self.held = plain_standing(world, clock=lambda: self.at)
        self._secret = secret
        self.belongs_to(gateway)
        super().__init__(_Moving(self))

    def belongs_to(self, gateway: GatewayRecord) -> None:
        """The secret is this gateway's from now on."""
        key = sha256(self._secret.encode()).hexdigest()
        self.held = replace(self.held, registered=Registered(gateways={key: gateway}))

    def fetched(
        self,
        path: str,
        *,
        secret: str | None = None,
        method: str = "GET",
        headers: Sequence[tuple[bytes, bytes]] = (),
        query: str = "",
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers of an answer; no body where there is none."""
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": b""}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http", "method": method, "path": f"/gw/{secret or self._secret}/{path}",
            "headers": list(headers), "query_string": query.encode(), "client": ("10.1.2.3", 999),
        }  # fmt: skip
        asyncio.run(self.application(scope, receive, send))
        told = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        body = sent[1]["body"]
        return sent[0]["status"], json.loads(body) if body else None, told


class Away(Given):
    """A keeper that is not ready."""

    def standing(self) -> Standing:
        """Never anything."""
        raise NotReady("Not yet.")


class _Moving(Given):
    def __init__(self, reader: Fetching) -> None:
        super().__init__(reader.held)
        self._reader = reader

    def standing(self) -> Standing:
        return replace(self._reader.held, instant=self._reader.at)
