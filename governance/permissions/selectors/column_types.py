"""The types of columns as their systems write them, for doors that are not told by the engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from catalog.models import Column
from catalog.names import lookup_key


def column_types(datasets: Iterable[int]) -> Mapping[int, Mapping[str, str]]:
    """Types by path in lower case, for each of some datasets; columns without one are left out."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = Column.objects.filter(dataset__in=list(datasets), disappeared_at__isnull=True)
    for pk, path, kind in rows.values_list("dataset_id", "path", "physical_type"):
        if kind:
            found[pk][lookup_key(path)] = kind
    return found
