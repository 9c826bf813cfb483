"""What brakes are told and what they answer: frozen records, no Django.

Bytes are bytes and not kibibytes, a terabyte is 10**12 of them; a cost has no currency, it is in
whatever unit the price of a terabyte is given in. Names and labels are in lower case.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from governance.permissions.engine import Dataset, Resources, Subjects

TERABYTE = 10**12


class TripCode(StrEnum):
    """Why a brake stops a statement, or tells of it."""

    PARTITION_FILTER = "partition_filter"
    CROSS_JOIN = "cross_join"
    STAR = "star"
    FUNCTION = "function"
    ROW_LIMIT = "row_limit"
    BYTES = "bytes"
    ROWS = "rows"
    PARTITIONS = "partitions"
    COST = "cost"
    ELAPSED = "elapsed"
    QUOTA = "quota"
    AT_ONCE = "at_once"
    UNKNOWN_SIZE = "unknown_size"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one query may read (`bytes`, `rows`, `partitions` in days), cost and take.

    `cost` counts at `price`, the cost of a terabyte read.
    """

    bytes: int | None = None
    rows: int | None = None
    partitions: int | None = None
    cost: float | None = None
    price: float = 0.0
    seconds: int | None = None

    @property
    def needs_size(self) -> bool:
        """Whether any of it is judged by an estimate."""
        found = (self.bytes, self.rows, self.partitions, self.cost)
        return any(limit is not None for limit in found)


@dataclass(frozen=True, slots=True)
class Form:
    """What the text of a statement has to look like.

    `labels` are the ids of the labels whose columns no star may bring; None where stars are free.
    """

    partition_filter: bool = False
    cross_join: bool = False
    labels: frozenset[str] | None = None
    label_names: tuple[str, ...] = ()
    functions: frozenset[str] = frozenset()
    row_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """What each team named may read, spend and run at once, from midnight to midnight UTC."""

    bytes: int | None = None
    cost: float | None = None
    price: float = 0.0
    at_once: int | None = None


@dataclass(frozen=True, slots=True)
class Brake:
    """One brake in force. `key` is its agreement, `name` the short name that answers use.

    It holds for whom `subjects` mean, for statements that read what `resources` cover (anything
    where there are none), asked through one of `gateways`, from one of `environments`, for one of
    `purposes` (any where there are none; a question that brings none is under all of them).
    `partitioned_by` are the columns by whose days the data lies.
    """

    key: str
    name: str
    version: int
    title: str
    subjects: Subjects
    refuses: bool = True
    limits: Limits = Limits()
    form: Form = Form()
    quota: Quota | None = None
    resources: Resources | None = None
    gateways: frozenset[str] = frozenset()
    environments: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    partitioned_by: tuple[str, ...] = ()
    refuses_unknown: bool = False
    reason: str = ""
    ask: str = ""

    @property
    def teams(self) -> frozenset[str]:
        """The teams whose budget it is; none for a brake without a quota."""
        return self.subjects.groups if self.quota is not None else frozenset()


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last day that a column holds, as a profile says."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        """How many days that is, both counted."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Table:
    """A dataset that a statement reads, with what was measured of it last.

    `rows` and `bytes` are None where nobody measured them. `spans` are those of its columns. A view
    has the datasets `inside` it, which are read in its stead; one whose name is hidden is `called`
    by the view that reads it.
    """

    dataset: Dataset
    columns: tuple[str, ...] = ()
    rows: int | None = None
    bytes: int | None = None
    measured_at: dt.datetime | None = None
    is_guessed: bool = False
    spans: Mapping[str, Span] = field(default_factory=dict)
    inside: frozenset[int] = frozenset()
    called: str = ""

    @property
    def id(self) -> int:
        """The dataset's."""
        return self.dataset.id

    @property
    def name(self) -> str:
        """The dataset's qualified name, folded, as whoever asks may know it."""
        return self.called or self.dataset.name


@dataclass(frozen=True, slots=True)
class Trip:
    """What a brake has against a statement: why, and what whoever runs it can do about it.

    `refuses` is False where the brake only tells. `resets_at` is when a used-up budget is whole.
    """

    brake: str
    name: str
    title: str
    code: TripCode
    sentence: str
    fix: str
    reason: str = ""
    ask: str = ""
    refuses: bool = True
    dataset: str = ""
    resets_at: dt.datetime | None = None
