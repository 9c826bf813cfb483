"""Documents for engines that decide by themselves: made once for each gateway and state.

They are made anew where an opt-out or an exception begins or ends. The version of one tells the
state and its content, so that every process that makes it says the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
from django.db import connection

from governance.permissions.engine import Index
from governance.permissions.gateways.keeping import Standing
from governance.permissions.gateways.registered import GatewayRecord, Registered
from governance.permissions.gateways.underway import Underway

KEPT_SECONDS = 3_600.0
"""A document is made anew after an hour at the latest: data grows older without an edge."""
RESTS = 3.0
"""Documents rest for so many times as long as it took to make them."""
CONTENT = 10**6
encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True)
class Documents:
    """What one gateway's engines download until `ends`, by kind; `version` tells them apart. Before
    `rests_until` (`time.monotonic`) no others are made: engines ask again soon."""

    index: Index
    registered: Registered
    gateway: GatewayRecord
    ends: float
    rests_until: float
    version: int
    bodies: Mapping[str, bytes]


Make = Callable[[Standing, GatewayRecord, float], tuple[int, Mapping[str, bytes]]]
"""Writes the documents of a gateway at an instant: their version and bodies by kind."""


class Maker:
    """See the module."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._made: dict[int, Documents] = {}
        self._making = Underway(self._documents, "documents")

    async def documents(self, standing: Standing, gateway: GatewayRecord) -> Documents:
        """Those that hold now, made beside the loop where they have to be, once for all who ask
        meanwhile."""
        found = self._kept(standing, gateway)
        if found is None:
            # Read anew, a gateway may be another by now: who knows it so does not join the others.
            key = (gateway.id, standing.index.version, id(standing.registered))
            found = await self._making.result(key, standing, gateway)
        return found

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
        found = self._kept(standing, gateway)  # made since, for somebody who came otherwise
        if found is None:
            try:
                found = self._made[gateway.id] = self._anew(standing, gateway)
            finally:
                connection.close()
        return found

    def _anew(self, standing: Standing, gateway: GatewayRecord) -> Documents:
        began, at = time.monotonic(), standing.now()
        version, bodies = self._make(standing, gateway, at)
        now = time.monotonic()
        return Documents(
            index=standing.index,
            registered=standing.registered,
            gateway=gateway,
            ends=_ends(standing.index, at),
            rests_until=now + RESTS * (now - began),
            version=version,
            bodies=bodies,
        )


def version_of(index: Index, content: Any) -> int:
    """The version of a document: that of the state, and what tells its content."""
    digest = sha256(encode(content)).digest()
    return index.version * CONTENT + int.from_bytes(digest[:8], "big") % CONTENT


def _ends(index: Index, at: float) -> float:
    """When the next opt-out or exception begins or ends, or an hour later."""
    edges = [index.parts.slots.period(at).ends, at + KEPT_SECONDS]
    for exception in index.parts.exceptions.values():
        edges += [edge for edge in (exception.begins, exception.ends) if edge > at]
    return min(edges)
