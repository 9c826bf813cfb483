"""What the native check is told and what it answers: frozen records, no Django."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from catalog.names import lookup_key
from governance.permissions.engine import Decision
from governance.permissions.types import DataAction, Mask


class CheckAnswer(StrEnum):
    """What becomes of a statement."""

    ALLOW = "allow"
    DENY = "deny"
    REWRITE = "rewrite"


@dataclass(frozen=True, slots=True)
class KnownColumn:
    """A column at the top level: its name as stored and its type as the system writes it.

    `path` is how the opt-outs call it (`catalog.names.lookup_key` of its path), which differs from
    the name in lower case where the name has to be quoted.
    """

    name: str
    type: str = ""
    path: str = ""

    @property
    def key(self) -> str:
        """How the opt-outs call it."""
        return self.path or self.name.lower()


@dataclass(frozen=True, slots=True)
class KnownDataset:
    """A table or view of the catalog. `parts` are the parts of its name in the system that the
    statement runs in, outermost first; `here` is that name whole, empty where it is `name`.

    `definition` is the query of a view (or its CREATE VIEW) in `definition_dialect`, whose names
    are completed by the defaults; empty for what stores rows. `note` says why it is deprecated,
    `freshness` how right and how late its data may be, and is.
    """

    id: int
    name: str
    parts: tuple[str, ...]
    columns: tuple[KnownColumn, ...] = ()
    is_view: bool = False
    definition: str = ""
    definition_dialect: str = ""
    definition_database: str | None = None
    definition_schema: str | None = None
    note: str = ""
    freshness: str = ""
    here: str = ""

    @property
    def system(self) -> str:
        """The system in which the statement reaches it, as `platform://instance`."""
        return "/".join((self.here or self.name).split("/")[:3])

    def notices(self, *, is_read: bool) -> list[Notice]:
        """What whoever uses it should know of it as such."""
        found = [Notice("deprecated", self.note, self.name)] if self.note else []
        if is_read and self.freshness:
            found.append(Notice("freshness", self.freshness, self.name))
        return found

    def path_of(self, written: str) -> str:
        """How the opt-outs call a column, or a field in one, that a statement calls so."""
        wanted = lookup_key(written)
        for column in self.columns:
            name = lookup_key(column.name)
            if wanted == name:
                return column.key
            if wanted.startswith(f"{name}."):
                return f"{column.key}{wanted[len(name) :]}"
        return wanted

    def name_of(self, path: str) -> str:
        """The name in lower case of the column that the opt-outs call so."""
        found = next((one.name for one in self.columns if one.key == path), path)
        return found.lower()


class Catalog(Protocol):
    """What names mean. `is_inside` looks from within a view, where names may be meant that whoever
    asks may not know of."""

    def find(
        self,
        parts: tuple[str, ...],
        database: str | None,
        schema: str | None,
        *,
        is_inside: bool = False,
    ) -> KnownDataset | None:
        """The dataset of that name; None where there is none, or none that may be known of."""
        ...


Decide = Callable[[int, DataAction, Sequence[str] | None], Decision]
"""The opt-outs for a dataset, what is done with it, and the columns in use."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement. `dialect` is one of sqlglot's. `is_concerned`: some opt-out holds for whoever
    asks, whatever it is about. `hide_denied` leaves denied columns out of a star. `knows_all`: no
    dataset is hidden from whoever asks, so that lists of names may be shown. `filters` are the row
    filters that may hold for whoever asks, as standard SQL."""

    sql: str
    dialect: str
    database: str | None = None
    schema: str | None = None
    is_concerned: bool = True
    hide_denied: bool = False
    knows_all: bool = False
    filters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is refused. `columns` are those in use that are denied; `rules` the keys of
    the opt-outs, `ask` who can help."""

    code: str
    sentence: str
    dataset: str = ""
    columns: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    ask: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A place of the rewritten statement that is not as it was written: `start` until `end`."""

    start: int
    end: int
    sentence: str
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MaskedColumn:
    """A column in use that is shown masked."""

    dataset: str
    column: str
    mask: Mask
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilteredRows:
    """Rows that stay, as standard SQL."""

    dataset: str
    expression: str
    rule: str


@dataclass(frozen=True, slots=True)
class GroupLimit:
    """A column that is only told of groups of at least `rows` rows; empty for the dataset."""

    dataset: str
    column: str
    rows: int


@dataclass(frozen=True, slots=True)
class Notice:
    """What whoever runs the statement should know, though it refuses nothing."""

    code: str
    sentence: str
    dataset: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to a statement. `sql` is what may run: as written, rewritten, or empty."""

    answer: CheckAnswer
    sql: str
    reasons: tuple[Reason, ...] = ()
    changes: tuple[Change, ...] = ()
    masks: tuple[MaskedColumn, ...] = ()
    filters: tuple[FilteredRows, ...] = ()
    limits: tuple[GroupLimit, ...] = ()
    notices: tuple[Notice, ...] = ()
    decisions: tuple[tuple[KnownDataset, Decision], ...] = field(default=())
    used: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """The columns in use by dataset; of those that it does not name no column is, or it is not
    known which."""
