"""Lineage's tables: statements, the edges read from them, and their evidence; jobs and events."""

from lineage.models.edges import ColumnEdge, DatasetEdge
from lineage.models.jobs import Job, JobDataset, JobRun
from lineage.models.run_events import (
    ParkedRunEvent,
    ReceivedEvent,
    ReportedDataset,
    RunEventOffset,
)
from lineage.models.statements import Statement

__all__ = [
    "ColumnEdge",
    "DatasetEdge",
    "Job",
    "JobDataset",
    "JobRun",
    "ParkedRunEvent",
    "ReceivedEvent",
    "ReportedDataset",
    "RunEventOffset",
    "Statement",
]
