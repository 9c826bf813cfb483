"""Jobs and runs over GraphQL."""

from __future__ import annotations

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.errors import InvalidInput
from catalog.graphql.arguments import number
from catalog.graphql.relations import principal_of
from lineage.selectors.jobs import job_answer, runs_of, visible_jobs

MOST = 100


class JobRunType(graphene.ObjectType):
    """One execution of a job."""

    class Meta:
        name = "JobRun"

    run_id = graphene.ID(required=True)
    state = graphene.String(required=True, description="START, RUNNING, COMPLETE, FAIL, ABORT.")
    heard_at = graphene.DateTime(required=True)
    started_at = graphene.DateTime()
    ended_at = graphene.DateTime()
    external_id = graphene.String(required=True, description="What its engine calls it.")
    rows_read = graphene.Float(description="As told, up to 2^53 exactly.")
    rows_written = graphene.Float()


class JobType(graphene.ObjectType):
    """What reads and writes datasets, as its events tell."""

    class Meta:
        name = "Job"

    id = graphene.Int(required=True)
    namespace = graphene.String(required=True)
    name = graphene.String(required=True)
    description = graphene.String(required=True)
    integration = graphene.String(required=True)
    runs_heard = graphene.Float(required=True)
    heard_at = graphene.DateTime(required=True)
    last_state = graphene.String(required=True)


class LineageDisagreementType(graphene.ObjectType):
    """A value's way that the event or the SQL names, and the other does not."""

    class Meta:
        name = "LineageDisagreement"

    target = graphene.String(required=True)
    target_column = graphene.String(required=True)
    source = graphene.String(required=True)
    source_column = graphene.String(required=True)
    said_by = graphene.String(required=True, description="facet or sql.")
    sentence = graphene.String(required=True)


class JobAnswerType(graphene.ObjectType):
    """A job with what it reads and writes."""

    class Meta:
        name = "JobAnswer"

    job = graphene.Field(JobType, required=True)
    sql = graphene.String(required=True, description="Empty where it may not be seen.")
    inputs = graphene.List(graphene.NonNull(graphene.String), required=True)
    outputs = graphene.List(graphene.NonNull(graphene.String), required=True)
    disagreements = graphene.List(graphene.NonNull(LineageDisagreementType), required=True)
    runs = graphene.List(graphene.NonNull(JobRunType), required=True)


class JobQuery(graphene.ObjectType):
    """What there is to ask about jobs."""

    jobs = graphene.List(
        graphene.NonNull(JobType),
        find=graphene.String(default_value=""),
        first=graphene.Int(required=True, default_value=50, description=f"1 to {MOST}."),
        required=True,
        description="Jobs, the latest heard first.",
    )
    job = graphene.Field(
        JobAnswerType,
        id=graphene.ID(required=True),
        runs=graphene.Int(required=True, default_value=20, description=f"1 to {MOST}."),
        required=True,
        description="One job with its latest runs.",
    )

    @staticmethod
    def resolve_jobs(root: Any, info: GraphQLResolveInfo, find: str, first: int) -> Any:
        """Bounded in number."""
        return list(visible_jobs(principal_of(info), find=find[:200])[: _count(first, "first")])

    @staticmethod
    def resolve_job(root: Any, info: GraphQLResolveInfo, id: str, runs: int) -> Any:
        """Refused where it may not be seen."""
        principal, job_id = principal_of(info), number(id, "id")
        answer = job_answer(principal, job_id)
        return {
            "job": answer.job,
            "sql": answer.sql,
            "inputs": [dataset.qualified_name for dataset in answer.inputs],
            "outputs": [dataset.qualified_name for dataset in answer.outputs],
            "disagreements": answer.disagreements,
            "runs": list(runs_of(principal, job_id)[: _count(runs, "runs")]),
        }


def _count(asked: int, field: str) -> int:
    if not 1 <= asked <= MOST:
        raise InvalidInput(f"{field} is a number from 1 to {MOST}.", field=field)
    return asked
