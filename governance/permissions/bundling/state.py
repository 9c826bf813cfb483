"""What a client has of the service: an index, and what the next one is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from pyroaring import BitMap

from governance.permissions.bundling.documents import Counts
from governance.permissions.bundling.on_demand import Data, People
from governance.permissions.bundling.sealing import BundleRefused
from governance.permissions.engine import Index
from governance.permissions.engine.coverage import Variant

UNREADABLE = (msgspec.DecodeError, LookupError, TypeError, ValueError, RecursionError)
"""What a body raises that was made by nobody who knows the format."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """An index with what the next one is made from.

    `people_bits` and `data_bits` are, by name, the opt-outs that concern everybody who is let in,
    and those on data; see `bundling.named`. `places` are the slots by rule and variant, `data`
    columns and times of data, `open` what may be served for longer, `systems` those whose data is
    listed (all where empty).
    """

    index: Index
    counts: Counts
    systems: frozenset[str]
    places: Mapping[tuple[str, Variant], int]
    people: People
    data: Data
    open: BitMap
    next_dataset: int
    next_signature: int
    people_bits: Mapping[str, int]
    data_bits: Mapping[str, int]

    def lists(self, system: str) -> bool:
        """Whether data of a system would be here if the service listed it."""
        return not self.systems or system in self.systems

    def checked(self) -> Unpacked:
        """The same. Raises BundleRefused where it is not as much as was announced."""
        parts = self.index.parts
        found = Counts(
            len(parts.persons), len(parts.by_name), len(parts.rules), len(parts.exceptions)
        )
        if found != self.counts:
            raise BundleRefused(f"The bundle announces {self.counts} and holds {found}.")
        return self
