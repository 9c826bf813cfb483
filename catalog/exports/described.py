"""A dataset and a product as told to others: only what the one who asked may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from catalog.promises import Promise


@dataclass(frozen=True, slots=True)
class DescribedFact:
    """One of the thirteen facts (R-050) as text; moments are ISO 8601."""

    value: str
    origin: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class DescribedColumn:
    """A column; `path` are the names from the outermost field to it."""

    path: tuple[str, ...]
    physical_type: str
    nullable: bool | None
    key_position: int | None
    description: str
    default: str = ""
    tags: tuple[str, ...] = ()
    classifications: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DescribedOwner:
    """Who answers for it in which capacity; `username` is a team's name."""

    username: str
    name: str
    email: str
    kind: str
    is_team: bool


@dataclass(frozen=True, slots=True)
class DescribedRelation:
    """A relation to another dataset."""

    kind: str
    target: str  # qualified name
    columns: tuple[str, ...]
    target_columns: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class DescribedDistribution:
    """One physical instance (R-058)."""

    system: str  # qualified name
    platform: str
    location: str
    media_type: str
    size_bytes: int | None
    fresh_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class DescribedDataset:
    """Everything that a document on a dataset tells; `facts` are those known of the thirteen."""

    qualified_name: str
    name: str
    display_name: str
    kind: str
    platform: str
    system: str
    place: tuple[str, ...]  # names between system and dataset
    domain: str
    lifecycle: str
    data_kind: str
    motion: str
    stage: str
    topic: str
    retention: str
    lateness: str
    promise: Promise
    rows: int | None
    size_bytes: int | None
    measured_at: dt.datetime | None
    url: str
    facts: Mapping[str, DescribedFact]
    columns: Sequence[DescribedColumn] = ()
    owners: Sequence[DescribedOwner] = ()
    tags: Sequence[str] = ()
    classifications: Sequence[str] = ()
    relations: Sequence[DescribedRelation] = ()
    distributions: Sequence[DescribedDistribution] = ()
    custom: Mapping[str, Any] = field(default_factory=dict)  # what a source said beside

    def fact(self, name: str) -> str:
        """The value of one of the thirteen; empty where nobody knows."""
        held = self.facts.get(name)
        return held.value if held else ""


@dataclass(frozen=True, slots=True)
class DescribedPort:
    """A dataset that a product reads or offers."""

    qualified_name: str
    name: str
    is_output: bool
    contract: str


@dataclass(frozen=True, slots=True)
class DescribedProduct:
    """Everything that a document on a product tells (R-018)."""

    slug: str
    name: str
    purpose: str
    domain: str
    criticality: int
    service_level: str
    owner: DescribedOwner | None
    team: DescribedOwner | None
    ports: Sequence[DescribedPort] = ()
