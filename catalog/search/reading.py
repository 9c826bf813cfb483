"""The query language, pure: from what is typed to what is asked.

orders customer            words, in any field
"monthly report"           these words in this order, as written
-draft  -tag:old           without
owner:"Ada B"  tag:pii     a field (values with spaces in quotes)
has:description  is:deprecated  changed:2026-01..2026-03
(orders OR refunds) -legacy
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, pairwise

from catalog.errors import InvalidInput
from catalog.search.answers import Notice
from catalog.search.clauses import Clause, Sign, clauses, shown
from catalog.search.query import (
    QUESTION_WORDS,
    AllOf,
    AnyOf,
    Filter,
    Group,
    Not,
    ParsedQuery,
    Phrase,
    Word,
)
from catalog.search.statements import names_in
from catalog.search.tokens import STOP_WORDS, fold, phrase, tokens

MAX_CHARACTERS = 2000
MAX_WORDS = 40
MAX_CLAUSES = 300
_OWNING = frozenset({"own", "owns", "owned", "owner", "owners", "responsible"})
# A name as statements quote it: "public"."orders", `shop.orders`, [dbo].orders
_PART = r"""(?:"[^"]+"|`[^`]+`|\[[^\[\]]+\]|[^\s"`\[\]().:]+)"""
_QUOTED_PATH = re.compile(rf"""{_PART}(?:\.{_PART})+|`[^`]+`|\[[^\[\]]+\]|"[^"\s]+\.[^"\s]+\"""")
_QUOTES = str.maketrans("", "", '"`[]')
_SPECIAL = re.compile(r"^-|[\s():]|^(?:AND|OR|NOT)$")  # of a name that the language would read
# As word processors and telephones write a quote; and what is pasted along and shows nothing: soft
# hyphens, spaces without a width, signs of a direction.
_TYPESET = str.maketrans(
    {
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02", '"'),
        **dict.fromkeys("\u00ad\u200b\u200e\u200f\u2060\ufeff", ""),
        **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), ""),
    }
)


def parse(text: str) -> ParsedQuery:
    """Understand what was typed; raises InvalidInput (field `q`) with how to mend it."""
    clean = _unquoted(_checked(text.translate(_TYPESET)))
    notices: list[Notice] = []
    if tables := names_in(clean):
        clean = " OR ".join(f'"{name}"' if _SPECIAL.search(name) else name for name in tables)
        clean = f"kind:dataset ({clean})" if len(tables) > 1 else clean
        notices.append(Notice("statement", f"This was read as SQL: showing {', '.join(tables)}."))
    found = list(islice(clauses(clean, notices), MAX_CLAUSES + 1))
    if len(found) > MAX_CLAUSES:
        raise InvalidInput(
            f"This search has more than {MAX_CLAUSES} parts. Keep the words that matter most.",
            field="q",
        )
    found = _as_words(found)
    if _is_grouped(found):
        group, filters = _without_filters(_Reader(clean, found).group())
        return ParsedQuery(
            text=clean,
            words=_limited(list(_words_of(group)), notices),
            filters=filters,
            notices=tuple(notices),
            group=None if group == AllOf(()) else group,
        )
    return _simple(clean, [clause for clause in found if clause.sign is None], notices)


def parse_plain(text: str) -> ParsedQuery:
    """The same for a text in which no sign means anything."""
    clean = _checked(text)
    found = _simple(clean, _plain_clauses(clean), [])
    return replace(found, is_plain=True)


def replace_words(text: str, corrections: dict[str, str], *, is_plain: bool = False) -> str:
    """`text` with each plain or quoted word that has a correction (by its surface) replaced."""
    clean = _checked(text) if is_plain else parse(text).text
    found = _plain_clauses(clean) if is_plain else clauses(clean, [])
    pieces: list[str] = []
    position = 0
    for clause in found:
        if clause.field or clause.is_negated or clause.sign is not None:
            continue
        for token in tokens(clause.value):
            start, end = clause.start + token.start, clause.start + token.end
            if token.surface in corrections and start >= position:
                pieces += [clean[position:start], corrections[token.surface]]
                position = end
    return "".join([*pieces, clean[position:]])


