"""The GraphQL schema: every package's queries and mutations in one root."""

from __future__ import annotations

import graphene

from catalog.graphql.ingestion import IngestionMutation, IngestionQuery
from catalog.graphql.mutations import CatalogMutation
from catalog.graphql.people import PeopleMutation, PeopleQuery
from catalog.graphql.queries import CatalogQuery
from catalog.graphql.records import RecordMutation
from config.graphql.instants import keep_instants_in_range
from config.graphql.nulls import leave_nulls_out
from governance.graphql_fields import GovernanceMutation, GovernanceQuery
from lineage.graphql.jobs import JobQuery
from lineage.graphql.mutations import LineageMutation
from lineage.graphql.queries import LineageQuery
from lineage.graphql.query_answers import RanQueriesQuery
from lineage.graphql.sql_reading import SqlReadingQuery


class Query(
    CatalogQuery,
    LineageQuery,
    JobQuery,
    RanQueriesQuery,
    SqlReadingQuery,
    IngestionQuery,
    PeopleQuery,
    GovernanceQuery,
    graphene.ObjectType,
):
    """Everything that can be asked."""


class Mutation(
    CatalogMutation,
    IngestionMutation,
    PeopleMutation,
    RecordMutation,
    LineageMutation,
    GovernanceMutation,
    graphene.ObjectType,
):
    """Everything that can be changed."""


schema = graphene.Schema(query=Query, mutation=Mutation)
leave_nulls_out(schema.graphql_schema)
keep_instants_in_range(schema.graphql_schema)
