"""The door for Trino's file of rules: one document with its version, and who read which."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from governance.permissions.gateways.asgi import Answer, Refused, Scope
from governance.permissions.gateways.fetching import DocumentDoor, written_for
from governance.permissions.gateways.keeping import Keeper, Standing
from governance.permissions.gateways.making import Documents, encode, version_of
from governance.permissions.gateways.registered import GatewayRecord
from governance.permissions.gateways.reporting import Report, Reports
from governance.permissions.gateways.rules.rendering import TrinoRules
from governance.permissions.types import GatewayUse

log = structlog.get_logger(__name__)

WORD = "rules"
NAME = "trino.json"
MOST_BYTES = 15 * 2**20
"""Trino reads 16 MiB at most and denies everything beyond; what would be more is said shorter and
more strictly."""


class RulesDoor(DocumentDoor):
    """Answers `/gw/SECRET/rules/trino.json`."""

    use = GatewayUse.RULES
    purpose = "a file of rules"

    def __init__(self, keeper: Keeper, reports: Reports, prefix: str) -> None:
        super().__init__(keeper, reports, prefix, rules_of)

    def wanted(self, gateway: GatewayRecord, path: str) -> str:
        """There is one file."""
        if path != f"{WORD}/{NAME}":
            raise Refused(404, f"Rules are read at {WORD}/{NAME}.")
        return NAME

    def answer(
        self, scope: Scope, gateway: GatewayRecord, wanted: str, documents: Documents
    ) -> Answer:
        """Told apart by an ETag; whoever reads has it."""
        reader = (scope.get("client") or ("",))[0]
        self.reports.note(Report(gateway.id, reader[:100], WORD, documents.index.version))
        tag = f'"{documents.version}"'.encode()
        headers = ((b"etag", tag), (b"cache-control", b"no-cache"))
        known = dict(scope["headers"]).get(b"if-none-match", b"")
        if tag in [one.strip().removeprefix(b"W/") for one in known.split(b",")]:
            return Answer(304, b"", headers=headers)
        return Answer(200, documents.bodies[wanted], headers=headers)


def rules_of(
    standing: Standing, gateway: GatewayRecord, at: float
) -> tuple[int, Mapping[str, bytes]]:
    """The rules of a gateway at one instant, as `making.Make`."""
    index = standing.index
    rules = written_for(TrinoRules, standing, gateway, at)
    said, shortened = rules.written(), False
    version = version_of(index, said)
    body = _body(version, said, is_shortened=False)
    if len(body) > MOST_BYTES:
        log.warning("rules_shortened", gateway=gateway.name, size=len(body))
        said, shortened = rules.closed(), True
        version = version_of(index, said)
        body = _body(version, said, is_shortened=shortened)
    return version, {NAME: body}


def _body(version: int, said: object, *, is_shortened: bool) -> bytes:
    return encode({"policy_version": version, "is_shortened": is_shortened, "rules": said})
