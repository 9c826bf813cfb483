"""A mapping in pages, so that a change copies the page it is on and shares all others.

Copying a hundred thousand entries keeps every other thread waiting for milliseconds; a page of
them takes some microseconds.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, Mapping, ValuesView
from typing import Any, Generic, TypeVar

from governance.permissions.engine.pacing import breathing

PLACES = 511
"""The bits of a hash that tell the page; an int is its own hash."""

_K = TypeVar("_K", bound=int | str)
_V = TypeVar("_V")


class Paged(Mapping[_K, _V], Generic[_K, _V]):
    """Immutable but for the draft that makes it. `pages[hash(key) & PLACES]` holds a key."""

    __slots__ = ("pages",)
    pages: list[dict[_K, _V]]

    def __init__(self, pages: list[dict[_K, _V]]) -> None:
        self.pages = pages

    @classmethod
    def of(cls, entries: Iterable[tuple[_K, _V]]) -> Paged[_K, _V]:
        """The entries in pages; of those with the same key the last."""
        pages: list[dict[_K, _V]] = [{} for _ in range(PLACES + 1)]
        for key, value in breathing(entries):
            pages[hash(key) & PLACES][key] = value
        return cls(pages)

    def __getitem__(self, key: _K) -> _V:
        return self.pages[hash(key) & PLACES][key]

    def get(self, key: _K, default: Any = None) -> Any:
        """The value of a key, or the default."""
        return self.pages[hash(key) & PLACES].get(key, default)

    def __contains__(self, key: object) -> bool:
        return key in self.pages[hash(key) & PLACES]

    def __iter__(self) -> Iterator[_K]:
        for page in self.pages:
            yield from page

    def values(self) -> ValuesView[_V]:
        """The values, without a look-up for each."""
        return _Values(self)

    def items(self) -> ItemsView[_K, _V]:
        """The entries, without a look-up for each."""
        return _Items(self)

    def __len__(self) -> int:
        return sum(map(len, self.pages))


class _Values(ValuesView[_V]):
    _mapping: Paged[Any, _V]

    def __iter__(self) -> Iterator[_V]:
        for page in self._mapping.pages:
            yield from page.values()


class _Items(ItemsView[_K, _V]):
    _mapping: Paged[Any, _V]

    def __iter__(self) -> Iterator[tuple[_K, _V]]:
        for page in self._mapping.pages:
            yield from page.items()


class PagedDraft(Generic[_K, _V]):
    """What is to become the next mapping: pages are copied when something on them changes."""

    __slots__ = ("_own", "_pages")

    def __init__(self, former: Paged[_K, _V]) -> None:
        self._pages = list(former.pages)
        self._own: set[int] = set()

    def __getitem__(self, key: _K) -> _V:
        return self._pages[hash(key) & PLACES][key]

    def get(self, key: _K) -> _V | None:
        """The value of a key; None where there is none."""
        return self._pages[hash(key) & PLACES].get(key)

    def __setitem__(self, key: _K, value: _V) -> None:
        self._page(key)[key] = value

    def pop(self, key: _K) -> _V | None:
        """Take an entry out; None where there is none."""
        return self._page(key).pop(key, None)

    def finished(self) -> Paged[_K, _V]:
        """The mapping; the draft is not used any more."""
        return Paged(self._pages)

    def _page(self, key: _K) -> dict[_K, _V]:
        place = hash(key) & PLACES
        if place not in self._own:
            self._own.add(place)
            self._pages[place] = dict(self._pages[place])
        return self._pages[place]
