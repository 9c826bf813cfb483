"""The door for clients: what holds, whole or changed, signed for each; and batches of decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings

from governance.permissions.bundling import Header, Served, sealed, sealed_word
from governance.permissions.bundling.sealing import STILL, Place
from governance.permissions.gateways.asgi import (
    Answer,
    Receive,
    Refused,
    Scope,
    Send,
    send_answer,
)
from governance.permissions.gateways.clients.publishing import Publisher, State, terms_of
from governance.permissions.gateways.clients.receiving import Receiver
from governance.permissions.gateways.clients.signing import signing_key
from governance.permissions.gateways.keeping import Keeper, NotReady, Standing
from governance.permissions.gateways.recording import Record
from governance.permissions.gateways.registered import GatewayRecord, GatewayUse, Mapped
from governance.permissions.gateways.reporting import Report, Reports

PREFIX = "/gw/client/"
MOST_WAIT = 60.0
BEHIND_SECONDS = 5.0
"""How long a process that is behind what a client has waits before it says so."""
_INSTANCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}")
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_VERSION = re.compile(r"[0-9]{1,18}")
BUNDLE_TYPE = b"application/vnd.concord.bundle"


class ClientDoor:
    """See the package for its addresses."""

    def __init__(
        self, keeper: Keeper, publisher: Publisher, reports: Reports, record: Record
    ) -> None:
        self._keeper = keeper
        self._publisher = publisher
        self._reports = reports
        self.receiver = Receiver(record)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's entrance for one request."""
        try:
            answer = await self._respond(scope, receive)
        except Refused as refused:
            answer = refused.answer()
        await send_answer(send, answer)

    async def _respond(self, scope: Scope, receive: Receive) -> Answer:
        headers = dict(scope["headers"])
        gateway = self._gateway(headers.get(b"authorization", b""))
        match scope["path"].removeprefix(PREFIX), scope["method"]:
            case "bundle", "GET":
                return await self._bundle(scope, headers, gateway)
            case "decisions", "POST":
                standing = self._standing()
                return await self.receiver.taken(scope, receive, gateway, standing)
            case "bundle" | "decisions", _:
                raise Refused(405, "Bundles are got, decisions are posted.")
        raise Refused(404, f"Clients are answered at {PREFIX}bundle and {PREFIX}decisions.")

    def _standing(self) -> Standing:
        try:
            return self._keeper.standing()
        except NotReady as error:
            raise Refused(503, str(error), ((b"retry-after", b"1"),)) from None

    def _gateway(self, authorization: bytes) -> GatewayRecord:
        scheme, _, secret = authorization.decode("latin-1").partition(" ")
        found = None
        if scheme.lower() == "bearer":
            found = self._standing().gateway(secret.strip())
        if found is None:
            raise Refused(
                401,
                "Send the secret of a gateway: Authorization: Bearer <secret>.",
                ((b"www-authenticate", b"Bearer"),),
            )
        if GatewayUse.BUNDLE not in found.uses:
            raise Refused(403, f"The gateway {found.name} is not made for clients.")
        return found

    async def _bundle(
        self, scope: Scope, headers: Mapping[bytes, bytes], gateway: GatewayRecord
    ) -> Answer:
        asked = _asked(scope.get("query_string", b"").decode("latin-1"))
        nonce = _given(asked, "nonce", _NONCE, "16 to 64 letters, digits, dashes")
        instance = _given(asked, "instance", _INSTANCE, "the name of this client, up to 100 signs")
        have = _have(asked, headers)
        least = _version(asked.get("least", "") or "0", "least")
        wait = _wait(asked)
        standing = self._standing()
        state = self._publisher.publish(standing)
        if have or least:
            self._reports.note(
                Report(
                    gateway=gateway.id, instance=instance, door="client", version=have or least,
                    software=headers.get(b"user-agent", b"").decode("latin-1")[:100],
                    waiting=_count(asked, "waiting"), lost=_count(asked, "lost"),
                )
            )  # fmt: skip
        if wait and have == state.version:
            await self._publisher.wait_beyond(have, wait)
        elif max(have, least) > state.version:
            await self._publisher.wait_beyond(state.version, min(wait, BEHIND_SECONDS))
        standing = self._standing()  # what is signed as still in force has to be, by now
        state = self._publisher.publish(standing)
        if max(have, least) > state.version:
            raise Refused(
                409,
                f"This client has version {max(have, least)}, the service {state.version}: an older"
                " one is not taken. Where the database was restored, remove the client's folder.",
            )
        registered = standing.registered
        if have == state.version:
            header = _header(STILL, state, state, gateway, standing, nonce)
            word = sealed_word(header, signing_key()).encode()
            return Answer(304, b"", headers=((b"concord-word", word), _etag(state)))
        terms = terms_of(registered, systems_of(gateway))
        content = await self._publisher.content(have, least, terms, state)
        header = _header(
            content.kind, content.state, state, gateway, standing, nonce,
            base=content.base, digest=content.digest,
        )  # fmt: skip
        body = sealed(header, content.body, signing_key())
        return Answer(
            200, body, BUNDLE_TYPE, (_etag(content.state), (b"cache-control", b"no-store"))
        )


