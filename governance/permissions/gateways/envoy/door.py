"""The door for Envoy: from a request that waits to an answer that lets it pass or not."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from governance.audit.services.recording import explained
from governance.audit.types import AccessOutcome, AccessRecord, Keeping
from governance.permissions.engine import Decision
from governance.permissions.gateways.asgi import (
    PROBLEM,
    Answer,
    Receive,
    Refused,
    Scope,
    Send,
    send_answer,
)
from governance.permissions.gateways.authzen.deciding import obligations_of, said
from governance.permissions.gateways.envoy.routes import Meant, PathRefused, Routes
from governance.permissions.gateways.keeping import Keeper, NotReady, Standing
from governance.permissions.gateways.question import STALE, Asker
from governance.permissions.gateways.recording import Record, how_to_keep, recorded
from governance.permissions.gateways.registered import GatewayRecord
from governance.permissions.gateways.reporting import Reports
from governance.permissions.types import DataAction, GatewayUse, Purpose

WORD = "envoy"
MOST_OBLIGATIONS = 8 * 1024
"""Bytes of a header; more of them are denied, as a proxy would drop the request."""
_PURPOSES = frozenset(Purpose)
_ACTIONS: Mapping[str, str] = {
    **dict.fromkeys(("GET", "HEAD", "OPTIONS"), DataAction.READ),
    **dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), DataAction.WRITE),
}
_NOTHING_THERE = "There is nothing at this address."


class EnvoyDoor:
    """Answers `/gw/SECRET/envoy/...`."""

    def __init__(self, keeper: Keeper, record: Record, reports: Reports, prefix: str) -> None:
        self._keeper = keeper
        self._record = record
        self._reports = reports
        self._prefix = prefix
        self._routes: dict[int, tuple[GatewayRecord, Routes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's entrance for one request; its body is nobody's business here."""
        headers = _by_name(scope)
        request_id = headers.get(b"x-request-id", [b""])[0]
        try:
            answer = await self._respond(scope, headers, request_id)
        except Refused as refused:
            answer = refused.answer()
        echoed = ((b"x-request-id", request_id),) if request_id else ()
        await send_answer(
            send,
            Answer(answer.status, answer.body, answer.content_type, (*answer.headers, *echoed)),
        )

    async def _respond(
        self, scope: Scope, headers: Mapping[bytes, list[bytes]], request_id: bytes
    ) -> Answer:
        began = time.perf_counter()
        secret = scope["path"][len(self._prefix) :].partition("/")[0]
        try:
            standing = self._keeper.standing()
        except NotReady as error:
            raise Refused(503, str(error), ((b"retry-after", b"1"),)) from None
        gateway = standing.gateway(secret)
        if gateway is None:
            raise Refused(403, "This address belongs to no gateway, or to one that was revoked.")
        if GatewayUse.ENVOY not in gateway.uses:
            raise Refused(403, f"The gateway {gateway.name} is not made for Envoy.")
        self._reports.asked(gateway.id, standing.index.version, WORD)
        path = _original_path(scope, len(f"{self._prefix}{secret}/{WORD}"))
        asker = _asker(standing, gateway, headers)
        record = AccessRecord(
            gateway=f"{WORD}:{gateway.name}",
            username=asker.username,
            person=asker.person,
            action="",
            outcome=AccessOutcome.REFUSED,
            policy_version=asker.index.version,
            purpose=asker.purpose or "",
            environment=asker.environment or "",
            request_id=request_id.decode("latin-1")[:200],
            note=f"{scope['method']} {path}"[:200],
            asked=1,
        )
        answer = self._answer(asker, gateway, scope["method"], path, record)
        if answer is None:
            return Answer(200, b"{}", headers=_told(asker.index.version, "[]"))
        record.latency = int((time.perf_counter() - began) * 1e6)
        decision = await recorded(self._record, record)
        return Answer(
            answer.status, answer.body, answer.content_type,
            (*answer.headers, (b"x-concord-decision-id", decision.encode())),
        )  # fmt: skip

    def _answer(
        self, asker: Asker, gateway: GatewayRecord, method: str, path: str, record: AccessRecord
    ) -> Answer | None:
        """The answer, with what it rests on written into the record; None lets pass what shows no
        data."""
        if asker.floor:
            record.code = asker.floor
            whom = asker.username or f"whoever is named in {gateway.identity_header}"
            return _denied(record, f"Concord denies everything to {whom}.")
        try:
            meant = self._routes_of(gateway).meant(path)
        except PathRefused as error:
            record.code = "no_route"
            return _denied(record, str(error))
        if not meant.name:
            return None
        record.action = meant.route.action or _ACTIONS.get(method, f"unknown:{method}")
        decision = asker.decide(record.action, meant.name, meant.system)
        record.outcome = AccessOutcome.ALLOWED
        explained(record, decision)
        pk = asker.index.parts.by_name.get(meant.name)
        record.resources, record.datasets = (meant.name,), (pk,) if pk is not None else ()
        if decision.code != STALE and not asker.sees(meant.name, meant.system):
            record.outcome = AccessOutcome.REFUSED
            return _problem(404, _NOTHING_THERE, {}, _told(decision.version, "[]"))
        return self._of_decision(asker, meant, decision, record)

    def _of_decision(
        self, asker: Asker, meant: Meant, decision: Decision, record: AccessRecord
    ) -> Answer:
        if not decision.allowed:
            return _denied(record, "", said(decision))
        owed = "[]"
        if decision.code != "open":
            owed = json.dumps(obligations_of(decision), separators=(",", ":"))
            if not meant.route.obligations or len(owed) > MOST_OBLIGATIONS:
                record.outcome = AccessOutcome.REFUSED
                numbers = [one.rule.number for one in decision.rules]
                verb = "shows" if len(numbers) == 1 else "show"
                sentence = (
                    f"{', '.join(numbers)} {verb} this in part only, and here it comes whole or"
                    " not at all."
                )
                return _denied(record, sentence, {"denied_by": numbers})
        record.allowed = 1
        record.keeping = how_to_keep(
            asker, [(meant.name, meant.system)], is_whole=decision.code == "open", is_listing=False
        )
        return Answer(200, b"{}", headers=_told(decision.version, owed))

    def _routes_of(self, gateway: GatewayRecord) -> Routes:
        found = self._routes.get(gateway.id)
        if found is None or found[0].routes != gateway.routes:
            found = self._routes[gateway.id] = (gateway, Routes(gateway.routes))
        return found[1]


