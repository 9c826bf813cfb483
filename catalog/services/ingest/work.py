"""What is in hand during a run: its memory, and one dataset on its way into the tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

from catalog.diff import DatasetDiff
from catalog.models import Connection, IngestionRun
from catalog.services.ingest.checking import Checked
from catalog.services.ingest.merging import Row
from catalog.services.ingest.owners import OwnerIds, OwnerKey
from catalog.services.ingest.report import IngestReport
from catalog.types import Principal, RelationRecord, SourceUsage

Stated = dict[str, Any]


@dataclass(slots=True)
class Work:
    """One dataset of a chunk: what the source says, what was there, what becomes of it."""

    checked: Checked
    dataset_id: int
    source_record_id: int | None
    before: Row | None
    stated_before: Mapping[str, Any]
    diff: DatasetDiff
    after: Row = field(default_factory=dict)
    stated: Stated = field(default_factory=dict)
    waits_for: tuple[RelationRecord, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether the catalog did not know the dataset."""
        return self.before is None

    @property
    def describes_only(self) -> bool:
        """Whether the source only adds words to what another one lists."""
        return self.checked.record.describes_only

    def leave_out_unknown(self, known: Container[str]) -> None:
        """Drop the columns whose paths are not `known`, each with a notice."""
        kept = []
        for column in self.checked.columns or ():
            if column.path in known:
                kept.append(column)
            else:
                self.checked.notices.append(
                    f"No other source lists the column {column.path[:80]}: it was left out."
                )
        self.checked.columns = kept

    def words(self) -> dict[str, str]:
        """Every description that the source states, by column path; "" is the dataset's."""
        said = {"": self.checked.record.description}
        said.update({c.path: c.record.description for c in self.checked.columns or ()})
        return {path: words for path, words in said.items() if words is not None}


@dataclass(slots=True)
class Waiting:
    """A dataset with relations to datasets that nobody has described yet."""

    dataset_id: int
    name: str
    digest: str
    relations: tuple[RelationRecord, ...]


@dataclass(slots=True)
class RunMemory:
    """What a run remembers between its chunks; only what was committed enters it.

    `refused` are names that the source lists although their records could not be taken.
    """

    acting: Principal
    connection: Connection
    run: IngestionRun
    is_dry_run: bool
    now: dt.datetime
    report: IngestReport = field(default_factory=IngestReport)
    names: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    dataset_ids: set[int] = field(default_factory=set)
    places: dict[str, int] = field(default_factory=dict)
    owners: dict[OwnerKey, OwnerIds] = field(default_factory=dict)
    labels: dict[tuple[str, str], int] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    usage: list[SourceUsage] = field(default_factory=list)

    def forget_keys(self) -> None:
        """Look places, owners and labels up anew: somebody may have deleted one meanwhile."""
        for known in (self.places, self.owners, self.labels):
            known.clear()

    @property
    def reason(self) -> str:
        """What the history rows of this run give as their reason."""
        return f"Import from {self.connection.name}"
