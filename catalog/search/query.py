"""The query model, pure: what is asked, whichever backend answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from enum import StrEnum

from catalog.names import join_parts
from catalog.search.answers import Notice
from catalog.search.roots import root

QUESTION_WORDS = 6  # from here on it is a question: the telling words decide, not their number
PLAIN_QUESTION_WORDS = 3  # the same of a text that was not written for a search

_MIN_BEGINNING = 4  # characters


class Order(StrEnum):
    """How hits are ordered; ties always break the same way."""

    RELEVANCE = "relevance"
    NAME = "name"
    USED = "used"  # most used first
    CHANGED = "changed"  # latest change first


@dataclass(frozen=True, slots=True)
class Filter:
    """A chosen value of a field, such as a clicked facet."""

    field: str
    value: str
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is asked: the text as typed and the facet values clicked.

    Values of one field are alternatives, different fields must all hold. `all_words` demands
    every word (nothing is relaxed). `is_verbatim` searches for the words as typed even where a
    correction would find more ("search instead for"). `is_plain` reads no language in the text:
    quotes, colons and brackets of a question are no signs.
    """

    text: str = ""
    filters: tuple[Filter, ...] = ()
    order: Order = Order.RELEVANCE
    all_words: bool = False
    is_verbatim: bool = False
    is_plain: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A word to look for. An optional one (a stop word of running text) lifts names that hold
    it and is demanded of nothing. `start` and `end` say where it stands in the text first, `times`
    how often it does. It is also met by all the words of one of `others`, as by a column: they are
    other words for the same. With a `beginning` it is met by any word that begins so. One of
    others that is `of_names` is how names are shortened or joined: no text is compared by it."""

    surface: str
    stem: str
    start: int
    end: int
    is_optional: bool = False
    others: tuple[tuple[Word, ...], ...] = ()
    times: int = 1
    beginning: str = ""
    of_names: bool = False

    @property
    def begun(self) -> Word:
        """The same, met by what begins with most of it: by other forms of it in a language whose
        endings nobody here knows. A short word keeps its form."""
        long = len(self.surface)
        kept = self.surface[: max(_MIN_BEGINNING, long - long // 3)]
        return self if long <= _MIN_BEGINNING else replace(self, beginning=kept)

    @property
    def others_in_texts(self) -> tuple[tuple[Word, ...], ...]:
        """Other words for it that texts are looked through for."""
        return tuple(other for other in self.others if not any(one.of_names for one in other))

    @property
    def root(self) -> str:
        """What running text is compared by."""
        return root(self.surface)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in this order, in the form of `tokens.phrase`."""

    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Values of one facet field of which one must hold (or, negated, none may)."""

    field: str
    values: tuple[str, ...]
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class FieldWords:
    """Words in the name, a column or the description: `field` is one of `fields.WORD_FIELDS`."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Changed:
    """Changed last from `start` on and before `end`; None is no limit."""

    start: dt.datetime | None = None
    end: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part holds, or more."""

    parts: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Group


# As read it has filters, as a backend takes it what they mean: choices, words and dates.
Group = AllOf | AnyOf | Not | Word | Phrase | Filter | Choice | FieldWords | Changed


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query understood. `exact` is the folded plain text, compared with whole names;
    `phrases` and `excluded_phrases` are in the form of `tokens.phrase`.

    Where OR or a bracket without joins clauses, `group` is the whole of it, and `words` (those not
    excluded) only say what comes first.
    """

    text: str = ""
    exact: str = ""
    words: tuple[Word, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded_words: tuple[tuple[str, ...], ...] = ()
    excluded_phrases: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    notices: tuple[Notice, ...] = field(default=())
    group: Group | None = None
    is_plain: bool = False

    @property
    def needed(self) -> tuple[Word, ...]:
        """The words that count when it is asked how many matched."""
        return tuple(word for word in self.words if not word.is_optional)

    @property
    def paths(self) -> tuple[str, ...]:
        """What whole qualified names are compared with: as typed; and a path with slashes as names
        are written, `s3://lake/raw/orders` as `s3://lake/raw.orders`."""
        if "/" not in self.exact or " " in self.exact:
            return (self.exact,) if self.exact else ()
        platform, sign, rest = self.exact.partition("://")
        head, rest = (platform + sign, rest) if sign else ("", self.exact)
        parts = [part for part in rest.split("/") if part]
        if sign and parts:
            head += f"{parts.pop(0)}/"
        written = (".".join(parts), join_parts(parts))
        return tuple(dict.fromkeys((self.exact, *(head + path for path in written if path))))

    @property
    def is_question(self) -> bool:
        """Sought by the words that tell most, however many it has of them."""
        least = PLAIN_QUESTION_WORDS if self.is_plain else QUESTION_WORDS
        return self.group is None and len(self.needed) >= least

    @property
    def is_browsing(self) -> bool:
        """Nothing but filters: everything that passes them is a hit."""
        return not (self.exact or self.words)

    def must_match(self, *, all_words: bool) -> int:
        """How many needed words a hit must hold: all of up to two, 70 % of up to five, one of a
        question; none where a group decides."""
        count = len(self.needed)
        if self.group is not None:
            return 0
        if all_words or count <= 2:
            return count
        return 1 if self.is_question else int(count * 0.7)
