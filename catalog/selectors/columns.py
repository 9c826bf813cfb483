"""The columns of a dataset as a table that can be filtered, sorted, unfolded and paged."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from catalog.errors import NotFound
from catalog.models import Column, Dataset, Relation
from catalog.names import join_parts, split_parts
from catalog.selectors.datasets import columns_of, relations_of, visible_columns
from catalog.selectors.history import history_model
from catalog.types import Principal, RelationKind

PAGE_SIZE = 200
SORTS: Mapping[str, str] = {"name": "name", "type": "physical_type", "ordinal": "ordinal"}


@dataclass(frozen=True, slots=True)
class ColumnQuestion:
    """What is asked of the table. Without `text` and `sort` it is a tree: nested fields show
    where all their parents are in `open`. `column` is a path to bring into view."""

    text: str = ""
    sort: str = ""
    open: frozenset[str] = field(default_factory=frozenset)
    column: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True)
class ColumnTable:
    """One page of the table. `parents` are the paths that hold nested fields, `open` those shown
    unfolded, `is_tree` whether rows can be unfolded at all."""

    page: Page[Any]
    parents: frozenset[str]
    open: frozenset[str]
    is_tree: bool


def column_table(principal: Principal, dataset: Dataset, asked: ColumnQuestion) -> ColumnTable:
    """The page of columns asked for, in a fixed number of queries."""
    columns = columns_of(principal, dataset)
    parents = frozenset(
        columns.order_by()
        .prefetch_related(None)
        .exclude(parent_path="")
        .values_list("parent_path", flat=True)
        .distinct()
    )
    unfolded = (asked.open | _ancestors(asked.column)) & parents
    is_tree = not asked.text and not asked.sort
    if is_tree:
        columns = columns.filter(Q(parent_path="") | Q(parent_path__in=unfolded))
        hidden = parents - unfolded
        if hidden and unfolded:
            columns = columns.exclude(parent_path__in=_below(hidden, parents))
    elif asked.text:
        columns = columns.filter(
            Q(path__icontains=asked.text)
            | Q(physical_type__icontains=asked.text)
            | Q(declared_description__icontains=asked.text)
            | Q(harvested_description__icontains=asked.text)
        )
    sort = SORTS.get(asked.sort.removeprefix("-"))
    if sort:
        descending = "-" if asked.sort.startswith("-") else ""
        columns = columns.order_by(f"{descending}{sort}", "ordinal", "pk")
    paginator = Paginator(columns, PAGE_SIZE)
    number = asked.page or _page_of(columns, asked.column) or 1
    return ColumnTable(paginator.get_page(number), parents, unfolded, is_tree)


def past_column_table(columns: Sequence[Column], asked: ColumnQuestion) -> ColumnTable:
    """The same for columns as they were, which are in memory already; always unfolded."""
    wanted = asked.text.casefold()
    found = [
        column
        for column in columns
        if wanted
        in f"{column.path} {column.physical_type} {column.declared_description} "
        f"{column.harvested_description}".casefold()
    ]
    sort = SORTS.get(asked.sort.removeprefix("-"))
    if sort:
        found.sort(key=lambda column: getattr(column, sort), reverse=asked.sort.startswith("-"))
    page = Paginator(found, PAGE_SIZE).get_page(asked.page or 1)
    return ColumnTable(page, frozenset(), frozenset(), is_tree=False)


def foreign_keys(principal: Principal, dataset: Dataset) -> Mapping[str, Sequence[Relation]]:
    """The foreign keys of a dataset by the path of each column that takes part."""
    found: dict[str, list[Relation]] = {}
    keys = relations_of(principal, dataset).filter(source=dataset, kind=RelationKind.FOREIGN_KEY)
    for relation in keys:
        for path in relation.source_columns:
            found.setdefault(path, []).append(relation)
    return found


def get_column(principal: Principal, dataset_id: int, path: str) -> Column:
    """One column with its labels; raises NotFound."""
    column = (
        visible_columns(principal)
        .filter(dataset_id=dataset_id, path=path)
        .prefetch_related("labels__label")
        .first()
    )
    if column is None:
        raise NotFound(f"There is no column {path[:200]}.")
    return column


def column_version(principal: Principal, column: Column) -> int:
    """The number of the column's latest history row: what going back to it names."""
    latest: int | None = (
        history_model(Column)
        .objects.filter(dataset_id=column.dataset_id, pgh_obj_id=column.pk)
        .order_by("-pgh_id")
        .values_list("pgh_id", flat=True)
        .first()
    )
    return latest or 0


def _ancestors(path: str) -> frozenset[str]:
    """The paths that must be unfolded for a nested field to show."""
    if not path:
        return frozenset()
    parts = split_parts(path)
    return frozenset(join_parts(parts[:depth]) for depth in range(1, len(parts)))


def _below(hidden: Collection[str], parents: frozenset[str]) -> list[str]:
    """Parents that stand inside a folded one, however open they are themselves."""
    return [path for path in parents if not _ancestors(path).isdisjoint(hidden)]


def _page_of(columns: QuerySet[Column], path: str) -> int:
    """The page that holds the column with this path, 0 where it is not listed."""
    if not path:
        return 0
    column = columns.filter(path=path).only("pk", "ordinal", "disappeared_at").first()
    if column is None:
        return 0
    live = Q(disappeared_at__isnull=True)
    earlier = Q(ordinal__lt=column.ordinal) | Q(ordinal=column.ordinal, pk__lt=column.pk)
    before = (live & earlier) if column.disappeared_at is None else (live | earlier)
    return columns.filter(before).count() // PAGE_SIZE + 1
