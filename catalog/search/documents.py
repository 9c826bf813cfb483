"""What a backend stores: a document says everything about one object, in words and values."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import msgspec

from catalog.search.answers import HitFacts
from catalog.search.roots import root
from catalog.search.tokens import STOP_WORDS, fold, name_forms, phrase, text_forms, tokens

MAX_FORMS = 20_000  # of the columns of one dataset; each column also has a row of its own
MAX_TEXT = 20_000  # characters of running text
MAX_SNIPPET = 2_000
MAX_VALUE = 300  # characters of a facet value
_MOST_BYTES = 4  # of a character in UTF-8
MAX_KEY_BYTES = 2_000  # PostgreSQL's lexemes end at 2,046
MAX_ROOTS = 2_000  # of one document
# A word of the name says three times as much of a thing as one of its description, where the name
# has few words; in a long one it owes that to the length.
_OF_NAME, _OF_SYNONYM, _OF_TEXT = 3.0, 2.0, 1.0
_FEW_WORDS = 3
_NONE: frozenset[str] = frozenset()
_OF_THE_DATASET_ONLY = frozenset(
    {"kind", "has", "is", "tag", "class", "media", "format", "length", "language"}
)


@dataclass(frozen=True, slots=True)
class Term:
    """A facet value; `value` is what the query language writes after the colon."""

    field: str
    value: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class ColumnDocument:
    """A column inside the document of its dataset."""

    id: int
    path: str
    name: str
    description: str = ""
    physical_type: str = ""
    terms: tuple[Term, ...] = ()
    words: tuple[str, ...] = ()
    is_demoted: bool = False


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """One object as search knows it, built from the database.

    `other_names` are whole names under which it is found exactly (aliases, tails of the qualified
    name); `synonyms` are words that count like column names (labels, display name); `place` is
    what contains it. `importance` (0 to 100: use, criticality, curation) only breaks ties.
    """

    kind: str
    id: int
    name: str
    qualified_name: str
    place: tuple[str, ...] = ()
    parent_id: int | None = None
    other_names: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    description: str = ""
    texts: tuple[str, ...] = ()
    terms: tuple[Term, ...] = ()
    importance: int = 0
    is_demoted: bool = False
    changed_at: dt.datetime | None = None
    facts: HitFacts = field(default_factory=HitFacts)
    columns: tuple[ColumnDocument, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """The finished words of a document by the field they stand in; both backends store these.

    `names` holds whole names (folded), `qualified` whole qualified names and their tails,
    `spoken` the name's words in order, `whole_columns` whole column names. `roots` says how often
    each root stands anywhere, words of names counted more, and `length` how much that is in all:
    what text is ranked by.
    """

    names: frozenset[str]
    qualified: frozenset[str]
    spoken: str
    name: frozenset[str]
    column: frozenset[str]
    whole_columns: frozenset[str]
    place: frozenset[str]
    description: frozenset[str]
    phrases: str
    name_words: int
    roots: Mapping[str, float] = field(default_factory=dict)
    length: float = 0


def words_of(document: SearchDocument) -> Words:
    """Every word of `document`, split and folded once for all backends."""
    spoken = [token.surface for token in tokens(document.name)]
    column: set[str] = set()
    for name in _distinct(entry.name for entry in document.columns):
        column |= name_forms(name)
        if len(column) > MAX_FORMS:
            break
    for synonym in document.synonyms:
        column |= name_forms(synonym)
    running = [document.description[:MAX_TEXT], *(text[:MAX_TEXT] for text in document.texts)]
    running += [entry.description[:200] for entry in document.columns[:2000] if entry.description]
    phrased = [document.name, *document.synonyms, *running[: 1 + len(document.texts)]]
    phrased += list(_distinct(entry.name for entry in document.columns))[:2000]
    roots = _roots(document, running)
    return Words(
        names=frozenset(_keys((document.name, *document.other_names))),
        qualified=frozenset(_keys((document.qualified_name, *_tails(document)))),
        spoken=_key(" ".join(spoken)),
        name=name_forms(document.name),
        column=frozenset(column),
        whole_columns=frozenset(_keys([entry.name for entry in document.columns[:MAX_FORMS]])),
        place=frozenset(form for part in document.place for form in name_forms(part)),
        description=frozenset(text_forms(running)),
        phrases="\n".join(phrase(text) for text in phrased if text),
        name_words=min(len(spoken), 1000),
        roots=_most(roots),
        length=sum(roots.values()),
    )


def words_of_column(document: SearchDocument, column: ColumnDocument) -> Words:
    """The words of a column that has a row of its own; its dataset is its place."""
    name = words_of_name(column.name, column.path)
    described = column.description
    return Words(
        names=name.names,
        qualified=frozenset(qualified_keys(document, column)),
        spoken=name.spoken,
        name=name.forms,
        column=frozenset(form for word in column.words for form in name_forms(word)),
        whole_columns=_NONE,
        place=stems_of(document.name),
        description=frozenset(text_forms([described])) if described else _NONE,
        phrases="\n".join((name.phrase, phrase(described))) if described else name.phrase,
        name_words=name.length,
        roots=dict.fromkeys((root(t.surface) for t in tokens(described)), _OF_TEXT),
    )


def qualified_keys(document: SearchDocument, column: ColumnDocument) -> list[str]:
    """What a column is called with the dataset it stands in, in alphabetical order."""
    whole = (f"{document.qualified_name}#{column.path}", f"{document.name}.{column.path}")
    return sorted({shortened(fold(name)).strip() for name in whole})


class NameWords(NamedTuple):
    """What the name of a column says, in whichever dataset it stands."""

    names: frozenset[str]
    spoken: str
    forms: frozenset[str]
    phrase: str
    length: int


@lru_cache(maxsize=20_000)
def words_of_name(name: str, path: str) -> NameWords:
    """The words of a column's name and of its path."""
    spoken = [token.surface for token in tokens(name)]
    return NameWords(
        names=frozenset(_keys((name, path))),
        spoken=_key(" ".join(spoken)),
        forms=name_forms(name),
        phrase=phrase(name) if name else "",
        length=min(len(spoken), 1000),
    )


