"""The query model and its language, pure: what is asked, whichever backend answers.

orders customer            words, in any field
"monthly report"           these words in this order, as written
-draft  -tag:old           without
owner:"Ada B"  tag:pii     a field (values with spaces in quotes)
has:description  is:deprecated
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from catalog.errors import InvalidInput
from catalog.search.answers import Notice
from catalog.search.fields import FIELDS, field_named
from catalog.search.tokens import STOP_WORDS, fold, phrase, tokens

MAX_CHARACTERS = 1000
MAX_WORDS = 10
MAX_CLAUSES = 60

_FIELD = re.compile(r"([A-Za-z]{2,20}):(?!//)")


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
    correction would find more ("search instead for").
    """

    text: str = ""
    filters: tuple[Filter, ...] = ()
    order: Order = Order.RELEVANCE
    all_words: bool = False
    is_verbatim: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A word to look for. An optional one (a stop word of running text) lifts names that hold
    it and is demanded of nothing. `start` and `end` say where it stands in the text."""

    surface: str
    stem: str
    start: int
    end: int
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query understood. `exact` is the folded plain text, compared with whole names;
    `phrases` and `excluded_phrases` are in the form of `tokens.phrase`."""

    text: str = ""
    exact: str = ""
    words: tuple[Word, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded_words: tuple[tuple[str, ...], ...] = ()
    excluded_phrases: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    notices: tuple[Notice, ...] = field(default=())

    @property
    def needed(self) -> tuple[Word, ...]:
        """The words that count when it is asked how many matched."""
        return tuple(word for word in self.words if not word.is_optional)

    @property
    def is_browsing(self) -> bool:
        """Nothing but filters: everything that passes them is a hit."""
        return not (self.exact or self.words)

    def must_match(self, *, all_words: bool) -> int:
        """How many needed words a hit must hold: all of up to two, else 70 % (`2<70%`)."""
        count = len(self.needed)
        return count if all_words or count <= 2 else int(count * 0.7)


@dataclass(frozen=True, slots=True)
class _Clause:
    """One piece of the text: a run of plain characters or the contents of quotes."""

    value: str
    start: int
    field: str = ""
    is_quoted: bool = False
    is_negated: bool = False


def parse(text: str) -> ParsedQuery:
    """Understand what was typed; raises InvalidInput (field `q`) with how to mend it."""
    clean = cleaned(text)
    if len(clean) > MAX_CHARACTERS:
        raise InvalidInput(
            f"This search has {len(clean):,} characters; the limit is {MAX_CHARACTERS:,}."
            " Keep the words that matter most.",
            field="q",
        )
    notices: list[Notice] = []
    words: list[Word] = []
    phrases: list[str] = []
    excluded_words: list[tuple[str, ...]] = []
    excluded_phrases: list[str] = []
    filters: list[Filter] = []
    plain: list[str] = []
    clauses = list(_clauses(clean, notices))
    if len(clauses) > MAX_CLAUSES:
        raise InvalidInput(
            f"This search has {len(clauses)} parts; the limit is {MAX_CLAUSES}."
            " Keep the words that matter most.",
            field="q",
        )
    for clause in clauses:
        if clause.field:
            filters.append(Filter(clause.field, clause.value, clause.is_negated))
        elif clause.is_negated and clause.is_quoted:
            excluded_phrases.append(phrase(clause.value))
        elif clause.is_negated:
            excluded_words.append(tuple(token.stem for token in tokens(clause.value)))
        else:
            plain.append(clause.value)
            words.extend(_words(clause))
            if clause.is_quoted and phrase(clause.value).strip():
                phrases.append(phrase(clause.value))
    return ParsedQuery(
        text=clean,
        exact=fold(" ".join(plain)).strip(),
        words=_limited(words, notices),
        phrases=tuple(phrases),
        excluded_words=tuple(stems for stems in excluded_words if stems),
        excluded_phrases=tuple(text for text in excluded_phrases if text.strip()),
        filters=tuple(filters),
        notices=tuple(notices),
    )


def replace_words(text: str, corrections: dict[str, str]) -> str:
    """`text` with each plain word that has a correction (by its surface) replaced."""
    parsed = parse(text)
    pieces: list[str] = []
    position = 0
    for word in sorted(parsed.words, key=lambda word: word.start):
        if word.surface in corrections and word.start >= position:
            pieces += [parsed.text[position : word.start], corrections[word.surface]]
            position = word.end
    return "".join([*pieces, parsed.text[position:]])


def cleaned(text: str) -> str:
    """One line without control characters, in composed form."""
    spaced = "".join(
        " " if unicodedata.category(character) in ("Cc", "Cs") else character
        for character in text[: MAX_CHARACTERS * 20]
    )
    return unicodedata.normalize("NFC", " ".join(spaced.split()))


def _clauses(text: str, notices: list[Notice]) -> Iterator[_Clause]:
    position = 0
    while position < len(text):
        if text[position] == " ":
            position += 1
            continue
        is_negated = (
            text[position] == "-" and position + 1 < len(text) and text[position + 1] not in " -"
        )
        start = position + is_negated
        field_name, start = _field_at(text, start, notices)
        if start < len(text) and text[start] == '"':
            end = text.find('"', start + 1)
            if end < 0:
                raise InvalidInput(
                    f"The quote before {text[start + 1 : start + 31]!r} is never closed:"
                    " add a closing quote or remove it.",
                    field="q",
                )
            value, value_start, position = text[start + 1 : end], start + 1, end + 1
            is_quoted = True
        else:
            end = text.find(" ", start)
            end = len(text) if end < 0 else end
            value, value_start, position = text[start:end], start, end
            is_quoted = False
        if field_name and not value.strip():
            raise InvalidInput(
                f"{field_name}: needs a value right after the colon,"
                f' such as {field_name}:orders or {field_name}:"two words".',
                field="q",
            )
        if value.strip():
            yield _Clause(value.strip(), value_start, field_name, is_quoted, is_negated)


def _field_at(text: str, start: int, notices: list[Notice]) -> tuple[str, int]:
    found = _FIELD.match(text, start)
    if found is None:
        return "", start
    known = field_named(found[1])
    if known is not None:
        return known.name, found.end()
    notices.append(
        Notice(
            "unknown_field",
            f"There is no field “{found[1]}”, so this was read as words."
            f" Fields are {', '.join(known.name for known in FIELDS)}.",
        )
    )
    return "", start


def _words(clause: _Clause) -> Iterator[Word]:
    found = tokens(clause.value)
    # A stop word inside an identifier is part of a name; so is one inside quotes.
    is_running_text = len(found) == 1 and not clause.is_quoted
    for token in found:
        yield Word(
            token.surface,
            token.stem,
            clause.start + token.start,
            clause.start + token.end,
            is_optional=is_running_text and token.surface in STOP_WORDS,
        )


def _limited(words: list[Word], notices: list[Notice]) -> tuple[Word, ...]:
    """Each word once, the first MAX_WORDS of them; stop words count where there is no other."""
    unique = list({word.stem: word for word in reversed(words)}.values())[::-1]
    needed = [word for word in unique if not word.is_optional]
    if not needed:
        unique = [Word(word.surface, word.stem, word.start, word.end) for word in unique]
    elif len(unique) > MAX_WORDS:
        unique = needed
    if len(unique) > MAX_WORDS:
        notices.append(
            Notice("too_many_words", f"Only the first {MAX_WORDS} different words were used.")
        )
    return tuple(unique[:MAX_WORDS])
