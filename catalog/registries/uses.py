"""Where upper packages add what else tells that something is used: what is made from a dataset
(R-057), what rests on a record that somebody would delete."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

from catalog.registries.registry import Registry
from catalog.types import Principal

if TYPE_CHECKING:
    from django.db.models import Model

    from catalog.models import Dataset

# Whether something that the principal may see uses a dataset, or has used it since an instant.
Used = Callable[[Principal, "Dataset", dt.datetime], bool]

other_uses: Registry[Used] = Registry("sign of use")

# What would no longer hold without a record, said after "cannot be deleted:"; empty for nothing.
RestsOn = Callable[["Model"], str]

resting: Registry[RestsOn] = Registry("reason to keep a record")
