"""Reading a script against the catalog in GraphQL."""

from __future__ import annotations

from typing import Any

import graphene
from graphene.types.generic import GenericScalar
from graphql import GraphQLResolveInfo

from catalog.graphql.relations import principal_of
from lineage.selectors.sql_reading import SqlReading, read_sql, report_sql
from lineage.types import ColumnEdge, IndirectDatasetEdge

_TEXT = graphene.String(required=True)
_TEXTS = graphene.List(graphene.NonNull(graphene.String), required=True)
_SHARE = graphene.Float(required=True)
_EDGE = (
    *("source_table", "source_column", "target_table", "target_column"),
    *("kind", "subtype", "confidence"),
)
_DECISION = ("table", "column", "subtype")


class NamedTableType(graphene.ObjectType):
    """A table of the text, and the dataset that it means, if any may be seen."""

    class Meta:
        name = "SqlTable"

    name = _TEXT
    dataset_id = graphene.Int()
    qualified_name = graphene.String()


class SqlEdgeType(graphene.ObjectType):
    """A column of the script reaches a column; without `targetTable` one of a bare query."""

    class Meta:
        name = "SqlEdge"

    source_table = _TEXT
    source_column = _TEXT
    target_table = graphene.String()
    target_column = _TEXT
    kind = _TEXT
    subtype = _TEXT
    confidence = _SHARE


class SqlStatementEdgeType(SqlEdgeType):
    """The same in one statement, with what happens on the way."""

    class Meta:
        name = "SqlStatementEdge"

    reason = _TEXT
    masking = graphene.Boolean(required=True)
    preparations = _TEXTS
    transformation = _TEXT
    span = graphene.List(graphene.NonNull(graphene.Int))
    is_rollup = graphene.Boolean(required=True)

    @staticmethod
    def resolve_source_table(root: ColumnEdge, info: GraphQLResolveInfo) -> str:
        """As the statement means it."""
        return root.source_table.text

    @staticmethod
    def resolve_target_table(root: ColumnEdge, info: GraphQLResolveInfo) -> str | None:
        """None for a bare query."""
        return root.target_table.text if root.target_table else None


class SqlDecisionType(graphene.ObjectType):
    """A column that decides which rows there are, or their order."""

    class Meta:
        name = "SqlDecision"

    table = _TEXT
    column = _TEXT
    subtype = _TEXT


class SqlConditionType(graphene.ObjectType):
    """The same in one statement, with the table whose rows it decides."""

    class Meta:
        name = "SqlCondition"

    source_table = _TEXT
    source_column = _TEXT
    target_table = graphene.String()
    subtype = _TEXT
    confidence = _SHARE
    reason = _TEXT
    preparations = _TEXTS

    @staticmethod
    def resolve_source_table(root: IndirectDatasetEdge, info: GraphQLResolveInfo) -> str:
        """As the statement means it."""
        return root.source_table.text

    @staticmethod
    def resolve_target_table(root: IndirectDatasetEdge, info: GraphQLResolveInfo) -> str | None:
        """None for a bare query."""
        return root.target_table.text if root.target_table else None


class SqlAmbiguousType(graphene.ObjectType):
    """A bare name that several tables may own."""

    class Meta:
        name = "SqlAmbiguousName"

    name = _TEXT
    tables = _TEXTS


class SqlStatementType(graphene.ObjectType):
    """One statement as it was understood."""

    class Meta:
        name = "SqlStatement"

    statement_type = _TEXT
    sql = _TEXT
    status = _TEXT
    reason = graphene.String()
    confidence = _SHARE
    sources = graphene.List(graphene.NonNull(NamedTableType), required=True)
    mentioned = graphene.List(graphene.NonNull(NamedTableType), required=True)
    targets = graphene.List(graphene.NonNull(NamedTableType), required=True)
    output_columns = _TEXTS
    column_edges = graphene.List(graphene.NonNull(SqlStatementEdgeType), required=True)
    conditions = graphene.List(graphene.NonNull(SqlConditionType), required=True)
    unresolved = _TEXTS
    ambiguous = graphene.List(graphene.NonNull(SqlAmbiguousType), required=True)
    temporary = _TEXTS
    calls = _TEXTS


class SqlReadingType(graphene.ObjectType):
    """A script as a whole, and its statements in order."""

    class Meta:
        name = "SqlReading"

    sources = _TEXTS
    targets = _TEXTS
    mentioned = _TEXTS
    column_edges = graphene.List(graphene.NonNull(SqlEdgeType), required=True)
    output_columns = _TEXTS
    indirect_dataset = graphene.List(graphene.NonNull(SqlDecisionType), required=True)
    unresolved = _TEXTS
    assumed = _TEXTS
    errors = _TEXTS
    statements = graphene.List(graphene.NonNull(SqlStatementType), required=True)


class SqlReadingQuery(graphene.ObjectType):
    """What there is to ask about a script that nobody keeps."""

    sql_lineage = graphene.Field(
        SqlReadingType,
        required=True,
        sql=_TEXT,
        dialect=graphene.String(required=True, default_value=""),
        system=graphene.String(
            required=True, default_value="", description="Whose datasets its names mean."
        ),
        default_db=graphene.String(),
        default_schema=graphene.String(),
        schema=GenericScalar(description="Columns of tables: {table: [columns]}."),
        description="The lineage of a script, read against the catalog; nothing is kept.",
    )

    @staticmethod
    def resolve_sql_lineage(
        root: Any,
        info: GraphQLResolveInfo,
        sql: str,
        dialect: str,
        system: str,
        default_db: str | None = None,
        default_schema: str | None = None,
        schema: Any = None,
    ) -> dict[str, Any]:
        """As the REST door reads it."""
        principal = principal_of(info)
        readings = read_sql(
            principal,
            sql,
            dialect=dialect,
            system=system,
            default_database=default_db,
            default_schema=default_schema,
            tables=schema,
        )
        request = {
            "sql": sql,
            "dialect": dialect,
            "schema": schema,
            "default_db": default_db,
            "default_schema": default_schema,
        }
        told = report_sql(principal, request, system=system)
        return told | {
            "column_edges": [dict(zip(_EDGE, edge, strict=True)) for edge in told["column_edges"]],
            "indirect_dataset": [
                dict(zip(_DECISION, each, strict=True)) for each in told["indirect_dataset"]
            ],
            "statements": [_statement(reading) for reading in readings],
        }


def _statement(reading: SqlReading) -> dict[str, Any]:
    said = reading.statement
    return {
        "statement_type": said.statement_type,
        "sql": said.sql,
        "status": said.status.value,
        "reason": said.reason,
        "confidence": said.confidence,
        "sources": reading.sources,
        "mentioned": reading.mentioned,
        "targets": reading.targets,
        "output_columns": said.output_columns,
        "column_edges": said.column_edges,
        "conditions": said.indirect_edges,
        "unresolved": said.unresolved,
        "ambiguous": [
            {"name": each.name, "tables": [table.text for table in each.candidates]}
            for each in said.ambiguous
        ],
        "temporary": [table.text for table in said.temporary],
        "calls": [routine.text for routine in said.calls],
    }
