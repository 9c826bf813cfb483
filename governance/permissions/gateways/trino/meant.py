"""Which datasets an operation is about, for the record of it: whatever was answered, by which step.

Lists come with thousands of tables, the same again and again: the id of each is looked up once
while the catalog calls its data as it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from governance.permissions.gateways.trino.bodies import Action, Column, Resource, Table
from governance.permissions.gateways.trino.deciding import Names, TrinoAnswers, whole_tables
from governance.permissions.gateways.trino.operations import OPERATIONS, Asks

_MOST_IDS = 300_000
_OF_SCHEMAS = frozenset({Asks.IN_SCHEMA, Asks.RENAMING_SCHEMA})


class Meant:
    """See the module, for one gateway."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._by_name: Mapping[str, int] | None = None
        self._found: dict[tuple[str, str], dict[str, tuple[int, ...]]] = {}
        self._count = 0

    def datasets(self, answers: TrinoAnswers, action: Action) -> list[int]:
        """The ids of those that are listed; of a schema that is changed, all that it holds."""
        by_name = answers.asker.index.parts.by_name
        if by_name is not self._by_name:
            self._by_name, self._found, self._count = by_name, {}, 0
        if action.filterResources:
            return self._of(action.filterResources)
        given = [one for one in (action.resource, action.targetResource) if one is not None]
        found = self._of(given)
        if OPERATIONS.get(action.operation) in _OF_SCHEMAS:
            for one in given:
                if one.schema is not None:
                    name, _ = self.names.of(one.schema.catalogName, one.schema.schemaName, "x")
                    found += answers.asker.within(name[:-1])
        return found

    def _of(self, resources: Iterable[Resource]) -> list[int]:
        found: list[int] = []
        known = self._found
        for one in resources:
            table = one.table or one.column
            if table is None:
                continue
            within = known.get((table.catalogName, table.schemaName))
            pks = within.get(table.tableName) if within is not None else None
            found += self._looked_up(table) if pks is None else pks
        return found

    def _looked_up(self, table: Table | Column) -> tuple[int, ...]:
        """Those of a table, and of what it may tell of where it is such as `orders$files`."""
        assert self._by_name is not None
        catalog, schema, name = table.catalogName, table.schemaName, table.tableName
        called = [name, *(one.tableName for one in whole_tables(Table(catalog, schema, name)))]
        pks = [self._by_name.get(self.names.of(catalog, schema, one)[0]) for one in called]
        found = tuple(pk for pk in pks if pk is not None)
        if self._count >= _MOST_IDS:
            self._found.clear()
            self._count = 0
        self._found.setdefault((catalog, schema), {})[name] = found
        self._count += 1
        return found
