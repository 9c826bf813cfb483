"""All doors before one application: `application` answers whatever no gateway asks."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from governance.audit.services import recording
from governance.permissions.gateways.asgi import (
    Answer,
    Application,
    Asking,
    Receive,
    RecordThen,
    Refused,
    Scope,
    Send,
    send_answer,
)
from governance.permissions.gateways.authzen.door import ACCESS, METADATA, AuthzenDoor
from governance.permissions.gateways.authzen.words import Words
from governance.permissions.gateways.clients.door import PREFIX as CLIENTS
from governance.permissions.gateways.clients.door import ClientDoor
from governance.permissions.gateways.clients.publishing import Publisher
from governance.permissions.gateways.envoy.door import WORD as ENVOY
from governance.permissions.gateways.envoy.door import EnvoyDoor
from governance.permissions.gateways.keeping import Keeper, NotReady, keeper
from governance.permissions.gateways.logs.door import WORD as LOGS
from governance.permissions.gateways.logs.door import LogsDoor
from governance.permissions.gateways.ranger.door import SERVICE, RangerDoor
from governance.permissions.gateways.recording import Record
from governance.permissions.gateways.reporting import Reports
from governance.permissions.gateways.rules.door import WORD as RULES
from governance.permissions.gateways.rules.door import RulesDoor
from governance.permissions.gateways.trino.door import PREFIX, TrinoDoor
from governance.permissions.holder import opt_outs

READY = "/gw/ready"


class GatewayDoors:
    """See the module."""

    def __init__(
        self,
        application: Application,
        held: Keeper = keeper,
        record: Record | None = None,
        words: Words | None = None,
        record_then: RecordThen | None = None,
    ) -> None:
        self._application = application
        self._keeper = held
        self.record_then = record_then
        self._is_recording = record is None
        often = record  # of doors that are asked for each query
        if record is None or often is None:
            record, often = recording.record_decision, recording.record_decision_apart
            self.record_then = recording.record_decision_then
        self.publisher = Publisher(opt_outs.epoch_at)
        self.reports = Reports(opt_outs.epoch_at)
        self._trino = TrinoDoor(held, often, self.reports)
        self._authzen = AuthzenDoor(held, often, words)
        self.clients = ClientDoor(held, self.publisher, self.reports, record)
        self._ranger = RangerDoor(held, self.reports, PREFIX)
        self._envoy = EnvoyDoor(held, often, self.reports, PREFIX)
        self._rules = RulesDoor(held, self.reports, PREFIX)
        self._logs = LogsDoor(held, record, PREFIX)
        held.on_look += [self._authzen.read_names, self._publish, self.reports.flush_when_due]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's entrance."""
        if scope["type"] == "http":
            path = scope["path"]
            if path.startswith(PREFIX):
                self._keeper.start()
                await self._gateway(scope, receive, send)
                return
            if path.startswith((ACCESS, METADATA)):
                self._keeper.start()
                await self._authzen(scope, receive, send)
                return
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        await self._application(scope, receive, send)

    def asking(self, path: str, headers: Mapping[bytes, bytes]) -> Asking | None:
        """Who answers a plain question posted to an address, without ASGI; None where it takes
        more than that. The names of headers are in lower case."""
        self._keeper.start()
        if path.startswith(PREFIX):
            what = path[len(PREFIX) :].partition("/")[2].partition("/")[0]
            is_other = what in (ENVOY, RULES, LOGS) or path.startswith(CLIENTS) or SERVICE in path
            return None if is_other or path == READY else self._trino.asking(path)
        return self._authzen.asking(path, headers) if path.startswith(ACCESS) else None

    async def _live(self, receive: Receive, send: Send) -> None:
        """From the start of the server to its end. Told for all that stands behind the doors: a
        server leaves once the end is said to be complete, without what others do at the exit."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._keeper.start()
                if self._is_recording and self._application is alone:
                    recording.start_apart()  # others may never be asked
            elif message["type"] == "lifespan.shutdown":
                self._keeper.stop()
                if self._is_recording:
                    await recording.close_apart()
                    recording.close()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    async def _gateway(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        what = path[len(PREFIX) :].partition("/")[2].partition("/")[0]
        if path == READY:
            await self._ready(send)
        elif what == ENVOY:
            await self._envoy(scope, receive, send)
        elif what == RULES:
            await self._rules(scope, receive, send)
        elif what == LOGS:
            await self._logs(scope, receive, send)
        elif path.startswith(CLIENTS):
            await self.clients(scope, receive, send)
        elif SERVICE in path:
            await self._ranger(scope, receive, send)
        else:
            await self._trino(scope, receive, send)

    def _publish(self) -> None:
        """Clients that wait are told what holds now."""
        self.publisher.publish(self._keeper.standing())

    async def _ready(self, send: Send) -> None:
        """Whether there is something to decide from, and how old it is."""
        try:
            standing = self._keeper.standing()
        except NotReady as error:
            await send_answer(send, Refused(503, str(error)).answer())
            return
        said = {
            "status": "ready",
            "policy_version": standing.index.version,
            "age_seconds": round(standing.age, 1),
        }
        await send_answer(send, Answer(200, msgspec.json.encode(said)))


async def alone(scope: Scope, receive: Receive, send: Send) -> None:
    """What stands behind the doors where nothing else does: a server for gateways only."""
    await send_answer(send, Refused(404, "Only gateways are answered here.").answer())
