"""One event of OPA's decision log as a record of the audit.

Members that are not known are ignored. What a mask policy erased or replaced is not what was asked:
it is left out, and said to be missing. Questions of Trino are read whole, any other as far as they
name somebody, something that is done, and data by its name in Concord.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import msgspec

from catalog.names import lookup_key
from governance.audit.services.recording import keeping_of
from governance.audit.types import MOST_NAMED, AccessOutcome, AccessRecord, Keeping
from governance.permissions.gateways.asgi import UNREADABLE
from governance.permissions.gateways.keeping import Standing
from governance.permissions.gateways.registered import GatewayRecord
from governance.permissions.gateways.trino.operations import GET_COLUMN_MASK, GET_ROW_FILTERS
from governance.permissions.types import Purpose

FOREIGN = "foreign"
"""The code of a decision that was not made by opt-outs."""
_SPACE = uuid.UUID("6e1c2f0e-5d3b-4c3e-9a55-0f6d4f0b8a11")
_PURPOSES = frozenset(Purpose)
_USERS = (("user",), ("user", "name"), ("user", "id"), ("subject",), ("subject", "id"))
_ACTIONS = (("action",), ("action", "name"), ("method",))
_RESOURCES = (("resource",), ("resource", "id"), ("dataset",))
_MOST = 200


class Revision(msgspec.Struct, gc=False):
    """Which revision of a bundle decided."""

    revision: str = ""


class Event(msgspec.Struct, gc=False):
    """What is read of an event."""

    decision_id: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    timestamp: str = ""
    path: str = ""
    query: str = ""
    input: Any = None
    result: Any = None
    error: Any = None
    labels: dict[str, Any] = {}
    bundles: dict[str, Revision] = {}
    requested_by: str = ""
    erased: list[str] = []
    masked: list[str] = []

    @property
    def key(self) -> uuid.UUID:
        """What the decision is told by, however its id is written."""
        try:
            return uuid.UUID(self.decision_id)
        except ValueError:
            return uuid.uuid5(_SPACE, self.decision_id)


_decode = msgspec.json.Decoder(Event).decode


def event_of(raw: msgspec.Raw) -> Event:
    """One event. Raises ValueError with what is wrong with it."""
    try:
        return _decode(raw)
    except UNREADABLE as error:
        raise ValueError(str(error)[:200]) from None


def record_of(event: Event, gateway: GatewayRecord, standing: Standing) -> AccessRecord:
    """A decision as the audit holds it."""
    known = _Known(event)
    index = standing.index
    username = known.text("context", "identity", "user") or known.first(_USERS)
    operation = known.text("action", "operation")
    named = list(_tables(known, gateway)) if operation else list(_named(known))
    datasets = [pk for name in named if (pk := index.parts.by_name.get(name)) is not None]
    record = AccessRecord(
        gateway=f"opa:{gateway.name}",
        username=username[:150],
        person=index.person_named(username) if username else None,
        action=(operation or known.first(_ACTIONS) or event.path)[:_MOST],
        outcome=AccessOutcome.REFUSED,
        policy_version=0,
        purpose=_purpose(known, gateway),
        environment=gateway.environment,
        datasets=tuple(dict.fromkeys(datasets)),
        resources=tuple(named[:MOST_NAMED]),
        columns=tuple(known.texts("action", "resource", "table", "columns")[:MOST_NAMED]),
        code=FOREIGN,
        query_id=known.text("context", "queryId")[:_MOST],
        request_id=f"opa:{event.decision_id}"[:_MOST],
        note=_note(event),
        decided=_decided(event.timestamp, standing.now()),
    )
    _answered(record, event, known)
    record.keeping = _keeping(record, standing, is_listed=len(datasets) == len(named))
    return record


class _Known:
    """The input of an event, without what a mask policy took out of it or put into it."""

    def __init__(self, event: Event) -> None:
        self._input = event.input
        self._hidden = tuple(
            pointer.rstrip("/") for pointer in (*event.erased, *event.masked) if pointer
        )

    def value(self, *path: str, within: str = "/input") -> Any:
        """What stands at a place; None where nothing does or it is not what was asked."""
        pointer = "/".join((within, *path))
        for hidden in self._hidden:
            if pointer == hidden or pointer.startswith(f"{hidden}/"):
                return None
        found = self._input
        for name in path:
            if not isinstance(found, dict):
                return None
            found = found.get(name)
        return found

    def is_hidden(self, pointer: str) -> bool:
        """Whether a place was erased or replaced, or anything around it or in it."""
        return any(
            pointer == one or pointer.startswith(f"{one}/") or one.startswith(f"{pointer}/")
            for one in self._hidden
        )

    def text(self, *path: str) -> str:
        """A text at a place; empty where there is none."""
        found = self.value(*path)
        return found if isinstance(found, str) else ""

    def texts(self, *path: str) -> list[str]:
        """The texts of a list at a place, none where any of it was hidden."""
        if self.is_hidden("/".join(("/input", *path))):
            return []
        found = self.value(*path)
        return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []

    def first(self, places: Sequence[tuple[str, ...]]) -> str:
        """The first text that stands at one of some places."""
        return next((found for place in places if (found := self.text(*place))), "")


def _tables(known: _Known, gateway: GatewayRecord) -> Iterator[str]:
    """The tables of a question of Trino's by their names in Concord."""
    one = known.value("action", "resource")
    many = known.value("action", "filterResources")
    resources = [one] if isinstance(one, dict) else many if isinstance(many, list) else []
    inside = "resource" if isinstance(one, dict) else "filterResources"
    if known.is_hidden(f"/input/action/{inside}"):
        return
    for resource in resources:
        if not isinstance(resource, dict):
            continue
        table = resource.get("table") or resource.get("column")
        if not isinstance(table, dict):
            continue
        parts = [table.get(name) for name in ("catalogName", "schemaName", "tableName")]
        if all(isinstance(part, str) and part for part in parts):
            yield gateway.name_of(*map(str, parts))[0]


