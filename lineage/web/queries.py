"""The queries tab of a dataset, and the page of one query."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from catalog.dates import exact_day
from catalog.pictures.charts import Point, line_chart
from catalog.web.datasets.frame import frame_of
from catalog.web.middleware import principal_from
from lineage.selectors.queries import (
    DAYS_SHOWN,
    column_use,
    datasets_of_query,
    frequent_filters,
    frequent_joins,
    queries_of,
    query_shown,
    runs_by_day,
    runs_without_a_day,
    shown_queries,
)
from lineage.types import StatementStatus
from lineage.web.wording import STATUS

QUERIES_ON_A_PAGE = 10
COLUMNS_SHOWN = 20
DATASETS_SHOWN = 100


@require_GET
def queries(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/datasets/<id>/queries/`: what ran on it, by whom; columns, joins and filters in use."""
    frame = frame_of(request, dataset_id)
    principal = frame.principal
    paginator = Paginator(queries_of(principal, dataset_id), QUERIES_ON_A_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    days = runs_by_day(principal, dataset_id)
    points = [Point(exact_day(day.day), float(day.runs), f"{day.runs:,} runs") for day in days]
    columns = column_use(principal, dataset_id)
    context = {
        **frame.context,
        "page": page,
        "queries": shown_queries(principal, list(page.object_list), dataset_id),
        "status_words": STATUS,
        "unread": {StatementStatus.DEGRADED, StatementStatus.UNPARSED},
        "days": DAYS_SHOWN,
        "runs": sum(day.runs for day in days),
        "undated": runs_without_a_day(principal, dataset_id),
        "chart": line_chart(f"Runs per day in the last {DAYS_SHOWN} days", points, width=720)
        if any(day.runs for day in days)
        else None,
        "columns": columns[:COLUMNS_SHOWN],
        "hidden_columns": max(0, len(columns) - COLUMNS_SHOWN),
        "joins": frequent_joins(principal, dataset_id),
        "filters": frequent_filters(principal, dataset_id),
    }
    return render(request, "lineage/queries.html", context)


@require_GET
def query(request: HttpRequest, query_id: int) -> HttpResponse:
    """`/queries/<id>/`: one query, what it reads and writes, and who ran it."""
    principal = principal_from(request)
    context = {
        "query": query_shown(principal, query_id),
        "tables": datasets_of_query(principal, query_id)[:DATASETS_SHOWN],
    }
    return render(request, "lineage/query.html", context)
