"""Where upper packages add what else tells that a dataset is used: what is made from it (R-057)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

from catalog.registries.registry import Registry
from catalog.types import Principal

if TYPE_CHECKING:
    from catalog.models import Dataset

# Whether something that the principal may see uses a dataset, or has used it since an instant.
Used = Callable[[Principal, "Dataset", dt.datetime], bool]

other_uses: Registry[Used] = Registry("sign of use")
