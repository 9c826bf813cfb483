"""OpenLineage events as typed structures; their facets stay as they were sent until one is used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from catalog.registries.connectors import SourceUnreadable


class EventDataset(Struct):
    namespace: str
    name: str
    facets: dict[str, Raw] | None = None
    inputFacets: dict[str, Raw] | None = None  # noqa: N815 - OpenLineage's name
    outputFacets: dict[str, Raw] | None = None  # noqa: N815


class Run(Struct):
    runId: str  # noqa: N815
    facets: dict[str, Raw] | None = None


class Job(Struct):
    namespace: str
    name: str
    facets: dict[str, Raw] | None = None


class Event(Struct):
    """A RunEvent, a JobEvent (no run) or a DatasetEvent (neither)."""

    eventTime: str  # noqa: N815
    eventType: str | None = None  # noqa: N815
    run: Run | UnsetType = UNSET
    job: Job | UnsetType = UNSET
    dataset: EventDataset | UnsetType = UNSET
    inputs: list[EventDataset] | None = None
    outputs: list[EventDataset] | None = None


@dataclass(frozen=True, slots=True)
class Unusable:
    """An event that was refused: its place in the file, counted from 1, and why."""

    position: int
    reason: str


def read_events(content: bytes, file_name: str) -> Iterator[tuple[int, Event] | Unusable]:
    """Events of a JSON object, a JSON array or JSON lines; raises SourceUnreadable."""
    for position, raw in enumerate(_pieces(content, file_name), start=1):
        try:
            event = msgspec.json.decode(raw, type=Event)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield Unusable(position, str(error))
        except RecursionError:
            yield Unusable(position, "It is nested too deeply")
        else:
            if event.job is UNSET and event.dataset is UNSET:
                yield Unusable(position, "It names neither a job nor a dataset")
            else:
                yield position, event


def _pieces(content: bytes, file_name: str) -> list[Raw] | list[bytes]:
    text = content.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        if text.startswith(b"["):
            return msgspec.json.decode(text, type=list[Raw])
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not _is_json(lines[0]):
            return [msgspec.json.decode(text, type=Raw)]
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceUnreadable(
            f"{file_name} is not whole JSON ({error}): give events as JSON, an array or JSON lines."
        ) from None
    except RecursionError:
        raise SourceUnreadable(f"{file_name} is nested too deeply to be events.") from None
    return lines


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=Raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