def _named(known: _Known) -> Iterator[str]:
    name = known.first(_RESOURCES)
    if name:
        yield lookup_key(name[:2_000])


def _purpose(known: _Known, gateway: GatewayRecord) -> str:
    said = known.text("context", "properties", "purpose") or known.text("purpose")
    said = said or gateway.purpose
    return said if said in _PURPOSES else ""


def _answered(record: AccessRecord, event: Event, known: _Known) -> None:
    """What came of it: true and false say it, masks and filters leave a part."""
    result = event.result
    record.asked = 1
    if known.is_hidden("/result"):
        record.outcome = AccessOutcome.PARTIAL
        record.note += " The result is not what was answered."
        return
    if isinstance(result, dict) and isinstance(result.get("allow"), bool):
        result = result["allow"]
    if event.error is not None or result is None:
        is_mask = record.action == GET_COLUMN_MASK and event.error is None
        record.outcome = AccessOutcome.ALLOWED if is_mask else AccessOutcome.REFUSED
    elif isinstance(result, bool):
        record.outcome = AccessOutcome.ALLOWED if result else AccessOutcome.REFUSED
    elif record.action == GET_ROW_FILTERS and isinstance(result, list):
        record.filters = tuple(_expressions(result))[:50]
        record.outcome = AccessOutcome.PARTIAL if result else AccessOutcome.ALLOWED
    elif record.action == GET_COLUMN_MASK:
        shown = result if isinstance(result, list) else [result]
        record.masks = tuple(_expressions(shown))[:50]
        record.outcome = AccessOutcome.PARTIAL if result else AccessOutcome.ALLOWED
    elif record.action.startswith("Filter") and isinstance(result, list):
        many = known.value("action", "filterResources")
        record.asked = len(many) if isinstance(many, list) else len(result)
        record.allowed = min(len(result), record.asked)
        whole = record.allowed == record.asked
        record.outcome = (
            AccessOutcome.ALLOWED if whole
            else AccessOutcome.PARTIAL if record.allowed else AccessOutcome.REFUSED
        )  # fmt: skip
        return
    else:
        record.outcome = AccessOutcome.PARTIAL
    record.allowed = int(record.outcome is not AccessOutcome.REFUSED)


def _expressions(result: Sequence[Any]) -> Iterator[str]:
    for one in result:
        shown = one.get("viewExpression", one) if isinstance(one, dict) else None
        if isinstance(shown, dict) and isinstance(shown.get("expression"), str):
            yield shown["expression"][:1_000]


def _keeping(record: AccessRecord, standing: Standing, *, is_listed: bool) -> Keeping:
    if record.action.startswith("Filter"):
        return Keeping.LISTING
    if record.outcome is not AccessOutcome.ALLOWED or not is_listed:
        return Keeping.RESTRICTED
    return keeping_of(standing.index, record.datasets)


def _note(event: Event) -> str:
    """Who decided by what, in one line."""
    labels: Mapping[str, Any] = event.labels
    who = " ".join(str(labels[name])[:60] for name in ("id", "version") if labels.get(name))
    by = ", ".join(
        f"{name[-60:]} at {one.revision[:60] or 'no revision'}"
        for name, one in list(event.bundles.items())[:5]
    )
    said = f"Decided by OPA {who or 'without labels'}, {event.path[:100] or 'a query'}"
    said += f", by {by}." if by else ", by no bundle."
    hidden = [pointer[:60] for pointer in (*event.erased, *event.masked)]
    if hidden:
        said += f" Not said: {', '.join(hidden[:5])}."
    return said


def _decided(timestamp: str, now: float) -> int:
    """Microseconds since 1970; 0 where none is told, or one that cannot be."""
    try:
        at = dt.datetime.fromisoformat(timestamp)
    except ValueError:
        return 0
    seconds = at.timestamp() if at.tzinfo else 0.0
    return int(seconds * 1e6) if 0 < seconds <= now + 300 else 0
