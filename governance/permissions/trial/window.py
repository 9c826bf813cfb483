"""A day of questions: which are taken from what was put together of them, which from each row.

Together they are every question of the day once: within an hour in which an edge lies, or of which
only a part is asked for, what was put together cannot tell before from after, so the rows are read.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from governance.permissions.trial.packed import HOURS, Group, Use
from governance.permissions.trial.replay import Comparing, Together

HOUR = 3_600
_NONE: frozenset[int] = frozenset()
_MOST_HELD = 1_000_000
"""Questions that are held until they are handed on together."""


class Row(NamedTuple):
    """One call as the log has it: a question about each of `datasets`. `heard` is when the log was
    told, `at` when it was decided, in seconds since 1970. What asked for other columns of other
    datasets is several; `is_further` holds of all but the first."""

    use: Use
    person: int
    datasets: tuple[int, ...]
    heard: float
    at: float
    is_further: bool = False


_Part = tuple[tuple[Use, int, float], float, Sequence[int]]
"""Datasets that one person asked for, for one use, since an instant from which on the same opt-outs
hold; and an instant at which."""


class _Run(NamedTuple):
    """Hours of the day, `last` not included, between which the same opt-outs hold."""

    first: int
    last: int
    at: float


class Window:
    """Questions of one day (UTC) between two instants, as a comparison has to be asked them.

    `left_out` counts rows that asked for data and are no question, by why. `since` and `until` are
    seconds since 1970, within one day.
    """

    def __init__(self, since: float, until: float, comparing: Comparing) -> None:
        self.since, self.until = since, until
        self.left_out: Counter[str] = Counter()
        self._columns, self._places = comparing.reads_columns, comparing.reads_environments
        self._ages = comparing.reads_ages
        self._first = int(since // (HOUR * HOURS)) * HOURS  # the day's first hour since 1970
        plain = {
            edge for index in (comparing.base, comparing.draft) for edge in index.parts.slots.edges
        }
        finer = plain | {
            edge
            for index in (comparing.base, comparing.draft)
            for one in index.parts.exceptions.values()
            for edge in (one.begins, one.ends)
        }
        self._edges = (sorted(plain), sorted(finer))
        self._cut = _cut(plain)
        self._excepted = comparing.excepted
        self._own_edges = comparing.own_edges
        self._own_cut: dict[int, frozenset[int]] = {}
        self._runs: dict[tuple[int, bool, frozenset[int]], list[_Run]] = {}

    # --- what was put together ---------------------------------------------------------------

    def of_groups(self, packs: Iterable[Iterable[Group]]) -> Iterator[Together]:
        """What the groups of a day tell of this window; the rest are rows."""
        return self._together(self._of_groups(packs))

    def _of_groups(self, packs: Iterable[Iterable[Group]]) -> Iterator[_Part]:
        for use, person, datasets, hours in chain.from_iterable(packs):
            runs = self._runs_of(use.late, person)
            if len(runs) == 1 and runs[0].last - runs[0].first == HOURS:
                yield (use, person, runs[0].at), runs[0].at, datasets
                continue
            for run in runs:
                begins, ends = bisect_left(hours, run.first), bisect_left(hours, run.last)
                if begins < ends:
                    yield (use, person, run.at), run.at, datasets[begins:ends]

    def _together(self, parts: Iterable[_Part]) -> Iterator[Together]:
        """Parts of the same together, as far as they are held."""
        found: dict[tuple[Use, int, float], tuple[float, list[int]]] = {}
        held = 0
        for key, at, datasets in parts:
            known = found.get(key)
            if known is None:
                found[key] = (at, list(datasets))
            else:
                known[1].extend(datasets)
            held += len(datasets)
            if held >= _MOST_HELD:
                yield from self._told(found)
                found, held = {}, 0
        yield from self._told(found)

    def _told(
        self, found: Mapping[tuple[Use, int, float], tuple[float, list[int]]]
    ) -> Iterator[Together]:
        for (use, person, _), (at, datasets) in found.items():
            if not use.action:
                self.left_out[use.purpose or ""] += len(datasets)
                continue
            columns = use.columns if self._columns else None
            place = use.environment if self._places and use.environment else None
            yield Together(person, use.action, columns, use.purpose, place, at, datasets)

    def _runs_of(self, late: int, person: int) -> list[_Run]:
        own = self._own(person)
        key = (late, person in self._excepted, own)
        found = self._runs.get(key)
        if found is None:
            found = self._runs[key] = list(self._made(*key))
        return found

    def _own(self, person: int) -> frozenset[int]:
        """The hours within which an exception of somebody begins or ends."""
        if person not in self._own_edges:
            return _NONE
        found = self._own_cut.get(person)
        if found is None:
            found = self._own_cut[person] = _cut(self._own_edges[person])
        return found

    def _made(self, late: int, is_excepted: bool, own: Collection[int]) -> Iterator[_Run]:
        known: tuple[int, int, int] | None = None  # first, last, bucket
        for hour in range(HOURS):
            heard = self._first + hour
            moment = heard - late
            if not self._is_within(heard) or moment in self._cut or moment in own:
                continue
            bucket = bisect_right(self._edges[is_excepted], (heard - late) * HOUR)
            if known and known[1:] == (hour, bucket) and not self._ages:
                known = (known[0], hour + 1, bucket)
                continue
            if known:
                yield self._run(known, late)
            known = (hour, hour + 1, bucket)
        if known:
            yield self._run(known, late)

    def _run(self, known: tuple[int, int, int], late: int) -> _Run:
        return _Run(known[0], known[1], float((self._first + known[0] - late) * HOUR))

    def _is_within(self, heard: int) -> bool:
        """Whether the window holds all of an hour in which the log was told."""
        return self.since <= heard * HOUR and (heard + 1) * HOUR <= self.until

    # --- what is read row by row -------------------------------------------------------------

    def hours_of_rows(self, lates: Iterable[int]) -> Mapping[int, Collection[int] | None]:
        """The hours (since 1970, as the log heard) whose rows have to be read although they were
        put together, and of whom; None is everybody. `lates` are those of what was put together."""
        found: dict[int, Collection[int] | None] = {}
        shifts = {0, *lates}
        own: dict[int, set[int]] = {}
        for person in self._own_edges:
            for hour in self._own(person):
                own.setdefault(hour, set()).add(person)
        for heard in range(self._first, self._first + HOURS):
            if heard * HOUR >= self.until or (heard + 1) * HOUR <= self.since:
                continue
            moments = {heard - late for late in shifts}
            if not self._is_within(heard) or moments & self._cut:
                found[heard] = None
            elif people := set[int]().union(*[own.get(moment, ()) for moment in moments]):
                found[heard] = people
        return found

    def is_for_rows(self, row: Row) -> bool:
        """Whether a question that was put together is taken from its row all the same."""
        heard = int(row.heard // HOUR)
        moment = heard - row.use.late
        return not self._is_within(heard) or moment in self._cut or moment in self._own(row.person)

    def of_rows(self, rows: Iterable[Row]) -> Iterator[Together]:
        """The questions of rows, those of one person for one use together."""
        return self._together(self._of_rows(rows))

    def _of_rows(self, rows: Iterable[Row]) -> Iterator[_Part]:
        for use, person, datasets, heard, at, _ in rows:
            if not self.since <= heard < self.until:
                continue
            edges = self._edges[person in self._excepted]
            bucket = bisect_right(edges, at)
            since = edges[bucket - 1] if bucket else at
            if self._ages:  # as of the hour's beginning, like what was put together by the hour
                since = at = max(since, at // HOUR * HOUR)
            yield (use, person, since), at, datasets


def _cut(edges: Iterable[float]) -> frozenset[int]:
    """The hours since 1970 within which an edge lies."""
    return frozenset(int(one // HOUR) for one in edges if one % HOUR)
