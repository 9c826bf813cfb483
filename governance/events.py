"""The events governance emits, beside the catalog's and in the same log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from catalog.events import EventType


@dataclass(frozen=True, slots=True)
class ProposalChanged(EventType):
    """Something happened to a proposal: `what` is created, revised, stepped, position, concern,
    comment, impact, escalated; `state` is the one after it."""

    name: ClassVar[str] = "governance.proposal.changed"
    what: str = ""
    key: str = ""
    state: str = ""
    revision: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DecisionTaken(EventType):
    """A link was appended to the chain of decisions."""

    name: ClassVar[str] = "governance.decision.taken"
    key: str = ""
    proposal: str = ""
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class AgreementAdopted(EventType):
    """A version came into force (or ended, for retire) with the epoch named."""

    name: ClassVar[str] = "governance.agreement.adopted"
    key: str = ""
    kind: str = ""
    number: int = 0
    op: str = ""
    epoch: int = 0
    decision: str = ""


@dataclass(frozen=True, slots=True)
class ConflictChanged(EventType):
    """A conflict was found, settled, or is gone."""

    name: ClassVar[str] = "governance.conflict.changed"
    kind: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class MeetingChanged(EventType):
    """A meeting was planned, moved, given an agenda, opened, closed, approved or canceled.

    `digest` is that of the minutes: the log proves that approved minutes are the same since.
    """

    name: ClassVar[str] = "governance.meeting.changed"
    what: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class OptOutExceptionChanged(EventType):
    """An exception from an opt-out was requested, approved, refused, withdrawn or revoked; glass
    was broken (`break_glass`) and reviewed (`justified`, `not_justified`), or may be from now on
    (`template`), or may no longer (`template_ended`). `ends` is its end."""

    name: ClassVar[str] = "governance.opt_out_exception.changed"
    what: str = ""
    agreement: str = ""
    ends: str = ""


@dataclass(frozen=True, slots=True)
class GoalChanged(EventType):
    """A goal of a team was set, changed, measured or withdrawn (`what`); `detail` says how."""

    name: ClassVar[str] = "governance.goal.changed"
    what: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DataReported(EventType):
    """Somebody could not get data (`what` is reported, told on a later day and of nobody), or the
    council answered it (`what` is answered)."""

    name: ClassVar[str] = "governance.data_report.changed"
    what: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class BrakeTripped(EventType):
    """A brake in force refused a query that would have run, or stopped one that ran (`what` is
    refused or stopped). `code` is what it found, `person` whose query it is, `lease` which."""

    name: ClassVar[str] = "governance.brake.tripped"
    what: str = ""
    brake: str = ""
    code: str = ""
    person: str = ""
    gateway: str = ""
    lease: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class QueryStopped(EventType):
    """Somebody stopped a running query by hand, with a reason."""

    name: ClassVar[str] = "governance.query.stopped"
    lease: str = ""
    gateway: str = ""
    reason: str = ""


EVENT_TYPES: tuple[type[EventType], ...] = (
    ProposalChanged,
    DecisionTaken,
    AgreementAdopted,
    ConflictChanged,
    MeetingChanged,
    OptOutExceptionChanged,
    GoalChanged,
    DataReported,
    BrakeTripped,
    QueryStopped,
)
