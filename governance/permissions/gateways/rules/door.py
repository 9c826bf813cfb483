"""The door for Trino's file of rules: one document with its version, and who read which."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from governance.permissions.gateways.asgi import Answer, Receive, Refused, Scope, Send, send_answer
from governance.permissions.gateways.keeping import Keeper, NotReady, Standing
from governance.permissions.gateways.making import Maker, encode, version_of
from governance.permissions.gateways.ranger.tables import tables_of
from governance.permissions.gateways.registered import GatewayRecord
from governance.permissions.gateways.reporting import Report, Reports
from governance.permissions.gateways.rules.rendering import TrinoRules
from governance.permissions.selectors.column_types import column_types
from governance.permissions.types import GatewayUse

log = structlog.get_logger(__name__)

WORD = "rules"
NAME = "trino.json"
MOST_BYTES = 15 * 2**20
"""Trino reads 16 MiB at most and denies everything beyond; what would be more is said shorter and
more strictly."""


class RulesDoor:
    """Answers `/gw/SECRET/rules/trino.json`."""

    def __init__(self, keeper: Keeper, reports: Reports, prefix: str) -> None:
        self._keeper = keeper
        self._reports = reports
        self._prefix = prefix
        self._maker = Maker(rules_of)

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
            raise Refused(405, "Rules are read.", ((b"allow", b"GET"),))
        try:
            standing = self._keeper.standing()
        except NotReady as error:
            raise Refused(503, str(error), ((b"retry-after", b"1"),)) from None
        gateway = standing.registered.gateway(secret)
        if gateway is None:
            raise Refused(403, "This address belongs to no gateway, or to one that was revoked.")
        if GatewayUse.RULES not in gateway.uses:
            raise Refused(403, f"The gateway {gateway.name} is not made for a file of rules.")
        if path != f"{WORD}/{NAME}":
            raise Refused(404, f"Rules are read at {WORD}/{NAME}.")
        documents = await self._maker.documents(standing, gateway)
        reader = (scope.get("client") or ("",))[0]
        self._reports.note(Report(gateway.id, reader[:100], WORD, documents.index.version))
        tag = f'"{documents.version}"'.encode()
        headers = ((b"etag", tag), (b"cache-control", b"no-cache"))
        known = dict(scope["headers"]).get(b"if-none-match", b"")
        if tag in [one.strip().removeprefix(b"W/") for one in known.split(b",")]:
            return Answer(304, b"", headers=headers)
        return Answer(200, documents.bodies[NAME], headers=headers)


def rules_of(
    standing: Standing, gateway: GatewayRecord, at: float
) -> tuple[int, Mapping[str, bytes]]:
    """The rules of a gateway at one instant, as `making.Make`."""
    index = standing.index
    rules = TrinoRules(
        index=index,
        at=at,
        purpose=gateway.purpose or None,
        environment=gateway.environment or None,
        tables=tables_of(gateway, index),
        types=column_types,
        administrators=standing.registered.administrators,
        impersonators=gateway.impersonators,
    )
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
