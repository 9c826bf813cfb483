"""What the datasets promise that another is made from."""

from __future__ import annotations

from django.db.models import Q

from catalog.models import Dataset
from catalog.promises import Promise
from catalog.types import Principal
from lineage.selectors.answers import Direction
from lineage.selectors.walking import id_list, walk_datasets

MOST_SOURCES = 200


def promises_upstream(principal: Principal, dataset: Dataset) -> list[tuple[str, Promise]]:
    """The names and promises of everything upstream that says one and that the principal may see;
    of the nearest 1,000 datasets, two queries."""
    walk = walk_datasets(principal, [dataset.pk], Direction.UP)
    found = Dataset.objects.filter(pk__in=id_list(walk.levels)).exclude(pk=dataset.pk)
    promising = found.filter(
        ~Q(consistency="") | ~Q(expected_latency="") | ~Q(finality_lag="")
    ).order_by("qualified_name")
    return [
        (name, Promise(consistency, latency, lag))
        for name, consistency, latency, lag in promising.values_list(
            "qualified_name", "consistency", "expected_latency", "finality_lag"
        )[:MOST_SOURCES]
    ]
