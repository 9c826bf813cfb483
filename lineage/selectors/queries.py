"""Queries that ran on a dataset: which, how often, by whom; columns, joins and filters of use.

A query is shown to whoever may see every dataset it touches, for its text names them all; what
is counted is counted over those queries alone (law 4). Its literals, where they are kept, are
data: they are shown to whoever may read every dataset it touches.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.access import Action, gate, require
from catalog.errors import NotFound
from catalog.models import Column, Dataset, Person
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from lineage.models import Query, QueryDay, QueryFilter, QueryJoin, QueryRunner, QueryTable
from lineage.selectors.answers import Runner

MOST_RUNNERS = 5
MOST_LISTED = 20
DAYS_SHOWN = 90
_UNNEST = """
    SELECT used.id, sum(q.runs)::bigint, sum(q.runs) FILTER (WHERE used.id = ANY(t.filtered)),
        sum(q.runs) FILTER (WHERE used.id = ANY(t.joined)),
        sum(q.runs) FILTER (WHERE used.id = ANY(t.grouped))
    FROM lineage_querytable t JOIN lineage_query q ON q.id = t.query_id
    CROSS JOIN LATERAL unnest(t.columns) AS used (id)
"""


@dataclass(frozen=True, slots=True)
class QueryShown:
    """A query with what a list tells of it. `text` holds literals only where `has_literals`.

    `is_read` and `is_written` tell of the dataset asked for. Durations are milliseconds.
    """

    id: int
    text: str
    has_literals: bool
    dialect: str
    system: str
    connection: str
    statement_type: str
    status: str
    reason: str
    is_read: bool
    is_written: bool
    runs: int
    errors: int
    rows: int
    size_bytes: int
    total_ms: float
    max_ms: float
    first_run_at: dt.datetime | None
    last_run_at: dt.datetime | None
    runners: tuple[Runner, ...]

    @property
    def mean_ms(self) -> float:
        """What a run took on the average."""
        return self.total_ms / self.runs if self.runs else 0.0


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """How often queries that use a column ran, and in how many of those runs for what."""

    column_id: int
    path: str
    runs: int
    filtered: int
    joined: int
    grouped: int


@dataclass(frozen=True, slots=True)
class JoinUse:
    """A column of the dataset that queries join with a column of another."""

    column: str
    other_id: int
    other: str
    other_column: str
    queries: int
    runs: int


@dataclass(frozen=True, slots=True)
class FilterUse:
    """A condition that queries put on a column."""

    column: str
    condition: str
    queries: int
    runs: int


@dataclass(frozen=True, slots=True)
class DayOfRuns:
    """Runs on one day."""

    day: dt.date
    runs: int
    errors: int


def visible_queries(principal: Principal) -> QuerySet[Query]:
    """Queries that touch at least one dataset, none of which is hidden from the principal."""
    return _allowed(principal, Action.SEE)


def _allowed(principal: Principal, action: Action) -> QuerySet[Query]:
    allowed = gate().scope(principal, action, Dataset.objects.all())
    touched = QueryTable.objects.filter(query=OuterRef("pk"))
    return Query.objects.filter(
        Exists(touched), ~Exists(touched.exclude(dataset__in=allowed.values("pk")))
    )


def queries_of(principal: Principal, dataset_id: int) -> QuerySet[Query]:
    """The visible queries on a visible dataset that still have a text, most often run first.

    Raises NotFound for a dataset that may not be seen.
    """
    _check(principal, dataset_id)
    use = QueryTable.objects.filter(dataset=dataset_id)
    return (
        visible_queries(principal)
        .filter(pk__in=use.values("query_id"))
        .exclude(text="")
        .select_related("system", "connection")
        .order_by("-runs", "pk")
    )


def shown_queries(principal: Principal, rows: Iterable[Query], dataset_id: int) -> list[QueryShown]:
    """Queries of `queries_of` with who ran them, in a fixed number of database queries."""
    rows = list(rows)
    ids = [row.pk for row in rows]
    uses = {
        use.query_id: use for use in QueryTable.objects.filter(query__in=ids, dataset=dataset_id)
    }
    readable = set(
        _allowed(principal, Action.READ)
        .filter(pk__in=[row.pk for row in rows if row.sample])
        .values_list("pk", flat=True)
    )
    runners = runners_of(ids)
    return [_shown(row, uses.get(row.pk), row.pk in readable, runners[row.pk]) for row in rows]


def query_shown(principal: Principal, query_id: int) -> QueryShown:
    """One visible query; raises NotFound alike for what does not exist and is not shown."""
    require(principal, Action.SEE)
    row = (
        visible_queries(principal)
        .select_related("system", "connection")
        .filter(pk=query_id)
        .exclude(text="")
        .first()
    )
    if row is None:
        raise NotFound("There is no such query.")
    readable = bool(row.sample) and _allowed(principal, Action.READ).filter(pk=query_id).exists()
    return _shown(row, None, readable, runners_of([query_id], most=MOST_LISTED)[query_id])


def datasets_of_query(principal: Principal, query_id: int) -> QuerySet[QueryTable]:
    """What a visible query reads and writes."""
    return (
        QueryTable.objects.filter(query=query_id, query__in=visible_queries(principal))
        .select_related("dataset")
        .order_by("-is_written", "dataset__qualified_name")
    )


def runners_of(query_ids: Iterable[int], most: int = MOST_RUNNERS) -> dict[int, tuple[Runner, ...]]:
    """Who ran these queries, the most frequent first; one person has one entry.

    The caller knows that the queries may be seen.
    """
    ids = list(query_ids)
    rows = (
        QueryRunner.objects.filter(query__in=ids)
        .select_related("user__person")
        .order_by("query_id", "-runs", "pk")
    )
    sums: dict[int, dict[tuple[int | None, str], Runner]] = {pk: {} for pk in ids}
    for row in rows:
        person = row.user.person
        key = (person.pk, "") if person is not None else (None, row.user.name)
        before = sums[row.query_id].get(key)
        last = [moment for moment in (row.last_run_at, before and before.last_run_at) if moment]
        sums[row.query_id][key] = Runner(
            name=_name(person) or row.user.name,
            username=person.username if person is not None else "",
            runs=row.runs + (before.runs if before else 0),
            last_run_at=max(last) if last else None,
        )
    return {
        pk: tuple(sorted(found.values(), key=lambda runner: (-runner.runs, runner.name))[:most])
        for pk, found in sums.items()
    }


def column_use(principal: Principal, dataset_id: int) -> list[ColumnUse]:
    """The columns of a dataset that queries use, the most used first."""
    _check(principal, dataset_id)
    names = dict(Column.objects.filter(dataset=dataset_id).values_list("pk", "path"))
    seen, parameters = visible_queries(principal).values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"{_UNNEST} WHERE t.dataset_id = %s AND q.id IN ({seen}) GROUP BY 1",
            [dataset_id, *parameters],
        )
        rows = cursor.fetchall()
    found = [
        ColumnUse(pk, names[pk], runs, int(filtered or 0), int(joined or 0), int(grouped or 0))
        for pk, runs, filtered, joined, grouped in rows
        if pk in names
    ]
    return sorted(found, key=lambda use: (-use.runs, use.path))


def frequent_joins(principal: Principal, dataset_id: int, most: int = MOST_LISTED) -> list[JoinUse]:
    """Which columns of other visible datasets its columns are joined with, most runs first."""
    _check(principal, dataset_id)
    rows = (
        QueryJoin.objects.filter(
            Q(left=dataset_id) | Q(right=dataset_id), query__in=visible_queries(principal)
        )
        .values(
            "left_id", "left__name", "left_column__path", "right_id", "right__name",
            "right_column__path",
        )
        .annotate(total=Sum("query__runs"), times=Count("query"))
        .order_by("-total", "left_column", "right_column")[:most]
    )  # fmt: skip
    return [_join(row, dataset_id) for row in rows]


def _join(row: Mapping[str, Any], dataset_id: int) -> JoinUse:
    own, other = ("left", "right") if row["left_id"] == dataset_id else ("right", "left")
    return JoinUse(
        column=row[f"{own}_column__path"],
        other_id=row[f"{other}_id"],
        other=row[f"{other}__name"],
        other_column=row[f"{other}_column__path"],
        queries=row["times"],
        runs=row["total"],
    )


def frequent_filters(
    principal: Principal, dataset_id: int, most: int = MOST_LISTED
) -> list[FilterUse]:
    """The conditions that queries put on its columns, most runs first."""
    _check(principal, dataset_id)
    rows = (
        QueryFilter.objects.filter(dataset=dataset_id, query__in=visible_queries(principal))
        .values("column__path", "condition")
        .annotate(total=Sum("query__runs"), times=Count("query"))
        .order_by("-total", "column__path", "condition")[:most]
    )
    return [
        FilterUse(row["column__path"], row["condition"], row["times"], row["total"]) for row in rows
    ]


def runs_by_day(principal: Principal, dataset_id: int, days: int = DAYS_SHOWN) -> list[DayOfRuns]:
    """Runs of visible queries on a dataset, every day of the last `days`, oldest first."""
    _check(principal, dataset_id)
    today = timezone.now().astimezone(dt.UTC).date()
    rows = (
        QueryDay.objects.filter(
            query__tables__dataset=dataset_id,
            query__in=visible_queries(principal),
            day__gt=today - dt.timedelta(days=days),
        )
        .order_by()
        .values("day")
        .annotate(total=Sum("runs"), failed=Coalesce(Sum("errors"), 0))
    )
    found = {row["day"]: (row["total"], row["failed"]) for row in rows}
    every = [today - dt.timedelta(days=back) for back in range(days - 1, -1, -1)]
    return [DayOfRuns(day, *found.get(day, (0, 0))) for day in every]


def runs_without_a_day(principal: Principal, dataset_id: int) -> int:
    """Runs of visible queries on a dataset that a log counted without telling their days; 0 where
    the days of some are known."""
    _check(principal, dataset_id)
    found = visible_queries(principal).filter(tables__dataset=dataset_id)
    if QueryDay.objects.filter(query__in=found.values("pk")).exists():
        return 0
    return int(found.aggregate(total=Coalesce(Sum("runs"), 0))["total"])


def _check(principal: Principal, dataset_id: int) -> None:
    if not visible_datasets(principal).filter(pk=dataset_id).exists():
        require(principal, Action.SEE)
        raise NotFound("There is no such dataset.")


def _shown(
    row: Query, use: QueryTable | None, may_read: bool, runners: tuple[Runner, ...]
) -> QueryShown:
    has_literals = may_read and bool(row.sample)
    return QueryShown(
        id=row.pk,
        text=row.sample if has_literals else row.text,
        has_literals=has_literals,
        dialect=row.dialect,
        system=row.system.qualified_name,
        connection=row.connection.name if row.connection is not None else "",
        statement_type=row.statement_type,
        status=row.status,
        reason=row.reason,
        is_read=use.is_read if use is not None else False,
        is_written=use.is_written if use is not None else False,
        runs=row.runs,
        errors=row.errors,
        rows=row.rows,
        size_bytes=row.size_bytes,
        total_ms=row.total_ms,
        max_ms=row.max_ms,
        first_run_at=row.first_run_at,
        last_run_at=row.last_run_at,
        runners=runners,
    )


def _name(person: Person | None) -> str:
    return (person.display_name or person.username) if person is not None else ""
