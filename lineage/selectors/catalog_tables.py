"""The catalog as the SQL resolver sees it: tables by name, their columns in order, in bulk."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import F, QuerySet

from catalog.models import Alias, Column, Dataset
from catalog.names import lookup_key
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from lineage.places import Place
from lineage.sql.dialects import dialect_of, rules_of
from lineage.sql.token_scan import token_scan
from lineage.types import TableName

NAMES_PER_QUERY = 5_000
_LAYOUTS = """
    SELECT dataset_id, string_agg(id || ' ' || path, E'\\n' ORDER BY ordinal, id)
    FROM catalog_column
    WHERE dataset_id = ANY(%s) AND disappeared_at IS NULL
    GROUP BY dataset_id
"""


@dataclass(frozen=True, slots=True)
class CatalogColumn:
    """A column as stored."""

    id: int
    path: str
    name: str
    parent: str = ""
    """The path of the column it is a field of, empty for a column of the dataset itself."""


@dataclass(slots=True)
class CatalogTable:
    """A dataset with its columns and the fields inside them, in order; none when the catalog knows
    none."""

    id: int
    name: str
    stored: list[CatalogColumn] = field(default_factory=list)
    _columns: list[CatalogColumn] | None = None
    _by_key: dict[str, int] | None = None
    _layout: str | None = None
    _spelled: str | None = None

    @property
    def columns(self) -> list[CatalogColumn]:
        """The columns of the dataset itself."""
        if self._columns is None:
            self._columns = [column for column in self.stored if not column.parent]
        return self._columns

    def fields_of(self, column: str) -> list[str]:
        """The names of the fields inside a column, or inside a field by its path."""
        key = lookup_key(column)
        return [c.name for c in self.stored if c.parent and lookup_key(c.parent) == key]

    @property
    def layout(self) -> str:
        """Equal for equal columns in the same order, as `_LAYOUTS` tells of the stored ones."""
        if self._layout is None:
            self._layout = "\n".join(f"{column.id} {column.path}" for column in self.stored)
        return self._layout

    @property
    def spelled(self) -> str:
        """The table with its columns as text, for a digest; many statements use one table."""
        if self._spelled is None:
            columns = [(column.id, column.path) for column in self.stored]
            self._spelled = json.dumps([self.id, columns], ensure_ascii=False)
        return self._spelled

    def column_id(self, name: str) -> int | None:
        """The column of that name, or the column or field at that path, exact case first."""
        if self._by_key is None:
            keys: dict[str, int] = {}
            for spelled in (lambda text: text, lookup_key):
                for column in self.columns:
                    keys.setdefault(spelled(column.name), column.id)
                    keys.setdefault(spelled(column.path), column.id)
                for column in self.stored:
                    keys.setdefault(spelled(column.path), column.id)
            self._by_key = keys
        found = self._by_key.get(name)
        return found if found is not None else self._by_key.get(lookup_key(name))

    def column_ids(self, name: str) -> list[int]:
        """The column or field that a name or a path means, or the nearest one around it that is
        known, and the columns around that, up to the dataset's own."""
        column_id = self.column_id(name)
        while column_id is None and "." in name:
            name = name.rpartition(".")[0]
            column_id = self.column_id(name)
        if column_id is None:
            return []
        by_path = {column.path: column for column in self.stored}
        column = next(column for column in self.stored if column.id == column_id)
        found = [column.id]
        while column.parent and (around := by_path.get(column.parent)) is not None:
            found.append(around.id)
            column = around
        return found