def cleaned(text: str) -> str:
    """One line without control characters, in composed form."""
    spaced = "".join(
        " " if unicodedata.category(character) in ("Cc", "Cs") else character
        for character in text[: MAX_CHARACTERS * 20]
    )
    return unicodedata.normalize("NFC", " ".join(spaced.split()))


def _checked(text: str) -> str:
    clean = cleaned(text)
    if len(clean) > MAX_CHARACTERS:
        raise InvalidInput(
            f"This search has {len(clean):,} characters; the limit is {MAX_CHARACTERS:,}."
            " Keep the words that matter most.",
            field="q",
        )
    return clean


def _unquoted(text: str) -> str:
    """`text`, or the name that it is where it is one pasted from a statement."""
    return text.translate(_QUOTES) if _QUOTED_PATH.fullmatch(text) else text


def _simple(text: str, found: list[Clause], notices: list[Notice]) -> ParsedQuery:
    """A query whose clauses all hold."""
    words: list[Word] = []
    phrases: list[str] = []
    excluded_words: list[tuple[str, ...]] = []
    excluded_phrases: list[str] = []
    filters: list[Filter] = []
    plain: list[str] = []
    for clause in found:
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
        text=text,
        exact=fold(" ".join(plain)).strip(),
        words=_limited(_about(words), notices),
        phrases=tuple(phrases),
        excluded_words=tuple(stems for stems in excluded_words if stems),
        excluded_phrases=tuple(text for text in excluded_phrases if text.strip()),
        filters=tuple(filters),
        notices=tuple(notices),
    )


def _plain_clauses(text: str) -> list[Clause]:
    return [Clause(run, at) for run, at in _runs(text)]


def _runs(text: str) -> Iterator[tuple[str, int]]:
    position = 0
    for run in text.split(" "):
        if run:
            yield run, position
        position += len(run) + 1


def _as_words(found: list[Clause]) -> list[Clause]:
    """OR alone is the word itself: somebody looks for Oregon."""
    if all(clause.sign in (Sign.AND, Sign.OR, Sign.NOT) for clause in found):
        return [Clause(clause.value, clause.start) for clause in found]
    return found


def _is_grouped(found: list[Clause]) -> bool:
    """Whether the order and the brackets of the clauses matter; else all of them hold."""
    return any(
        clause.sign in (Sign.OR, Sign.NOT) or (clause.sign is Sign.OPEN and clause.is_negated)
        for clause in found
    ) or _is_unbalanced(found)


def _is_unbalanced(found: list[Clause]) -> bool:
    signs = [clause.sign for clause in found]
    return (
        signs.count(Sign.OPEN) != signs.count(Sign.CLOSE)
        or (bool(signs) and Sign.AND in (signs[0], signs[-1]))
        or any(pair in _EMPTY for pair in pairwise(signs))
    )


_EMPTY = (
    (Sign.OPEN, Sign.CLOSE),
    (Sign.OPEN, Sign.AND),
    (Sign.AND, Sign.CLOSE),
    (Sign.AND, Sign.AND),
)


_BEGINNING = (None, Sign.OPEN, Sign.NOT)


class _Reader:
    """Reads clauses that are joined: OR binds loosest, what stands side by side must all hold."""

    def __init__(self, text: str, found: list[Clause]) -> None:
        self._text = text
        self._found = found
        self._next = 0

    def group(self) -> Group:
        """The whole text as one group."""
        group = self._any()
        if self._next < len(self._found):
            clause = self._found[self._next]
            raise InvalidInput(
                f"The bracket at {shown(self._text, clause.start)} closes nothing: remove it.",
                field="q",
            )
        return group

    def _any(self) -> Group:
        parts = [self._all()]
        while self._takes(Sign.OR):
            parts.append(self._all())
        parts = [part for part in parts if part != AllOf(())] or [AllOf(())]
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all(self) -> Group:
        parts = [self._one()]
        while True:
            follows = self._next < len(self._found) and self._sign() in _BEGINNING
            if not (self._takes(Sign.AND) or follows):
                break
            parts.append(self._one())
        parts = [part for part in parts if part != AllOf(())] or [AllOf(())]
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _one(self, *, is_excluded: bool = False) -> Group:
        if self._next >= len(self._found):
            raise self._missing(self._found[-1])
        clause = self._found[self._next]
        self._next += 1
        if clause.sign is Sign.NOT:
            return _opposite(self._one(is_excluded=True))
        if clause.sign is Sign.OPEN:
            inner = self._any()
            if not self._takes(Sign.CLOSE):
                raise InvalidInput(
                    f"The bracket before {shown(self._text, clause.start + 1)} is never closed:"
                    " add a closing bracket or remove it.",
                    field="q",
                )
            return _opposite(inner) if clause.is_negated else inner
        if clause.sign is not None:
            raise self._missing(clause)
        return _leaf(clause, is_excluded=is_excluded or clause.is_negated)

    def _missing(self, clause: Clause) -> InvalidInput:
        if clause.sign in (Sign.OPEN, Sign.CLOSE):
            return InvalidInput(
                f"There is nothing in the brackets at {shown(self._text, clause.start)}:"
                " write a word into them or remove them.",
                field="q",
            )
        needs, example = ("something on both sides", f"orders {clause.value} refunds")
        if clause.sign is Sign.NOT:
            needs, example = ("something after it", "NOT draft")
        return InvalidInput(
            f"{clause.value} needs {needs}, as in {example};"
            f' to look for the word itself write "{clause.value}".',
            field="q",
        )

    def _sign(self) -> Sign | None:
        return self._found[self._next].sign if self._next < len(self._found) else None

    def _takes(self, sign: Sign) -> bool:
        if self._sign() is not sign:
            return False
        self._next += 1
        return True


