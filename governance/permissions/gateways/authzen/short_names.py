"""Names of data by their ends, as people write them who do not say where it lies.

Made once for all names, which takes a tenth of a second for a hundred thousand, and carried on from
one index to the next by what changed: nobody who asks waits for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from governance.permissions.engine.pacing import breathing
from governance.permissions.engine.pages import Paged

_MOST_CHANGED = 5_000
"""Ends that changed since all were made; beyond, all are made anew."""

_Named = Sequence[tuple[str, int]]


class ShortNames:
    """See the module. They hold for every index with the same `names`, and never change."""

    __slots__ = ("_all", "_changed", "names")

    def __init__(
        self,
        names: Mapping[str, int],
        every: Mapping[str, _Named] | None = None,
        changed: Mapping[str, _Named] | None = None,
    ) -> None:
        self.names = names
        self._all = _by_end(names) if every is None else every
        self._changed = changed or {}

    def meant(self, name: str) -> list[int]:
        """The ids of what a name may mean, in the order of names: those that end with it."""
        end, ends = _last(name), (f".{name}", f"/{name}")
        named = self._changed.get(end)
        if named is None:
            named = self._all.get(end, ())
        return list(dict.fromkeys(pk for known, pk in sorted(named) if known.endswith(ends)))

    def after(self, names: Mapping[str, int]) -> ShortNames:
        """Those of another index: of one that follows only what differs is read."""
        if names is self.names:
            return self
        if not (isinstance(names, Paged) and isinstance(self.names, Paged)):
            return ShortNames(names)
        pages = zip(self.names.pages, names.pages, strict=True)
        differing = [(former, page) for former, page in pages if former is not page]
        if len(differing) * 2 > len(names.pages):
            return ShortNames(names)
        changed = dict(self._changed)
        for former, page in differing:
            gone, new = former.items() - page.items(), page.items() - former.items()
            for end in {_last(name) for name, _ in gone | new}:
                held = changed.get(end, self._all.get(end, ()))
                stay = [one for one in held if one not in gone]
                changed[end] = [*stay, *(one for one in new if _last(one[0]) == end)]
        if len(changed) > _MOST_CHANGED:
            return ShortNames(names)
        return ShortNames(names, self._all, changed)


def _by_end(names: Mapping[str, int]) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for name, pk in breathing(names.items()):
        found.setdefault(_last(name), []).append((name, pk))
    return found


def _last(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[2]