class CatalogTables:
    """Tables by name as one principal sees them; each is read from the database once.

    `prefetch` what a batch will ask for, and thousands of statements cost a handful of queries;
    whatever was not foreseen is fetched when it is asked for.
    """

    def __init__(self, principal: Principal) -> None:
        self._principal = principal
        self._by_key: dict[str, list[CatalogTable]] = {}
        self._by_id: dict[int, CatalogTable] = {}

    def prefetch(self, names: Iterable[str]) -> None:
        """Read the datasets with these qualified names or aliases, in any case, and columns."""
        keys = sorted({lookup_key(name) for name in names} - self._by_key.keys())
        for start in range(0, len(keys), NAMES_PER_QUERY):
            self._read_keys(keys[start : start + NAMES_PER_QUERY])

    def prefetch_ids(self, ids: Iterable[int]) -> None:
        """Read these datasets and their columns."""
        wanted = sorted(set(ids) - self._by_id.keys())
        for start in range(0, len(wanted), NAMES_PER_QUERY):
            chunk = wanted[start : start + NAMES_PER_QUERY]
            rows = self._visible().filter(pk__in=chunk).values_list("pk", "qualified_name")
            self._add(list(rows))

    def by_id(self, dataset_id: int) -> CatalogTable | None:
        """The table with that id, if it was read and may be seen."""
        return self._by_id.get(dataset_id)

    def knows(self, key: str) -> bool:
        """Whether a dataset has this lookup name."""
        self.prefetch([key])
        return bool(self._by_key.get(key))

    def named(self, name: str) -> CatalogTable | None:
        """The dataset with this qualified name or alias: exact case first, then any case."""
        key = lookup_key(name)
        if key not in self._by_key:
            self.prefetch([name])
        tables = self._by_key.get(key, [])
        exact = (table for table in tables if table.name == name)
        return next(exact, tables[0] if tables else None)

    def find(self, place: Place, table: TableName) -> tuple[CatalogTable | None, list[str]]:
        """What a table name means at a place, and the lookup names that were tried in vain."""
        candidates = place.candidates(table)
        in_vain: list[str] = []
        for candidate in candidates:
            found = self.named(candidate)
            if found is not None:
                return found, in_vain
            in_vain.append(lookup_key(candidate))
            self.prefetch(candidates)
        return None, in_vain

    def changed(self, ids: Iterable[int]) -> set[int]:
        """Those of the tables read whose columns are other ones by now."""
        read = sorted(set(ids) & self._by_id.keys())
        with connection.cursor() as cursor:
            cursor.execute(_LAYOUTS, [read])
            layouts = dict(cursor.fetchall())
        return {pk for pk in read if layouts.get(pk, "") != self._by_id[pk].layout}

    def appeared(self, keys: Iterable[str]) -> set[str]:
        """Those of the lookup names that mean a dataset by now."""
        wanted = sorted(set(keys))
        if not wanted:
            return set()
        aliases = Alias.objects.filter(lookup_name__in=wanted, dataset__in=self._visible())
        return {
            *self._visible().filter(lookup_name__in=wanted).values_list("lookup_name", flat=True),
            *aliases.values_list("lookup_name", flat=True),
        }

    def _visible(self) -> QuerySet[Dataset]:
        return visible_datasets(self._principal)

    def _read_keys(self, keys: Sequence[str]) -> None:
        for key in keys:
            self._by_key[key] = []
        rows = list(
            self._visible()
            .filter(lookup_name__in=keys)
            .order_by(F("disappeared_at").asc(nulls_first=True), "pk")
            .values_list("pk", "qualified_name", "lookup_name")
        )
        aliases = list(
            Alias.objects.filter(lookup_name__in=keys, dataset__in=self._visible())
            .order_by("pk")
            .values_list("dataset_id", "dataset__qualified_name", "lookup_name")
        )
        self._add([(pk, name) for pk, name, _ in [*rows, *aliases] if pk not in self._by_id])
        for pk, _, key in [*rows, *aliases]:
            self._by_key[key].append(self._by_id[pk])

    def _add(self, rows: Sequence[tuple[int, str]]) -> None:
        columns = defaultdict(list)
        stored = (
            Column.objects.filter(dataset__in=[pk for pk, _ in rows], disappeared_at__isnull=True)
            .order_by("dataset", "ordinal", "pk")
            .values_list("dataset_id", "pk", "path", "name", "parent_path")
        )
        for dataset_id, column_id, path, name, parent in stored if rows else ():
            columns[dataset_id].append(CatalogColumn(column_id, path, name, parent))
        for pk, name in rows:
            self._by_id[pk] = CatalogTable(pk, name, columns[pk])


def names_in(sql: str, platform: str, place: Place) -> Iterator[str]:
    """What the words of a text may name: a guess that saves a query for each table."""
    rules = rules_of(dialect_of(platform))
    for parts in token_scan(sql, rules).sources:
        yield from place.candidates(TableName(parts))


class CatalogSchema:
    """A `lineage.sql.SchemaProvider` over the catalog for one statement's place."""

    def __init__(self, tables: CatalogTables, place: Place) -> None:
        self._tables = tables
        self._place = place
        self.in_vain: dict[str, None] = {}
        self._found: dict[TableName, CatalogTable | None] = {}

    def table(self, name: TableName) -> CatalogTable | None:
        """The dataset that the name means here; names tried before it are kept in `in_vain`."""
        if name not in self._found:
            self._found[name], in_vain = self._tables.find(self._place, name)
            self.in_vain.update(dict.fromkeys(in_vain))
        return self._found[name]

    def columns_of(self, table: TableName) -> Sequence[str] | None:
        """See SchemaProvider; a dataset whose columns nobody knows is as good as unknown."""
        found = self.table(table)
        if found is None or not found.columns:
            return None
        return [column.name for column in found.columns]

    def fields_of(self, table: TableName, column: str) -> list[str] | None:
        """The fields inside a column, or inside the field at a path such as ``payload.user``."""
        found = self.table(table)
        return (found.fields_of(column) or None) if found is not None else None
