"""What upper packages add to a dataset's state "as of", such as the lineage edges it had."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.registries.registry import Registry
from catalog.types import Principal


@dataclass(frozen=True, slots=True)
class Companion:
    """`as_of(principal, dataset_id, instant)` returns plain rows in a stable order."""

    name: str
    as_of: Callable[[Principal, int, dt.datetime], Sequence[dict[str, Any]]]


companions: Registry[Companion] = Registry("history companion")
