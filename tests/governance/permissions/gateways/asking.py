"""Doors over worlds in memory: no database, a clock that stands."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from catalog.types import Principal
from governance.audit.types import AccessRecord
from governance.permissions.engine import (
    Dataset,
    Exempt,
    FilterText,
    Person,
    Resources,
    Rule,
    Subjects,
    World,
    compile_index,
)
from governance.permissions.gateways.application import GatewayDoors, alone
from governance.permissions.gateways.authzen.words import Words
from governance.permissions.gateways.keeping import Keeper, Standing
from governance.permissions.gateways.registered import (
    GatewayRecord,
    Registered,
    TokenRecord,
    mapped,
)
from governance.permissions.types import DataAction, Effect

SECRET, TOKEN = "a-gateway-of-tests", "cat_of-tests"
ACTING = Principal.system("tests")
NOW = 1_790_000_000.0
LAKE = mapped("trino://lake")


class Given(Keeper):
    """A keeper that holds what it is given."""

    def __init__(self, standing: Standing) -> None:
        super().__init__()
        self._given = standing

    def start(self) -> None:
        """Looks at nothing."""

    def stop(self) -> None:
        """Nothing to end."""

    def standing(self) -> Standing:
        """What was given."""
        return self._given


def person(number: int, name: str, *groups: str, **attributes: str) -> Person:
    """An active employee unless said otherwise."""
    known = {"username": name, "employment_kind": "employee", **attributes}
    return Person(number, name, frozenset(groups), known)


def dataset(number: int, name: str, *columns: str, **rest: Any) -> Dataset:
    """A table of the lake."""
    return Dataset(
        number, f"trino://lake/{name}", system="trino://lake",
        columns={column: frozenset() for column in columns}, **rest,
    )  # fmt: skip


def rule(key: str, *names: str, effect: Effect = Effect.DENY, **rest: Any) -> Rule:
    """An opt-out of everybody but administrators ("admins") from reading and writing."""
    columns = rest.pop("columns", ())
    subjects = rest.pop(
        "subjects", Subjects(everybody=True, exempt=Exempt(groups=frozenset({"admins"})))
    )
    text = rest.pop("rows", "")
    return Rule(
        key=f"permission_policy:{key}", number=key.upper(), version=1, effect=effect,
        subjects=subjects, resources=Resources(names=names, columns=columns),
        actions=rest.pop("actions", frozenset(DataAction)),
        filter=FilterText((text,)) if text else None,
        reason="Need to know.", ask="the owner", **rest,
    )  # fmt: skip


def standing(
    world: World,
    *,
    purpose: str = "",
    age: float = 0.0,
    clock: Callable[[], float] = lambda: NOW,
    **registered: Any,
) -> Standing:
    """What the doors rest on, `age` seconds after the database last answered."""
    gateway = GatewayRecord(
        id=1, name="tests", purpose=purpose, environment="", elsewhere=LAKE,
        catalogs={"crm": mapped("postgres://warehouse/larkfield")},
        impersonators=frozenset({"dashboards"}),
    )  # fmt: skip
    held = Registered(
        gateways={sha256(SECRET.encode()).hexdigest(): gateway},
        tokens={sha256(TOKEN.encode()).hexdigest(): TokenRecord(99, "app", None)},
        **registered,
    )
    now = time.monotonic()
    return Standing(compile_index(world, clock=clock), held, now - age, now, clock())


def trino_body(user: str, operation: str, *, properties: Any = None, **action: Any) -> bytes:
    """A question of Trino's."""
    context: dict[str, Any] = {"identity": {"user": user, "groups": ["ignored"]}}
    if properties is not None:
        context["properties"] = properties
    return msgspec.json.encode(
        {"input": {"context": context, "action": {"operation": operation, **action}}}
    )


def table(name: str, *columns: str) -> dict[str, Any]:
    """A table as a resource of Trino's; `columns` are left out where none are given."""
    catalog, schema, last = name.split(".")
    found: dict[str, Any] = {"catalogName": catalog, "schemaName": schema, "tableName": last}
    if columns:
        found["columns"] = list(columns)
    return {"table": found}


class Door:
    """Posts to the doors as a client does."""

    def __init__(self, held: Standing | Keeper, words: Words | None = None) -> None:
        keeper = held if isinstance(held, Keeper) else Given(held)
        self.recorded: list[AccessRecord] = []
        self.application = GatewayDoors(alone, keeper, self._record, words)

    async def _record(self, record: AccessRecord) -> str:
        self.recorded.append(record)
        return f"d{len(self.recorded)}"

    def trino(self, endpoint: str, body: bytes, secret: str = SECRET) -> tuple[int, Any]:
        """Status and body of an answer."""
        return self.post(f"/gw/{secret}/v1/data/trino/{endpoint}", body)[:2]

    def authzen(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        """Status and body of an answer to a service account."""
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        given = {"authorization": f"Bearer {TOKEN}", **headers}
        return self.post(f"/access/v1/{path}", data, given)[:2]

    def post(
        self,
        path: str,
        body: bytes | list[bytes],
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers of an answer; a list of bodies comes in pieces."""
        pieces = body if isinstance(body, list) else [body]
        waiting = [
            {"type": "http.request", "body": piece, "more_body": place < len(pieces) - 1}
            for place, piece in enumerate(pieces)
        ]
        sent: list[Any] = []

        async def receive() -> Any:
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        given = {"content-type": "application/json", **(headers or {})}
        scope = {
            "type": "http", "method": method, "path": path,
            "headers": [(k.lower().encode(), v.encode()) for k, v in given.items()],
        }  # fmt: skip
        asyncio.run(self.application(scope, receive, send))
        told = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        assert int(told["content-length"]) == len(sent[1]["body"])
        return sent[0]["status"], msgspec.json.decode(sent[1]["body"]), told
