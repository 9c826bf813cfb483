"""Where a statement stands, and the catalog names that a table in it may mean. Knows no Django."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from catalog.names import (
    NameRefused,
    format_name,
    lookup_key,
    parse_name,
    qualified_name,
)
from lineage.types import TableName

_SEARCHED_ANYWAY = {
    "postgres": ("pg_catalog", "information_schema"),
    "duckdb": ("main", "information_schema"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """The system a statement runs in, the parts of the name of what it defines, its defaults.

    `parts` is empty for a statement that defines nothing; then only the defaults complete names.
    """

    platform: str
    instance: str
    parts: tuple[str, ...] = ()
    default_database: str | None = None
    default_schema: str | None = None

    @property
    def target(self) -> TableName | None:
        """What a bare SELECT at this place defines."""
        return TableName(self.parts) if self.parts else None

    def candidates(self, table: TableName) -> tuple[str, ...]:
        """The qualified names that `table` may have, the likeliest first.

        As written and completed by the defaults; with the leading parts of the defined dataset
        before it; in the schemas that the engine searches anyway; then with fewer parts, for
        systems that the catalog holds without a database level.
        """
        return _candidates(self, table)

    def _formed(self, table: TableName) -> tuple[str, ...]:
        full = self._lengthened(table.parts)
        found = [full, *self._searched(table.parts, full)]
        found += [full[start:] for start in range(1, len(full))]
        names: dict[str, None] = {}
        for candidate in found:
            try:
                names[format_name(qualified_name(self.platform, self.instance, candidate))] = None
            except NameRefused:
                continue
        return tuple(names)

    def _lengthened(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        lacking = len(self.parts) - len(parts)
        return (*self.parts[:lacking], *parts) if lacking > 0 else parts

    def _searched(self, written: tuple[str, ...], full: tuple[str, ...]) -> list[tuple[str, ...]]:
        """An unqualified name was completed by the default schema; it may lie in these, too."""
        if len(full) < 2 or not self._is_default_schema(written, full[-2]):
            return []
        schemas = _SEARCHED_ANYWAY.get(self.platform, ())
        return [(*full[:-2], schema, full[-1]) for schema in schemas if schema != full[-2]]

    def _is_default_schema(self, written: tuple[str, ...], schema: str) -> bool:
        if len(written) == 1:
            return True
        return self.default_schema is not None and lookup_key(schema) == lookup_key(
            self.default_schema
        )


@lru_cache(maxsize=50_000)
def _candidates(place: Place, table: TableName) -> tuple[str, ...]:
    """Names are formed anew for every statement that names the table: a log has many."""
    return place._formed(table)


def place_of(
    name: str,
    *,
    default_database: str | None = None,
    default_schema: str | None = None,
) -> Place:
    """The place of the dataset with that qualified name; its own container fills what the
    source did not say."""
    parsed = parse_name(name)
    parts = parsed.parts
    return Place(
        platform=parsed.platform,
        instance=parsed.instance,
        parts=parts,
        default_database=default_database or (parts[-3] if len(parts) > 2 else None),
        default_schema=default_schema or (parts[-2] if len(parts) > 1 else None),
    )
