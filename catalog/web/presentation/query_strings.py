"""Every state of a page lives in its URL: the query string is read and rewritten here."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

Pairs = list[tuple[str, str]]

# A change of what is listed starts the list anew.
PAGING_KEYS = frozenset({"page", "cursor"})


def _flat(query: Mapping[str, Iterable[str]]) -> Pairs:
    return [(key, value) for key, values in query.items() for value in values]


def _written(pairs: Pairs) -> str:
    # "?" alone, and not "", because an empty href keeps the old query string.
    return f"?{urlencode(pairs)}"


def _words(value: object) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, list | tuple | set | frozenset):
        return [str(item) for item in value]
    return [str(value)]


def with_changes(query: Mapping[str, Iterable[str]], changes: Mapping[str, object]) -> str:
    """The query string with the changed keys set, everything else kept in its order.
    None or an empty text removes a key; a list sets it several times. Unless the change
    itself turns the page, paging starts again."""
    dropped = set(changes)
    if dropped.isdisjoint(PAGING_KEYS):
        dropped |= PAGING_KEYS
    pairs = [(key, value) for key, value in _flat(query) if key not in dropped]
    pairs += [(key, word) for key, value in changes.items() for word in _words(value)]
    return _written(pairs)


def with_toggled(query: Mapping[str, Iterable[str]], key: str, value: object) -> str:
    """The query string with one value of a repeatable key added, or removed if it was there."""
    pairs = [pair for pair in _flat(query) if pair[0] not in PAGING_KEYS]
    toggled = (key, str(value))
    return _written(
        [pair for pair in pairs if pair != toggled] if toggled in pairs else [*pairs, toggled]
    )


def hidden_fields(query: Mapping[str, Iterable[str]], without: Iterable[str]) -> Pairs:
    """What a GET form must carry along so that it loses no other state."""
    dropped = PAGING_KEYS | set(without)
    return [(key, value) for key, value in _flat(query) if key not in dropped]
