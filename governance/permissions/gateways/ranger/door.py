"""The door for plugins of Apache Ranger: documents, versions, and who has which.

`making` says when documents are made. Plugins keep their last policies whatever they are told, but
for one text, which is never sent: nothing here answers 404.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from governance.permissions.gateways.asgi import (
    Answer,
    Receive,
    Refused,
    Scope,
    Send,
    send_answer,
)
from governance.permissions.gateways.keeping import Keeper, NotReady, Standing
from governance.permissions.gateways.making import CONTENT, Maker, encode, version_of
from governance.permissions.gateways.ranger.definition import service_definition
from governance.permissions.gateways.ranger.policies import RangerPolicies
from governance.permissions.gateways.ranger.tables import tables_of
from governance.permissions.gateways.registered import GatewayRecord, GatewayUse
from governance.permissions.gateways.reporting import Report, Reports
from governance.permissions.selectors.column_types import column_types

SERVICE = "/service/"
_VERSIONS = ("lastKnownVersion", "lastKnownRoleVersion", "lastKnownUserStoreVersion",
             "lastKnownGdsVersion")  # fmt: skip


class RangerDoor:
    """See the module."""

    def __init__(self, keeper: Keeper, reports: Reports, prefix: str) -> None:
        self._keeper = keeper
        self._reports = reports
        self._prefix = prefix
        self._maker = Maker(documents_of)

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
        documents = await self._maker.documents(standing, gateway)
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
        if known >= CONTENT:
            plugin = asked.get("pluginId", [""])[0]
            self._reports.note(Report(gateway.id, plugin[:100], "ranger", known // CONTENT))


def documents_of(
    standing: Standing, gateway: GatewayRecord, at: float
) -> tuple[int, Mapping[str, bytes]]:
    """All documents of a gateway at one instant, as `making.Make`."""
    index = standing.index
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
    version = version_of(index, [policies, teams])
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
    return version, {kind: encode(document) for kind, document in said.items()}


_KINDS = frozenset({"policies", "roles", "tags", "xusers", "gds"})


def _known(asked: Mapping[str, list[str]]) -> int:
    """The version that a plugin has; -1 for none."""
    for name in _VERSIONS:
        said = asked.get(name, [""])[0]
        if said.removeprefix("-").isdigit() and len(said) < 20:
            return int(said)
    return -1