@lru_cache(maxsize=1_000)  # asked for by each column of a dataset
def stems_of(name: str) -> frozenset[str]:
    """The stems of a dataset's name, by which its columns are found."""
    return frozenset(token.stem for token in tokens(name))


def spelled(document: SearchDocument) -> set[str]:
    """The words of `document` as written: what misspelled words are compared with."""
    texts = [document.name, *document.synonyms, document.description[:MAX_TEXT]]
    texts += _distinct(entry.name for entry in document.columns)
    found: set[str] = set()
    for text in texts:
        found.update(_written_in(text))
    return found


@lru_cache(maxsize=20_000)
def _written_in(text: str) -> tuple[str, ...]:
    return tuple(
        token.surface
        for token in tokens(text)
        if len(token.surface) > 2 and not token.surface.isdigit()
    )


def inherited_terms(document: SearchDocument) -> tuple[Term, ...]:
    """What holds of a dataset's columns as well: they are in its system, domain, lifecycle."""
    return tuple(term for term in document.terms if term.field not in _OF_THE_DATASET_ONLY)


def digest_of_columns(document: SearchDocument) -> str:
    """Equal when the columns of two states of a dataset need no new rows."""
    if not document.columns:
        return ""
    seen = msgspec.json.encode(
        (
            document.name,
            document.place,
            document.is_demoted,
            inherited_terms(document),
            document.columns,
        )
    )
    return hashlib.md5(seen, usedforsecurity=False).hexdigest()


def _roots(document: SearchDocument, running: list[str]) -> dict[str, float]:
    """How often each root stands in the document; a column's name counts once however often."""
    counts: dict[str, float] = defaultdict(float)
    names = list(_distinct(entry.name for entry in document.columns))[:MAX_ROOTS]
    words = max(len(tokens(document.name)), _FEW_WORDS)
    of_name = _OF_TEXT + (_OF_NAME - _OF_TEXT) * _FEW_WORDS / words
    for weight, texts in (
        (of_name, [document.name]),
        (_OF_SYNONYM, document.synonyms),
        (_OF_TEXT, [*running, *names, *document.place]),
    ):
        for text in texts:
            for found in _roots_in(text):
                counts[found] += weight
    return counts


def _most(roots: dict[str, float]) -> dict[str, float]:
    if len(roots) <= MAX_ROOTS:
        return roots
    return dict(sorted(roots.items(), key=lambda held: -held[1])[:MAX_ROOTS])


@lru_cache(maxsize=20_000)
def _roots_in(text: str) -> tuple[str, ...]:
    return tuple(root(token.surface) for token in tokens(text) if token.surface not in STOP_WORDS)


def _distinct(names: Iterator[str]) -> Iterator[str]:
    return iter(dict.fromkeys(names))


def _tails(document: SearchDocument) -> list[str]:
    """`public.orders` and `sales.public.orders`: how people write where something stands."""
    parts = [*document.place, document.name]
    return [".".join(parts[start:]) for start in range(len(parts) - 1)]


def shortened(text: str) -> str:
    """`text` cut to what a whole name may hold, the same for what is stored and what is sought."""
    if len(text) * _MOST_BYTES <= MAX_KEY_BYTES:
        return text
    return text.encode()[:MAX_KEY_BYTES].decode(errors="ignore")


@lru_cache(maxsize=20_000)
def _key(text: str) -> str:
    return shortened(fold(text)).strip()


def _keys(names: tuple[str, ...] | list[str]) -> Iterator[str]:
    for name in names:
        key = _key(name)
        if key:
            yield key
