"""What a question rarely needs, made when it is needed: people, datasets, bitmaps behind lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from pyroaring import BitMap

from governance.permissions.bundling.documents import PeopleDocument
from governance.permissions.engine import Dataset, Person, Rule
from governance.permissions.engine.coverage import Variant
from governance.permissions.engine.pages import Paged
from governance.permissions.engine.parts import Signature
from governance.permissions.engine.slots import Slot

_NONE: frozenset[str] = frozenset()


class People(Mapping[int, Person]):
    """Everybody by id; each is made when they are asked for."""

    def __init__(self, document: PeopleDocument) -> None:
        self._document = document
        self._places = dict(zip(document.ids, range(len(document.ids)), strict=True))
        self._inactive = frozenset(document.inactive)
        self._made: dict[int, Person] = {}
        self._gone: frozenset[int] = frozenset()

    def changed(self, made: Mapping[int, Person], gone: frozenset[int]) -> People:
        """With some replaced, added or gone."""
        found = object.__new__(People)
        found._document, found._places = self._document, self._places
        found._inactive = self._inactive
        found._gone = (self._gone - made.keys()) | gone
        found._made = {pk: one for pk, one in {**self._made, **made}.items() if pk not in gone}
        return found

    def __getitem__(self, pk: int) -> Person:
        found = self._made.get(pk)
        if found is None:
            if pk in self._gone:
                raise KeyError(pk)
            found = self._made[pk] = self._person(self._places[pk], pk)
        return found

    def __iter__(self) -> Iterator[int]:
        return iter((self._places.keys() | self._made.keys()) - self._gone)

    def __len__(self) -> int:
        return len((self._places.keys() | self._made.keys()) - self._gone)

    def _person(self, place: int, pk: int) -> Person:
        document = self._document
        name = document.names[place]
        attributes = {
            attribute: values[places[place]]
            for attribute, (values, places) in document.attributes.items()
        }
        attributes.setdefault("username", name)
        groups = frozenset(document.groups[group] for group in document.memberships[place])
        return Person(pk, name, groups, named(attributes, name), pk not in self._inactive)


def named(attributes: dict[str, str], name: str) -> dict[str, str]:
    """Attributes with the user name among them."""
    return {**attributes, "username": attributes.get("username") or name}


class Data(Mapping[int, Dataset]):
    """What is known of listed data, by number: names, and what rules on columns and ages ask."""

    def __init__(
        self,
        names: Sequence[str],
        columns: Mapping[int, Sequence[str]],
        modified: Mapping[int, float],
        changed: Mapping[int, Dataset | None] | None = None,
    ) -> None:
        self.names = names
        self._columns = columns
        self._modified = modified
        self._changed = changed or {}

    def changed(self, changed: Mapping[int, Dataset | None]) -> Data:
        """With some replaced, added or (None) gone."""
        return Data(self.names, self._columns, self._modified, {**self._changed, **changed})

    def __getitem__(self, pk: int) -> Dataset:
        if pk in self._changed:
            found = self._changed[pk]
            if found is None:
                raise KeyError(pk)
            return found
        if not 0 <= pk < len(self.names):
            raise KeyError(pk)
        return dataset_of(pk, self.names[pk], self._columns.get(pk), self._modified.get(pk))

    def __iter__(self) -> Iterator[int]:
        yield from (pk for pk in range(len(self.names)) if pk not in self._changed)
        yield from (pk for pk, one in self._changed.items() if one is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def dataset_of(
    pk: int, name: str, columns: Sequence[str] | None, modified: float | None
) -> Dataset:
    """What is known here of a dataset."""
    return Dataset(pk, name, modified_at=modified, columns=dict.fromkeys(columns or (), _NONE))


class Reaches:
    """What each slot covers, found from what covers each dataset when lists are first asked for."""

    def __init__(self, signatures: Paged[int, Signature]) -> None:
        self._signatures = signatures

    @cached_property
    def _held(self) -> Mapping[int, tuple[BitMap, BitMap]]:
        members: dict[int, list[int]] = {}
        known: dict[int, Signature] = {}
        for page in self._signatures.pages:
            for pk, signature in page.items():
                members.setdefault(id(signature), []).append(pk)
                known[id(signature)] = signature
        whole: dict[int, list[BitMap]] = {}
        touched: dict[int, list[BitMap]] = {}
        for key, ids in members.items():
            bitmap, signature = BitMap(ids), known[key]
            for place in places_in(signature.whole):
                whole.setdefault(place, []).append(bitmap)
            for place in places_in(signature.any):
                touched.setdefault(place, []).append(bitmap)
        return {
            place: (BitMap.union(*whole.get(place, [BitMap()])), BitMap.union(*found))
            for place, found in touched.items()
        }

    def of(self, place: int) -> tuple[BitMap, BitMap]:
        """What a slot covers whole, and at least in part."""
        found = self._held.get(place)
        return (BitMap(), BitMap()) if found is None else found


def places_in(bits: int) -> Iterator[int]:
    """The places of a set of bits, the lowest first."""
    while bits:
        low = bits & -bits
        yield low.bit_length() - 1
        bits ^= low


class UnpackedSlot(Slot):
    """A slot whose bitmaps are made when they are asked for."""

    __slots__ = ("_place", "_reaches")
    _place: int
    _reaches: Reaches

    def __init__(self, rule: Rule, variant: Variant, place: int, reaches: Reaches) -> None:
        for name, value in (
            ("rule", rule), ("variant", variant), ("_place", place), ("_reaches", reaches)
        ):  # fmt: skip
            object.__setattr__(self, name, value)

    @property
    def whole(self) -> BitMap:
        """See `Slot`."""
        return self._reaches.of(self._place)[0]

    @property
    def touched(self) -> BitMap:
        """See `Slot`."""
        return self._reaches.of(self._place)[1]
