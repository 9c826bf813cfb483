"""Two documents of one kind become a first draft of one: the text of one, the lists of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from governance.agreements.canonical import canonical
from governance.agreements.declared import declarations
from governance.agreements.kind import Document


def joined(
    document_type: type[Document], kept: Mapping[str, Any], other: Mapping[str, Any]
) -> dict[str, Any]:
    """`kept`, with the items of lists that only `other` has after its own.

    Items are told apart by what their type declares (`keyed_by`), else by all they say; of two
    with one key the item of `kept` stands. What is no list stays as `kept` says it, unless it says
    nothing.
    """
    declared = declarations(document_type)
    result: dict[str, Any] = {}
    for name in dict.fromkeys((*kept, *other)):
        mine, theirs = kept.get(name), other.get(name)
        if isinstance(mine, list) and isinstance(theirs, list):
            keyed_by = declared[name].keyed_by if name in declared else ()
            present = {_key(item, keyed_by) for item in mine}
            added = {_key(item, keyed_by): item for item in theirs}
            result[name] = [*mine, *(added[key] for key in added if key not in present)]
        else:
            result[name] = theirs if mine in (None, "", []) else mine
    return result


def _key(item: Any, fields: Sequence[str]) -> str:
    if fields and isinstance(item, Mapping):
        return canonical([item.get(name) for name in fields])
    return canonical(item)
