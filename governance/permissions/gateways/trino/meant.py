"""Which datasets an operation is about, for the record of it: whatever was answered, by which step.

Lists come with thousands of tables, the same again and again: the id of each is looked up once
while the catalog calls its data as it does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import TypeAlias

from governance.permissions.gateways.trino.bodies import Action, Resource, Table
from governance.permissions.gateways.trino.deciding import Names, TrinoAnswers, whole_tables
from governance.permissions.gateways.trino.operations import OPERATIONS, Asks

_MOST_IDS = 300_000
_OF_SCHEMAS = frozenset({Asks.IN_SCHEMA, Asks.RENAMING_SCHEMA})
_called = attrgetter("table.catalogName", "table.schemaName", "table.tableName")

_Key: TypeAlias = tuple[str, str, str]


class Meant:
    """See the module, for one gateway."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._by_name: Mapping[str, int] | None = None
        self._found: dict[_Key, int | tuple[int, ...]] = {}
        """The id that a name means; a tuple where that is none or several."""

    def datasets(self, answers: TrinoAnswers, action: Action) -> list[int]:
        """The ids of those that are listed; of a schema that is changed, all that it holds."""
        by_name = answers.asker.index.parts.by_name
        if by_name is not self._by_name:
            self._by_name, self._found = by_name, {}
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

    def _of(self, resources: Sequence[Resource]) -> list[int]:
        try:
            called = list(map(_called, resources))
        except AttributeError:  # not all of them are tables
            called = [key for one in resources if (key := _key(one)) is not None]
        found: list[int] = []
        for key, pk in zip(called, map(self._found.get, called), strict=True):
            if isinstance(pk, int):
                found.append(pk)
            else:
                found += self._looked_up(key) if pk is None else pk
        return found

    def _looked_up(self, key: _Key) -> tuple[int, ...]:
        """Those of a table, and of what it may tell of where it is such as `orders$files`."""
        assert self._by_name is not None
        catalog, schema, name = key
        names = [name, *(one.tableName for one in whole_tables(Table(catalog, schema, name)))]
        ids = [self._by_name.get(self.names.of(catalog, schema, one)[0]) for one in names]
        found = tuple(pk for pk in ids if pk is not None)
        if len(self._found) >= _MOST_IDS:
            self._found.clear()
        self._found[key] = found[0] if len(found) == 1 else found
        return found


def _key(resource: Resource) -> _Key | None:
    table = resource.table or resource.column
    return None if table is None else (table.catalogName, table.schemaName, table.tableName)
