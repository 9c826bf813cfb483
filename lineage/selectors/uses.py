"""Whether a dataset is used, as lineage and the queries that ran tell it."""

from __future__ import annotations

import datetime as dt

from catalog.models import Dataset
from catalog.selectors.datasets import visible_datasets
from catalog.types import DatasetKind, Principal
from lineage.models import DatasetEdge, QueryTable

_SHOWING = (DatasetKind.DASHBOARD, DatasetKind.METRIC, DatasetKind.APPLICATION)


def is_used(principal: Principal, dataset: Dataset, since: dt.datetime) -> bool:
    """Whether a dashboard, metric or application that the principal may see is made from it, or a
    query has read it since then. A log that counts runs without their days tells the last one."""
    showing = visible_datasets(principal).filter(kind__in=_SHOWING, disappeared_at__isnull=True)
    if DatasetEdge.objects.filter(source=dataset, target__in=showing).exists():
        return True
    read = QueryTable.objects.filter(dataset=dataset, is_read=True)
    return read.filter(query__last_run_at__gte=since).exists()
