"""What was reported before, at hand for the next batch: states of datasets, names, jobs.

One process projects at a time, but not always the same one. What is remembered holds only while
the consumer's position is where this process left it; otherwise it is read anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from catalog.connectors.openlineage.states import (
    DatasetState,
    JobKey,
    JobState,
    decode_state,
    encode_state,
)
from catalog.models import Alias, Dataset
from catalog.models.copying import insert_rows
from lineage.models import ReportedDataset
from lineage.openlineage.keys import key_of

MOST_REMEMBERED = 50_000
NAMES_PER_QUERY = 5_000


@dataclass(slots=True)
class StoredJob:
    """A job's row, as far as the next batch needs it; `id` is None until it is stored."""

    state: JobState
    id: int | None = None
    runs_heard: int = 0
    last_run: str | None = None
    last_run_at: dt.datetime | None = None
    last_state: str = ""
    parent_id: int | None = None
    datasets: set[tuple[int, str]] | None = None


@dataclass(slots=True)
class Memory:
    """What this process remembers between batches."""

    position: tuple[int, int] | None = None
    states: dict[str, DatasetState | None] = field(default_factory=dict)
    canonical: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    jobs: dict[JobKey, StoredJob] = field(default_factory=dict)

    def at(self, position: tuple[int, int]) -> Memory:
        """Itself, emptied unless it was left at that position and is not too large."""
        sizes = (len(self.states), len(self.canonical), len(self.jobs))
        if position != self.position or max(sizes) > MOST_REMEMBERED:
            self.forget()
        return self

    def forget(self) -> None:
        """Read everything anew next time."""
        self.position = None
        for known in (self.states, self.canonical, self.ids, self.jobs):
            known.clear()


class StoredReports:
    """Implements `folding.Reports` over the tables and the memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def prefetch(self, reported: Mapping[str, tuple[str, ...]]) -> None:
        """Read what is known of these names; each comes with the other names that events link.

        A dataset that the catalog knows by a linked name only is that dataset: a job that writes
        the files of a table does not rename the table.
        """
        memory = self._memory
        new = {name: links for name, links in reported.items() if name not in memory.canonical}
        if new:
            found = self._datasets({*new, *(link for links in new.values() for link in links)})
            for name, links in new.items():
                known = next((found[n] for n in (name, *links) if n in found), name)
                memory.canonical[name] = known
        self._read_states({memory.canonical[name] for name in reported})

    def canonical(self, reported: str) -> str:
        """See `folding.Reports`."""
        if reported not in self._memory.canonical:
            self.prefetch({reported: ()})
        return self._memory.canonical[reported]

    def state(self, name: str) -> DatasetState | None:
        """See `folding.Reports`."""
        if name not in self._memory.states:
            self._read_states({name})
        return self._memory.states[name]

    def dataset_ids(self, names: Iterable[str]) -> dict[str, int]:
        """The datasets with these names; one that could not be stored is missing."""
        wanted = set(names)
        self._datasets(wanted - self._memory.ids.keys())
        return {name: self._memory.ids[name] for name in wanted if name in self._memory.ids}

    def save(self, states: Iterable[DatasetState], now: dt.datetime, cursor: Any) -> None:
        """Store what was said of datasets, and remember it."""
        saved = {state.qualified_name: state for state in states}
        self._memory.states.update(saved)
        ids = self.dataset_ids(saved)
        rows = [
            (key_of(name), ids.get(name), encode_state(state), now) for name, state in saved.items()
        ]
        columns = ("key", "dataset_id", "state", "updated_at")
        insert_rows(
            cursor, ReportedDataset, columns, rows, conflict=columns[:1], replace=columns[1:]
        )

    def _datasets(self, names: Iterable[str]) -> dict[str, str]:
        """Names and aliases as the qualified names of their datasets; ids are remembered."""
        wanted = sorted(names)
        found: dict[str, str] = {}
        for start in range(0, len(wanted), NAMES_PER_QUERY):
            chunk = wanted[start : start + NAMES_PER_QUERY]
            rows = Dataset.objects.filter(qualified_name__in=chunk)
            own = dict(rows.values_list("qualified_name", "pk"))
            self._memory.ids.update(own)
            found.update({name: name for name in own})
            aliases = Alias.objects.filter(qualified_name__in=[n for n in chunk if n not in own])
            for alias, name, pk in aliases.values_list(
                "qualified_name", "dataset__qualified_name", "dataset_id"
            ):
                found[alias] = name
                self._memory.ids[name] = self._memory.ids[alias] = pk
        return found

    def _read_states(self, names: set[str]) -> None:
        wanted = sorted(names - self._memory.states.keys())
        for start in range(0, len(wanted), NAMES_PER_QUERY):
            keys = {key_of(name): name for name in wanted[start : start + NAMES_PER_QUERY]}
            self._memory.states.update(dict.fromkeys(keys.values()))
            rows = ReportedDataset.objects.filter(Q(key__in=list(keys)))
            for key, state in rows.values_list("key", "state"):
                self._memory.states[keys[bytes(key)]] = decode_state(bytes(state))
