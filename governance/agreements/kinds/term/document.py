"""What a term of the glossary says: a word, what it means, where it stands among the others."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from governance.agreements import patterns
from governance.agreements.kind import Document

Word = Annotated[str, Field(min_length=1, max_length=200)]
Sentence = Annotated[str, Field(min_length=1, max_length=2000)]
TermKey = Annotated[str, Field(pattern=patterns.TERM, max_length=200)]


class Homonym(Document):
    """Another term that shares a word with this one, and how to tell them apart."""

    term: TermKey = Field(
        title="Term",
        description="The other meaning of the word.",
        json_schema_extra={"picker": "term"},
    )
    note: str = Field(
        min_length=1,
        max_length=1000,
        title="How to tell them apart",
        description="What a reader looks at to know which one is meant.",
        json_schema_extra={"prose": True},
    )


class BoundTo(Document):
    """A dataset, or one of its columns, that holds what the term means."""

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


class MatchKind(StrEnum):
    """How near a concept elsewhere comes, as SKOS says it."""

    EXACT = "exact"
    CLOSE = "close"
    BROADER = "broader"
    NARROWER = "narrower"
    RELATED = "related"


class Match(Document):
    """A concept of another vocabulary."""

    kind: MatchKind = Field(title="Match", description="How near it comes.")
    address: str = Field(
        pattern=patterns.CONCEPT_ADDRESS,
        max_length=1000,
        title="Address",
        description="Of the concept elsewhere: https:// or urn:.",
    )


class TermDocument(Document):
    """One term. A definition may be missing while it is a draft, never when it is adopted."""

    label: Word = Field(title="Word", description="The word people should use.")
    notation: str = Field(
        default="",
        max_length=150,
        pattern=patterns.SHORT_NAME_OR_EMPTY,
        title="Short name",
        description="Used in addresses and never changed; empty: made from the word.",
    )
    qualifier: str = Field(
        default="",
        max_length=60,
        title="Told apart by",
        description="Stands in brackets behind the word where it has more than one meaning.",
    )
    definition: str = Field(
        default="",
        max_length=10_000,
        title="Definition",
        description="What it means, so that two people decide alike whether something is one.",
        json_schema_extra={"need": "needed to submit"},
    )
    language: str = Field(
        default="en",
        pattern=patterns.LANGUAGE,
        title="Language",
        description="Of its words, such as en.",
    )
    alt_labels: tuple[Word, ...] = Field(
        default=(), max_length=50, title="Synonyms", description="Other words for the same."
    )
    acronyms: tuple[Word, ...] = Field(
        default=(), max_length=20, title="Acronyms", description="Short forms, such as ARR."
    )
    hidden_labels: tuple[Word, ...] = Field(
        default=(),
        max_length=50,
        title="Found by",
        description="Misspellings and old words that should find it and are not shown.",
    )
    scope_note: str = Field(
        default="",
        max_length=5000,
        title="Use",
        description="When to use the word and when not.",
        json_schema_extra={"prose": True},
    )
    examples: tuple[Sentence, ...] = Field(
        default=(), max_length=30, title="Examples", description="Cases that are one."
    )
    counter_examples: tuple[Sentence, ...] = Field(
        default=(),
        max_length=30,
        title="Counter-examples",
        description="Cases that look like one and are none.",
    )
    broader: tuple[TermKey, ...] = Field(
        default=(),
        max_length=10,
        title="Broader",
        description="Terms of which this is a particular case.",
        json_schema_extra={"picker": "term"},
    )
    related: tuple[TermKey, ...] = Field(
        default=(),
        max_length=50,
        title="Related",
        description="Terms that a reader should know as well.",
        json_schema_extra={"picker": "term"},
    )
    homonyms: tuple[Homonym, ...] = Field(
        default=(),
        max_length=20,
        title="Homonyms",
        description="Terms with the same word and another meaning that is meant to stay.",
        json_schema_extra={"keyed_by": "term"},
    )
    matches: tuple[Match, ...] = Field(
        default=(),
        max_length=50,
        title="Elsewhere",
        description="The same or a similar concept in another vocabulary.",
        json_schema_extra={"keyed_by": "address"},
    )
    domain: str = Field(
        default="",
        max_length=200,
        pattern=patterns.SLUG_OR_EMPTY,
        title="Domain",
        description="The domain whose word it is, by its short name.",
        json_schema_extra={"picker": "domain"},
    )
    used_in: tuple[Word, ...] = Field(
        default=(),
        max_length=50,
        title="Used in",
        description="Domains where the word has this meaning; empty: everywhere.",
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
    bound_to: tuple[BoundTo, ...] = Field(
        default=(),
        max_length=200,
        title="Found in",
        description="Datasets and columns that hold it; their owners agree to what it means.",
        json_schema_extra={"keyed_by": ["dataset", "column"]},
    )
    replaced_by: str = Field(
        default="",
        max_length=200,
        pattern=patterns.TERM_OR_EMPTY,
        title="Replaced by",
        description="The term to use instead, when this one goes out of use.",
        json_schema_extra={"picker": "term"},
    )
    sunset_days: int | None = Field(
        default=None,
        ge=30,
        le=1000,
        title="Stays for (days)",
        description="How long a word that goes out of use stays; empty: as the charter says.",
    )
    note: str = Field(
        default="",
        max_length=5000,
        title="Note",
        description="Where it comes from and what changed.",
        json_schema_extra={"prose": True},
    )
