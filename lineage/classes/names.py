"""What a name says: its words, the phrase of a class among them, and what stands around it."""

from __future__ import annotations

from functools import lru_cache

from catalog.search.tokens import fold, stem, words
from lineage.classes import words as known
from lineage.classes.types import DataClass, Evidence, Source

_SHORTEST_CUT = 6
_SHORT_ENDS = frozenset({"id", "no", "nr", "at", "dt", "ts"})
_AGAINST = -4.5
_NO_MONEY = frozenset({"number", "count", "token", "percentage", "pct", "percent", "rate"})
_NOT_NEGATED = frozenset({DataClass.PASSWORD, DataClass.TOKEN})
_ENDS_OF_AMOUNTS = frozenset({"min", "max", "limit", "level", "ytd", "source"})
_ENDS_OF_NAMES = frozenset({"match", "source"})


@lru_cache(maxsize=200_000)
def words_of(name: str) -> tuple[str, ...]:
    """The words of an identifier, folded: abbreviations written out, names without marks cut where
    every part is a word that is known."""
    found: list[str] = []
    for word in words(name):
        found += _word(word)
    return tuple(found)


@lru_cache(maxsize=100_000)
def _word(word: str) -> tuple[str, ...]:
    if word in known.ABBREVIATIONS:
        return known.ABBREVIATIONS[word]
    if word in known.KNOWN:
        return (word,)
    if word in known.JOINED:
        return known.JOINED[word]
    singular = stem(word)
    if singular in known.KNOWN:
        return (singular,)
    if len(word) >= _SHORTEST_CUT and word.isascii() and word.isalpha():
        return tuple(_cut(word)) or (word,)
    return (word,)


def _cut(word: str) -> list[str]:
    """A word as the fewest known words that it consists of; nothing where it does not."""
    best: list[list[str] | None] = [[], *([None] * len(word))]
    for end in range(2, len(word) + 1):
        for start in range(max(0, end - 14), end - 1):
            before, part = best[start], word[start:end]
            if before is None or (len(part) < 3 and (part not in _SHORT_ENDS or end < len(word))):
                continue
            if part in known.KNOWN or part in _SHORT_ENDS:
                current = best[end]
                if current is None or len(before) + 1 < len(current):
                    best[end] = [*before, part]
    found = best[len(word)]
    if not found:
        return []
    return [part for one in found for part in known.ABBREVIATIONS.get(one, (one,))]


@lru_cache(maxsize=200_000)
def read_name(name: str) -> tuple[tuple[DataClass, tuple[Evidence, ...]], ...]:
    """The classes that a column's name speaks for, each with what speaks for and against it."""
    found = words_of(name)
    answers: dict[DataClass, tuple[Evidence, ...]] = {}
    for start, spoken in _phrases_in(found):
        data_class, weight = known.PHRASES[spoken]
        if data_class not in answers:
            for_it = Evidence(Source.NAME, f"Its name says {' '.join(spoken)}", weight)
            around = _around(data_class, found[:start], found[start + len(spoken) :])
            answers[data_class] = (for_it, *around)
    if not name.isascii():
        for phrase in known.UNSPACED:
            if phrase in fold(name):
                data_class, weight = known.PHRASES[phrase,]
                one = Evidence(Source.NAME, f"Its name says {phrase}", weight)
                answers.setdefault(data_class, (one,))
    plain = _plain_name(found)
    if plain and DataClass.NAME not in answers:
        answers[DataClass.NAME] = plain
    return tuple(_hashed(answers, found).items())


def _phrases_in(found: tuple[str, ...]) -> list[tuple[int, tuple[str, ...]]]:
    """Phrases with where they begin, the longest first, none in another."""
    hits = [
        (start, phrase)
        for start, word in enumerate(found)
        for phrase in known.BEGINNING.get(word, ())
        if found[start : start + len(phrase)] == phrase
    ]
    if len(hits) < 2:
        return hits
    hits.sort(key=lambda hit: (-len(hit[1]), hit[0]))
    kept: list[tuple[int, tuple[str, ...]]] = []
    covered: set[int] = set()
    for start, phrase in hits:
        places = range(start, start + len(phrase))
        if covered.isdisjoint(places):
            covered.update(places)
            kept.append((start, phrase))
    return kept


def _around(
    data_class: DataClass, before: tuple[str, ...], after: tuple[str, ...]
) -> tuple[Evidence, ...]:
    spared: frozenset[str] = frozenset()
    if data_class in (DataClass.AMOUNT, DataClass.PAY):
        spared = _ENDS_OF_AMOUNTS
    elif data_class is DataClass.NAME:
        spared = _ENDS_OF_NAMES
    elif data_class is DataClass.SENSITIVE:
        spared = frozenset({"id", "code", "source", "description"})
    elif data_class is DataClass.PHOTO:
        spared = frozenset({"path", "source"})
    elif data_class is DataClass.ADDRESS:
        spared = frozenset({"code", "source"})
    ends = [word for word in after if word in known.ABOUT and word not in spared]
    if ends:
        text = f"but it ends in {' '.join(after)}: it tells about it"
        return (Evidence(Source.NAME, text, _AGAINST),)
    pairs = {" ".join(before[n : n + 2]) for n in range(len(before) - 1)}
    starts = [word for word in (*before, *pairs) if word in known.BEFORE]
    if "last" in starts and data_class is DataClass.CARD:
        starts.remove("last")
    if starts and data_class not in (DataClass.AMOUNT, DataClass.PAY):
        text = f"but it begins with {' '.join(before)}: it tells about it"
        return (Evidence(Source.NAME, text, _AGAINST),)
    if starts and starts[0] in ("is", "has", "count", "number of"):
        return (Evidence(Source.NAME, f"but it begins with {' '.join(before)}", _AGAINST),)
    if data_class is DataClass.AMOUNT and before and before[-1] in _NO_MONEY:
        return (Evidence(Source.NAME, f"but it is a {before[-1]}", _AGAINST),)
    return ()


def _plain_name(found: tuple[str, ...]) -> tuple[Evidence, ...]:
    """`name` by itself, or the name of somebody; names of things are none."""
    if "name" not in found:
        return ()
    at = found.index("name")
    before, after = found[:at], found[at + 1 :]
    if any(word in known.ABOUT for word in after):
        return ()
    if not before:
        return (Evidence(Source.NAME, "Its name says name, and not of what", -0.6),)
    if before[-1] in known.NO_NAMES:
        return ()
    whose = before[-1]
    if whose in known.EITHER:
        return (
            Evidence(Source.NAME, f"Its name says {whose} name: a person's or a company's", 0.2),
        )
    if whose in known.PERSONS or any(word in known.PERSONS for word in before):
        return (Evidence(Source.NAME, f"Its name says {' '.join(before)} name", 2.0),)
    return (
        Evidence(Source.NAME, f"Its name says {' '.join(before)} name, whatever that is", -1.2),
    )


def _hashed(
    answers: dict[DataClass, tuple[Evidence, ...]], found: tuple[str, ...]
) -> dict[DataClass, tuple[Evidence, ...]]:
    """What is hashed is a pseudonym of what it was made from; hashed passwords stay secret."""
    word = next((word for word in found if word in known.HASHES), "")
    if not word or not answers:
        return answers
    kept = {key: value for key, value in answers.items() if key in _NOT_NEGATED}
    if kept:
        return kept
    of_what = next(iter(answers.values()))[0].text.removeprefix("Its name says ")
    return {DataClass.HASH: (Evidence(Source.NAME, f"Its name says {of_what} as {word}", 2.2),)}
