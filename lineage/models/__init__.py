"""Lineage's tables: statements, the edges read from them, and their evidence; jobs and events; the
queries that systems ran."""

from lineage.models.edges import ColumnEdge, DatasetEdge
from lineage.models.jobs import Job, JobDataset, JobRun
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
from lineage.models.run_events import (
    ParkedRunEvent,
    ReceivedEvent,
    ReportedDataset,
    RunEventOffset,
)
from lineage.models.statements import Statement

__all__ = [
    "ColumnEdge",
    "CountedRuns",
    "DatasetEdge",
    "Job",
    "JobDataset",
    "JobRun",
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
]
