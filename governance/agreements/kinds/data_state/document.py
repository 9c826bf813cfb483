"""A workflow as a document: its states, their predicates, and the ways between them (3.8)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from governance.agreements import patterns
from governance.agreements.kind import Document

Key = Annotated[str, Field(pattern=patterns.STATE_KEY)]
Example = Annotated[
    dict[str, bool | int | float | Annotated[str, Field(max_length=500)] | None],
    Field(max_length=100),
]


class TransformationType(StrEnum):
    """The six types of transformations (R-036)."""

    DETERMINISTIC = "deterministic"
    DESCRIPTIVE = "descriptive"
    DIAGNOSTIC = "diagnostic"
    PREDICTIVE = "predictive"
    PRESCRIPTIVE = "prescriptive"
    COGNITIVE = "cognitive"


class OverlapPolicy(StrEnum):
    """Whether a case may be in two states at once; `precedence` lets the higher number win."""

    FORBID = "forbid"
    PRECEDENCE = "precedence"


class Coverage(StrEnum):
    """Whether every case has to be in some state."""

    REQUIRED = "required"
    OPEN = "open"


class EventLog(Document):
    """Where the events of a state come from: sent to Concord, or read from a dataset."""

    api: bool = Field(
        default=False, title="Sent to Concord", description="Systems send the events themselves."
    )
    dataset: str = Field(
        default="",
        title="Dataset",
        description="The event log, where Concord reads it.",
        json_schema_extra={"picker": "dataset"},
    )
    case_column: str = Field(default="", title="Column of the case")
    state_column: str = Field(default="", title="Column of the state")
    time_column: str = Field(default="", title="Column of the time")
    expect_every: dt.timedelta = Field(
        default=dt.timedelta(days=7),
        gt=dt.timedelta(),
        title="Expect an event every",
        description="Silence for longer raises an alert.",
    )


class State(Document):
    """One state: what it means, in words and as a predicate, with examples."""

    key: Key = Field(title="Key", description="Lower case, such as pending_cancel.")
    label: str = Field(
        default="", max_length=100, title="Name", description="Empty: made from the key."
    )
    stock: bool = Field(
        default=True, title="Counted as a stock", description="How many are in it is a number."
    )
    definition: str = Field(
        min_length=1,
        max_length=2_000,
        title="Definition",
        description="In words that everybody understands.",
        json_schema_extra={"prose": True},
    )
    entry: str = Field(
        min_length=1,
        max_length=10_000,
        title="Is in it when",
        description="A condition over the columns of the view.",
        json_schema_extra={"sql": True},
    )
    exit: str = Field(
        min_length=1,
        max_length=10_000,
        title="Leaves it when",
        description="Never true while the first condition is.",
        json_schema_extra={"sql": True},
    )
    examples: list[Example] = Field(
        min_length=1,
        max_length=20,
        title="Examples",
        description="Rows of the view that are in it: values by column.",
    )
    counterexamples: list[Example] = Field(
        min_length=1,
        max_length=20,
        title="Counter-examples",
        description="Rows that look alike and are not in it.",
    )
    event_log: EventLog | None = Field(default=None, title="Event log")
    max_dwell: dt.timedelta | None = Field(
        default=None, gt=dt.timedelta(), title="Stays at most", description="Such as P90D."
    )
    precedence: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        title="Precedence",
        description="Where states overlap by agreement, the higher number wins.",
    )

    @property
    def name(self) -> str:
        """What people call it."""
        return self.label or self.key.replace("_", " ")


class Transformation(Document):
    """Something that has to happen on the way (R-036)."""

    type: TransformationType = Field(title="Type")
    name: str = Field(min_length=1, max_length=100, title="Name")
    system: str = Field(
        default="",
        title="System",
        description="Where it happens.",
        json_schema_extra={"picker": "system"},
    )
    actor: str = Field(
        default="", max_length=200, title="Actor", description="Who does it, where no system does."
    )
    evidence: str = Field(
        default="",
        title="Evidence",
        description="The dataset that shows that it happened.",
        json_schema_extra={"picker": "dataset"},
    )


class Transition(Document):
    """A way from one state to another."""

    source: Key = Field(alias="from", title="From")
    target: Key = Field(alias="to", title="To")
    requires: list[Transformation] = Field(
        default_factory=list,
        max_length=20,
        title="Requires",
        description="What has to happen on the way, at least one.",
        json_schema_extra={"keyed_by": "name"},
    )
    sla: dt.timedelta | None = Field(
        default=None, gt=dt.timedelta(), title="Within", description="Such as P1D."
    )


class Workflow(Document):
    """A workflow of interest with all its states."""

    workflow: Key = Field(title="Workflow", description="Lower case, such as customer_lifecycle.")
    title: str = Field(
        default="", max_length=200, title="Name", description="Empty: made from the workflow's key."
    )
    entity: Key = Field(title="Entity", description="What one case is, such as customer.")
    system_of_record: str = Field(
        min_length=1,
        title="System of record",
        description="Where the truth about a case is kept.",
        json_schema_extra={"picker": "system"},
    )
    context: str = Field(
        min_length=1,
        max_length=100,
        title="Bounded context",
        description="The part of the business in which these words mean this.",
    )
    domain: str = Field(
        default="",
        title="Domain",
        description="Empty: that of the system of record.",
        json_schema_extra={"picker": "domain"},
    )
    owner: str = Field(
        min_length=1,
        title="Owner",
        description="The seat that answers for it, as seat:finance-ops.",
        json_schema_extra={"picker": "seat"},
    )
    purpose: str = Field(
        default="",
        max_length=4_000,
        title="Purpose",
        description="What it is defined for.",
        json_schema_extra={"prose": True},
    )
    dialect: str = Field(
        default="",
        max_length=40,
        title="SQL dialect",
        description="A platform such as postgres. Empty: that of the system of record.",
    )
    view: str = Field(
        min_length=1,
        max_length=20_000,
        title="View",
        description="A SELECT that gives one row for each case, with the columns that conditions"
        " may use.",
        json_schema_extra={"sql": True},
    )
    as_of_param: bool = Field(
        default=True,
        title="As of an instant",
        description="Conditions say :as_of for the instant, never now().",
    )
    states: list[State] = Field(
        min_length=1, max_length=60, title="States", json_schema_extra={"keyed_by": "key"}
    )
    transitions: list[Transition] = Field(
        default_factory=list,
        max_length=400,
        title="Transitions",
        json_schema_extra={"keyed_by": ["from", "to"]},
    )
    initial: list[Key] = Field(
        min_length=1, max_length=60, title="Begins in", description="States of new cases."
    )
    terminal: list[Key] = Field(
        default_factory=list,
        max_length=60,
        title="Ends in",
        description="States that nothing leaves.",
    )
    overlap_policy: OverlapPolicy = Field(default=OverlapPolicy.FORBID, title="Overlap")
    coverage: Coverage = Field(default=Coverage.REQUIRED, title="Coverage")

    @model_validator(mode="after")
    def _keys_once(self) -> Workflow:
        keys = [state.key for state in self.states]
        doubled = sorted({key for key in keys if keys.count(key) > 1})
        if doubled:
            raise ValueError(f"The state {doubled[0]!r} is there twice; give each its own key.")
        ways = [(one.source, one.target) for one in self.transitions]
        twice = sorted({way for way in ways if ways.count(way) > 1})
        if twice:
            raise ValueError(
                f"The transition from {twice[0][0]!r} to {twice[0][1]!r} is there twice; join them."
            )
        return self