def _by_name(scope: Scope) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.lower(), []).append(value)
    return found


def _original_path(scope: Scope, start: int) -> str:
    """The path as it was sent to Envoy, not decoded."""
    raw: bytes | None = scope.get("raw_path")
    path = raw.decode("latin-1") if raw is not None else quote(scope["path"], safe="/%")
    return path[start:] or "/"


def _asker(
    standing: Standing, gateway: GatewayRecord, headers: Mapping[bytes, list[bytes]]
) -> Asker:
    """Who asks: whoever the one header says. Two of them, or a list, name nobody."""
    values = headers.get(gateway.identity_header.encode(), [])
    name = ""
    if len(values) == 1 and b"," not in values[0]:
        try:
            name = values[0].decode().strip()
        except UnicodeDecodeError:
            name = ""
    stated = headers.get(b"x-concord-purpose", [b""])[-1].decode("latin-1").strip()
    purpose = stated or gateway.purpose
    return Asker(
        standing=standing,
        person=standing.index.person_named(name) if name else None,
        username=name[:150],
        purpose=purpose if purpose in _PURPOSES else None,
        environment=gateway.environment or None,
        at=standing.now(),
    )


def _told(version: int, obligations: str) -> tuple[tuple[bytes, bytes], ...]:
    """What stands in the headers of every answer, so that nobody else's words stand there."""
    return (
        (b"x-concord-policy-version", str(version).encode()),
        (b"x-concord-obligations", obligations.encode("ascii")),
    )


def _denied(
    record: AccessRecord, sentence: str, context: Mapping[str, Any] | None = None
) -> Answer:
    """403 with the reason in words, in the body and in headers."""
    record.outcome, record.keeping = AccessOutcome.REFUSED, Keeping.RESTRICTED
    found = dict(context or {})
    reason = found.pop("reason_user", {}).get("403", sentence)
    numbers = found.get("denied_by", [])
    headers = (
        *_told(record.policy_version, "[]"),
        (b"x-concord-reason", quote(reason[:500], safe=" ,.:;-'()").encode()),
        (b"x-concord-denied-by", quote(",".join(numbers), safe=",-").encode()),
    )
    found.pop("policy_version", None)
    return _problem(403, reason, {"policy_version": str(record.policy_version), **found}, headers)


def _problem(
    status: int, title: str, more: Mapping[str, Any], headers: tuple[tuple[bytes, bytes], ...]
) -> Answer:
    body = {"type": "about:blank", "status": status, "title": title, **more}
    return Answer(status, msgspec.json.encode(body), PROBLEM, headers)
