"""The one shape of a registry: named entries, filled at start-up, refused twice, then frozen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

EntryT = TypeVar("EntryT")


class Registry(Generic[EntryT]):
    """Named entries in the order they were added; a name is taken only once."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._entries: dict[str, EntryT] = {}

    def add(self, name: str, entry: EntryT) -> EntryT:
        """Register `entry`; raises ValueError when the name is taken."""
        if name in self._entries:
            raise ValueError(f"The {self._what} {name!r} is registered already.")
        self._entries[name] = entry
        return entry

    def get(self, name: str) -> EntryT:
        """The entry named; raises LookupError that lists what there is."""
        try:
            return self._entries[name]
        except KeyError:
            known = ", ".join(sorted(self._entries)) or "none"
            raise LookupError(f"There is no {self._what} {name!r}; known: {known}.") from None

    def names(self) -> tuple[str, ...]:
        """All names, in order of registration."""
        return tuple(self._entries)

    def __iter__(self) -> Iterator[EntryT]:
        return iter(self._entries.values())

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def items(self) -> Iterator[tuple[str, EntryT]]:
        """(name, entry) pairs in order of registration."""
        return iter(self._entries.items())
