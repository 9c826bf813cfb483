"""The door for decision logs: who may send them."""

from __future__ import annotations

from governance.permissions.gateways.asgi import Answer, Receive, Refused, Scope, Send, send_answer
from governance.permissions.gateways.keeping import Keeper, NotReady
from governance.permissions.gateways.logs.taking import Taker
from governance.permissions.gateways.recording import Record
from governance.permissions.types import GatewayUse

WORD = "logs"


class LogsDoor:
    """Answers `/gw/SECRET/logs`."""

    def __init__(self, keeper: Keeper, record: Record, prefix: str) -> None:
        self._keeper = keeper
        self._prefix = prefix
        self._taker = Taker(record)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's entrance for one request."""
        try:
            answer = await self._respond(scope, receive)
        except Refused as refused:
            answer = refused.answer()
        await send_answer(send, answer)

    async def _respond(self, scope: Scope, receive: Receive) -> Answer:
        secret = scope["path"][len(self._prefix) :].partition("/")[0]
        if scope["method"] != "POST":
            raise Refused(405, "Decisions are posted.", ((b"allow", b"POST"),))
        try:
            standing = self._keeper.standing()
        except NotReady as error:
            raise Refused(503, str(error), ((b"retry-after", b"5"),)) from None
        gateway = standing.gateway(secret)
        if gateway is None:
            raise Refused(403, "This address belongs to no gateway, or to one that was revoked.")
        if GatewayUse.LOGS not in gateway.uses:
            raise Refused(403, f"The gateway {gateway.name} is not made for decision logs.")
        return await self._taker.taken(scope, receive, gateway, standing)
