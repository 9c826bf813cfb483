"""What a backend stores: a document says everything about one object, in words and values."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, chain

import msgspec

from catalog.search.answers import HitFacts
from catalog.search.roots import root
from catalog.search.tokens import (
    STOP_WORDS,
    fold,
    forms_of,
    name_forms,
    phrase,
    stem,
    tokens,
    words,
)

MAX_FORMS = 20_000  # of the columns of one dataset; each column also has a row of its own
MAX_TEXT = 20_000  # characters of running text
MAX_SNIPPET = 2_000
MAX_VALUE = 300  # characters of a facet value
_MOST_BYTES = 4  # of a character in UTF-8
MAX_KEY_BYTES = 2_000  # PostgreSQL's lexemes end at 2,046
MAX_ROOTS = 2_000  # of one document
_FEW_COLUMNS = 200  # whose words are fewer in any case
# A word of the name says three times as much of a thing as one of its description, where the name
# has few words; in a long one it owes that to the length.
_OF_NAME, _OF_SYNONYM, _OF_TEXT = 3.0, 2.0, 1.0
_FEW_WORDS = 3
AFTER_QUALIFIED, AFTER_NAME = "#", "."  # between a dataset's names and a column's path
_SHORT = 80  # characters of a text that comes again and again
_OF_THE_DATASET_ONLY = frozenset(
    {"kind", "has", "is", "tag", "class", "media", "format", "length", "language"}
)


class Term(msgspec.Struct, frozen=True, gc=False):
    """A facet value; `value` is what the query language writes after the colon."""

    field: str
    value: str
    label: str = ""


class ColumnDocument(msgspec.Struct, frozen=True, array_like=True):
    """A column inside the document of its dataset; there are millions of them, and a dataclass
    takes five times as long to make."""

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
    split: Words | None = field(default=None, init=False, repr=False, compare=False)


class Words(msgspec.Struct, frozen=True, gc=False):
    """The finished words of a document by the field they stand in; both backends store these.

    `names` holds whole names (folded), `qualified` whole qualified names and their tails,
    `spoken` the name's words in order, `whole_columns` whole column names. `roots` says how often
    each root stands anywhere, words of names counted more, and `length` how much that is in all:
    what text is ranked by; `written` what misspelled words are compared with. `column` and
    `description` are told name by name and text by text, for not everybody gathers their words.
    """

    names: Collection[str]
    qualified: Collection[str]
    spoken: str
    name: Collection[str]
    column: Sequence[NameWords]
    whole_columns: Collection[str]
    place: Collection[str]
    description: Sequence[Said]
    phrases: str
    name_words: int
    roots: Mapping[str, float]
    length: float = 0
    name_stems: Collection[str] = ()
    written: Collection[str] = ()


def words_of(document: SearchDocument) -> Words:
    """Every word of `document`, split and folded once for all that ask."""
    if document.split is None:
        object.__setattr__(document, "split", _words_of(document))
    assert document.split is not None
    return document.split


def _words_of(document: SearchDocument) -> Words:
    columns = [*map(words_of_name, dict.fromkeys([entry.name for entry in document.columns]))]
    synonyms = [_said(synonym) for synonym in document.synonyms]
    texts = [_said(text[:MAX_TEXT]) for text in (document.description, *document.texts)]
    noted = [
        _said(entry.description[:200]) for entry in document.columns[:2000] if entry.description
    ]
    name = _words_of_name(document.name)
    phrases = [said.phrase for said in (name, *synonyms, *texts)]
    phrases += [named.phrase for named in columns[:2000]]
    # What is said about a dataset bears its name, and is not called so.
    own = () if document.parent_id is not None else (document.qualified_name,)
    roots = _roots(name, synonyms, [*texts, *noted, *map(_said, document.place)], columns)
    return Words(
        names=_keys((document.name, *document.other_names)),
        qualified=_keys((*own, *_tails(document))),
        spoken=name.spoken,
        name=name.forms,
        column=[*_first(columns), *map(words_of_name, document.synonyms)],
        whole_columns=dict.fromkeys([named.key for named in columns[:MAX_FORMS] if named.key]),
        place=_distinct(map(name_forms, document.place)),
        description=[*texts, *noted],
        phrases="\n".join([text for text in phrases if text]),
        name_words=name.length,
        name_stems=name.stems,
        roots=_most(roots),
        length=float(sum(roots.values())),
        written=_distinct([said.written for said in (name, *columns, *synonyms, texts[0])]),
    )


def words_of_column(document: SearchDocument, column: ColumnDocument) -> Words:
    """The words of a column that has a row of its own; its dataset is its place."""
    name = words_of_name(column.name)
    described = column.description
    return Words(
        names=whole_names_of_column(column.name, column.path),
        qualified=qualified_keys(document, column),
        spoken=name.spoken,
        name=name.forms,
        column=[*map(words_of_name, column.words)],
        whole_columns=(),
        place=words_of(document).name_stems,
        description=[_said(described)] if described else (),
        phrases="\n".join((name.phrase, phrase(described))) if described else name.phrase,
        name_words=name.length,
        roots=dict.fromkeys((root(t.surface) for t in tokens(described)), _OF_TEXT),
    )


def whole_names_of_column(name: str, path: str) -> list[str]:
    """What a column is called without its dataset."""
    return _keys((name, path))


def qualified_keys(document: SearchDocument, column: ColumnDocument) -> list[str]:
    """What a column is called with the dataset it stands in, in alphabetical order."""
    whole = (
        f"{document.qualified_name}{AFTER_QUALIFIED}{column.path}",
        f"{document.name}{AFTER_NAME}{column.path}",
    )
    return sorted({shortened(fold(name)).strip() for name in whole})


class Said(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a text says; of `stems` and `roots` of a running text stop words are left out.
    `joined` are the stems of a text and the forms of a name, as fields of words hold them;
    `written` is what misspelled words are compared with."""

    phrase: str
    stems: tuple[str, ...]
    joined: str
    roots: tuple[str, ...]
    written: tuple[str, ...]


