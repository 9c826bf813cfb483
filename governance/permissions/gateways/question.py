"""One question at a door as the engine understands it, whatever protocol it came by.

Data that the catalog does not list is decided from its name and system alone, and what is known
for too long closes by its class.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence

from governance.permissions.engine import Dataset, Decision, World, compile_index
from governance.permissions.engine.coverage import coverage
from governance.permissions.gateways.keeping import Standing
from governance.permissions.trial.shadowing import shadows
from governance.permissions.types import DataAction

STALE = "stale"
FEW = 20
"""Up to so many unlisted datasets are decided one by one, more of them together."""


class Asker:
    """Who asks, what for and from where; `person` is None where nobody is known by that name.

    `index` is what answers rest on. `floor` says why everything is denied, whatever is asked; it is
    empty where it is not. Where it `is_stale`, only data marked as open may be decided about.
    """

    __slots__ = (
        "_known", "at", "environment", "floor", "index", "is_stale", "person", "purpose",
        "standing", "username",
    )  # fmt: skip

    def __init__(
        self,
        standing: Standing,
        person: int | None,
        username: str,
        purpose: str | None,
        environment: str | None,
        at: float,
    ) -> None:
        self.standing = standing
        self.person = person
        self.username = username
        self.purpose = purpose
        self.environment = environment
        self.at = at
        self.index = index = standing.index
        is_known = person in index.parts.masks
        self.floor = "" if is_known else index.decide(person, DataAction.READ, -1).code
        self.is_stale = time.monotonic() - standing.looked_at > standing.stale_seconds
        self._known: dict[str, int | None] = {}

    def pk_of(self, name: str) -> int | None:
        """The id of a dataset by its name in lower case, if it is listed: looked up once."""
        known = self._known
        if name in known:
            return known[name]
        pk: int | None = self.index.parts.by_name.get(name)
        known[name] = pk
        return pk

    @property
    def is_administrator(self) -> bool:
        """Whether they administer Concord."""
        return self.person in self.standing.registered.administrators

    @property
    def sees_every_name(self) -> bool:
        """Whether no opt-out hides any name from anybody, and nothing else does."""
        if self.floor or self.is_stale:
            return False
        return not self.index.confidential

    def decide(
        self, action: str, name: str, system: str, columns: Sequence[str] | None = None
    ) -> Decision:
        """The engine's decision about a dataset by its name in lower case."""
        index = self.index
        pk = self.pk_of(name)
        if self.is_stale and not self._is_open(pk):
            return Decision(False, STALE, index.version)
        if pk is not None:
            purpose, environment, at = self.purpose, self.environment, self.at
            if shadows.watching:
                asked = (action, pk, columns, purpose, environment, at)
                shadows.note("gateway", self.person, *asked)
            return index.decide(self.person, action, pk, columns, purpose, environment, at)
        return index.decide_unlisted(
            self.person, action, _unlisted(0, name, system), columns, self.purpose,
            self.environment, self.at,
        )  # fmt: skip

    def sees(self, name: str, system: str) -> bool:
        """Whether they may know that there is such a dataset."""
        if self.floor:
            return False
        index = self.index
        pk = index.parts.by_name.get(name)
        if self.is_stale and not self._is_open(pk):
            return False
        if pk is not None:
            return index.see(self.person, pk, self.at).allowed
        if not index.may_hide(self.person):
            return True
        return index.see_unlisted(self.person, _unlisted(0, name, system), self.at).allowed

    def may_hide(self) -> bool:
        """Whether there is any dataset that could be hidden from them: asked first, as for most
        people there is none."""
        return self.is_stale or self.index.may_hide(self.person)

    def seen(self, names: Sequence[tuple[str, str]]) -> list[int]:
        """The places of those of many names (each with its system) that they may know of."""
        index = self.index
        if self.floor:
            return []
        if self.is_stale:
            return [place for place, one in enumerate(names) if self.sees(*one)]
        if self.sees_every_name:
            return list(range(len(names)))
        hidden = index.hidden(self.person, self.at)
        by_name = index.parts.by_name
        found: list[int] = []
        unlisted: list[int] = []
        for place, (name, _) in enumerate(names):
            pk = by_name.get(name)
            if pk is None:
                unlisted.append(place)
            elif pk not in hidden:
                found.append(place)
        if len(unlisted) <= FEW:
            found += [place for place in unlisted if self.sees(*names[place])]
        elif unlisted:
            gone = self._hidden_unlisted({place: names[place] for place in unlisted})
            found += [place for place in unlisted if place not in gone]
        return sorted(found)

    def is_concerned(self) -> bool:
        """Whether any opt-out concerns them now, whatever it is about, listed or not."""
        index, person = self.index, self.person
        if person is None or self.is_stale:
            return True
        purpose, environment = self.purpose, self.environment
        return any(
            index.concerns(person, action, purpose, environment, self.at) for action in DataAction
        )

    def touches_anybody(self, name: str, system: str) -> bool:
        """Whether an opt-out covers any of a dataset, whomever it concerns and when."""
        parts = self.index.parts
        pk = parts.by_name.get(name)
        if pk is not None:
            signature = parts.signatures[pk]
            return bool(signature.any or signature.by_name)
        dataset = _unlisted(0, name, system)
        return any(coverage(rule, dataset) is not None for rule in parts.rules.values())

    def within(self, prefix: str) -> list[int]:
        """The datasets whose names begin so."""
        by_name = self.index.parts.by_name
        return [pk for name, pk in by_name.items() if name.startswith(prefix)]

    def _hidden_unlisted(self, names: Mapping[int, tuple[str, str]]) -> Iterable[int]:
        """The places of names that a confidential opt-out hides; compiled for them together."""
        parts = self.index.parts
        assert self.person is not None
        datasets = {name: _unlisted(place, name, system) for place, (name, system) in names.items()}
        world = World(
            version=parts.version,
            people=(parts.persons[self.person],),
            datasets=tuple(datasets.values()),
            rules=self.index.confidential,
            exceptions=tuple(parts.exceptions.values()),
            floors=parts.floors,
        )
        hidden = compile_index(world, clock=lambda: self.at).hidden(self.person, self.at)
        gone = {name for name, one in datasets.items() if one.id in hidden}
        return frozenset(place for place, (name, _) in names.items() if name in gone)

    def _is_open(self, pk: int | None) -> bool:
        """Whether data is marked as what may be served for longer, and as nothing stricter."""
        record = self.index.parts.records.get(pk) if pk is not None else None
        if record is None:
            return False
        labels = record.labels.union(*record.columns.values())
        registered = self.standing.registered
        return not registered.open_labels.isdisjoint(
            labels
        ) and registered.closed_labels.isdisjoint(labels)


def _unlisted(number: int, name: str, system: str) -> Dataset:
    return Dataset(id=number, name=name, kind="table", system=system)
