"""Lineage's tables: statements, the edges read from them or drawn by people, suggested classes and
their reviews; jobs and events; the queries that systems ran."""

from lineage.models.edges import ColumnEdge, DatasetEdge
from lineage.models.jobs import Job, JobDataset, JobRun
from lineage.models.manual import ManualEdge
from lineage.models.queries import (
    CountedRuns,
    Query,
    QueryCounter,
    QueryDay,
    QueryFilter,
    QueryJoin,
    QueryRunner,
    QueryTable,
    QueryUser,
)
from lineage.models.reviews import ClassificationReview
from lineage.models.run_events import (
    ParkedRunEvent,
    ReceivedEvent,
    ReportedDataset,
    RunEventOffset,
)
from lineage.models.statements import Statement
from lineage.models.suggestions import ClassDetection, SuggestedClass

__all__ = [
    "ClassDetection",
    "ClassificationReview",
    "ColumnEdge",
    "CountedRuns",
    "DatasetEdge",
    "Job",
    "JobDataset",
    "JobRun",
    "ManualEdge",
    "ParkedRunEvent",
    "Query",
    "QueryCounter",
    "QueryDay",
    "QueryFilter",
    "QueryJoin",
    "QueryRunner",
    "QueryTable",
    "QueryUser",
    "ReceivedEvent",
    "ReportedDataset",
    "RunEventOffset",
    "Statement",
    "SuggestedClass",
]
