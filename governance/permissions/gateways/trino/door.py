"""The door for Trino: from a body to a body, with one record of each call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec

from governance.audit.types import MOST_NAMED, AccessRecord
from governance.permissions.gateways.asgi import (
    LARGE,
    UNREADABLE,
    Answer,
    Asking,
    Receive,
    Refused,
    Scope,
    Send,
    read_upload,
    send_answer,
)
from governance.permissions.gateways.keeping import Keeper, NotReady, Standing
from governance.permissions.gateways.question import Asker
from governance.permissions.gateways.recording import Record, how_to_keep, outcome_of, recorded
from governance.permissions.gateways.registered import GatewayRecord, Registered
from governance.permissions.gateways.reporting import Reports
from governance.permissions.gateways.trino.bodies import Body, Column, Input, Resource
from governance.permissions.gateways.trino.deciding import Names, TrinoAnswers, Unusable
from governance.permissions.gateways.trino.meant import Meant
from governance.permissions.gateways.trino.operations import (
    GET_COLUMN_MASK,
    OPERATIONS,
)
from governance.permissions.types import GatewayUse, Purpose

PREFIX = "/gw/"
MOST_BYTES = 1 * 2**20
MOST_BATCH_BYTES = 64 * 2**20  # 100,000 tables are about 8 MB
_PURPOSES = frozenset(Purpose)
_decode = msgspec.json.Decoder(Body).decode
_encode = msgspec.json.Encoder().encode


class TrinoDoor:
    """Answers `/gw/SECRET/v1/data/trino/ENDPOINT`."""

    def __init__(self, keeper: Keeper, record: Record, reports: Reports) -> None:
        self._keeper = keeper
        self._record = record
        self._reports = reports
        self._meant: dict[int, Meant] = {}
        self._registered: Registered | None = None
        self._gateways: dict[str, GatewayRecord] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's entrance for one request."""
        try:
            answer = await self._respond(scope, receive)
        except Refused as refused:
            answer = refused.answer()
        await send_answer(send, answer)

    async def _respond(self, scope: Scope, receive: Receive) -> Answer:
        began = time.perf_counter()
        secret, _, path = scope["path"][len(PREFIX) :].partition("/")
        endpoint = _ENDPOINTS.get(path.rsplit("/", 1)[-1])
        if scope["method"] != "POST":
            raise Refused(405, "Questions are posted.", ((b"allow", b"POST"),))
        standing, gateway = self._known(secret)
        if endpoint is None:
            raise Refused(400, f"There is no such endpoint: use one of {', '.join(_NAMES)}.")
        most = MOST_BYTES if endpoint is _allow else MOST_BATCH_BYTES
        body = await read_upload(scope, receive, most)
        if len(body) > LARGE:
            loop = asyncio.get_running_loop()
            said, record = await loop.run_in_executor(
                None, self.answer, standing, gateway, endpoint, body
            )
        else:
            said, record = self.answer(standing, gateway, endpoint, body)
        record.latency = int((time.perf_counter() - began) * 1e6)
        decision = await recorded(self._record, record)
        self._reports.asked(gateway.id, standing.index.version)
        return Answer(200, _finished(said, decision))

    def asking(self, path: str) -> Asking | None:
        """The same for a body that comes as a whole, without ASGI; None for no endpoint."""
        secret, _, rest = path[len(PREFIX) :].partition("/")
        endpoint = _ENDPOINTS.get(rest.rsplit("/", 1)[-1])
        if endpoint is None:
            return None

        def ask(body: bytes) -> tuple[AccessRecord, Callable[[str], bytes]]:
            began = time.perf_counter()
            standing, gateway = self._known(secret)
            said, record = self.answer(standing, gateway, endpoint, body)
            record.latency = int((time.perf_counter() - began) * 1e6)
            self._reports.asked(gateway.id, standing.index.version)

            return record, partial(_finished, said)

        return ask

    def _known(self, secret: str) -> tuple[Standing, GatewayRecord]:
        """What answers rest on, and who asks. Raises Refused."""
        try:
            standing = self._keeper.standing()
        except NotReady as error:
            raise Refused(503, str(error), ((b"retry-after", b"1"),)) from None
        registered = standing.registered
        if registered is not self._registered:
            self._gateways, self._registered = {}, registered
        gateway = self._gateways.get(secret)
        if gateway is None:
            gateway = standing.gateway(secret)
            if gateway is None:
                text = "This address belongs to no gateway, or to one that was revoked."
                raise Refused(403, text)
            if GatewayUse.ASK not in gateway.uses:
                raise Refused(403, f"The gateway {gateway.name} is not made for questions.")
            if registered.gateway(secret) == (gateway, None):
                self._gateways[secret] = gateway  # a former secret is asked each time if it holds
        return standing, gateway

    def answer(
        self, standing: Standing, gateway: GatewayRecord, endpoint: _Endpoint, body: bytes
    ) -> tuple[dict[str, Any], AccessRecord]:
        """The answer to a body, and the record of it. Raises Refused."""
        try:
            asked = _decode(body).input
        except UNREADABLE as error:
            raise Refused(400, f"The body is no question of Trino's: {error}") from None
        meant = self._meant.get(gateway.id)
        if meant is None or meant.names.gateway is not gateway:
            meant = self._named(gateway)
        identity = asked.context.identity
        user = identity.user
        asker = Asker(
            standing,
            standing.index.person_named(user),
            user,
            _purpose(asked, gateway),
            gateway.environment or None,
            standing.now(),
        )
        answers = TrinoAnswers(asker, meant.names)
        try:
            result, count, allowed, detail = endpoint(answers, asked)
        except Unusable as error:
            raise Refused(400, str(error)) from None
        said: dict[str, Any] = {"result": result}
        if detail:
            said["reason"] = detail
        return said, _record(answers, asked, count, allowed, meant)

    def _named(self, gateway: GatewayRecord) -> Meant:
        """The names of a gateway that was read anew; those of before where it is the same."""
        meant = self._meant.get(gateway.id)
        if meant is None or meant.names.gateway != gateway:
            meant = self._meant[gateway.id] = Meant(Names(gateway))
        meant.names.gateway = gateway
        return meant


