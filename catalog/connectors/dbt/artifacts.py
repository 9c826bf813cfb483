"""dbt's artifacts as typed structures: only what is used, unknown fields skipped while parsing.

Every node is decoded on its own from its slice of the file, so that one that is wrong costs only
itself, and a manifest of 50 MB never becomes a tree of dictionaries.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from catalog.registries.connectors import SourceUnreadable

_VERSION = re.compile(r"/dbt/(manifest|catalog|run-results|sources)/v(\d+)(?:\.json)?$")
_READABLE = {
    "manifest": range(1, 13),
    "catalog": range(1, 2),
    "run-results": range(1, 7),
    "sources": range(1, 4),
}
StructT = TypeVar("StructT", bound=Struct)


class Metadata(Struct):
    dbt_schema_version: str | None = None
    adapter_type: str | None = None
    project_name: str | None = None
    generated_at: str | None = None


class Manifest(Struct):
    metadata: Metadata
    nodes: dict[str, Raw] = {}
    sources: dict[str, Raw] = {}
    exposures: dict[str, Raw] = {}
    metrics: dict[str, Raw] = {}
    groups: dict[str, Raw] = {}
    semantic_models: dict[str, Raw] = {}


class Constraint(Struct):
    type: str | None = None
    name: str | None = None
    columns: list[str] | None = None
    to: str | None = None
    to_columns: list[str] | None = None


class Contract(Struct):
    enforced: bool | None = None


class Config(Struct):
    materialized: str | None = None
    severity: str | None = None
    meta: Any = None
    tags: Any = None
    group: str | None = None
    access: str | None = None


class ColumnEntry(Struct):
    name: str | None = None
    description: str | None = None
    data_type: str | None = None
    meta: Any = None
    tags: Any = None
    config: Config | None = None
    constraints: list[Constraint] | None = None


class DependsOn(Struct):
    nodes: list[str] | None = None


class TestMetadata(Struct):
    name: str
    kwargs: dict[str, Any] = {}
    namespace: str | None = None


class Owner(Struct):
    name: str | None = None
    email: str | list[str] | None = None


class Identity(Struct):
    """What a node is called, read before anything else of it."""

    name: str
    resource_type: str
    database: str | None = None
    schema: str | None = None
    alias: str | None = None
    identifier: str | None = None
    package_name: str = ""


class Described(Struct):
    """What every kind of node says of itself."""

    name: str
    description: str | None = None
    package_name: str = ""
    original_file_path: str | None = None
    meta: Any = None
    tags: Any = None
    config: Config | None = None
    group: str | None = None
    depends_on: DependsOn | None = None
    label: str | None = None

    @property
    def upstream_ids(self) -> list[str]:
        """The unique ids of the nodes this one is made from."""
        return (self.depends_on.nodes if self.depends_on else None) or []


class Node(Described, kw_only=True):
    """A model, seed, snapshot or source."""

    resource_type: str
    database: str | None = None
    schema: str | None = None
    alias: str | None = None
    columns: dict[str, ColumnEntry] | None = None
    raw_code: str | None = None
    raw_sql: str | None = None
    compiled_code: str | None = None
    compiled_sql: str | None = None
    language: str | None = None
    access: str | None = None
    version: Any = None
    latest_version: Any = None
    deprecation_date: str | None = None
    primary_key: list[str] | None = None
    constraints: list[Constraint] | None = None
    contract: Contract | None = None
    source_name: str | None = None
    source_description: str | None = None
    loader: str | None = None


class DataTest(Described, kw_only=True):
    column_name: str | None = None
    attached_node: str | None = None
    file_key_name: str | None = None
    test_metadata: TestMetadata | None = None


class Exposure(Described, kw_only=True):
    type: str | None = None
    owner: Owner | None = None
    maturity: str | None = None
    url: str | None = None


class Metric(Described, kw_only=True):
    type: str | None = None
    type_params: Any = None
    filter: Any = None


class Element(Struct):
    """An entity, dimension or measure of a semantic model."""

    name: str
    type: str | None = None
    agg: str | None = None
    description: str | None = None
    expr: str | None = None


class SemanticModel(Described, kw_only=True):
    entities: list[Element] = []
    dimensions: list[Element] = []
    measures: list[Element] = []


class Group(Struct):
    name: str
    owner: Owner | None = None


class CatalogMetadata(Struct):
    type: str | None = None
    comment: str | None = None
    owner: str | None = None


class CatalogColumn(Struct):
    name: str
    type: str | None = None
    index: int = 0
    comment: str | None = None


class Stat(Struct):
    value: Any = None
    include: bool | None = None


class CatalogEntry(Struct):
    metadata: CatalogMetadata
    columns: dict[str, CatalogColumn] = {}
    stats: dict[str, Stat] = {}


class Catalog(Struct):
    metadata: Metadata
    nodes: dict[str, Raw] = {}
    sources: dict[str, Raw] = {}


class Timing(Struct):
    name: str | None = None
    completed_at: str | None = None


class Result(Struct):
    unique_id: str
    status: str
    failures: int | None = None
    message: Any = None
    timing: list[Timing] | None = None


class RunResults(Struct):
    metadata: Metadata
    results: list[Result] = []


class FreshnessResult(Struct):
    unique_id: str
    status: str | None = None
    max_loaded_at: str | None = None
    snapshotted_at: str | None = None
    error: str | None = None


class SourceFreshness(Struct):
    metadata: Metadata
    results: list[FreshnessResult] = []


def decode_artifact(content: bytes, file_name: str, kind: str, shape: type[StructT]) -> StructT:
    """A whole artifact; raises SourceUnreadable that names the file and what is wrong with it."""
    head = _decode(content, file_name, _Head)
    _check_version(head.metadata.dbt_schema_version or "", file_name, kind)
    return _decode(content, file_name, shape)


class _Head(Struct):
    metadata: Metadata


def _decode(content: bytes, file_name: str, shape: type[StructT]) -> StructT:
    try:
        return msgspec.json.decode(content, type=shape)
    except msgspec.ValidationError as error:
        raise SourceUnreadable(f"{file_name} is not an artifact of dbt: {error}.") from None
    except msgspec.DecodeError as error:
        raise SourceUnreadable(
            f"{file_name} is not whole JSON ({error}): let dbt write it again."
        ) from None
    except UnicodeDecodeError:
        raise SourceUnreadable(f"{file_name} is not text in UTF-8.") from None
    except RecursionError:
        raise SourceUnreadable(f"{file_name} is nested too deeply to be an artifact.") from None


def _check_version(version: str, file_name: str, kind: str) -> None:
    found = _VERSION.search(version)
    if not found or found[1] != kind:
        raise SourceUnreadable(
            f"{file_name} says that it is {version[:100]!r}; a dbt {kind} is expected."
        )
    readable = _READABLE[kind]
    if int(found[2]) not in readable:
        span = f"v{readable[0]} to v{readable[-1]}" if len(readable) > 1 else f"v{readable[0]}"
        raise SourceUnreadable(
            f"{file_name} is a dbt {kind} of version v{found[2]}; Concord reads {span}."
        )


def decode_part(raw: Raw, shape: type[StructT]) -> StructT | str:
    """One node of an artifact, or the reason why it cannot be used."""
    try:
        return msgspec.json.decode(raw, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return str(error)
    except RecursionError:
        return "It is nested too deeply"
