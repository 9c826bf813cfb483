"""What a declassification says: which columns no longer inherit which labels, and on what basis."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from governance.agreements import patterns
from governance.agreements.kind import Document

ColumnPath = Annotated[str, Field(min_length=1, max_length=1000)]
LabelName = Annotated[str, Field(min_length=1, max_length=1000)]


class Basis(StrEnum):
    """Why what is derived tells no longer what it was derived from."""

    AGGREGATION = "aggregation"
    ANONYMIZATION = "anonymization"
    SALTED_HASH = "salted_hash"
    SYNTHETIC = "synthetic"
    OTHER = "other"


class DeclassificationDocument(Document):
    """One declassification."""

    declassification: str = Field(
        pattern=patterns.SHORT_NAME,
        max_length=150,
        title="Short name",
        description="Used in addresses and never changed, such as headcount-by-month.",
    )
    title: str = Field(
        default="",
        max_length=200,
        title="Title",
        description="What people call it; empty: made from the short name.",
    )
    dataset: str = Field(
        min_length=1,
        max_length=2000,
        title="Dataset",
        description="Whose columns it is about, by its whole name.",
        json_schema_extra={"picker": "dataset"},
    )
    columns: tuple[ColumnPath, ...] = Field(
        min_length=1,
        max_length=50,
        title="Columns",
        description="The columns that no longer inherit, and what is derived from them with them.",
    )
    labels: tuple[LabelName, ...] = Field(
        min_length=1,
        max_length=20,
        title="Labels",
        description="What they no longer inherit, with all below it: pii.email, or pii for all.",
        json_schema_extra={"picker": "label"},
    )
    basis: Basis = Field(
        title="Basis",
        description="Why the values no longer tell what they were derived from.",
    )
    group_of: int | None = Field(
        default=None,
        ge=2,
        le=1_000_000,
        title="Smallest group",
        description="How many single values each one stands for at least; of an aggregation.",
    )
    reason: str = Field(
        min_length=1,
        max_length=5000,
        title="Reason",
        description="What was done to the values, and why nobody can be told from them.",
        json_schema_extra={"prose": True},
    )
    owner: str = Field(
        pattern=patterns.OWNER,
        max_length=250,
        title="Owner",
        description="Who answers for it, as seat:… or person:… or team:….",
        json_schema_extra={"picker": "seat"},
    )
    review_by: dt.date = Field(
        title="Review by",
        description="Within twelve months; past this day it still holds, and stands out.",
    )
    domain: str = Field(
        default="",
        max_length=200,
        pattern=patterns.SLUG_OR_EMPTY,
        title="Kept by domain",
        description="The domain that keeps it, by its short name; empty: the whole company.",
        json_schema_extra={"picker": "domain"},
    )