def _finished(said: dict[str, Any], decision: str) -> bytes:
    """An answer with the id of its record; nearly all are a yes or a no without a reason."""
    if len(said) == 1:
        result = said["result"]
        if result is True:
            return b'{"result":true,"decision_id":"%b"}' % decision.encode()
        if result is False:
            return b'{"result":false,"decision_id":"%b"}' % decision.encode()
    said["decision_id"] = decision
    return _encode(said)


_Result = tuple[Any, int, int, str]
"""What is answered, how many things were asked about, how many were allowed, and what to say."""
_Endpoint = Callable[[TrinoAnswers, Input], _Result]


def _allow(answers: TrinoAnswers, asked: Input) -> _Result:
    action = asked.action
    is_allowed = answers.allow(action)
    detail = ""
    if not is_allowed and action.operation not in OPERATIONS:
        detail = f"Concord knows no operation {action.operation!r} here, so it is denied."
    elif not is_allowed and answers.asker.floor:
        # Trino always names somebody: whoever is nobody here is not known.
        floor = "unknown" if answers.asker.person is None else answers.asker.floor
        detail = f"Concord denies everything to this user: {floor}."
    return is_allowed, 1, int(is_allowed), detail


def _batch(answers: TrinoAnswers, asked: Input) -> _Result:
    visible = answers.visible(asked.action)
    resources = asked.action.filterResources or ()
    count = len(resources)
    if asked.action.operation == "FilterColumns" and resources and resources[0].table:
        count = len(resources[0].table.columns or ())
    return visible, count, len(visible), ""


def _row_filters(answers: TrinoAnswers, asked: Input) -> _Result:
    found = answers.row_filters(asked.action)
    is_open = found != ["false"]
    return [{"expression": one} for one in found], 1, int(is_open), ""


def _column_mask(answers: TrinoAnswers, asked: Input) -> _Result:
    resource = asked.action.resource
    if resource is None or resource.column is None:
        raise Unusable("The resource has no column.")
    (found,) = _masks(answers, asked, [resource.column])
    return (None if found is None else {"expression": found}), 1, int(found is None), ""


