"""The door for plugins of Apache Ranger: documents, versions, and who has which.

A document is made once for each gateway and state, and anew where an opt-out or an exception begins
or ends. Its version tells the state and the document's content, so that every process that makes
it says the same. Plugins keep their last policies whatever they are told, but for one text, which
is never sent: nothing here answers 404.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs

import msgspec
from django.db import connection

from governance.permissions.engine import Index
from governance.permissions.gateways.asgi import (
    Answer,
    Receive,
    Refused,
    Scope,
    Send,
    send_answer,
)
from governance.permissions.gateways.keeping import Keeper, NotReady, Standing
from governance.permissions.gateways.ranger.definition import service_definition
from governance.permissions.gateways.ranger.policies import RangerPolicies
from governance.permissions.gateways.ranger.tables import tables_of
from governance.permissions.gateways.registered import GatewayRecord, GatewayUse, Registered
from governance.permissions.gateways.reporting import Report, Reports
from governance.permissions.selectors.column_types import column_types

SERVICE = "/service/"
KEPT_SECONDS = 3_600.0
"""A document is made anew after an hour at the latest: data grows older without an edge."""
RESTS = 3.0
"""Documents rest for so many times as long as it took to make them."""
_CONTENT = 10**6
_VERSIONS = ("lastKnownVersion", "lastKnownRoleVersion", "lastKnownUserStoreVersion",
             "lastKnownGdsVersion")  # fmt: skip
_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True)
class Documents:
    """What one gateway's plugins download until `ends`, by kind; `version` tells them apart. Before
    `rests_until` (`time.monotonic`) no others are made: plugins ask again soon."""

    index: Index
    registered: Registered
    gateway: GatewayRecord
    ends: float
    rests_until: float
    version: int
    bodies: Mapping[str, bytes]


class RangerDoor:
    """See the module."""

    def __init__(self, keeper: Keeper, reports: Reports, prefix: str) -> None:
        self._keeper = keeper
        self._reports = reports
        self._prefix = prefix
        self._made: dict[int, Documents] = {}
        self._making = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's entrance for one request."""
        try:
            answer = await self._respond(scope)
        except Refused as refused:
            answer = refused.answer()
        await send_answer(send, answer)

    async def _respond(self, scope: Scope) -> Answer:
        secret, _, path = scope["path"][len(self._prefix) :].partition("/")
        if scope["method"] != "GET":
            raise Refused(405, "Policies are downloaded.", ((b"allow", b"GET"),))
        try:
            standing = self._keeper.standing()
        except NotReady as error:
            raise Refused(503, str(error), ((b"retry-after", b"5"),)) from None
        gateway = standing.registered.gateway(secret)
        if gateway is None:
            raise Refused(403, "This address belongs to no gateway, or to one that was revoked.")
        if GatewayUse.RANGER not in gateway.uses:
            raise Refused(403, f"The gateway {gateway.name} is not made for Ranger.")
        words = [one for one in path.split("/") if one not in ("service", "secure", "plugins")]
        if len(words) != 3 or words[0] not in _KINDS or words[1] != "download":
            raise Refused(400, "Plugins download policies, roles, tags, xusers or gds here.")
        kind, _, service = words
        if service != gateway.name:
            raise Refused(
                403, f"This address serves {gateway.name}: set ranger.service.name to it."
            )
        documents = self._kept(standing, gateway)
        if documents is None:
            loop = asyncio.get_running_loop()
            documents = await loop.run_in_executor(None, self._documents, standing, gateway)
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        known = _known(asked)
        if kind == "policies":
            self._report(gateway, known, asked)
        body = documents.bodies.get(kind)
        if body is None or known == documents.version:
            return Answer(304, b"")
        return Answer(200, body)

    def _report(self, gateway: GatewayRecord, known: int, asked: Mapping[str, list[str]]) -> None:
        """The plugin says which policies it has; before its first ones it has none."""
        if known >= _CONTENT:
            plugin = asked.get("pluginId", [""])[0]
            self._reports.note(Report(gateway.id, plugin[:100], "ranger", known // _CONTENT))

    def _kept(self, standing: Standing, gateway: GatewayRecord) -> Documents | None:
        found = self._made.get(gateway.id)
        if found is not None and found.gateway == gateway and time.monotonic() < found.rests_until:
            return found
        if (
            found is None
            or found.index.version != standing.index.version
            or found.gateway != gateway
            or found.registered.administrators != standing.registered.administrators
            or standing.now() >= found.ends
        ):
            return None
        return found

    def _documents(self, standing: Standing, gateway: GatewayRecord) -> Documents:
        with self._making:
            found = self._kept(standing, gateway)
            if found is None:
                try:
                    found = self._made[gateway.id] = documents_of(standing, gateway)
                finally:
                    connection.close()
            return found


def documents_of(standing: Standing, gateway: GatewayRecord) -> Documents:
    """All documents of a gateway at one instant."""
    began = time.monotonic()
    index, at = standing.index, standing.now()
    policies = RangerPolicies(
        index=index,
        at=at,
        purpose=gateway.purpose or None,
        environment=gateway.environment or None,
        tables=tables_of(gateway, index),
        types=column_types,
        administrators=standing.registered.administrators,
        impersonators=gateway.impersonators,
    ).written()
    people = [index.parts.persons[pk] for pk in sorted(index.parts.masks)]
    teams: dict[str, list[str]] = {}
    for person in people:
        for team in sorted(person.groups):
            teams.setdefault(team, []).append(person.name)
    digest = sha256(_encode([policies, teams])).digest()
    version = index.version * _CONTENT + int.from_bytes(digest[:8], "big") % _CONTENT
    service = gateway.name
    when = int(at * 1000)
    said: dict[str, dict[str, Any]] = {
        "policies": {
            "serviceName": service, "serviceId": gateway.id, "policyVersion": version,
            "policyUpdateTime": when, "policies": policies, "serviceDef": service_definition(),
            "auditMode": "audit-none",
        },
        "roles": {
            "serviceName": service, "roleVersion": version, "roleUpdateTime": when,
            "rangerRoles": [
                {"id": place + 1, "isEnabled": True, "name": team,
                 "users": [{"name": name, "isAdmin": False} for name in names],
                 "groups": [], "roles": []}
                for place, (team, names) in enumerate(sorted(teams.items()))
            ],
        },
        "tags": {
            "op": "add_or_update", "serviceName": service, "tagVersion": version,
            "tagUpdateTime": when, "tagDefinitions": {}, "tags": {}, "serviceResources": [],
            "resourceToTagIds": {}, "isDelta": False,
        },
        "xusers": {
            "userStoreVersion": version, "userStoreUpdateTime": when, "userAttrMapping": {},
            "groupAttrMapping": {},
            "userGroupMapping": {one.name: sorted(one.groups) for one in people},
        },
    }  # fmt: skip
    for policy in policies:
        policy["service"] = service
    bodies = {kind: _encode(document) for kind, document in said.items()}
    now = time.monotonic()
    rests_until = now + RESTS * (now - began)
    ends = _ends(index, at)
    return Documents(index, standing.registered, gateway, ends, rests_until, version, bodies)


_KINDS = frozenset({"policies", "roles", "tags", "xusers", "gds"})


def _ends(index: Index, at: float) -> float:
    """When the next opt-out or exception begins or ends, or an hour later."""
    edges = [index.parts.slots.period(at).ends, at + KEPT_SECONDS]
    for exception in index.parts.exceptions.values():
        edges += [edge for edge in (exception.begins, exception.ends) if edge > at]
    return min(edges)


def _known(asked: Mapping[str, list[str]]) -> int:
    """The version that a plugin has; -1 for none."""
    for name in _VERSIONS:
        said = asked.get(name, [""])[0]
        if said.removeprefix("-").isdigit() and len(said) < 20:
            return int(said)
    return -1
