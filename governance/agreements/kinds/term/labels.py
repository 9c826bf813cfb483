"""When two words are the same word: spelling that readers do not tell apart is left out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from governance.agreements.kinds.term.document import TermDocument

_BETWEEN_WORDS = re.compile(r"[\W_]+")


def normalised(word: str) -> str:
    """A word without case, accents' composition, punctuation and spacing: `Pay-Per Use` is
    `pay per use`. A word of punctuation alone stays itself."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    return _BETWEEN_WORDS.sub(" ", folded).strip() or folded.strip()


def shown_words(document: TermDocument) -> dict[str, str]:
    """The words a reader may meet, as written, by their normal form; the preferred one wins."""
    words = (document.label, *document.alt_labels, *document.acronyms)
    return {normalised(word): word for word in reversed(words)}


def repeated(words: Iterable[str]) -> list[str]:
    """The words that stand there more than once in any spelling, in order."""
    seen: set[str] = set()
    twice = []
    for word in words:
        key = normalised(word)
        if key in seen:
            twice.append(word)
        seen.add(key)
    return twice