def _batch_column_masks(answers: TrinoAnswers, asked: Input) -> _Result:
    columns = [_column(one) for one in asked.action.filterResources or ()]
    found = _masks(answers, asked, columns)
    said = [
        {"index": place, "viewExpression": {"expression": one}}
        for place, one in enumerate(found)
        if one is not None
    ]
    return said, len(found), len(found) - len(said), ""


def _masks(answers: TrinoAnswers, asked: Input, columns: list[Column]) -> list[str | None]:
    if asked.action.operation != GET_COLUMN_MASK:
        return ["NULL"] * len(columns)
    return answers.masks(columns)


def _column(resource: Resource) -> Column:
    if resource.column is None:
        raise Unusable("A resource has no column.")
    return resource.column


_NAMES = ("allow", "batch", "row_filters", "column_mask", "batch_column_masks")
_ENDPOINTS: Mapping[str, _Endpoint] = {
    "allow": _allow,
    "batch": _batch,
    "row_filters": _row_filters,
    "rowFilters": _row_filters,
    "column_mask": _column_mask,
    "columnMask": _column_mask,
    "batch_column_masks": _batch_column_masks,
    "batchColumnMasks": _batch_column_masks,
}


def _purpose(asked: Input, gateway: GatewayRecord) -> str | None:
    """What the data is wanted for: as the coordinator says, as who asks says, or as this gateway
    is for. One that nobody knows is none, under which every opt-out holds."""
    said = None
    if asked.context.properties is not None:
        said = asked.context.properties.purpose
    if said is None and asked.context.identity.extraCredentials:
        said = asked.context.identity.extraCredentials.get("purpose")
    said = said or gateway.purpose
    return said if said in _PURPOSES else None


def _record(
    answers: TrinoAnswers, asked: Input, count: int, allowed: int, meant: Meant
) -> AccessRecord:
    asker, action = answers.asker, asked.action
    named, resource = answers.asked_about, action.resource
    is_whole = allowed == count and not answers.rules
    is_listing = action.operation.startswith("Filter")
    # Handing all to the constructor by name takes three times as long.
    record = AccessRecord(
        gateway=answers.names.label,
        username=asker.username,
        action=action.operation,
        outcome=outcome_of(count, allowed),
        policy_version=asker.index.version,
        keeping=how_to_keep(asker, named, is_whole=is_whole, is_listing=is_listing),
        person=asker.person,
    )
    if resource is not None:
        record.resources = (_name(resource),)
        if resource.table is not None and resource.table.columns:
            record.columns = tuple(resource.table.columns[:MOST_NAMED])
    else:
        held = (action.filterResources or ())[:MOST_NAMED]
        record.resources = tuple(_name(one) for one in held)
    if named:
        pks = [asker.pk_of(name) for name, _ in named]
        record.datasets = tuple([pk for pk in pks if pk is not None])
    is_told = not record.datasets or action.targetResource is not None
    if is_told and not (len(action.filterResources or ()) > MOST_NAMED and asker.sees_every_name):
        # Lists, and what was closed before a dataset was decided about: who looks for a dataset,
        # or holds what is about it, does not care by which step. A long list of names that are
        # hidden from nobody tells nothing but how long it is.
        about = meant.datasets(answers, action)
        record.datasets = tuple(dict.fromkeys((*record.datasets, *about)))
    if asker.purpose:
        record.purpose = asker.purpose
    if asker.environment:
        record.environment = asker.environment
    record.code = asker.floor or answers.code
    record.rules = answers.rules
    if asked.context.queryId:
        record.query_id = asked.context.queryId
    record.asked = count
    record.allowed = allowed
    return record


def _name(resource: Resource) -> str:
    one = resource.table or resource.column
    if one is not None:
        return f"{one.catalogName}.{one.schemaName}.{one.tableName}"
    if resource.schema is not None:
        return f"{resource.schema.catalogName}.{resource.schema.schemaName}"
    if resource.catalog is not None:
        return resource.catalog.name
    if resource.user is not None:
        return resource.user.user
    return resource.function.functionName if resource.function is not None else ""
