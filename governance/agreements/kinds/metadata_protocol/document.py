"""What a metadata protocol says: for which datasets, which facts are needed, and who may write."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from catalog.protocol import FieldMode
from catalog.types import DatasetKind, Lifecycle, MetadataField
from governance.agreements import patterns
from governance.agreements.kind import Document

Owner = Annotated[str, Field(pattern=patterns.OWNER, max_length=250)]

ClassName = Annotated[str, Field(min_length=1, max_length=1000)]

# The thirteen facts of R-050, and what people put on a dataset beside them.
ProtocolFact = StrEnum(  # type: ignore[misc]
    "ProtocolFact",
    [(fact.name, fact.value) for fact in MetadataField]
    + [("TAGS", "tags"), ("CLASSIFICATIONS", "classifications")],
)


class ProtocolSelector(Document):
    """Which datasets: those that fit everything given; nothing given means every dataset."""

    domain: str = Field(
        default="",
        max_length=200,
        pattern=patterns.SLUG_OR_EMPTY,
        title="Domain",
        description="By its short name.",
        json_schema_extra={"picker": "domain"},
    )
    system: str = Field(
        default="",
        max_length=2000,
        title="System",
        description="By its whole name.",
        json_schema_extra={"picker": "system"},
    )
    lifecycle: Lifecycle | None = Field(
        default=None, title="Lifecycle", description="Such as curated."
    )
    kind: DatasetKind | None = Field(
        default=None, title="Kind", description="Such as table or dashboard."
    )
    tag: str = Field(
        default="",
        max_length=100,
        title="Tag",
        description="A tag that the dataset carries.",
        json_schema_extra={"picker": "label"},
    )
    criticality: int | None = Field(
        default=None,
        ge=1,
        le=4,
        title="Criticality",
        description="This critical or more: 1 is the highest of 4.",
    )


class FactRule(Document):
    """What holds of one fact."""

    fact: ProtocolFact = Field(
        title="Fact", description="One of the thirteen facts, tags or classifications."
    )
    required: bool = Field(
        default=False,
        title="Needed",
        description="Whether a dataset without it breaks the protocol.",
    )
    mode: FieldMode | None = Field(
        default=None,
        title="Written by",
        description="wiki: every employee, with history; steward: stewards and those named;"
        " locked: sources alone; empty: as it is for every dataset.",
    )
    who: tuple[Owner, ...] = Field(
        default=(),
        max_length=20,
        title="Those named",
        description="Who may write it beside the stewards, as seat:… or person:… or team:….",
        json_schema_extra={"picker": "seat"},
    )


class SuggestionsCount(Document):
    """Which suggested classifications count as given until somebody has reviewed them."""

    classes: tuple[ClassName, ...] = Field(
        min_length=1,
        max_length=20,
        title="Classes",
        description="By path, each with all below it, such as Personal or pii.email.",
        json_schema_extra={"picker": "label"},
    )
    minimum_confidence: float = Field(
        default=0.8,
        ge=0.5,
        le=1,
        title="At least so sure",
        description="From 0.5 to 1; less sure suggestions wait for a steward.",
    )


class MetadataProtocolDocument(Document):
    """One protocol."""

    protocol: str = Field(
        pattern=patterns.SHORT_NAME,
        max_length=150,
        title="Short name",
        description="Used in addresses and never changed, such as curated-datasets.",
    )
    title: str = Field(
        default="",
        max_length=200,
        title="Title",
        description="What people call it; empty: made from the short name.",
    )
    purpose: str = Field(
        default="",
        max_length=5000,
        title="Purpose",
        description="What it is good for.",
        json_schema_extra={"prose": True},
    )
    selector: ProtocolSelector = Field(
        default=ProtocolSelector(),
        title="Datasets",
        description="Which datasets it is about.",
    )
    facts: tuple[FactRule, ...] = Field(
        min_length=1,
        max_length=len(ProtocolFact),
        title="Facts",
        description="What holds of each fact; a fact left out stays as it is.",
        json_schema_extra={"keyed_by": "fact"},
    )
    wiki_edits_per_hour: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        title="Wiki edits in an hour",
        description="How many edits one person may make in an hour where everybody may write.",
    )
    treat_suggestions_as_class: SuggestionsCount | None = Field(
        default=None,
        title="Suggestions that count",
        description="Opt-outs over these classes cover what is suggested, until it is reviewed;"
        " empty: a suggestion counts for nothing.",
    )
    domain: str = Field(
        default="",
        max_length=200,
        pattern=patterns.SLUG_OR_EMPTY,
        title="Kept by domain",
        description="The domain that keeps it, by its short name; empty: the whole company.",
        json_schema_extra={"picker": "domain"},
    )
