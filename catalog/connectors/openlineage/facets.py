"""The facets that are used, as typed structures.

Unknown facets are skipped while parsing. A facet that is wrong costs only itself.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

StructT = TypeVar("StructT", bound=Struct)


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
    """A source. Without a name it is, in the `lineage` facet, a job that makes its data itself."""

    name: str = ""
    field: str | None = None
    namespace: str | None = None
    type: str | None = None
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


class StatisticsFacet(Deletable):
    """What one run read from or wrote to a dataset; not what the dataset holds."""

    rowCount: int | None = None  # noqa: N815
    size: int | None = None
    fileCount: int | None = None  # noqa: N815


class CatalogFacet(Deletable):
    framework: str | None = None
    type: str | None = None
    name: str | None = None
    warehouseUri: str | None = None  # noqa: N815


class VersionFacet(Deletable):
    datasetVersion: str | None = None  # noqa: N815


class StreamFacet(Deletable):
    """Concord's own facet: OpenLineage has none for what is in motion."""

    topic: str | None = None
    retention: str | None = None
    lateness: str | None = None
    watermark: dt.datetime | None = None


class Level(Struct):
    type: str
    name: str


class HierarchyFacet(Deletable):
    hierarchy: list[Level] = []


# --- of jobs ---------------------------------------------------------------------------------


class JobTypeFacet(Deletable):
    processingType: str | None = None  # noqa: N815
    integration: str | None = None
    jobType: str | None = None  # noqa: N815


class SourceCodeLocationFacet(Deletable):
    url: str | None = None
    repoUrl: str | None = None  # noqa: N815
    path: str | None = None
    version: str | None = None
    branch: str | None = None


class LineageEntry(Struct):
    """What reaches one dataset or job; a job that is not named is the event's own."""

    type: str | None = None
    namespace: str | None = None
    name: str | None = None
    inputs: list[InputField] = []
    fields: dict[str, LineageField] = {}


class JobLineageFacet(Deletable):
    entries: list[LineageEntry] = []


# --- of runs ---------------------------------------------------------------------------------


class JobName(Struct):
    namespace: str
    name: str


class RunName(Struct):
    runId: str  # noqa: N815


class NominalTimeFacet(Deletable):
    nominalStartTime: str | None = None  # noqa: N815
    nominalEndTime: str | None = None  # noqa: N815


class ProcessingEngineFacet(Deletable):
    name: str | None = None
    version: str | None = None


class ExecutionParameter(Struct):
    key: str
    name: str | None = None
    description: str | None = None
    value: Any = None


class ExecutionParametersFacet(Deletable):
    parameters: list[ExecutionParameter] | None = None


class JobDependency(Struct):
    job: JobName
    run: RunName | None = None


class JobDependenciesFacet(Deletable):
    upstream: list[JobDependency] | None = None
    downstream: list[JobDependency] | None = None


class RunTest(Struct):
    name: str
    status: str
    severity: str | None = None
    expected: Any = None
    actual: Any = None


class TestsFacet(Deletable):
    tests: list[RunTest] | None = None


class ParentFacet(Deletable):
    job: JobName | None = None
    run: RunName | None = None


class ErrorMessageFacet(Deletable):
    message: str | None = None


class ExternalQueryFacet(Deletable):
    externalQueryId: str | None = None  # noqa: N815
    source: str | None = None


def decode_facet(raw: Raw, shape: type[StructT]) -> StructT | str:
    """A facet, or the reason why it cannot be used."""
    try:
        return msgspec.json.decode(raw, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return str(error)
    except RecursionError:
        return "It is nested too deeply"
