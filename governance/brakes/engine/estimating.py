"""What a statement will read, from what was measured of its tables, with the age of that.

Of a table everything is read but the days that conditions leave out of the column it lies by; days
are taken to be of one size. What nobody measured is named and not guessed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

from sqlglot import exp

from governance.brakes.engine.conditions import Days, bounds, days_left
from governance.brakes.engine.shape import Block, Shape, Source
from governance.brakes.engine.types import Span, Table

STALE_DAYS = 7
"""A measurement that is older says so (R-003)."""

MOST_BYTES = 2**60
MOST_ROWS = 10**16
MOST_PARTITIONS = 10**7


@dataclass(frozen=True, slots=True)
class Claim:
    """What an engine says that a statement will read; None where it does not."""

    bytes: int | None = None
    rows: int | None = None
    partitions: int | None = None

    def wrong(self) -> tuple[str, str] | None:
        """The field that cannot be, and why; None where all can."""
        most = {"bytes": MOST_BYTES, "rows": MOST_ROWS, "partitions": MOST_PARTITIONS}
        for name, limit in most.items():
            value = getattr(self, name)
            if value is not None and value < 0:
                return name, f"An estimate is never negative: {value:,} {name} were given."
            if value is not None and value > limit:
                return name, f"{value:,} {name} are more than there can be (at most {limit:,})."
        return None


@dataclass(frozen=True, slots=True)
class TableEstimate:
    """What is read of one table; `age_days` is that of the measurement, None where there is none.

    `partitions` are days, None where the table lies by no day or its days are not known. How much
    is read of one that `is_open` only the engine knows: its days begin at a value of the session,
    or of another table.
    """

    dataset: int
    name: str
    rows: int | None
    bytes: int | None
    partitions: int | None
    measured_at: dt.datetime | None
    age_days: int | None
    is_guessed: bool
    is_open: bool = False

    @property
    def is_stale(self) -> bool:
        """Whether it was measured too long ago to be trusted without a word."""
        return self.age_days is not None and self.age_days > STALE_DAYS


@dataclass(frozen=True, slots=True)
class Estimate:
    """The sum over what a statement reads. `unknown` are the tables of unknown size: where there
    are any, the sums are of the others. `made` are the rows that joins without a condition make."""

    tables: tuple[TableEstimate, ...] = ()
    made: int = 0
    claim: Claim = Claim()

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names of tables of which it is not known how many bytes, or rows, are read."""
        return tuple(
            dict.fromkeys(one.name for one in self.tables if one.bytes is None or one.rows is None)
        )

    @property
    def open(self) -> tuple[str, ...]:
        """Names of those of them that were measured: only the engine knows what it reads."""
        return tuple(dict.fromkeys(one.name for one in self.tables if one.is_open))

    @property
    def stale(self) -> tuple[TableEstimate, ...]:
        """Tables that were measured too long ago."""
        return tuple({one.name: one for one in self.tables if one.is_stale}.values())

    @property
    def measured_at(self) -> dt.datetime | None:
        """When the oldest measurement was taken."""
        known = [one.measured_at for one in self.tables if one.measured_at is not None]
        return min(known) if known else None

    @property
    def bytes(self) -> int | None:
        """Bytes read, the larger of profile and claim; None where neither says any."""
        return _larger(_sum(one.bytes for one in self.tables), self.claim.bytes)

    @property
    def rows(self) -> int | None:
        """Rows read, or made by joins where those are more."""
        read = _larger(_sum(one.rows for one in self.tables), self.claim.rows)
        return _larger(read, self.made or None)

    @property
    def partitions(self) -> int | None:
        """Days of data read."""
        return _larger(_sum(one.partitions for one in self.tables), self.claim.partitions)

    def of(self, tables: Iterable[int]) -> Estimate:
        """The part of it that some datasets have. A claim is about everything and stays out."""
        wanted = frozenset(tables)
        return Estimate(tuple(one for one in self.tables if one.dataset in wanted))


def estimate_of(
    shapes: Sequence[Shape],
    lying_by: Callable[[Table], frozenset[str]],
    *,
    now: dt.datetime,
    claim: Claim = Claim(),
) -> Estimate:
    """The estimate of a text of statements; a table lies by the days of the columns `lying_by`."""
    found: list[TableEstimate] = []
    made = 0
    for shape in shapes:
        for block in shape.blocks:
            by_source: dict[str, TableEstimate] = {}
            for source in block.sources:
                if source.table is not None:
                    one = _of_table(block, source, source.table, lying_by(source.table), now)
                    by_source[source.name] = one
            found += by_source.values()
            made = max(made, _made(block, by_source))
    return Estimate(tuple(found), made, claim)


def is_day_column(block: Block, source: Source, name: str) -> Callable[[exp.Column], bool]:
    """Whether a column of the block is the named one of a source."""
    return lambda column: (
        column.name.lower() == name.lower() and block.source_of(column) == source.name
    )


def _of_table(
    block: Block, source: Source, table: Table, lying_by: frozenset[str], now: dt.datetime
) -> TableEstimate:
    share, days, is_open = 1.0, None, False
    for name in sorted(lying_by & set(table.columns)):
        span, left = table.spans.get(name), Days()
        is_it = is_day_column(block, source, name)
        given = list(block.narrowing(source))
        for condition in given:
            left = left.both(days_left(condition, is_it, now.date()))
        if left.first is None and left.most is None:
            is_open |= any(bounds(condition, is_it, block.source_of) for condition in given)
        counted = _counted(left, span)
        if counted is not None:
            days = counted if days is None else min(days, counted)
            if span is not None:
                share = min(share, counted / span.days)
    age = None if table.measured_at is None else max(0, (now - table.measured_at).days)
    return TableEstimate(
        dataset=table.id,
        name=table.name,
        rows=None if table.rows is None or is_open else round(table.rows * share),
        bytes=None if table.bytes is None or is_open else round(table.bytes * share),
        partitions=None if is_open else days,
        measured_at=table.measured_at,
        age_days=age,
        is_guessed=table.is_guessed,
        is_open=is_open,
    )


def _counted(left: Days, span: Span | None) -> int | None:
    """How many days are read; None where an end is open and the table's own is not known."""
    first = left.first if span is None else max(left.first or span.first, span.first)
    last = left.last if span is None else min(left.last or span.last, span.last)
    if first is None or last is None:
        return left.most
    days = max(0, (last - first).days + 1)
    return days if left.most is None else min(days, left.most)


def _made(block: Block, estimates: Mapping[str, TableEstimate]) -> int:
    """Rows that a block makes where nothing ties its sources: the product of its parts, each as
    large as its largest table. Sources of unknown size count once."""
    parts = block.parts()
    if len(parts) < 2:
        return 0
    sizes = []
    for part in parts:
        known = [estimates[one.name].rows or 1 for one in part if one.name in estimates]
        sizes.append(max(known, default=1))
    return min(reduce(lambda one, other: one * other, sizes), MOST_ROWS)


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _larger(one: int | None, other: int | None) -> int | None:
    known = [value for value in (one, other) if value is not None]
    return max(known) if known else None