def _without_filters(group: Group) -> tuple[Group, tuple[Filter, ...]]:
    """The group, and the filters that stand beside it: these are as good as clicked."""
    filters: list[Filter] = []
    rest: list[Group] = []
    for part in group.parts if isinstance(group, AllOf) else (group,):
        match part:
            case Filter():
                filters.append(part)
            case Not(Filter(name, value)):
                filters.append(Filter(name, value, is_negated=True))
            case _:
                rest.append(part)
    return (rest[0] if len(rest) == 1 else AllOf(tuple(rest))), tuple(filters)


def _opposite(group: Group) -> Group:
    """What does not hold; of nothing, nothing is left out."""
    return group if group == AllOf(()) else Not(group)


def _leaf(clause: Clause, *, is_excluded: bool) -> Group:
    """What one clause of a group demands; stop words demand nothing, but may be left out."""
    found: Group
    if clause.field:
        found = Filter(clause.field, clause.value)
    elif clause.is_quoted:
        found = Phrase(phrase(clause.value)) if phrase(clause.value).strip() else AllOf(())
    else:
        words = tuple(word for word in _words(clause) if is_excluded or not word.is_optional)
        found = words[0] if len(words) == 1 else AllOf(words)
    return _opposite(found) if clause.is_negated else found


def _words_of(group: Group) -> Iterator[Word]:
    """The words that a hit may hold, those of phrases as well."""
    match group:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _words_of(part)
        case Word():
            yield group
        case Phrase(text):
            for token in tokens(text):
                yield Word(token.surface, token.stem, 0, 0)


def _words(clause: Clause) -> Iterator[Word]:
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


def _about(words: list[Word]) -> list[Word]:
    """Who asks who owns something looks for that: its owners are shown with it, and written in no
    text about it."""
    surfaces = [word.surface for word in words[:2]]
    is_asked = surfaces[:1] in (["who"], ["whose"]) or surfaces in (
        ["owner", "of"],
        ["owners", "of"],
    )
    if not is_asked or all(word.is_optional or word.surface in _OWNING for word in words):
        return words
    return [replace(word, is_optional=True) if word.surface in _OWNING else word for word in words]


def _limited(words: list[Word], notices: list[Notice]) -> tuple[Word, ...]:
    """Each word once, the first MAX_WORDS of them; stop words count where there is no other."""
    times = Counter(word.stem for word in words)
    unique = [
        word if times[word.stem] == 1 else replace(word, times=times[word.stem])
        for word in list({word.stem: word for word in reversed(words)}.values())[::-1]
    ]
    needed = [word for word in unique if not word.is_optional]
    if not needed:
        unique = [replace(word, is_optional=False) for word in unique]
    elif len(needed) >= QUESTION_WORDS or len(unique) > MAX_WORDS:
        unique = needed
    if len(unique) > MAX_WORDS:
        notices.append(
            Notice("too_many_words", f"Only the first {MAX_WORDS} different words were used.")
        )
    return tuple(unique[:MAX_WORDS])
