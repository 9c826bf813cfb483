"""GraphQL types and fields of queries that ran."""

from __future__ import annotations

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.errors import InvalidInput
from catalog.graphql.arguments import number
from catalog.graphql.relations import principal_of
from lineage.graphql.answers import RunnerType
from lineage.selectors.queries import (
    column_use,
    frequent_filters,
    frequent_joins,
    queries_of,
    query_shown,
    runs_by_day,
    shown_queries,
)

MOST_ON_A_PAGE = 100
MOST_SKIPPED = 1_000_000


class RanQueryType(graphene.ObjectType):
    """A statement with its literals masked, or with them where `hasLiterals` says so."""

    class Meta:
        name = "RanQuery"

    id = graphene.Int(required=True)
    text = graphene.String(required=True)
    has_literals = graphene.Boolean(required=True)
    dialect = graphene.String(required=True)
    system = graphene.String(required=True)
    connection = graphene.String(required=True)
    statement_type = graphene.String(required=True)
    status = graphene.String(required=True)
    reason = graphene.String(required=True)
    is_read = graphene.Boolean(required=True)
    is_written = graphene.Boolean(required=True)
    runs = graphene.Float(required=True)
    errors = graphene.Float(required=True)
    rows = graphene.Float(required=True)
    size_bytes = graphene.Float(required=True)
    total_ms = graphene.Float(required=True)
    mean_ms = graphene.Float(required=True)
    max_ms = graphene.Float(required=True)
    first_run_at = graphene.DateTime()
    last_run_at = graphene.DateTime()
    runners = graphene.List(graphene.NonNull(RunnerType), required=True)


class RanQueryPageType(graphene.ObjectType):
    """A page of queries, those that ran most often first."""

    class Meta:
        name = "RanQueryPage"

    total_count = graphene.Int(required=True)
    items = graphene.List(graphene.NonNull(RanQueryType), required=True)


class ColumnUseType(graphene.ObjectType):
    """Runs of queries that use a column, and how many of those for what."""

    class Meta:
        name = "ColumnUse"

    column_id = graphene.Int(required=True)
    path = graphene.String(required=True)
    runs = graphene.Float(required=True)
    filtered = graphene.Float(required=True)
    joined = graphene.Float(required=True)
    grouped = graphene.Float(required=True)


class JoinUseType(graphene.ObjectType):
    """A column of the dataset that queries join with one of another dataset."""

    class Meta:
        name = "JoinUse"

    column = graphene.String(required=True)
    other_id = graphene.Int(required=True)
    other = graphene.String(required=True)
    other_column = graphene.String(required=True)
    queries = graphene.Int(required=True)
    runs = graphene.Float(required=True)


class FilterUseType(graphene.ObjectType):
    """A condition that queries put on a column, its literals masked."""

    class Meta:
        name = "FilterUse"

    column = graphene.String(required=True)
    condition = graphene.String(required=True)
    queries = graphene.Int(required=True)
    runs = graphene.Float(required=True)


class DayOfRunsType(graphene.ObjectType):
    """Runs on a day (UTC)."""

    class Meta:
        name = "DayOfRuns"

    day = graphene.Date(required=True)
    runs = graphene.Float(required=True)
    errors = graphene.Float(required=True)


class QueryUseType(graphene.ObjectType):
    """How queries use a dataset."""

    class Meta:
        name = "QueryUse"

    columns = graphene.List(graphene.NonNull(ColumnUseType), required=True)
    joins = graphene.List(graphene.NonNull(JoinUseType), required=True)
    filters = graphene.List(graphene.NonNull(FilterUseType), required=True)
    days = graphene.List(graphene.NonNull(DayOfRunsType), required=True)


class RanQueriesQuery(graphene.ObjectType):
    """What there is to ask about the queries that ran."""

    ran_queries = graphene.Field(
        RanQueryPageType,
        dataset=graphene.ID(required=True),
        first=graphene.Int(required=True, default_value=20, description="1 to 100."),
        offset=graphene.Int(required=True, default_value=0, description="How many to leave out."),
        required=True,
        description="The queries that ran on a dataset, those that ran most often first.",
    )
    ran_query = graphene.Field(
        RanQueryType, id=graphene.ID(required=True), required=True, description="One of them."
    )
    query_use = graphene.Field(
        QueryUseType,
        dataset=graphene.ID(required=True),
        required=True,
        description="Columns, joins and filters of a dataset in use, and runs by day.",
    )

    @staticmethod
    def resolve_ran_queries(
        root: Any, info: GraphQLResolveInfo, dataset: str, first: int, offset: int
    ) -> Any:
        """A page of them."""
        if not 1 <= first <= MOST_ON_A_PAGE:
            raise InvalidInput(f"first is a number from 1 to {MOST_ON_A_PAGE}.", field="first")
        if not 0 <= offset <= MOST_SKIPPED:
            raise InvalidInput(f"offset is a number from 0 to {MOST_SKIPPED:,}.", field="offset")
        dataset_id = number(dataset, "dataset")
        rows = queries_of(principal_of(info), dataset_id)
        shown = shown_queries(principal_of(info), rows[offset : offset + first], dataset_id)
        return {"total_count": rows.count(), "items": shown}

    @staticmethod
    def resolve_ran_query(root: Any, info: GraphQLResolveInfo, id: str) -> Any:
        """By its id."""
        return query_shown(principal_of(info), number(id, "id"))

    @staticmethod
    def resolve_query_use(root: Any, info: GraphQLResolveInfo, dataset: str) -> Any:
        """Mined from the visible queries."""
        principal, dataset_id = principal_of(info), number(dataset, "dataset")
        return {
            "columns": column_use(principal, dataset_id),
            "joins": frequent_joins(principal, dataset_id),
            "filters": frequent_filters(principal, dataset_id),
            "days": runs_by_day(principal, dataset_id),
        }
