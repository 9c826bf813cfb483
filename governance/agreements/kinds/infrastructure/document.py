"""What a change of infrastructure says: on which system, what, and which flows begin or end."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from governance.agreements import patterns
from governance.agreements.kind import Document

Name = Annotated[str, Field(min_length=1, max_length=2000)]


class EndedFlow(Document):
    """A line of the flow register (R-098) that goes."""

    source: Name = Field(
        title="From", description="The system it leaves.", json_schema_extra={"picker": "system"}
    )
    target: Name = Field(
        title="To", description="The system it reaches.", json_schema_extra={"picker": "system"}
    )
    entity: str = Field(
        min_length=1, max_length=200, title="What flows", description="Such as invoices."
    )
    method: str = Field(
        min_length=1, max_length=200, title="How", description="Such as nightly export."
    )


class NewFlow(EndedFlow):
    """A line of the flow register that comes."""

    cadence: str = Field(
        min_length=1, max_length=100, title="How often", description="Such as every hour."
    )
    owner: str = Field(
        min_length=1,
        max_length=150,
        title="Owner",
        description="Who answers for it, by user name.",
        json_schema_extra={"picker": "person"},
    )
    note: str = Field(default="", max_length=2000, title="Note", description="What to know of it.")


class InfrastructureDocument(Document):
    """One change of infrastructure."""

    infrastructure: str = Field(
        pattern=patterns.SHORT_NAME,
        max_length=150,
        title="Short name",
        description="Used in addresses and never changed, such as stream-for-tests.",
    )
    title: str = Field(
        default="",
        max_length=200,
        title="Title",
        description="What people call it; empty: made from the short name.",
    )
    system: str = Field(
        default="",
        max_length=2000,
        title="System",
        description="The system that changes; empty when it is a new one or only flows change.",
        json_schema_extra={"picker": "system"},
    )
    change: str = Field(default="", max_length=5000, title="What changes", description="In words.")
    why: str = Field(
        default="",
        max_length=5000,
        title="Why",
        description="What it is good for.",
        json_schema_extra={"prose": True},
    )
    availability: str = Field(
        default="",
        max_length=200,
        title="Availability",
        description="What is promised from then on, such as 99.9 % on working days.",
    )
    failover: str = Field(
        default="",
        max_length=200,
        title="Failover",
        description="What takes over when it fails.",
    )
    cost_center: str = Field(
        default="", max_length=100, title="Cost center", description="Who pays."
    )
    adds_flows: tuple[NewFlow, ...] = Field(
        default=(),
        max_length=50,
        title="New flows",
        description="Lines that the flow register gets.",
        json_schema_extra={"keyed_by": ["source", "target", "entity", "method"]},
    )
    ends_flows: tuple[EndedFlow, ...] = Field(
        default=(),
        max_length=50,
        title="Ended flows",
        description="Lines that the flow register loses.",
        json_schema_extra={"keyed_by": ["source", "target", "entity", "method"]},
    )
    committee: str = Field(
        default="",
        max_length=100,
        pattern=patterns.SLUG_OR_EMPTY,
        title="Committee",
        description="The committee that decides it, such as operations; empty: the council.",
    )
    domain: str = Field(
        default="",
        max_length=200,
        pattern=patterns.SLUG_OR_EMPTY,
        title="Domain",
        description="The domain it belongs to, by its short name.",
        json_schema_extra={"picker": "domain"},
    )
