"""What events said so far of datasets, jobs and runs. Each thing told keeps the time it was told
at, so that events may arrive in any order; the states of datasets are stored as JSON."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import msgspec
from msgspec import Raw, Struct

from catalog.names import QualifiedName, parse_name

JobKey = tuple[str, str]
"""Namespace and name."""

ENDS = frozenset({"COMPLETE", "FAIL", "ABORT"})
WITHOUT_EFFECT = frozenset({"FAIL", "ABORT"})
EVENT_TYPES = ENDS | {"START", "RUNNING", "OTHER"}
_SEPARATOR = "\n"


NOTHING = Raw(b"null")


class Told(Struct):
    """A facet as it was sent, and when; NOTHING once it was deleted."""

    at: dt.datetime
    sent: Raw = NOTHING

    @property
    def raw(self) -> Raw | None:
        """The facet, unless it was deleted."""
        return _something(self.sent)


class Sources(Struct):
    """What one job's latest run, or the job by itself, makes a dataset from, and its SQL facet.

    `former` is what holds again should a run that is not `is_done` come to nothing.
    """

    at: dt.datetime
    run: str | None
    names: list[str]
    sent_sql: Raw = NOTHING
    is_done: bool = False
    former: Sources | None = None

    @property
    def sql(self) -> Raw | None:
        """The SQL facet, if the job has one."""
        return _something(self.sent_sql)


class DatasetState(Struct):
    """The latest facets of a dataset, and the jobs that make it with what they read.

    `is_whole_schema` says that the schema is the dataset's own: an input may list only the
    columns that were read. `known_as` are other names that events used for it.
    """

    qualified_name: str
    namespace: str
    facets: dict[str, Told] = {}
    is_whole_schema: bool = False
    known_as: list[str] = []
    upstream: dict[str, Sources] = {}

    @property
    def name(self) -> QualifiedName:
        """The name under which the catalog has it."""
        return parse_name(self.qualified_name)


def _something(raw: Raw) -> Raw | None:
    return None if bytes(raw) == b"null" else raw


def encode_state(state: DatasetState) -> bytes:
    """The stored form."""
    return msgspec.json.encode(state)


def decode_state(stored: bytes) -> DatasetState:
    """A stored state; raises msgspec.DecodeError."""
    return msgspec.json.decode(stored, type=DatasetState)


def job_text(job: JobKey) -> str:
    """The key of a job inside a dataset's state."""
    return _SEPARATOR.join(job)


@dataclass(slots=True)
class JobState:
    """A job with its latest facets; `heard_at` is the time of the latest event on it."""

    key: JobKey
    heard_at: dt.datetime
    facets: dict[str, Told] = field(default_factory=dict)


@dataclass(slots=True)
class RunState:
    """What the events of one run, or of one job without runs, say together.

    `external_id` is the job's name as it was sent where runs are folded by their statement.
    `is_stored` says that earlier events told of the run.
    """

    run_id: str | None
    job: JobKey
    heard_at: dt.datetime
    state: str = "OTHER"
    state_at: dt.datetime | None = None
    started_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    external_id: str = ""
    inputs: dict[str, None] = field(default_factory=dict)
    outputs: dict[str, None] = field(default_factory=dict)
    facets: dict[str, Raw] = field(default_factory=dict)
    rows_read: int | None = None
    rows_written: int | None = None
    bytes_written: int | None = None
    is_stored: bool = False

    def hear(self, at: dt.datetime, event_type: str | None) -> None:
        """Take over what an event says of the state, whichever event arrives last.

        A state that ends the run outranks every other; of two that end it the later one holds.
        """
        self.heard_at = max(self.heard_at, at)
        if event_type == "START":
            self.started_at = min(self.started_at or at, at)
        if event_type not in EVENT_TYPES:
            return
        is_end, ended = event_type in ENDS, self.state in ENDS
        is_later = self.state_at is None or at >= self.state_at
        if (is_end and (not ended or is_later)) or (not ended and is_later):
            self.state, self.state_at = event_type, at
            self.ended_at = at if is_end else None