def systems_of(gateway: GatewayRecord) -> frozenset[str]:
    """The systems whose data a gateway serves."""
    return frozenset(one.system for one in (gateway.elsewhere, *gateway.catalogs.values()))


def served(gateway: GatewayRecord) -> Served:
    """What a client is told of the gateway it was made for."""
    return Served(
        gateway=gateway.name,
        purpose=gateway.purpose,
        environment=gateway.environment,
        elsewhere=_place(gateway.elsewhere),
        catalogs={name: _place(one) for name, one in gateway.catalogs.items()},
        stale=settings.GATEWAY_STALE_SECONDS,
        open=settings.GATEWAY_OPEN_SECONDS,
    )


def _place(mapped: Mapped) -> Place:
    return Place(mapped.prefix, mapped.system)


def _header(
    kind: str,
    state: State,
    latest: State,
    gateway: GatewayRecord,
    standing: Standing,
    nonce: str,
    **rest: Any,
) -> Header:
    return Header(
        kind=kind, version=state.version, latest=latest.version, epoch=state.epoch,
        at=standing.now(), confirmed=standing.now() - standing.age, nonce=nonce,
        served=served(gateway), **rest,
    )  # fmt: skip


def _etag(state: State) -> tuple[bytes, bytes]:
    return b"etag", f'"v{state.version}"'.encode()


def _asked(query: str) -> dict[str, str]:
    """What an address asks, each name once: polling clients ask nothing else all day."""
    asked: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        asked.setdefault(name, unquote_plus(value) if "%" in value or "+" in value else value)
    return asked


def _have(asked: Mapping[str, str], headers: Mapping[bytes, bytes]) -> int:
    """The version that the client has, 0 for none; in the address or as an ETag."""
    said = asked.get("have", "")
    if not said:
        said = headers.get(b"if-none-match", b"").decode("latin-1").strip('W/"v ')
    return _version(said or "0", "have")


def _version(said: str, name: str) -> int:
    if not _VERSION.fullmatch(said):
        raise Refused(400, f"{name} is the number of a version.")
    return int(said)


def _wait(asked: Mapping[str, str]) -> float:
    said = asked.get("wait", "") or "0"
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3})?", said):
        raise Refused(400, f"wait is a number of seconds up to {MOST_WAIT:.0f}.")
    return min(float(said), MOST_WAIT)


def _count(asked: Mapping[str, str], name: str) -> int:
    said = asked.get(name, "") or "0"
    if not _VERSION.fullmatch(said):
        raise Refused(400, f"{name} is a number.")
    return min(int(said), 2**31 - 1)


def _given(asked: Mapping[str, str], name: str, form: re.Pattern[str], what: str) -> str:
    said = asked.get(name, "")
    if not form.fullmatch(said):
        raise Refused(400, f"{name} is {what}.")
    return said
