"""A dataset's folded facets as a record of the catalog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TypeVar

from catalog.connectors.openlineage.facets import (
    AssertionsFacet,
    CatalogFacet,
    ColumnLineageFacet,
    DatasetTypeFacet,
    DataSourceFacet,
    Deletable,
    DocumentationFacet,
    FacetTag,
    HierarchyFacet,
    Identifier,
    InputField,
    LifecycleFacet,
    MetricsFacet,
    OwnershipFacet,
    SchemaFacet,
    SchemaField,
    SqlFacet,
    StatisticsFacet,
    StorageFacet,
    StreamFacet,
    SymlinksFacet,
    TagsFacet,
    Transformation,
    VersionFacet,
    decode_facet,
)
from catalog.connectors.openlineage.naming import dataset_name, default_kind, sql_platform
from catalog.connectors.openlineage.states import DatasetState
from catalog.connectors.source_values import (
    column_path,
    left_out,
    plain_value,
    statement_of,
    text_of,
)
from catalog.names import NameRefused, join_parts
from catalog.types import (
    ColumnRecord,
    DatasetKind,
    DatasetRecord,
    DefinitionRecord,
    LineageRecord,
    Motion,
    OwnerRecord,
    ProblemRecord,
    ProfileRecord,
    Severity,
    TestRecord,
    TestStatus,
)

FacetT = TypeVar("FacetT", bound=Deletable)
_KINDS = {
    "TABLE": DatasetKind.TABLE,
    "VIEW": DatasetKind.VIEW,
    "MATERIALIZED_VIEW": DatasetKind.MATERIALIZED_VIEW,
    "FILE": DatasetKind.FILE,
    "TOPIC": DatasetKind.TOPIC,
    "MODEL": DatasetKind.ML_MODEL,
}
_DIRECT = {"IDENTITY", "TRANSFORMATION", "AGGREGATION"}
_INDIRECT = {"JOIN", "GROUP_BY", "FILTER", "SORT", "WINDOW", "CONDITIONAL"}
STREAM_FACET = "concord_stream"
MOST_STATEMENTS = 20  # of a dataset that many statements fill
_ELEMENT = "_element"  # how OpenLineage calls what an array holds


def dataset_record(state: DatasetState) -> Iterator[DatasetRecord | ProblemRecord]:
    """The dataset, and before it what of it could not be used."""
    problems: list[ProblemRecord] = []
    columns = _columns(state, problems)
    kind = (_facet(state, "datasetType", DatasetTypeFacet) or DatasetTypeFacet()).datasetType
    ownership = _facet(state, "ownership", OwnershipFacet)
    tags = _facet(state, "tags", TagsFacet)
    documentation = _facet(state, "documentation", DocumentationFacet)
    lineage = tuple(_lineage(state, problems))
    stated_kind = _KINDS.get((kind or "").upper(), default_kind(state.name))
    stream = _facet(state, STREAM_FACET, StreamFacet) or StreamFacet()
    is_topic = stated_kind is DatasetKind.TOPIC
    yield from problems
    yield DatasetRecord(
        qualified_name=str(state.name),
        kind=stated_kind,
        description=text_of(documentation.description) if documentation else None,
        columns=columns,
        columns_complete=state.is_whole_schema and not problems,
        owners=_owners(ownership) if ownership else (),
        tags=tuple(_tag(t) for t in (tags.tags if tags else None) or () if not t.field),
        definition=_definition(state),
        profile=_profile(state),
        tests=_tests(state, columns or ()),
        upstream=tuple(dict.fromkeys(_upstream(state))),
        motion=Motion.IN_MOTION if is_topic else None,
        topic=text_of(stream.topic) or (state.name.name if is_topic else None),
        retention=text_of(stream.retention),
        lateness=text_of(stream.lateness),
        watermark=stream.watermark,
        custom=_facts(state),
        aliases=tuple(_aliases(state)),
        lineage=lineage,
    )


def _facet(state: DatasetState, name: str, shape: type[FacetT]) -> FacetT | None:
    told = state.facets.get(name)
    facet = decode_facet(told.raw, shape) if told is not None and told.raw is not None else None
    return facet if isinstance(facet, shape) else None


def _columns(state: DatasetState, problems: list[ProblemRecord]) -> tuple[ColumnRecord, ...] | None:
    schema = _facet(state, "schema", SchemaFacet)
    if schema is None or schema.fields is None:
        return None
    tags = _facet(state, "tags", TagsFacet)
    by_field: dict[str, list[str]] = {}
    for tag in (tags.tags if tags else None) or ():
        if tag.field:
            by_field.setdefault(tag.field, []).append(_tag(tag))
    found: dict[tuple[str, ...], ColumnRecord] = {}
    for path, field in _flattened(schema.fields, ()):
        try:
            checked = column_path(*path)
        except NameRefused as error:
            problems.append(left_out(str(state.name), error))
            continue
        found[checked] = ColumnRecord(
            path=checked,
            physical_type=text_of(field.type),
            description=text_of(field.description),
            tags=tuple(dict.fromkeys(by_field.get(".".join(path), ()))),
        )
    return tuple(found.values())


def _flattened(
    fields: list[SchemaField], parent: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], SchemaField]]:
    """Every field with its path; what an array holds is reached over the array itself."""
    for field in fields:
        path = parent if field.name == _ELEMENT and parent else (*parent, field.name)
        if path != parent:
            yield path, field
        yield from _flattened(field.fields or [], path)


def _owners(ownership: OwnershipFacet) -> tuple[OwnerRecord, ...]:
    owners: dict[OwnerRecord, None] = {}
    for owner in ownership.owners or ():
        prefix, separator, rest = owner.name.partition(":")
        name = text_of(rest if separator else owner.name)
        if name:
            is_team = not (separator and prefix in {"user", "person"})
            owners[OwnerRecord(name, name if "@" in name else None, is_team)] = None
    return tuple(owners)


def _tag(tag: FacetTag) -> str:
    key, value = text_of(tag.key) or "tag", text_of(str(tag.value)) if tag.value else None
    return key if value is None or value.lower() == "true" else f"{key}: {value}"[:200]


def _definition(state: DatasetState) -> DefinitionRecord | None:
    """The statements of all jobs that make the dataset, as one script in an order that stays."""
    statements: dict[str, SqlFacet] = {}
    for _, sources in sorted(state.upstream.items()):
        sql = decode_facet(sources.sql, SqlFacet) if sources.sql else None
        query = statement_of(sql.query) if isinstance(sql, SqlFacet) else None
        if query is not None and isinstance(sql, SqlFacet):
            statements.setdefault(query.rstrip("; \n"), sql)
    if not statements:
        return None
    dialect = next((text_of(sql.dialect) for sql in statements.values() if sql.dialect), None)
    source = _facet(state, "dataSource", DataSourceFacet)
    platform = dialect or state.name.platform
    if platform == "openlineage" and source and source.uri:
        platform = sql_platform(source.uri) or platform
    parts = state.name.parts
    return DefinitionRecord(
        ";\n".join(list(statements)[:MOST_STATEMENTS]),
        platform.lower(),
        default_database=parts[-3] if len(parts) > 2 else None,
        default_schema=parts[-2] if len(parts) > 1 else None,
    )


def _profile(state: DatasetState) -> ProfileRecord | None:
    metrics = _facet(state, "dataQualityMetrics", MetricsFacet)
    written = _facet(state, "outputStatistics", StatisticsFacet)
    if metrics is None:
        return _written(state, written) if written else None
    columns = {
        name: {
            key: value
            for key, value in (
                ("nulls", column.nullCount),
                ("distinct", column.distinctCount),
                ("min", column.min),
                ("max", column.max),
            )
            if value is not None
        }
        for name, column in metrics.columnMetrics.items()
    }
    return ProfileRecord(
        taken_at=state.facets["dataQualityMetrics"].at,
        rows=_count(metrics.rowCount),
        size_bytes=_count(metrics.bytes),
        columns={text_of(name) or "": found for name, found in columns.items() if found},
    )


def _written(state: DatasetState, written: StatisticsFacet) -> ProfileRecord:
    """What a run wrote that made the whole dataset anew is what the dataset holds."""
    return ProfileRecord(
        taken_at=state.facets["outputStatistics"].at,
        rows=_count(written.rowCount),
        size_bytes=_count(written.size),
    )


def _count(value: int | None) -> int | None:
    return value if value is not None and 0 <= value < 2**62 else None


def _tests(state: DatasetState, columns: tuple[ColumnRecord, ...]) -> tuple[TestRecord, ...]:
    facet = _facet(state, "dataQualityAssertions", AssertionsFacet)
    if facet is None:
        return ()
    known = {join_parts(column.path) for column in columns}
    tests: dict[str, TestRecord] = {}
    for assertion in facet.assertions or ():
        words = (text_of(assertion.assertion) or "test").replace("_", " ")
        column = text_of(assertion.column)
        name = text_of(assertion.name) or (f"{column}: {words}" if column else words.capitalize())
        is_warning = (assertion.severity or "").lower() == "warn"
        failed = TestStatus.WARNED if is_warning else TestStatus.FAILED
        compared = assertion.expected is not None or assertion.actual is not None
        tests[name[:300]] = TestRecord(
            name=name[:300],
            status=TestStatus.PASSED if assertion.success else failed,
            executed_at=state.facets["dataQualityAssertions"].at,
            column=column if column in known else None,
            severity=Severity.WARNING if is_warning else Severity.ERROR,
            message=f"Expected {plain_value(assertion.expected)}, was"
            f" {plain_value(assertion.actual)}."
            if compared
            else "",
        )
    return tuple(tests.values())


def _aliases(state: DatasetState) -> Iterator[str]:
    """Other names of the dataset: its links, and what it was called before a rename."""
    symlinks = _facet(state, "symlinks", SymlinksFacet)
    change = _facet(state, "lifecycleStateChange", LifecycleFacet)
    identifiers: list[Identifier] = list((symlinks.identifiers if symlinks else None) or ())
    if change and change.lifecycleStateChange == "RENAME" and change.previousIdentifier:
        identifiers.append(change.previousIdentifier)
    yield from state.known_as
    seen = {state.qualified_name, *state.known_as}
    for identifier in identifiers:
        try:
            alias = str(dataset_name(identifier.namespace, identifier.name))
        except NameRefused:
            continue  # an alias that cannot be written helps nobody
        if alias not in seen:
            seen.add(alias)
            yield alias


def _facts(state: DatasetState) -> dict[str, str]:
    storage = _facet(state, "storage", StorageFacet)
    change = _facet(state, "lifecycleStateChange", LifecycleFacet)
    catalog = _facet(state, "catalog", CatalogFacet)
    version = _facet(state, "version", VersionFacet)
    hierarchy = _facet(state, "hierarchy", HierarchyFacet)
    stated = {
        "storage_layer": text_of(storage.storageLayer) if storage else None,
        "file_format": text_of(storage.fileFormat) if storage else None,
        "last_state_change": text_of(change.lifecycleStateChange) if change else None,
        "catalog": _words(catalog.framework, catalog.type, catalog.name) if catalog else None,
        "warehouse": text_of(catalog.warehouseUri) if catalog else None,
        "version": text_of(version.datasetVersion) if version else None,
        "hierarchy": _words(*(level.name for level in hierarchy.hierarchy)) if hierarchy else None,
    }
    return {key: value for key, value in stated.items() if value}


def _words(*values: str | None) -> str | None:
    return " / ".join(text for text in map(text_of, values) if text) or None


def _upstream(state: DatasetState) -> Iterator[str]:
    """What the jobs that make it read, and what the `lineage` facet names as a whole."""
    for sources in state.upstream.values():
        yield from sources.names
    stated = _facet(state, "lineage", ColumnLineageFacet)
    for source in stated.inputs if stated else ():
        if source.name and source.type in {None, "DATASET"}:
            try:
                yield str(dataset_name(source.namespace or state.namespace, source.name))
            except NameRefused:
                continue


def _lineage(state: DatasetState, problems: list[ProblemRecord]) -> Iterator[LineageRecord]:
    """Column edges of both facets; an INDIRECT input that older Spark integrations repeat for
    every output column is one edge on the whole dataset (an empty target column)."""
    edges: dict[LineageRecord, None] = {}
    for facet_name in ("columnLineage", "lineage"):
        facet = _facet(state, facet_name, ColumnLineageFacet)
        if facet is None:
            continue
        indirect: Counter[LineageRecord] = Counter()
        single: list[tuple[LineageRecord, LineageRecord]] = []  # the edge, and on the dataset
        for target, field in facet.fields.items():
            legacy = _legacy(field.transformationType, field.transformationDescription)
            for source in (*field.inputFields, *field.inputs):
                for edge in _edges(state, source, text_of(target) or "", legacy, problems):
                    if edge.kind == "DIRECT":
                        edges[edge] = None
                        continue
                    whole = LineageRecord(
                        edge.source, edge.source_column, "", edge.kind, edge.subtype,
                        edge.transformation, edge.masking,
                    )  # fmt: skip
                    indirect[whole] += 1
                    single.append((edge, whole))
        repeated = {w for w, times in indirect.items() if 1 < times == len(facet.fields)}
        edges.update(dict.fromkeys(w if w in repeated else edge for edge, w in single))
        for source in facet.dataset:
            edges.update(dict.fromkeys(_edges(state, source, "", None, problems)))
    yield from edges


def _legacy(kind: str | None, description: str | None) -> Transformation | None:
    """The one transformation per output column of facet versions before 1-1-0."""
    if kind is None:
        return None
    is_masked = kind.upper() == "MASKED"
    subtype = "IDENTITY" if kind.upper() == "IDENTITY" else "TRANSFORMATION"
    return Transformation("DIRECT", subtype, description, is_masked)


def _edges(
    state: DatasetState,
    source: InputField,
    target: str,
    legacy: Transformation | None,
    problems: list[ProblemRecord],
) -> Iterator[LineageRecord]:
    column = text_of(source.field)
    if column is None or not source.name or source.type not in {None, "DATASET"}:
        return
    try:
        name = str(dataset_name(source.namespace or state.namespace, source.name))
    except NameRefused as error:
        problems.append(left_out(str(state.name), error))
        return
    for step in source.transformations or [legacy or Transformation("DIRECT", "TRANSFORMATION")]:
        kind = "INDIRECT" if (step.type or "").upper() == "INDIRECT" or not target else "DIRECT"
        subtype = (step.subtype or "").upper()
        if subtype not in (_DIRECT if kind == "DIRECT" else _INDIRECT):
            subtype = "TRANSFORMATION" if kind == "DIRECT" else "CONDITIONAL"
        yield LineageRecord(
            source=name,
            source_column=column,
            target_column=target,
            kind=kind,
            subtype=subtype,
            transformation=text_of(step.description) or "",
            masking=bool(step.masking),
        )
