"""What a search answers: plain values, free of HTML and of any backend."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import IntEnum

Range = tuple[int, int]  # start and end of a marked piece, in characters, end exclusive


class Band(IntEnum):
    """Why a hit stands where it stands; a lower number always comes first."""

    QUALIFIED_NAME = 0
    NAME = 1
    NAME_WORDS = 2
    NAME_PREFIX = 3
    SYNONYM = 4  # columns, labels, synonyms
    DESCRIPTION = 5
    SOME_WORDS = 6
    BROWSING = 7  # no words were asked for


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text and the ranges of it that matched; the edge decides how to show a mark."""

    text: str
    marks: tuple[Range, ...] = ()

    def pieces(self) -> tuple[tuple[str, bool], ...]:
        """(text, is marked) pairs in order, ready to be rendered."""
        pieces: list[tuple[str, bool]] = []
        position = 0
        for start, end in self.marks:
            if start > position:
                pieces.append((self.text[position:start], False))
            pieces.append((self.text[start:end], True))
            position = end
        if position < len(self.text):
            pieces.append((self.text[position:], False))
        return tuple(pieces)


@dataclass(frozen=True, slots=True)
class Lock:
    """The principal may know of this but not read its data: why, and whom to ask."""

    reason: str
    ask: str = ""


@dataclass(frozen=True, slots=True)
class HitFacts:
    """What every result shows without a click; empty where a kind has no such fact."""

    type: str = ""  # table, view, dashboard ... (DatasetKind, ContainerKind)
    platform: str = ""
    system: str = ""
    domain: str = ""
    owners: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    lifecycle: str = ""
    stage: str = ""
    is_demoted: bool = False  # deprecated, archived or gone at the source
    disappeared_at: dt.datetime | None = None
    modified_at: dt.datetime | None = None
    usage: float = 0
    rows: int | None = None
    physical_type: str = ""  # of a column
    lifted: str = ""  # that curators put it before its like in all searches, until when and why


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One result.

    `kind` is a registered kind (dataset, column, system ...), `id` the key of that object.
    `qualified_name` is what an address is built from: the qualified name of a dataset, container
    or system, `dataset#path` of a column, the slug of a domain, the username of a person, the
    name of a team, `kind/path` of a label. `parent_id` is the dataset of a column, question or
    example query. `place` names what contains the object, outermost first.
    `matched` names the fields that matched; `columns` the matching columns of a dataset;
    `explanation` says in words why this hit stands here.
    """

    kind: str
    id: int
    name: MarkedText
    qualified_name: str
    band: Band
    explanation: str
    place: tuple[str, ...] = ()
    parent_id: int | None = None
    snippet: MarkedText = MarkedText("")
    matched: tuple[str, ...] = ()
    columns: tuple[MarkedText, ...] = ()
    facts: HitFacts = HitFacts()
    lock: Lock | None = None


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value that can be chosen, with the number of hits choosing it would leave. It is a lower
    bound (show "1,000+") where words match more than 5,000 documents, for columns beyond 1,000, and
    for columns with some of the words where there are some with all."""

    value: str
    label: str
    count: int
    is_chosen: bool = False
    is_lower_bound: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """One question of the filter list; `field` is also its name in the query language.

    Counts ignore the values chosen in this same facet, so that a second one can be added.
    `has_more` says that there are values beyond those listed.
    """

    field: str
    label: str
    values: tuple[FacetValue, ...]
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the person should know about this answer: a stable code and a sentence."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class DidYouMean:
    """A corrected query. `was_applied` says that the hits are those of the correction, because
    the query as typed has none; "search instead for" is then `SearchQuery(is_verbatim=True)`."""

    text: str
    was_applied: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the hits: `cursor` is empty for the first page, else `next_page.cursor`."""

    size: int = 20
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """Everything a result page needs.

    `total` counts every hit the principal may see; where `total_is_exact` is False there are more
    (only ever for columns, beyond 10,000 of them). `column_hits` are the best few columns when
    no kind was chosen (columns are a group of their own, their datasets stand in `hits`); empty
    after the first page. `first_position` is the 1-based position of the first hit.
    """

    hits: tuple[SearchHit, ...] = ()
    total: int = 0
    total_is_exact: bool = True
    first_position: int = 1
    column_hits: tuple[SearchHit, ...] = ()
    facets: tuple[Facet, ...] = ()
    notices: tuple[Notice, ...] = ()
    did_you_mean: DidYouMean | None = None
    next_page: Page | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line of the list under the search box; `query` is what choosing it would search for
    where it is a completion and not an object (`kind` is then "filter"). `note` says why it stands
    there before anything is typed."""

    kind: str
    id: int | None
    name: MarkedText
    qualified_name: str = ""
    place: tuple[str, ...] = ()
    type: str = ""
    parent_id: int | None = None
    query: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class SearchField:
    """A field of the query language, for help texts and completion."""

    name: str
    label: str
    description: str
    is_facet: bool = False
    values: tuple[str, ...] = field(default=())
