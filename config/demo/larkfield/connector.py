"""Larkfield as a source: the text of its systems, warehouse and dashboards becomes records.

It goes through the door of every other source. Only a demonstration has this connector.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field

from catalog.names import QualifiedName, qualified_name
from catalog.registries.connectors import ReadContext, Yielded, connectors
from catalog.types import (
    CaptureKind,
    ColumnRecord,
    ContainerKind,
    ContainerRecord,
    DataKind,
    DatasetKind,
    DatasetRecord,
    DefinitionRecord,
    ExpectedTotal,
    MediaKind,
    MediaRecord,
    Motion,
    OwnerRecord,
    OwnershipKind,
    ProfileRecord,
    RelationRecord,
    Stage,
    SystemRecord,
)
from config.demo.larkfield.datasets import ColumnText, DatasetText, datasets
from config.demo.larkfield.queries import (
    DASHBOARDS,
    Group,
    Query,
    QueryText,
    dashboards,
    models,
    queries,
)
from config.demo.larkfield.running import runs_of
from config.demo.larkfield.text import read_text
from lineage.sql import analyze
from lineage.types import QueryCount, StatementLineage, TableName

WAREHOUSE = "Warehouse"
LARGEST_SCALE = 1_000
# The hour until which a day's runs are counted; the text states days.
RAN_AT = dt.time(6, tzinfo=dt.UTC)

_KINDS = {
    "tx": DatasetKind.TABLE,
    "ev": DatasetKind.TABLE,
    "stream": DatasetKind.TOPIC,
    "media": DatasetKind.MEDIA,
    "dbt": DatasetKind.TABLE,
    "ml": DatasetKind.TABLE,
}
_STAGES = {"stg": Stage.PREPARATION, "core": Stage.PREPARATION}


class LarkfieldSettings(BaseModel):
    """How many times the company stands side by side; more than once only to measure."""

    scale: int = Field(1, title="Copies of the company", ge=1, le=LARGEST_SCALE)


class LarkfieldConnector:
    """The systems of Larkfield and what ran in them, read from the text that describes them."""

    name = "larkfield"
    label = "Larkfield (demonstration)"
    description = "Reads the invented company Larkfield: eight systems, a warehouse, dashboards."
    settings: type[BaseModel] = LarkfieldSettings
    accepts: tuple[str, ...] = ()
    needs_files = False
    is_complete = True
    uploads_are_complete = False

    def read(self, settings: LarkfieldSettings, context: ReadContext) -> Iterator[Yielded]:
        """Yield every copy: systems, datasets in the order of the text, dashboards, queries."""
        today = dt.datetime.now(dt.UTC).date()
        yield ExpectedTotal(settings.scale * (len(datasets()) + len(dashboards())))
        for copy in range(settings.scale):
            yield from Company(f"-{copy + 1}" if copy else "").records(today)


def register() -> None:
    """Make the connector known to this process; a second time changes nothing."""
    if LarkfieldConnector.name not in connectors:
        connectors.add(LarkfieldConnector.name, LarkfieldConnector())


@dataclass(frozen=True, slots=True)
class Company:
    """One copy of Larkfield; `suffix` tells its systems from those of other copies."""

    suffix: str = ""

    def records(self, today: dt.date) -> Iterator[Yielded]:
        """Systems, containers, datasets, dashboards, and what ran in the warehouse until today."""
        for system in read_text("company.yaml")["systems"]:
            yield SystemRecord(
                system["platform"], self._instance(system), description=system["description"]
            )
        yield self._folder_of_dashboards()
        for dataset in datasets():
            yield self._dataset(dataset)
        for query in dashboards():
            yield self._dashboard(query)
        for ran in logged():
            yield from self._counted(ran, today)

    def name(self, dataset: str) -> QualifiedName:
        """The qualified name of a dataset or dashboard of this copy, such as `crm.lead`."""
        system = _SYSTEMS[_system_of(dataset)]
        return qualified_name(system["platform"], self._instance(system), dataset.split("."))

    def _instance(self, system: Mapping[str, Any]) -> str:
        return f"{system['instance']}{self.suffix}"

    def _in_warehouse(self, dataset: str) -> QualifiedName:
        """What the warehouse calls a dataset: it has the operational databases attached."""
        system = _SYSTEMS[WAREHOUSE]
        return qualified_name(system["platform"], self._instance(system), dataset.split("."))

    def _folder_of_dashboards(self) -> ContainerRecord:
        name = self._in_warehouse(DASHBOARDS)
        return ContainerRecord(str(name), ContainerKind.DASHBOARD_TOOL, "Dashboards of Larkfield")

    def _dataset(self, dataset: DatasetText) -> DatasetRecord:
        model = _MODELS.get(dataset.name)
        is_attached = dataset.system != WAREHOUSE
        interaction = dataset.kind in ("ev", "stream") or dataset.name in _INTERACTIONS
        return DatasetRecord(
            qualified_name=str(self.name(dataset.name)),
            kind=DatasetKind.ML_MODEL if dataset.name in _LEARNED else _KINDS[dataset.kind],
            description=model.about if model else _WORDS["datasets"][dataset.name],
            columns=tuple(_column(column) for column in dataset.columns),
            owners=_owners(dataset.domain, dataset.system),
            relations=tuple(self._relation(c) for c in dataset.columns if c.target),
            definition=self._definition(model) if model else None,
            stage=_stage(dataset),
            capture_kind=CaptureKind.EVENT_LOG if dataset.kind in ("ev", "stream") else None,
            data_kind=DataKind.INTERACTION if interaction else DataKind.TRANSACTIONAL,
            motion=Motion.IN_MOTION if dataset.kind == "stream" else Motion.AT_REST,
            topic=dataset.name if dataset.kind == "stream" else None,
            retention=_STREAMS.get(dataset.name, {}).get("retention"),
            lateness=_STREAMS.get(dataset.name, {}).get("lateness"),
            media=MediaRecord(MediaKind.AUDIO, "wav", language="en")
            if dataset.kind == "media"
            else None,
            aliases=(str(self._in_warehouse(dataset.name)),) if is_attached else (),
            profile=_PROFILES.get(dataset.name),
        )

    def _relation(self, column: ColumnText) -> RelationRecord:
        (key,) = _DATASETS[column.target].key[:1]
        return RelationRecord(
            str(self.name(column.target)), columns=(column.name,), target_columns=(key,)
        )

    def _definition(self, query: QueryText) -> DefinitionRecord:
        system = _SYSTEMS[WAREHOUSE]
        return DefinitionRecord(sql=query.sql, platform=system["platform"])

    def _dashboard(self, query: QueryText) -> DatasetRecord:
        domain = query.name.partition(".")[2].partition("_")[0]
        return DatasetRecord(
            qualified_name=str(self.name(query.name)),
            kind=DatasetKind.DASHBOARD,
            display_name=query.title,
            description=query.about,
            columns=tuple(ColumnRecord((column,)) for column in shown(query)),
            owners=_owners(domain, WAREHOUSE),
            definition=self._definition(query),
            stage=Stage.EGRESS,
            data_kind=DataKind.TRANSACTIONAL,
        )

    def _counted(self, query: Query, today: dt.date) -> Iterator[QueryCount]:
        """The runs of a query, as a counter of the warehouse would tell of them that is read and
        begins anew every day. Whoever looks at a dashboard reads it, and its query runs for them.
        """
        system = _SYSTEMS[WAREHOUSE]
        statements = {query.id: query.text.sql}
        if query.group is Group.DASHBOARDS:
            look = f"select * from {query.text.name}"  # noqa: S608 - our own names
            statements[f"{query.id} looked at"] = look
        ran = sorted(runs_of(query, until=today).items())
        for counter, sql in statements.items():
            for (day, username), runs in ran:
                yield QueryCount(
                    location=f"queries.yaml: {query.id}",
                    system=f"{system['platform']}://{self._instance(system)}",
                    platform=query.dialect,
                    sql=sql,
                    key=f"{counter} {day} {username}",
                    since=dt.datetime.combine(day, dt.time(), dt.UTC),
                    read_at=dt.datetime.combine(day, RAN_AT),
                    runs=runs,
                    total_ms=float(runs * query.mean_milliseconds),
                    rows=runs * query.rows,
                    user=username,
                    keeps_literals=True,
                )


def logged() -> tuple[Query, ...]:
    """What the warehouse counts. The actions run where they write: in the systems themselves."""
    return tuple(query for query in queries() if query.group is not Group.ACTIONS)


def shown(query: QueryText) -> tuple[str, ...]:
    """The columns of a dashboard, as its query names them."""
    return statement_of(query).output_columns


def statement_of(query: QueryText) -> StatementLineage:
    """What a query of the warehouse reads, given the columns that the text states."""
    (statement,) = analyze(query.sql, dialect="duckdb", schema=_Text()).statements
    return statement


class _Text:
    """The columns that the resolver may ask for."""

    def columns_of(self, table: TableName) -> list[str] | None:
        found = _DATASETS.get(".".join(table.parts))
        return [column.name for column in found.columns] if found else None


def _system_of(dataset: str) -> str:
    return WAREHOUSE if dataset.startswith(f"{DASHBOARDS}.") else _DATASETS[dataset].system


def _column(column: ColumnText) -> ColumnRecord:
    """A class `pii.email` is the path `pii / email` in the catalog's tree of classifications."""
    return ColumnRecord(
        path=(column.name,),
        physical_type=column.type,
        nullable=column.nullable,
        description=_WORDS["columns"].get(column.name),
        key_position=column.key_position,
        classifications=(" / ".join(column.label.split(".")),) if column.label else (),
    )


