"""Consumers of the event log: search, lineage, and whatever upper packages add."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalog.registries.registry import Registry

if TYPE_CHECKING:
    from catalog.models import Event


@dataclass(frozen=True, slots=True)
class Consumer:
    """`digest` handles a batch in order and must be idempotent; an exception means "try again".

    `batch_size` events at most are given at once; after repeated failure of a batch they are
    given one by one, and the one that keeps failing is parked.
    """

    name: str
    digest: Callable[[Sequence[Event]], None]
    batch_size: int = 500


consumers: Registry[Consumer] = Registry("event consumer")
