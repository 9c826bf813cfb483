"""What a change of a schema says: which dataset or column, what becomes of it, by when."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from governance.agreements.kind import Document


class SchemaAction(StrEnum):
    """What becomes of the dataset or column."""

    DROP = "drop"
    RENAME = "rename"
    RETYPE = "retype"
    DEPRECATE = "deprecate"


class SchemaChangeDocument(Document):
    """One change of one dataset, or of one of its columns. Other columns are other changes of the
    same proposal."""

    action: SchemaAction = Field(title="Change", description="What becomes of it.")
    dataset: str = Field(
        min_length=1,
        max_length=2000,
        title="Dataset",
        description="Its whole name.",
        json_schema_extra={"picker": "dataset"},
    )
    column: str = Field(
        default="",
        max_length=1000,
        title="Column",
        description="Empty when the whole dataset is meant.",
        json_schema_extra={"picker": "column"},
    )
    new_name: str = Field(
        default="",
        max_length=500,
        title="New name",
        description="For a rename: the new last part of its name.",
    )
    new_type: str = Field(
        default="",
        max_length=500,
        title="New type",
        description="For another type: as the platform writes it, such as numeric(12, 2).",
    )
    replacement_dataset: str = Field(
        default="",
        max_length=2000,
        title="Replaced by dataset",
        description="What to use instead; empty when another column of the same dataset is.",
        json_schema_extra={"picker": "dataset"},
    )
    replacement_column: str = Field(
        default="",
        max_length=1000,
        title="Replaced by column",
        description="The column to use instead.",
        json_schema_extra={"picker": "column"},
    )
    current_type: str = Field(
        default="",
        max_length=500,
        title="Type now",
        description="The column's type as it is now. When the source changes it before this takes"
        " effect, the decision is looked at again.",
    )
    sunset_days: int | None = Field(
        default=None,
        ge=30,
        le=1000,
        title="Stays for (days)",
        description="How long something deprecated stays usable from the day this takes effect;"
        " empty: as the charter says.",
    )
    reason: str = Field(
        default="",
        max_length=5000,
        title="Why",
        description="Why it changes, for those who have to follow.",
        json_schema_extra={"prose": True},
    )
