"""The door for plugins of Apache Ranger: documents, versions, and who has which.

`making` says when documents are made. Plugins keep their last policies whatever they are told, but
for one text, which is never sent: nothing here answers 404.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from governance.permissions.gateways.asgi import Answer, Refused, Scope
from governance.permissions.gateways.fetching import DocumentDoor, written_for
from governance.permissions.gateways.keeping import Keeper, Standing
from governance.permissions.gateways.making import CONTENT, Documents, encode, version_of
from governance.permissions.gateways.ranger.definition import service_definition
from governance.permissions.gateways.ranger.policies import RangerPolicies
from governance.permissions.gateways.registered import GatewayRecord, GatewayUse
from governance.permissions.gateways.reporting import Report, Reports

SERVICE = "/service/"
_VERSIONS = ("lastKnownVersion", "lastKnownRoleVersion", "lastKnownUserStoreVersion",
             "lastKnownGdsVersion")  # fmt: skip
_ODD = re.compile(r"[^A-Za-z0-9._:@-]")
"""What no plugin's name holds: a NUL would be refused by the database."""


class RangerDoor(DocumentDoor):
    """See the module."""

    use = GatewayUse.RANGER
    purpose = "Ranger"
    retry_seconds = 5

    def __init__(self, keeper: Keeper, reports: Reports, prefix: str) -> None:
        super().__init__(keeper, reports, prefix, documents_of)

    def wanted(self, gateway: GatewayRecord, path: str) -> str:
        """The kind of document; plugins write the service's name behind it."""
        words = [one for one in path.split("/") if one not in ("service", "secure", "plugins")]
        if len(words) != 3 or words[0] not in _KINDS or words[1] != "download":
            raise Refused(400, "Plugins download policies, roles, tags, xusers or gds here.")
        kind, _, service = words
        if service != gateway.name:
            raise Refused(
                403, f"This address serves {gateway.name}: set ranger.service.name to it."
            )
        return kind

    def answer(
        self, scope: Scope, gateway: GatewayRecord, wanted: str, documents: Documents
    ) -> Answer:
        """Told apart by the version that a plugin says it has."""
        asked = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        known = _known(asked)
        if wanted == "policies":
            self._report(gateway, known, asked)
        body = documents.bodies.get(wanted)
        if body is None or known == documents.version:
            return Answer(304, b"")
        return Answer(200, body)

    def _report(self, gateway: GatewayRecord, known: int, asked: Mapping[str, list[str]]) -> None:
        """The plugin says which policies it has; before its first ones it has none."""
        if known >= CONTENT:
            plugin = _ODD.sub("_", asked.get("pluginId", [""])[0][:100])
            self.reports.note(Report(gateway.id, plugin, "ranger", known // CONTENT))


def documents_of(
    standing: Standing, gateway: GatewayRecord, at: float
) -> tuple[int, Mapping[str, bytes]]:
    """All documents of a gateway at one instant, as `making.Make`."""
    index = standing.index
    policies = written_for(RangerPolicies, standing, gateway, at).written()
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
        if said.isascii() and said.removeprefix("-").isdigit() and len(said) < 20:
            return int(said)
    return -1
