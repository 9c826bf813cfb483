"""Current edges whose both ends may be seen, for answers about many datasets at once."""

from __future__ import annotations

from django.db.models import QuerySet

from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from lineage.models import ColumnEdge, DatasetEdge
from lineage.selectors.definitions import shown_expression


def dataset_edges(principal: Principal) -> QuerySet[DatasetEdge]:
    """Edges between visible datasets."""
    visible = visible_datasets(principal)
    return DatasetEdge.objects.filter(source__in=visible, target__in=visible)


def column_edges_between_visible(principal: Principal) -> QuerySet[ColumnEdge]:
    """Column edges between visible datasets, with the `expression` that is shown of them."""
    visible = visible_datasets(principal)
    edges = ColumnEdge.objects.filter(source__in=visible, target__in=visible)
    return edges.annotate(expression=shown_expression(principal))
