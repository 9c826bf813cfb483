"""Jobs and runs over GraphQL."""

from __future__ import annotations

import json
import uuid
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.errors import InvalidInput, NotFound
from catalog.graphql.arguments import number
from catalog.graphql.relations import principal_of
from lineage.selectors.jobs import described_jobs, job_answer, run_answer, runs_of

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
    rows_read = graphene.Float(
        source="shown_rows_read",
        description="As told, up to 2^53 exactly; null where it touched what you may not see.",
    )
    rows_written = graphene.Float(source="shown_rows_written")


class JobType(graphene.ObjectType):
    """What reads and writes datasets, as its events tell."""

    class Meta:
        name = "Job"

    id = graphene.Int(required=True)
    namespace = graphene.String(required=True)
    name = graphene.String(required=True)
    description = graphene.String(required=True, source="shown_description")
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
    owners = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="As its events say."
    )
    tags = graphene.List(graphene.NonNull(graphene.String), required=True)
    sql = graphene.String(required=True, description="Empty where it may not be seen.")
    inputs = graphene.List(graphene.NonNull(graphene.String), required=True)
    outputs = graphene.List(graphene.NonNull(graphene.String), required=True)
    disagreements = graphene.List(graphene.NonNull(LineageDisagreementType), required=True)
    runs = graphene.List(graphene.NonNull(JobRunType), required=True)


class NamedJobType(graphene.ObjectType):
    """A job that an event names; `id` is null where it is not known or may not be seen."""

    class Meta:
        name = "NamedJob"

    id = graphene.Int()
    namespace = graphene.String(required=True)
    name = graphene.String(required=True)


class RunParameterType(graphene.ObjectType):
    """What a run was started with."""

    class Meta:
        name = "RunParameter"

    name = graphene.String(required=True)
    value = graphene.String(required=True)


class RunTestType(graphene.ObjectType):
    """A check that a run made."""

    class Meta:
        name = "RunTest"

    name = graphene.String(required=True)
    status = graphene.String(required=True, description="pass, fail or skip.")
    expected = graphene.String(required=True)
    actual = graphene.String(required=True)


class RunAnswerType(graphene.ObjectType):
    """A run with what its facets tell, they themselves, and its events as they came."""

    class Meta:
        name = "RunAnswer"

    run = graphene.Field(JobRunType, required=True)
    job = graphene.Field(JobType, required=True)
    parent = graphene.Field(JobRunType, description="The run that it is a part of.")
    error = graphene.String(required=True)
    inputs = graphene.List(graphene.NonNull(graphene.String), required=True)
    outputs = graphene.List(graphene.NonNull(graphene.String), required=True)
    nominal_start = graphene.DateTime(description="The time that it is for, not that it ran.")
    nominal_end = graphene.DateTime()
    engine = graphene.String(required=True)
    parameters = graphene.List(graphene.NonNull(RunParameterType), required=True)
    waits_for = graphene.List(graphene.NonNull(NamedJobType), required=True)
    awaited_by = graphene.List(graphene.NonNull(NamedJobType), required=True)
    tests = graphene.List(graphene.NonNull(RunTestType), required=True)
    facets = graphene.JSONString(required=True, description="By name, unknown ones included.")
    events = graphene.List(
        graphene.NonNull(graphene.JSONString), required=True, description="The newest first."
    )


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
    job_run = graphene.Field(
        RunAnswerType,
        id=graphene.ID(required=True, description="Its UUID."),
        required=True,
        description="One run.",
    )

    @staticmethod
    def resolve_jobs(root: Any, info: GraphQLResolveInfo, find: str, first: int) -> Any:
        """Bounded in number."""
        return list(described_jobs(principal_of(info), find=find[:200])[: _count(first, "first")])

    @staticmethod
    def resolve_job(root: Any, info: GraphQLResolveInfo, id: str, runs: int) -> Any:
        """Refused where it may not be seen."""
        principal, job_id = principal_of(info), number(id, "id")
        answer = job_answer(principal, job_id)
        return {
            "job": answer.job,
            "owners": answer.owners,
            "tags": answer.tags,
            "sql": answer.sql,
            "inputs": [dataset.qualified_name for dataset in answer.inputs],
            "outputs": [dataset.qualified_name for dataset in answer.outputs],
            "disagreements": answer.disagreements,
            "runs": list(runs_of(principal, job_id)[: _count(runs, "runs")]),
        }

    @staticmethod
    def resolve_job_run(root: Any, info: GraphQLResolveInfo, id: str) -> Any:
        """Refused where its job may not be seen."""
        try:
            run_id = uuid.UUID(id)
        except ValueError:
            raise NotFound("There is no such run.") from None
        answer = run_answer(principal_of(info), run_id)
        told = answer.told
        return {
            "run": answer.run,
            "job": answer.run.job,
            "parent": answer.parent,
            "error": answer.error,
            "inputs": answer.inputs,
            "outputs": answer.outputs,
            "nominal_start": told.nominal_start,
            "nominal_end": told.nominal_end,
            "engine": told.engine,
            "parameters": [{"name": name, "value": value} for name, value in told.parameters],
            "waits_for": answer.waits_for,
            "awaited_by": answer.awaited_by,
            "tests": told.tests,
            "facets": json.loads(answer.facets) if answer.facets else {},
            "events": [json.loads(event) for event in answer.events],
        }


def _count(asked: int, field: str) -> int:
    if not 1 <= asked <= MOST:
        raise InvalidInput(f"{field} is a number from 1 to {MOST}.", field=field)
    return asked
