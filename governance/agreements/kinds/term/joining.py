"""One term takes another in: its word as a synonym, and no more telling them apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from governance.agreements.kinds.term.labels import normalised

_RELATIONS = ("broader", "related")


def take_in(
    draft: Mapping[str, Any], other: Mapping[str, Any], *, keys: Collection[str]
) -> dict[str, Any]:
    """`draft` with the word of `other` among its synonyms and no relation to the terms `keys`,
    which are the two themselves."""
    known = {normalised(word) for word in (draft["label"], *draft.get("alt_labels", ()))}
    synonyms = list(draft.get("alt_labels", ()))
    if normalised(other["label"]) not in known:
        synonyms.append(other["label"])
    result = {**draft, "alt_labels": synonyms}
    for name in _RELATIONS:
        result[name] = [term for term in draft.get(name, ()) if term not in keys]
    result["homonyms"] = [one for one in draft.get("homonyms", ()) if one["term"] not in keys]
    return result
