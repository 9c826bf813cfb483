"""What every backend does: one protocol, so that one behavior suite holds for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from catalog.search.answers import Band
from catalog.search.documents import SearchDocument
from catalog.search.query import Changed as Changed
from catalog.search.query import Choice as Choice
from catalog.search.query import Group, Not, Order, ParsedQuery
from catalog.search.visibility import Visibility

Key = tuple[str, int]  # kind and id of an object


@dataclass(frozen=True, slots=True)
class Request:
    """A search as a backend takes it. `must_match` is how many needed words a hit must hold; none
    where `conditions` decide alone. Those must all hold: a word of them wherever it stands, by the
    rules for a needed word; they have no `Filter`. So must `dates`, which are the choices in the
    facet of changes. `is_columns` searches columns instead of
    documents. `after` is the sort key of the last hit seen. `facets` are counted, each without its
    own choice; `value_prefix` (folded) leaves only the values that begin so, or whose label has a
    word that does. `limit` bounds the total, for what may be a million. `only` leaves no hits but
    these datasets. `with_columns` says that columns were chosen beside other kinds."""

    query: ParsedQuery
    visibility: Visibility
    must_match: int
    choices: tuple[Choice, ...] = ()
    order: Order = Order.RELEVANCE
    size: int = 20
    after: tuple[Any, int] | None = None
    facets: tuple[str, ...] = ()
    is_columns: bool = False
    value_prefix: str = ""
    names_only: bool = False
    is_counted: bool = True
    limit: int | None = None
    conditions: tuple[Group, ...] = ()
    dates: tuple[Changed | Not, ...] = ()
    only: tuple[int, ...] = ()
    with_columns: bool = False


@dataclass(frozen=True, slots=True)
class WordMatch:
    """In which fields one word of the query was found."""

    name: bool = False
    name_prefix: bool = False
    column: bool = False
    place: bool = False
    description: bool = False
    synonym: bool = False  # another word for the same is in the name, a column or the text

    def __bool__(self) -> bool:
        where = (self.name, self.name_prefix, self.column, self.place, self.description)
        return any((*where, self.synonym))


@dataclass(frozen=True, slots=True)
class Row:
    """A hit as stored, with what matched: one WordMatch per word of the query."""

    kind: str
    id: int
    parent_id: int | None
    band: Band
    words: tuple[WordMatch, ...]
    has_exact_column: bool
    display: Mapping[str, Any]
    sort_key: tuple[Any, int]


@dataclass(frozen=True, slots=True)
class ValueCount:
    """How many hits have a value."""

    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    """`facets` maps a field to its values, most frequent first, at most MAX_VALUES + 1. Without
    `is_exact` there are more than `total`, without `are_facets_exact` more than each count, without
    `are_dates_exact` more than those of changes, which are counted for each of `dates.SPANS`. Where
    `counting` is given, all of this but the rows is still being counted: `counted` waits for it;
    `are_all` says that there are no hits but the rows."""

    rows: tuple[Row, ...] = ()
    total: int = 0
    is_exact: bool = True
    are_facets_exact: bool = True
    are_dates_exact: bool = True
    facets: Mapping[str, tuple[ValueCount, ...]] = field(default_factory=dict)
    counting: Callable[[], Found] | None = field(default=None, compare=False)
    are_all: bool = field(default=False, compare=False)

    def counted(self) -> Found:
        """The same with its numbers; raises Unavailable when the index does not answer."""
        return self if self.counting is None else self.counting()

    def has(self, least: int) -> bool:
        """Whether there are so many hits, of which those on the page are some."""
        if len(self.rows) >= least or self.are_all:
            return len(self.rows) >= least
        return self.counted().total >= least


MAX_VALUES = 30
Answer = TypeVar("Answer")


class Backend(Protocol):
    """Documents in, hits out. Whatever reads raises Unavailable when the index does not answer."""

    def write(
        self,
        documents: Sequence[SearchDocument],
        gone: Iterable[Key],
        *,
        version: int,
        at_once: bool = False,
    ) -> None:
        """Store documents whole and forget what is gone; whatever is stored with a higher
        version stays as it is. `at_once` when a person waits to find it: what cannot be written
        now is then not tried again. Raises Unavailable when the index takes no writes."""
        ...

    def children(self, kind: str, parents: Iterable[int]) -> set[int]:
        """Ids of stored documents of `kind` that belong to these parents."""
        ...

    def values_of(self, field: str, typed: str, *, whole: bool = True) -> tuple[str, ...]:
        """Stored values of a facet field that `typed` means: the one equal to it whatever its
        case (where `whole`), else all that hold its words."""
        ...

    def find(self, request: Request) -> Found:
        """The hits of a request, best first, one more than `size` when there are more."""
        ...

    def find_along(
        self, request: Request, others: Sequence[Request]
    ) -> tuple[Found, Callable[[], list[Found]]]:
        """The hits of a request, and those of others: asked for with it, where that saves time, or
        when they are called for."""
        ...

    def searching(self, visibility: Visibility) -> AbstractContextManager[None]:
        """Around the questions of one search: what each would prepare is prepared once, and what
        has to be read from the database is read, which nothing asked beside may do."""
        ...

    def beside(self, ask: Callable[[], Answer]) -> Callable[[], Answer]:
        """Begin what asks nothing but this backend, where that saves time while other questions
        are asked; what is returned gives its answer, or raises what it raised."""
        ...

    def complete(self, request: Request) -> tuple[Row, ...]:
        """Hits by name alone, fast; the words of the query may be unfinished."""
        ...

    def columns_of(
        self, request: Request, datasets: Sequence[int], limit: int
    ) -> dict[int, list[str]]:
        """Names of the matching columns of datasets already found, best first."""
        ...

    def column_names(self, request: Request, limit: int) -> list[str]:
        """Distinct names of visible columns that begin with the text of the query."""
        ...

    def rebuild(
        self,
        batches: Iterable[Sequence[SearchDocument]],
        *,
        progress: Callable[[int], None],
        position: Callable[[], int],
    ) -> int:
        """Build a new generation beside the old one, which answers meanwhile; swap them whole.
        `batches` is read after `position` was asked; what is written since then is kept. Returns
        the number of documents. Raises Conflict when another rebuild runs, or when the new
        generation is not what was sent."""
        ...

    def is_current(self, position: Callable[[], int]) -> bool:
        """Whether there is an index, laid out as this version of the service wants it, that knows
        nothing later than `position`, which is asked last: what was written meanwhile is no later
        than it."""
        ...

    def differing(
        self, kind: str, above: int, up_to: int | None, documents: Sequence[SearchDocument]
    ) -> set[int]:
        """Ids above `above` and up to `up_to` whose stored document is missing, too many, or
        another one than that in `documents`, which are all there should be."""
        ...

    def apart(self) -> AbstractContextManager[Backend]:
        """A backend whose documents lie in an empty place of their own, gone at the end: what is
        written and rebuilt there touches nothing else. For measuring how well text is found."""
        ...