class NameWords(Said, frozen=True, gc=False, kw_only=True):
    """What a name says, wherever it stands; `key` is the whole of it as it is stored."""

    key: str
    spoken: str
    forms: tuple[str, ...]
    length: int


# Most columns are called as many others are: a name is split once and not a million times.
@lru_cache(maxsize=50_000)
def words_of_name(name: str) -> NameWords:
    """The words of the name of a column."""
    return _words_of_name(name)


def _words_of_name(name: str) -> NameWords:
    spoken = words(name)
    stems = tuple(dict.fromkeys([stem(word) for word in spoken]))
    forms = forms_of(name, spoken, stems)
    return NameWords(
        key=_whole(name),
        spoken=_whole(" ".join(spoken)),
        forms=forms,
        joined=joined(forms),
        stems=stems,
        phrase=f" {' '.join(spoken)} " if name else "",
        length=min(len(spoken), 1000),
        roots=tuple([root(word) for word in spoken if word not in STOP_WORDS]),
        written=_written(spoken),
    )


def _said(text: str) -> Said:
    return _said_often(text) if len(text) <= _SHORT else _said_once(text)


@lru_cache(maxsize=20_000)
def _said_often(text: str) -> Said:
    return _read(text)


@lru_cache(maxsize=1_000)  # a batch of documents asks for its texts more than once
def _said_once(text: str) -> Said:
    return _read(text)


def _read(text: str) -> Said:
    found = words(text)
    told = [_reduced(word) for word in found if word not in STOP_WORDS]
    stems = tuple(dict.fromkeys([held for held, _ in told]))
    return Said(
        phrase=f" {' '.join(found)} " if text else "",
        stems=stems,
        joined=joined(stems),
        roots=tuple([held for _, held in told]),
        written=_written(found),
    )


@lru_cache(maxsize=50_000)
def _reduced(word: str) -> tuple[str, str]:
    return stem(word), root(word)


def _written(surfaces: list[str]) -> tuple[str, ...]:
    return tuple([word for word in surfaces if len(word) > 2 and not word.isdigit()])


def spelled(document: SearchDocument) -> Collection[str]:
    """The words of `document` as written: what misspelled words are compared with."""
    return words_of(document).written


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


def _roots(
    name: NameWords, synonyms: list[Said], running: list[Said], columns: list[NameWords]
) -> Mapping[str, float]:
    """How often each root stands in a document; a column's name counts once however often."""
    said = [text.roots for text in (*running, *columns[:MAX_ROOTS])]
    counts: Counter[str] = Counter(chain.from_iterable(said))
    weighted: dict[str, float] = {**counts}
    weight = _OF_TEXT + (_OF_NAME - _OF_TEXT) * _FEW_WORDS / max(name.length, _FEW_WORDS)
    for found in name.roots:
        weighted[found] = weighted.get(found, 0) + weight
    for synonym in synonyms:
        for found in synonym.roots:
            weighted[found] = weighted.get(found, 0) + _OF_SYNONYM
    return weighted


def _most(roots: Mapping[str, float]) -> Mapping[str, float]:
    if len(roots) <= MAX_ROOTS:
        return roots
    return dict(sorted(roots.items(), key=lambda held: -held[1])[:MAX_ROOTS])


def _first(columns: list[NameWords]) -> list[NameWords]:
    """As many as have MAX_FORMS words."""
    if len(columns) <= _FEW_COLUMNS:
        return columns
    forms = accumulate(len(named.forms) for named in columns)
    return columns[: sum(1 for before in forms if before <= MAX_FORMS) + 1]


def _tails(document: SearchDocument) -> list[str]:
    """`public.orders` and `sales.public.orders`: how people write where something stands."""
    parts = [*document.place, document.name]
    return [".".join(parts[start:]) for start in range(len(parts) - 1)]


def unspaced(word: str) -> str:
    """A word that stays whole where words are split at spaces; folding may put some into one."""
    return "\u00a0".join(word.split(" ")) if " " in word else word


def joined(words: Collection[str]) -> str:
    """The words with a space between any two, and none within one."""
    text = " ".join(words)
    if text.count(" ") < len(words):
        return text
    return " ".join(unspaced(word) for word in words)


def shortened(text: str) -> str:
    """`text` cut to what a whole name may hold, the same for what is stored and what is sought."""
    if len(text) * _MOST_BYTES <= MAX_KEY_BYTES:
        return text
    return text.encode()[:MAX_KEY_BYTES].decode(errors="ignore")


def _distinct(groups: Iterable[Iterable[str]]) -> dict[str, None]:
    return dict.fromkeys(chain.from_iterable(groups))


def _whole(text: str) -> str:
    return shortened(fold(text)).strip()


def _keys(names: Iterable[str]) -> list[str]:
    return [key for key in dict.fromkeys(map(_whole, names)) if key]
