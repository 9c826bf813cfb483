"""Current edges whose both ends may be seen, for answers about many datasets at once."""

from __future__ import annotations

from django.db.models import QuerySet

from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from lineage.models import ColumnEdge, DatasetEdge


def dataset_edges(principal: Principal) -> QuerySet[DatasetEdge]:
    """Edges between visible datasets."""
    visible = visible_datasets(principal)
    return DatasetEdge.objects.filter(source__in=visible, target__in=visible)


def column_edges_between_visible(principal: Principal) -> QuerySet[ColumnEdge]:
    """Column edges between visible datasets."""
    visible = visible_datasets(principal)
    return ColumnEdge.objects.filter(source__in=visible, target__in=visible)
