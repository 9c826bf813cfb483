"""Models, seeds, snapshots and sources as datasets: manifest and catalog laid over each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from catalog.connectors.dbt.artifacts import (
    CatalogEntry,
    ColumnEntry,
    Constraint,
    Node,
    decode_part,
)
from catalog.connectors.dbt.checks import data_tests_of, relations_of
from catalog.connectors.dbt.labels import (
    classifications_of,
    meta_of,
    other_meta,
    owners_of,
    tags_of,
)
from catalog.connectors.dbt.project import Project
from catalog.connectors.source_values import (
    column_path,
    column_text,
    left_out,
    moment_of,
    plain_value,
    statement_of,
    text_of,
)
from catalog.names import NameRefused, qualified_name
from catalog.registries.connectors import Yielded
from catalog.types import (
    ColumnRecord,
    ContainerKind,
    ContainerRecord,
    DatasetKind,
    DatasetRecord,
    DefinitionRecord,
    ProblemRecord,
    ProfileRecord,
    RelationRecord,
    Severity,
)

ItemT = TypeVar("ItemT")
_ROW_STATS = ("num_rows", "row_count", "rows", "row_count_estimate")
_BYTE_STATS = ("num_bytes", "bytes", "size", "size_bytes")
_VIEW_MATERIALIZATIONS = {"view", "ephemeral"}
_MATERIALIZED_VIEWS = {"materialized_view", "dynamic_table", "streaming_table"}


@dataclass(frozen=True, slots=True)
class _Described:
    """A node with what the database said of it."""

    unique_id: str
    node: Node
    entry: CatalogEntry | None


def relation_datasets(project: Project) -> Iterator[Yielded]:
    """One dataset for each relation, however many nodes describe it."""
    described_schemas: set[str] = set()
    for name, unique_ids in project.relations.items():
        nodes = list(_described(project, unique_ids))
        if nodes:
            yield from _source_schemas(project, nodes, described_schemas)
            yield _dataset(project, name, nodes)
        yield from project.take_problems()


def _described(project: Project, unique_ids: Sequence[str]) -> Iterator[_Described]:
    for unique_id in unique_ids:
        node = decode_part(project.raw_node(unique_id), Node)
        if isinstance(node, str):
            message = f"This node of the manifest was left out: {node}."
            project.report(unique_id, message, Severity.ERROR)
        else:
            yield _Described(unique_id, node, project.catalog_entry(unique_id))


def _source_schemas(
    project: Project, nodes: Sequence[_Described], known: set[str]
) -> Iterator[ContainerRecord]:
    for described in nodes:
        node = described.node
        text = text_of(node.source_description)
        if text and node.schema:
            parts = [part for part in (node.database, node.schema) if part]
            name = str(qualified_name(project.platform, project.instance, parts))
            if name not in known:
                known.add(name)
                yield ContainerRecord(name, ContainerKind.SCHEMA, text)


def _dataset(project: Project, name: str, nodes: Sequence[_Described]) -> DatasetRecord:
    """The first node builds the relation; the others add what it does not say."""
    main = nodes[0].node
    metas = [meta_of(described.node) for described in nodes]
    columns, complete = _columns(project, nodes)
    known = {c.path[-1].lower(): column_text(c.path[-1]) for c in columns or ()}
    freshness = next(
        (project.freshness[d.unique_id] for d in nodes if d.unique_id in project.freshness), None
    )
    merged_meta = {
        key: value for meta in reversed(metas) for key, value in other_meta(meta).items()
    }
    return DatasetRecord(
        qualified_name=name,
        kind=_kind(nodes[0]),
        description=next((t for d in nodes if (t := text_of(d.node.description))), None)
        or next((t for d in nodes if d.entry and (t := text_of(d.entry.metadata.comment))), None),
        columns=columns,
        columns_complete=complete,
        owners=_distinct(
            o for d, m in zip(nodes, metas, strict=True) for o in owners_of(project, d.node, m)
        ),
        tags=_distinct(tag for described in nodes for tag in tags_of(described.node)),
        classifications=_distinct(c for meta in metas for c in classifications_of(meta)),
        relations=_distinct(
            relation
            for d in nodes
            for relation in (
                *relations_of(project, d.unique_id, known),
                *_foreign_keys(project, d, known),
            )
        ),
        definition=_definition(project, main),
        profile=_profile(project, nodes),
        tests=tuple(
            {
                test.name: test
                for described in reversed(nodes)
                for test in data_tests_of(project, described.unique_id, known)
            }.values()
        ),
        upstream=_distinct(
            upstream
            for d in nodes
            for upstream in project.upstream_names(d.unique_id, d.node.upstream_ids)
        ),
        source_modified_at=moment_of(freshness.max_loaded_at) if freshness else None,
        custom={**_facts(main), **({"meta": merged_meta} if merged_meta else {})},
    )


def _distinct(items: Iterable[ItemT]) -> tuple[ItemT, ...]:
    return tuple(dict.fromkeys(items))


def _kind(described: _Described) -> DatasetKind:
    """What the database says it is, else what dbt was told to make of it."""
    stated = (described.entry.metadata.type or "").lower() if described.entry else ""
    config = described.node.config
    materialized = (config.materialized or "") if config else ""
    if "materialized" in stated or materialized in _MATERIALIZED_VIEWS:
        return DatasetKind.MATERIALIZED_VIEW
    if "view" in stated or (not stated and materialized in _VIEW_MATERIALIZATIONS):
        return DatasetKind.VIEW
    return DatasetKind.TABLE


def _columns(
    project: Project, nodes: Sequence[_Described]
) -> tuple[tuple[ColumnRecord, ...] | None, bool]:
    """The database's columns, described by the manifest; without a catalog, the manifest's own."""
    declared: dict[str, ColumnEntry] = {}
    declared_by: dict[str, str] = {}
    for described in reversed(nodes):
        for name, column in (described.node.columns or {}).items():
            if column.description or name.lower() not in declared:
                declared[name.lower()] = column
                declared_by[name.lower()] = described.unique_id
    keys = _key_positions(nodes)
    names: list[tuple[str, str | None, str | None]] = []  # name, type, comment
    entry = next((d.entry for d in nodes if d.entry and d.entry.columns), None)
    if entry is None:
        names.extend((column.name or key, None, None) for key, column in declared.items())
    else:
        ordered = sorted(entry.columns.values(), key=lambda column: column.index)
        names.extend((column.name, column.type, column.comment) for column in ordered)
        present = {column.name.lower() for column in ordered}
        for key in sorted(declared.keys() - present):
            project.problems.append(_contradiction(declared_by[key], declared[key].name or key))
    records = []
    for name, physical_type, comment in names:
        try:
            path = column_path(name)
        except NameRefused as error:
            project.problems.append(left_out(f"{nodes[0].unique_id}.columns", error))
            continue
        key = name.lower()
        records.append(_column(path, declared.get(key), physical_type, comment, keys.get(key)))
    if entry is None and not records:
        return None, False
    return tuple(records), entry is not None


def _contradiction(unique_id: str, column: str) -> ProblemRecord:
    return ProblemRecord(
        f"{unique_id}.{text_of(column)}",
        f"The project describes a column {text_of(column)!r} that the database does not have, so it"
        " was left out: correct the project's YAML or build the relation again.",
    )


def _column(
    path: tuple[str, ...],
    declared: ColumnEntry | None,
    physical_type: str | None,
    comment: str | None,
    key_position: int | None,
) -> ColumnRecord:
    if declared is None:
        return ColumnRecord(
            path, text_of(physical_type), None, text_of(comment), key_position=key_position
        )
    kinds = {constraint.type for constraint in declared.constraints or ()}
    return ColumnRecord(
        path=path,
        physical_type=text_of(physical_type) or text_of(declared.data_type),
        nullable=False if kinds & {"not_null", "primary_key"} else None,
        description=text_of(declared.description) or text_of(comment),
        key_position=key_position,
        tags=tags_of(declared),
        classifications=classifications_of(meta_of(declared)),
    )


def _constraints(described: _Described) -> Iterator[Constraint]:
    """Constraints of the relation and of its columns, all with their columns named."""
    yield from described.node.constraints or ()
    for key, column in (described.node.columns or {}).items():
        for constraint in column.constraints or ():
            constraint.columns = constraint.columns or [column.name or key]
            yield constraint


def _key_positions(nodes: Sequence[_Described]) -> dict[str, int]:
    """Lower-case column name -> position in the primary key, counted from 1."""
    for described in nodes:
        stated = [
            column
            for constraint in _constraints(described)
            if constraint.type == "primary_key"
            for column in constraint.columns or ()
        ]
        key = list(dict.fromkeys(stated)) or described.node.primary_key or []
        if key:
            return {column.lower(): position for position, column in enumerate(key, start=1)}
    return {}


def _foreign_keys(
    project: Project, described: _Described, known: dict[str, str]
) -> Iterator[RelationRecord]:
    for constraint in _constraints(described):
        stated = constraint.columns or ()
        columns = tuple(known.get(name.lower()) or column_text(name) for name in stated)
        targets = tuple(map(column_text, constraint.to_columns or ()))
        if constraint.type != "foreign_key" or not constraint.to or len(columns) != len(targets):
            continue
        referred = constraint.to.replace('"', "").replace("`", "").split(".")
        try:
            name = str(qualified_name(project.platform, project.instance, referred))
        except NameRefused:
            continue
        if name in project.relations:
            label = text_of(constraint.name) or ""
            yield RelationRecord(name, columns=columns, target_columns=targets, name=label[:300])


def _definition(project: Project, node: Node) -> DefinitionRecord | None:
    compiled = statement_of(node.compiled_code or node.compiled_sql)
    if compiled is None or node.resource_type not in {"model", "snapshot"}:
        return None
    if node.language not in {None, "sql"}:
        return None
    return DefinitionRecord(
        sql=compiled,
        platform=project.platform,
        source_sql=statement_of(node.raw_code or node.raw_sql) or "",
        default_database=node.database,
        default_schema=node.schema,
    )


def _profile(project: Project, nodes: Sequence[_Described]) -> ProfileRecord | None:
    catalog = project.artifacts.catalog
    for described in nodes:
        stats = described.entry.stats if described.entry else {}
        counted: list[int | None] = []
        for labels in (_ROW_STATS, _BYTE_STATS):
            values = (stats[label].value for label in labels if label in stats)
            counted.append(next((n for n in map(_whole_number, values) if n is not None), None))
        if any(count is not None for count in counted):
            taken_at = moment_of(catalog.metadata.generated_at) if catalog else None
            return ProfileRecord(
                taken_at or project.generated_at, counted[0], counted[1], estimated=True
            )
    return None


def _whole_number(value: object) -> int | None:
    if isinstance(value, str) and value.replace(".", "", 1).isdecimal():
        value = float(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return int(value) if 0 <= value < 2**62 else None


def _facts(node: Node) -> dict[str, object]:
    """What dbt knows beyond the catalog's own fields, for the custom properties."""
    config = node.config
    stated = {
        "dbt_resource": node.resource_type,
        "dbt_package": node.package_name,
        "dbt_file": node.original_file_path,
        "dbt_materialization": config.materialized if config else None,
        "dbt_access": node.access or (config.access if config else None),
        "dbt_group": node.group or (config.group if config else None),
        "dbt_version": node.version,
        "dbt_latest_version": node.latest_version,
        "dbt_deprecation_date": node.deprecation_date,
        "dbt_contract_enforced": True if node.contract and node.contract.enforced else None,
        "dbt_source": node.source_name,
        "dbt_loader": node.loader,
    }
    return {key: plain_value(value) for key, value in stated.items() if value not in (None, "")}
