"""One term takes another in: its word as a synonym, and no more telling them apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from governance.agreements.kinds.term.labels import normalised

_RELATIONS = ("broader", "related")
_WORDS = ("alt_labels", "acronyms", "hidden_labels")


def take_in(
    draft: Mapping[str, Any], other: Mapping[str, Any], *, keys: Collection[str]
) -> dict[str, Any]:
    """`draft` with the word of `other` among its synonyms, each word once in whatever spelling,
    and no relation to the terms `keys`, which are the two themselves."""
    result = {**draft, "alt_labels": [*draft.get("alt_labels", ()), other["label"]]}
    known = {normalised(draft["label"])}
    for name in _WORDS:
        fresh = []
        for word in result.get(name, ()):
            if normalised(word) not in known:
                known.add(normalised(word))
                fresh.append(word)
        result[name] = fresh
    for name in _RELATIONS:
        result[name] = [term for term in draft.get(name, ()) if term not in keys]
    result["homonyms"] = [one for one in draft.get("homonyms", ()) if one["term"] not in keys]
    return result
