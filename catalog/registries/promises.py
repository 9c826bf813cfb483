"""Where upper packages add what else bears on a dataset's promise: what it is made from (R-064)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from catalog.promises import Promise
from catalog.registries.registry import Registry
from catalog.types import Principal

if TYPE_CHECKING:
    from catalog.models import Dataset

# What a dataset is made from as far as the principal may see it: names with their promises.
Sources = Callable[[Principal, "Dataset"], list[tuple[str, Promise]]]

promise_sources: Registry[Sources] = Registry("source of promises")
