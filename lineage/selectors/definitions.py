"""Which texts read only what a principal may see, by the edges that were read from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Replace

from catalog.selectors.datasets import visible_datasets
from catalog.selectors.definitions import sees_everything
from catalog.selectors.history import history_model, rows_as_of
from catalog.types import Principal
from lineage.models import DatasetEdge, Statement
from lineage.selectors.walking import id_list
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


def shown_expression(principal: Principal) -> Combinable:
    """The expression of a column edge, for a query on edges: empty where the statement reads what
    is hidden from the principal, since the expression is a part of its text and may name that.
    What a person wrote beside an edge of their own is about this edge alone."""
    if sees_everything(principal):
        return F("transformation")
    edges = DatasetEdge.objects.filter(statement=OuterRef("statement"))
    hidden = Exists(edges.exclude(source__in=visible_datasets(principal).values("pk")))
    return Case(
        When(hidden & ~Q(statement__kind=Statement.Kind.MANUAL), then=Value("")),
        default=F("transformation"),
        output_field=TextField(),
    )


def without_hidden_expressions(
    principal: Principal, edges: list[dict[str, Any]], at: dt.datetime
) -> list[dict[str, Any]]:
    """The same for column edges as they were at an instant: what their statements read then."""
    if sees_everything(principal) or not edges:
        return edges
    targets = {edge["target_id"] for edge in edges}
    then = rows_as_of(history_model(DatasetEdge).objects.filter(target__in=id_list(targets)), at)
    sources = {row["source_id"] for row in then}
    seen = visible_datasets(principal).filter(pk__in=id_list(sources)).order_by()
    hidden = {row["statement_id"] for row in then} - {
        *Statement.objects.filter(
            kind=Statement.Kind.MANUAL, dataset__in=id_list(targets)
        ).values_list("pk", flat=True)
    }
    visible = set(seen.values_list("pk", flat=True))
    hidden &= {row["statement_id"] for row in then if row["source_id"] not in visible}
    return [
        edge | {"transformation": ""} if edge["statement_id"] in hidden else edge for edge in edges
    ]
