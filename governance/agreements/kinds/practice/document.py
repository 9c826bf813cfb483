"""What a practice says: how people work with data, why, and how one can tell."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import Field

from catalog.types import JobRole
from governance.agreements import patterns
from governance.agreements.kind import Document

DomainName = Annotated[str, Field(pattern=patterns.SLUG, max_length=200)]
SystemName = Annotated[str, Field(min_length=1, max_length=2000)]


class PracticeDocument(Document):
    """One practice."""

    practice: str = Field(
        pattern=patterns.SHORT_NAME,
        max_length=150,
        title="Short name",
        description="Used in addresses and never changed, such as no-friday-releases.",
    )
    title: str = Field(
        default="",
        max_length=200,
        title="Title",
        description="What people call it; empty: made from the short name.",
    )
    statement: str = Field(
        min_length=1,
        max_length=5000,
        title="Practice",
        description="What people do, so that anybody can tell whether it was done.",
    )
    why: str = Field(
        default="",
        max_length=5000,
        title="Why",
        description="What it is good for.",
        json_schema_extra={"prose": True},
    )
    concerns_domains: tuple[DomainName, ...] = Field(
        default=(),
        max_length=50,
        title="Concerns domains",
        description="Whose people follow it; empty: everybody's.",
        json_schema_extra={"picker": "domain"},
    )
    concerns_roles: tuple[JobRole, ...] = Field(
        default=(),
        max_length=20,
        title="Concerns roles",
        description="Who of them follows it; empty: everybody.",
    )
    systems: tuple[SystemName, ...] = Field(
        default=(),
        max_length=50,
        title="Systems",
        description="The systems it is about; those who answer for them agree to it.",
        json_schema_extra={"picker": "system"},
    )
    checked_by: str = Field(
        default="",
        max_length=2000,
        title="How it is checked",
        description="Who looks at what, how often.",
    )
    review_on: dt.date | None = Field(
        default=None,
        title="Review on",
        description="The day on which it is looked at again, whether it still helps.",
    )
    domain: str = Field(
        default="",
        max_length=200,
        pattern=patterns.SLUG_OR_EMPTY,
        title="Domain",
        description="The domain that keeps it, by its short name; empty: the whole company.",
        json_schema_extra={"picker": "domain"},
    )
    owner: str = Field(
        default="",
        max_length=250,
        pattern=patterns.OWNER_OR_EMPTY,
        title="Owner",
        description="Who answers for it, as seat:… or person:… or team:…; empty: the domain.",
        json_schema_extra={"picker": "seat"},
    )
