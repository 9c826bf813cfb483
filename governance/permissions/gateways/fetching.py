"""The frame of the doors at which engines fetch documents: whose address it is and what it is for.

`making` says when documents are made; each door says where they are read, what they are called and
who is reported to have them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, TypeVar

from governance.permissions.gateways.asgi import Answer, Receive, Refused, Scope, Send, send_answer
from governance.permissions.gateways.keeping import Keeper, NotReady, Standing
from governance.permissions.gateways.making import Documents, Make, Maker
from governance.permissions.gateways.ranger.tables import tables_of
from governance.permissions.gateways.registered import GatewayRecord
from governance.permissions.gateways.reporting import Reports
from governance.permissions.selectors.column_types import column_types
from governance.permissions.types import GatewayUse

_Written = TypeVar("_Written")


class DocumentDoor(ABC):
    """Answers GET below `/gw/SECRET/`. `use` is what a gateway has to be made for, `purpose` its
    words; `retry_seconds` is when to come again while nothing is ready."""

    use: ClassVar[GatewayUse]
    purpose: ClassVar[str]
    retry_seconds: ClassVar[int] = 1

    def __init__(self, keeper: Keeper, reports: Reports, prefix: str, make: Make) -> None:
        self._keeper = keeper
        self._prefix = prefix
        self._maker = Maker(make)
        self.reports = reports

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
            raise Refused(405, "Documents are read, with GET.", ((b"allow", b"GET"),))
        try:
            standing = self._keeper.standing()
        except NotReady as error:
            later = str(self.retry_seconds).encode()
            raise Refused(503, str(error), ((b"retry-after", later),)) from None
        gateway = standing.gateway(secret)
        if gateway is None:
            raise Refused(403, "This address belongs to no gateway, or to one that was revoked.")
        if self.use not in gateway.uses:
            raise Refused(403, f"The gateway {gateway.name} is not made for {self.purpose}.")
        wanted = self.wanted(gateway, path)
        documents = await self._maker.documents(standing, gateway)
        return self.answer(scope, gateway, wanted, documents)

    @abstractmethod
    def wanted(self, gateway: GatewayRecord, path: str) -> str:
        """The document that a path means; raises Refused."""

    @abstractmethod
    def answer(
        self, scope: Scope, gateway: GatewayRecord, wanted: str, documents: Documents
    ) -> Answer:
        """The document, or that it has not changed; reports who has which."""


def written_for(
    write: Callable[..., _Written], standing: Standing, gateway: GatewayRecord, at: float
) -> _Written:
    """What writes documents for a gateway, told everything that it is written from."""
    index = standing.index
    return write(
        index=index,
        at=at,
        purpose=gateway.purpose or None,
        environment=gateway.environment or None,
        tables=tables_of(gateway, index),
        types=column_types,
        administrators=standing.registered.administrators,
        impersonators=gateway.impersonators,
    )