def _profile(text: Mapping[str, Any]) -> ProfileRecord:
    """What a source measured; with the days of the column that it lies by, where there is one."""
    columns = {}
    if "column" in text:
        span = {"min": text["first"].isoformat(), "max": text["last"].isoformat()}
        columns[text["column"]] = span
    return ProfileRecord(
        taken_at=text["taken_at"], rows=text["rows"], size_bytes=text["bytes"], columns=columns
    )


def _owners(domain: str, system: str) -> tuple[OwnerRecord, ...]:
    """The domain's team answers for what the data means, the system's team for its operation."""
    meaning = _DOMAINS[domain]["team"]
    operation = _DOMAINS[_SYSTEMS[system]["domain"]]["team"]
    return (
        OwnerRecord(meaning, kind=OwnershipKind.BUSINESS_OWNER),
        OwnerRecord(operation, kind=OwnershipKind.TECHNICAL_OWNER),
    )


def _stage(dataset: DatasetText) -> Stage:
    if dataset.system != WAREHOUSE:
        return Stage.CAPTURE
    return _STAGES.get(dataset.name.partition(".")[0], Stage.ANALYSIS)


_COMPANY = read_text("company.yaml")
_WORDS = read_text("descriptions.yaml")
_SYSTEMS: dict[str, Any] = {system["name"]: system for system in _COMPANY["systems"]}
_DOMAINS: dict[str, Any] = {domain["slug"]: domain for domain in _COMPANY["domains"]}
_INTERACTIONS = frozenset(_COMPANY["interactions"])
_STREAMS: Mapping[str, Mapping[str, str]] = _COMPANY["streams"]
_LEARNED = frozenset(_COMPANY["machine_learning_models"])
_DATASETS = {dataset.name: dataset for dataset in datasets()}
_PROFILES = {text["dataset"]: _profile(text) for text in read_text("profiles.yaml")}
_MODELS = {model.name: model for model in models()}
