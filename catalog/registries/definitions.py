"""Where upper packages say whose definitions name data that a principal may not know of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Set

from catalog.registries.registry import Registry
from catalog.types import Principal

# Of some datasets, by id, those whose definition is known to read visible data alone.
Readers = Callable[[Principal, Collection[int]], Set[int]]

definition_readers: Registry[Readers] = Registry("reader of definitions")
