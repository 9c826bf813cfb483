"""What is promised of a dataset: its own declaration, or the weaker one of what it is made from."""

from __future__ import annotations

from catalog.models import Dataset
from catalog.promises import Promise, weakest
from catalog.registries.promises import promise_sources
from catalog.types import DatasetKind, Principal

# These hold no data of their own: they show what they are made from, as it is at that moment.
COMPUTED = frozenset(
    {
        DatasetKind.METRIC.value,
        DatasetKind.DASHBOARD.value,
        DatasetKind.VIEW.value,
        DatasetKind.APPLICATION.value,
        DatasetKind.NOTEBOOK.value,
    }
)


def own_promise(dataset: Dataset) -> Promise:
    """What people declared of this dataset alone."""
    return Promise(dataset.consistency, dataset.expected_latency, dataset.finality_lag)


def promise_of(principal: Principal, dataset: Dataset) -> Promise:
    """What holds of it. A metric, dashboard or view is no more right, final or fresh than what it
    is made from, as far as the principal may see that; two queries, none for what holds data."""
    own = own_promise(dataset)
    if dataset.kind not in COMPUTED:
        return own
    return weakest(
        own, [found for sources in promise_sources for found in sources(principal, dataset)]
    )
