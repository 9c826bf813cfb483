"""Jobs and runs over REST: thin views over the selectors."""

from __future__ import annotations

import json
import uuid
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import NewestFirst
from catalog.api.views.base import principal_of_request
from lineage.models import Job, JobRun
from lineage.selectors.jobs import described_jobs, job_answer, run_answer, runs_of
from lineage.selectors.openlineage import job_event


class JobSerializer(serializers.ModelSerializer[Job]):
    """A job in a list."""

    description = serializers.CharField(source="shown_description")
    code_url = serializers.CharField(source="shown_code")
    parent = serializers.IntegerField(  # type: ignore[assignment]  # the base class has a parent
        source="shown_parent", allow_null=True
    )

    class Meta:
        model = Job
        fields = [
            "id", "namespace", "name", "description", "integration", "job_type", "processing",
            "code_url", "code_version", "parent", "runs_heard", "heard_at", "last_run",
            "last_state",
        ]  # fmt: skip


class JobRunSerializer(serializers.ModelSerializer[JobRun]):
    """A run in a list; its counts are null where it touched what may not be seen."""

    rows_read = serializers.IntegerField(source="shown_rows_read", allow_null=True)
    rows_written = serializers.IntegerField(source="shown_rows_written", allow_null=True)
    bytes_written = serializers.IntegerField(source="shown_bytes_written", allow_null=True)

    class Meta:
        model = JobRun
        fields = [
            "run_id", "job", "state", "heard_at", "started_at", "ended_at", "parent_run",
            "external_id", "rows_read", "rows_written", "bytes_written",
        ]  # fmt: skip


class JobDatasetSerializer(serializers.Serializer[Any]):
    """A dataset that a job reads or writes."""

    id = serializers.IntegerField()
    qualified_name = serializers.CharField()


class DisagreementSerializer(serializers.Serializer[Any]):
    """A value's way that the event names and the SQL does not ("facet"), or the reverse ("sql")."""

    target_id = serializers.IntegerField()
    target = serializers.CharField()
    target_column = serializers.CharField()
    source_id = serializers.IntegerField()
    source = serializers.CharField()  # type: ignore[assignment]
    source_column = serializers.CharField()
    said_by = serializers.CharField()
    sentence = serializers.CharField()


class JobAnswerSerializer(serializers.Serializer[Any]):
    """A job with what it reads and writes; `sql` is empty where it may not be seen."""

    job = JobSerializer()
    owners = serializers.ListField(child=serializers.CharField())
    tags = serializers.ListField(child=serializers.CharField())
    sql = serializers.CharField()
    dialect = serializers.CharField(source="job.dialect")
    may_see_texts = serializers.BooleanField()
    inputs = JobDatasetSerializer(many=True)
    outputs = JobDatasetSerializer(many=True)
    disagreements = DisagreementSerializer(many=True)


class NamedJobSerializer(serializers.Serializer[Any]):
    """A job that an event names; `id` is null where it is not known or may not be seen."""

    id = serializers.IntegerField(allow_null=True)
    namespace = serializers.CharField()
    name = serializers.CharField()


class RunTestSerializer(serializers.Serializer[Any]):
    """A check that a run made: pass, fail or skip."""

    name = serializers.CharField()
    status = serializers.CharField()
    expected = serializers.CharField()
    actual = serializers.CharField()


class RunAnswerSerializer(serializers.Serializer[Any]):
    """A run with what its facets tell, they themselves, and its events as they came."""

    run = JobRunSerializer()
    nominal_start = serializers.DateTimeField(source="told.nominal_start", allow_null=True)
    nominal_end = serializers.DateTimeField(source="told.nominal_end", allow_null=True)
    engine = serializers.CharField(source="told.engine")
    parameters = serializers.SerializerMethodField()
    waits_for = NamedJobSerializer(many=True)
    awaited_by = NamedJobSerializer(many=True)
    tests = RunTestSerializer(source="told.tests", many=True)
    inputs = serializers.ListField(child=serializers.CharField())
    outputs = serializers.ListField(child=serializers.CharField())
    error = serializers.CharField()
    facets = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get_parameters(self, answer: Any) -> dict[str, str]:
        """What it was started with, by name."""
        return dict(answer.told.parameters)

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get_facets(self, answer: Any) -> dict[str, Any]:
        """The run's facets by name, unknown ones included."""
        return json.loads(answer.facets) if answer.facets else {}

    def get_events(self, answer: Any) -> list[dict[str, Any]]:
        """The events, newest first, as long as they are kept."""
        return [json.loads(event) for event in answer.events]


class JobsView(generics.ListAPIView[Job]):
    """Jobs that events told of."""

    serializer_class = JobSerializer
    pagination_class = NewestFirst
    filter_backends = ()
    queryset = Job.objects.none()

    @extend_schema(
        operation_id="jobs_list",
        parameters=[OpenApiParameter("find", OpenApiTypes.STR, description="In the name.")],
    )
    def get(self, request: Request, *args: Any, **options: Any) -> Response:
        """The newest first."""
        return super().get(request, *args, **options)

    def get_queryset(self) -> Any:
        """Those that may be seen."""
        find = self.request.query_params.get("find", "")[:200]
        return described_jobs(principal_of_request(self.request), find=find)


class JobView(APIView):
    """One job."""

    @extend_schema(operation_id="jobs_retrieve", responses=JobAnswerSerializer)
    def get(self, request: Request, job_id: int) -> Response:
        """What it reads and writes, and where its SQL and its events disagree."""
        return Response(JobAnswerSerializer(job_answer(principal_of_request(request), job_id)).data)


class JobRunsPages(NewestFirst):
    """Runs have no number of their own: the time of their latest event orders them."""

    ordering = ("-heard_at", "run_id")  # type: ignore[assignment]


class JobRunsView(generics.ListAPIView[JobRun]):
    """The runs of a job."""

    serializer_class = JobRunSerializer
    pagination_class = JobRunsPages
    filter_backends = ()
    queryset = JobRun.objects.none()

    @extend_schema(operation_id="jobs_runs_list")
    def get(self, request: Request, *args: Any, **options: Any) -> Response:
        """The latest heard first."""
        return super().get(request, *args, **options)

    def get_queryset(self) -> Any:
        """Those of a job that may be seen."""
        return runs_of(principal_of_request(self.request), self.kwargs["job_id"])


class RunView(APIView):
    """One run."""

    @extend_schema(operation_id="runs_retrieve", responses=RunAnswerSerializer)
    def get(self, request: Request, run_id: uuid.UUID) -> Response:
        """Its facets, and its events as they came."""
        return Response(RunAnswerSerializer(run_answer(principal_of_request(request), run_id)).data)


class JobEventView(APIView):
    """One job in OpenLineage's words."""

    @extend_schema(operation_id="jobs_openlineage", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, job_id: int) -> Response:
        """A JobEvent with what may be seen."""
        return Response(job_event(principal_of_request(request), job_id))
