"""Which texts read only what a principal may see, by the edges that were read from them."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Replace

from catalog.selectors.datasets import visible_datasets
from catalog.selectors.definitions import sees_everything
from catalog.types import Principal
from lineage.models import DatasetEdge, Statement
from lineage.types import StatementStatus

DEFINITIONS = (Statement.Kind.VIEW, Statement.Kind.MODEL)


def readable_statements(principal: Principal) -> QuerySet[Statement]:
    """Statements whose text the principal may read: all that it reads is visible. One of which
    nothing was understood may name anything."""
    if sees_everything(principal):
        return Statement.objects.all()
    edges = DatasetEdge.objects.filter(statement=OuterRef("pk"))
    hidden = edges.exclude(source__in=visible_datasets(principal).values("pk"))
    parsed = Statement.objects.filter(status=StatementStatus.PARSED.value)
    partly = Statement.objects.filter(Exists(edges)).exclude(status=StatementStatus.UNPARSED.value)
    return (parsed | partly).filter(~Exists(hidden))


def readable_definitions(principal: Principal, dataset_ids: Collection[int]) -> set[int]:
    """Of some datasets those whose definition, as it is now, was read and names visible data
    alone; one query."""
    lines = Replace(F("dataset__definition_sql"), Value("\r\n"), Value("\n"))
    found = readable_statements(principal).filter(
        dataset__in=dataset_ids,
        kind__in=DEFINITIONS,
        sql=Replace(lines, Value("\r"), Value("\n")),
    )
    return set(found.values_list("dataset_id", flat=True))
