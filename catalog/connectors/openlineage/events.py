"""OpenLineage events and the facets that are used, as typed structures.

Unknown facets are skipped while parsing. A facet that is wrong costs only itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from catalog.registries.connectors import SourceUnreadable

StructT = TypeVar("StructT", bound=Struct)


class EventDataset(Struct):
    namespace: str
    name: str
    facets: dict[str, Raw] | None = None
    inputFacets: dict[str, Raw] | None = None  # noqa: N815 - OpenLineage's name
    outputFacets: dict[str, Raw] | None = None  # noqa: N815


class Run(Struct):
    runId: str  # noqa: N815


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


class Deletable(Struct):
    deleted: bool = msgspec.field(name="_deleted", default=False)


class SchemaField(Struct):
    name: str
    type: str | None = None
    description: str | None = None
    fields: list[SchemaField] | None = None


class SchemaFacet(Deletable):
    fields: list[SchemaField] | None = None


class DocumentationFacet(Deletable):
    description: str | None = None


class FacetOwner(Struct):
    name: str
    type: str | None = None


class OwnershipFacet(Deletable):
    owners: list[FacetOwner] | None = None


class FacetTag(Struct):
    key: str
    value: Any = None
    field: str | None = None


class TagsFacet(Deletable):
    tags: list[FacetTag] | None = None


class Identifier(Struct):
    namespace: str
    name: str


class SymlinksFacet(Deletable):
    identifiers: list[Identifier] | None = None


class DataSourceFacet(Deletable):
    uri: str | None = None


class DatasetTypeFacet(Deletable):
    datasetType: str | None = None  # noqa: N815


class StorageFacet(Deletable):
    storageLayer: str | None = None  # noqa: N815
    fileFormat: str | None = None  # noqa: N815


class LifecycleFacet(Deletable):
    lifecycleStateChange: str | None = None  # noqa: N815
    previousIdentifier: Identifier | None = None  # noqa: N815


class Transformation(Struct):
    type: str | None = None
    subtype: str | None = None
    description: str | None = None
    masking: bool | None = None


class InputField(Struct):
    name: str
    field: str | None = None
    namespace: str | None = None
    transformations: list[Transformation] | None = None


class LineageField(Struct):
    inputFields: list[InputField] = []  # noqa: N815
    inputs: list[InputField] = []  # the name in the lineage facet
    transformationType: str | None = None  # noqa: N815
    transformationDescription: str | None = None  # noqa: N815


class ColumnLineageFacet(Deletable):
    """Also the shape of the `lineage` facet, whose own lists are called `inputs`."""

    fields: dict[str, LineageField] = {}
    dataset: list[InputField] = []
    inputs: list[InputField] = []


class SqlFacet(Deletable):
    query: str | None = None
    dialect: str | None = None


class ColumnMetrics(Struct):
    nullCount: int | None = None  # noqa: N815
    distinctCount: int | None = None  # noqa: N815
    min: float | None = None
    max: float | None = None


class MetricsFacet(Deletable):
    rowCount: int | None = None  # noqa: N815
    bytes: int | None = None
    columnMetrics: dict[str, ColumnMetrics] = {}  # noqa: N815


class Assertion(Struct):
    assertion: str
    success: bool
    column: str | None = None
    severity: str | None = None
    name: str | None = None
    expected: Any = None
    actual: Any = None


class AssertionsFacet(Deletable):
    assertions: list[Assertion] | None = None


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


def decode_facet(raw: Raw, shape: type[StructT]) -> StructT | str:
    """A facet, or the reason why it cannot be used."""
    try:
        return msgspec.json.decode(raw, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return str(error)
    except RecursionError:
        return "It is nested too deeply"
