"""What Trino is answered: the engine's decision, as far as its protocol carries it, never more.

Rules that a real Trino needs: `system` and every `information_schema` are names and numbers of the
engine itself, read by whoever is known; what lists names is filtered; queries are one's own. A
table of a table (`orders$files`) tells of its values, so it is closed wherever anything of the
table is. What reads past the tables it names (`TABLE(pg.system.query(...))`, procedures) is closed
to whoever any opt-out concerns, and so are definer's views of what anybody is opted out from. A
schema may hold tables that the catalog does not list: opt-outs that go by its name hold for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from catalog.names import lookup_parts
from governance.permissions.engine import ColumnEffect, Decision
from governance.permissions.engine.patterns import names_match
from governance.permissions.gateways.question import Asker
from governance.permissions.gateways.registered import GatewayRecord
from governance.permissions.gateways.trino.bodies import (
    Action,
    Column,
    Function,
    Resource,
    Schema,
    Table,
)
from governance.permissions.gateways.trino.dialect import (
    NO_ROWS,
    NULL,
    NotInTrino,
    condition,
    masked,
)
from governance.permissions.gateways.trino.operations import (
    GET_ROW_FILTERS,
    MAINTENANCE,
    OPERATIONS,
    PLACES,
    PROCEDURES,
    Asks,
)
from governance.permissions.types import DataAction

_SYSTEM, _INFORMATION = "system", "information_schema"
_MOST_NAMES = 300_000
_MARKS = frozenset("$:@")
_MOST_MARKS = 10
_ANY = "_unlisted"
"""A table that no catalog lists: it is under what holds for every table of its schema."""


@lru_cache(maxsize=100_000)
def _path(column: str) -> str:
    """How the opt-outs call a column of a table: `"order date"` has its quotes there."""
    return lookup_parts((column,))


class Unusable(ValueError):  # noqa: N818 - reads as the refusal it is
    """A body that asks nothing that can be answered; the sentence says what is missing."""


class Names:
    """The names of a gateway's tables in our catalog, each made once."""

    def __init__(self, gateway: GatewayRecord) -> None:
        self.gateway = gateway
        self.label = f"trino:{gateway.name}"
        self._found: dict[tuple[str, str, str], tuple[str, str]] = {}

    def of(self, catalog: str, schema: str, table: str) -> tuple[str, str]:
        """Name and system of a table, in lower case."""
        key = (catalog, schema, table)
        found = self._found.get(key)
        if found is None:
            found = self.gateway.name_of(catalog, schema, table)
            if len(self._found) >= _MOST_NAMES:
                self._found.clear()
            self._found[key] = found
        return found


class TrinoAnswers:
    """Answers for one asker at one gateway."""

    __slots__ = ("asked_about", "asker", "code", "names", "rules")

    def __init__(self, asker: Asker, names: Names) -> None:
        self.asker = asker
        self.names = names
        self.rules: tuple[str, ...] = ()
        self.code = ""
        self.asked_about: list[tuple[str, str]] = []

    # --- one operation ---------------------------------------------------------------------

    def allow(self, action: Action) -> bool:
        """Whether an operation is allowed. Raises Unusable where its resource is missing."""
        if self.asker.floor:
            return False
        asks = OPERATIONS.get(action.operation)
        if asks is None:
            return False
        return _ANSWERS[asks](self, action)

    def _administrator(self, action: Action) -> bool:
        return self.asker.is_administrator

    def _oneself(self, action: Action) -> bool:
        return self._owns(_resource(action))

    def _owns(self, resource: Resource) -> bool:
        if resource.user is None:
            raise Unusable("The resource has no user.")
        return self.asker.is_administrator or resource.user.user == self.asker.username

    def _impersonation(self, action: Action) -> bool:
        resource = _resource(action)
        if resource.user is None:
            raise Unusable("The resource has no user.")
        name, asker = resource.user.user, self.asker
        if name == asker.username:
            return True
        other = asker.index.person_named(name)
        is_known = other is not None and other in asker.index.parts.masks
        return is_known and asker.username in self.names.gateway.impersonators

    def _seeing(self, action: Action) -> bool:
        table = _table(_resource(action))
        if _is_of_engine(table):
            return True
        return self._sees(table)

    def _reading(self, action: Action) -> bool:
        return self._reads(_table(_resource(action)))

    def _reads(self, table: Table) -> bool:
        if _is_of_engine(table):
            return True
        if self.asker.may_hide() and not self._sees(table):
            return False  # hidden is closed, whatever else it is open for
        if _is_query(table) and self.asker.is_concerned():
            return False
        columns = [_path(column) for column in table.columns or ()]
        asked = None if table.columns is None else columns
        decision = self._decided(DataAction.READ, table, asked)
        if decision.code != "open" and not _is_readable(decision, columns):
            return False
        if "$" in "".join(columns) and any(column.startswith("$") for column in columns):
            # A path or a partition of a row tells values of it.
            return self._decided(DataAction.READ, table, None).code == "open"
        bases = whole_tables(table)
        return not bases or all(
            self._decided(DataAction.READ, base, None).code == "open" for base in bases
        )

    def _showing(self, action: Action) -> bool:
        table = _table(_resource(action))
        if not self._reads(table):
            return False
        return _is_of_engine(table) or not self.asker.touches_anybody(*self._named(table))

    def _writing(self, action: Action) -> bool:
        return self._writes(_table(_resource(action)))

    def _writes(self, table: Table) -> bool:
        if _is_of_engine(table):
            return table.catalogName == _SYSTEM and self.asker.is_administrator
        if not self._sees(table):
            return False
        columns = None if table.columns is None else [_path(one) for one in table.columns]
        return all(
            self._decided(DataAction.WRITE, one, columns).allowed
            for one in (table, *whole_tables(table))
        )

    def _making(self, action: Action) -> bool:
        table = _table(_resource(action))
        if not self._writes(table):
            return False
        given = table.properties if isinstance(table.properties, Mapping) else {}
        is_placed = any(given[name] is not None for name in PLACES & given.keys())
        return not is_placed or not self.asker.is_concerned()

    def _renaming(self, action: Action) -> bool:
        table = _table(_resource(action))
        target = _table(action.targetResource or Resource())
        if not (self._writes(table) and self._writes(target)):
            return False
        return not self.asker.touches_anybody(*self._named(table))

    def _altering(self, action: Action) -> bool:
        table = _table(_resource(action))
        if not self._writes(table):
            return False
        return not self.asker.touches_anybody(*self._named(table))

    def _in_schema(self, action: Action) -> bool:
        schema, asker = _schema(_resource(action)), self.asker
        if asker.is_stale or not self._writes_unlisted(schema):
            return False
        found = self._tables_of(schema)
        denied = asker.index.denied_datasets(
            asker.person, DataAction.WRITE, asker.purpose, asker.environment, asker.at
        )
        return all(pk not in denied for pk in found)

    def _renaming_schema(self, action: Action) -> bool:
        schema = _schema(_resource(action))
        target = _schema(action.targetResource or Resource())
        if not (self._in_schema(action) and self._writes_unlisted(target)):
            return False
        records = self.asker.index.parts.records
        listed = [(records[pk].name, records[pk].system) for pk in self._tables_of(schema)]
        unlisted = [self._named(table) for table in self._unlisted_of(schema)]
        return not any(self.asker.touches_anybody(*one) for one in (*listed, *unlisted))

    def _maintaining(self, action: Action) -> bool:
        resource = _resource(action)
        if not self._writes(_table(resource)):
            return False
        # Trino writes a name that was not quoted in capitals.
        name = resource.function.functionName.lower() if resource.function is not None else ""
        return name in MAINTENANCE or not self.asker.is_concerned()

    def _running(self, action: Action) -> bool:
        function = _resource(action).function
        if function is None:
            raise Unusable("The resource has no function.")
        is_procedure = action.operation in PROCEDURES
        return not _reads_past(function, is_procedure=is_procedure) or not self.asker.is_concerned()

    # --- lists -----------------------------------------------------------------------------

    def _filtering(self, action: Action) -> bool:
        """A Filter operation at the endpoint for one thing."""
        one = Action(action.operation, filterResources=[_resource(action)])
        table = one.filterResources[0].table  # type: ignore[index]
        if action.operation == "FilterColumns" and table is not None:
            return len(self.visible(one)) == len(table.columns or ()) > 0
        return bool(self.visible(one))

    def visible(self, action: Action) -> list[int]:
        """The places of what may be seen; none for an operation that lists nothing."""
        if OPERATIONS.get(action.operation) is not Asks.FILTERING:
            return []
        resources = action.filterResources
        if resources is None:
            raise Unusable("A filter needs filterResources.")
        if self.asker.floor:
            return []
        match action.operation:
            case "FilterTables":
                return self._visible_tables(resources)
            case "FilterColumns":
                return self._visible_columns(resources)
            case "FilterViewQueryOwnedBy":
                return [place for place, one in enumerate(resources) if self._owns(one)]
        return list(range(len(resources)))  # catalogs, schemas, functions

    def _visible_tables(self, resources: Sequence[Resource]) -> list[int]:
        if self.asker.sees_every_name and all(one.table is not None for one in resources):
            return list(range(len(resources)))
        of = self.names.of
        names: list[tuple[str, str]] = []
        add = names.append
        for one in resources:
            table = one.table
            if table is None:
                raise Unusable("A resource has no table.")
            add(of(table.catalogName, table.schemaName, table.tableName))
        seen = [
            place
            for place in self.asker.seen(names)
            if _MARKS.isdisjoint(_table(resources[place]).tableName)
            or self._sees(_table(resources[place]))
        ]
        if len(seen) == len(names):
            return seen
        own = {
            place
            for place, one in enumerate(resources)
            if one.table is not None and _is_of_engine(one.table)
        }
        return sorted({*seen, *own}) if own else seen

    def _visible_columns(self, resources: Sequence[Resource]) -> list[int]:
        if len(resources) != 1:
            raise Unusable("FilterColumns is about one table.")
        table = _table(resources[0])
        columns = [_path(column) for column in table.columns or ()]
        everything = list(range(len(columns)))
        if _is_of_engine(table):
            return everything
        if not self._sees(table):
            return []
        decision = self._decided(DataAction.READ, table, columns)
        whole = decision.everywhere
        if decision.code not in _DECIDED or whole.denied or whole.min_group:
            return everything  # the table as such is refused when it is read
        return [place for place in everything if not _is_closed(decision.effect_on(columns[place]))]

    # --- rows and values -------------------------------------------------------------------

    def row_filters(self, action: Action) -> list[str]:
        """The conditions on rows; of what may not be read at all, no row stays."""
        if action.operation != GET_ROW_FILTERS or self.asker.floor:
            return [NO_ROWS]
        table = _table(_resource(action))
        if _is_of_engine(table):
            return []
        decision = self._decided(DataAction.READ, table, ())
        if not decision.allowed or decision.everywhere.min_group:
            return [NO_ROWS]
        try:
            return [condition(one.expression) for one in decision.filters]
        except NotInTrino:
            return [NO_ROWS]

    def masks(self, columns: Sequence[Column]) -> list[str | None]:
        """What is shown in place of each column; None for a column as it is."""
        found: list[str | None] = [NULL] * len(columns)
        if self.asker.floor:
            return found
        by_table: dict[tuple[str, str, str], list[int]] = {}
        for place, one in enumerate(columns):
            by_table.setdefault((one.catalogName, one.schemaName, one.tableName), []).append(place)
        for (catalog, schema, name), places in by_table.items():
            table = Table(catalog, schema, name)
            if _is_of_engine(table):
                for place in places:
                    found[place] = None
                continue
            paths = [_path(columns[place].columnName) for place in places]
            decision = self._decided(DataAction.READ, table, paths)
            if decision.code not in _DECIDED:
                continue
            for place, path in zip(places, paths, strict=True):
                one = columns[place]
                found[place] = _mask(decision.effect_on(path), one)
        return found

    # --- parts -----------------------------------------------------------------------------

    def _sees(self, table: Table) -> bool:
        sees, bases = self.asker.sees, whole_tables(table)
        if bases and not all(sees(*self._named(one)) for one in bases):
            return False
        return sees(*self._named(table))

    def _named(self, table: Table) -> tuple[str, str]:
        return self.names.of(table.catalogName, table.schemaName, table.tableName)

    def _decided(self, action: DataAction, table: Table, columns: Sequence[str] | None) -> Decision:
        named = self._named(table)
        self.asked_about.append(named)
        decision = self.asker.decide(action, named[0], named[1], columns)
        self.code = decision.code
        if decision.rules:
            self.rules = tuple(one.key for one in decision.rules)
        return decision

    def _tables_of(self, schema: Schema) -> Iterable[int]:
        name, _ = self.names.of(schema.catalogName, schema.schemaName, "x")
        return self.asker.within(name[:-1])

    def _unlisted_of(self, schema: Schema) -> list[Table]:
        """Tables that a schema may hold though nobody listed them: any one, and those that
        opt-outs call by its name and by theirs, such as `hr.pay*`."""
        found = {_ANY: Table(schema.catalogName, schema.schemaName, _ANY)}
        for rule in self.asker.index.parts.rules.values():
            for pattern in rule.resources.names:
                within, _, last = pattern.rpartition(".")
                table = Table(schema.catalogName, schema.schemaName, last.replace("*", _ANY))
                calls_schema = within.replace("/", ".").rpartition(".")[2].strip("*")
                if calls_schema and names_match((pattern,), self._named(table)[0]):
                    found[table.tableName] = table
        return list(found.values())

    def _writes_unlisted(self, schema: Schema) -> bool:
        return all(
            self._decided(DataAction.WRITE, table, None).allowed
            for table in self._unlisted_of(schema)
        )


_DECIDED = frozenset({"open", "restricted", "opt_out"})
_ANSWERS: Mapping[Asks, Callable[[TrinoAnswers, Action], bool]] = {
    Asks.NOTHING: lambda answers, action: True,
    Asks.ADMINISTRATOR: TrinoAnswers._administrator,
    Asks.ONESELF: TrinoAnswers._oneself,
    Asks.IMPERSONATION: TrinoAnswers._impersonation,
    Asks.SEEING: TrinoAnswers._seeing,
    Asks.READING: TrinoAnswers._reading,
    Asks.SHOWING: TrinoAnswers._showing,
    Asks.WRITING: TrinoAnswers._writing,
    Asks.MAKING: TrinoAnswers._making,
    Asks.RENAMING: TrinoAnswers._renaming,
    Asks.ALTERING: TrinoAnswers._altering,
    Asks.IN_SCHEMA: TrinoAnswers._in_schema,
    Asks.RENAMING_SCHEMA: TrinoAnswers._renaming_schema,
    Asks.MAINTAINING: TrinoAnswers._maintaining,
    Asks.RUNNING: TrinoAnswers._running,
    Asks.FILTERING: TrinoAnswers._filtering,
}


def _is_readable(decision: Decision, columns: Iterable[str]) -> bool:
    """Whether Trino can carry all that a decision says of the columns read."""
    if not decision.allowed or decision.everywhere.min_group:
        return False
    if any(_is_closed(decision.effect_on(column)) for column in columns):
        return False
    try:
        for one in decision.filters:
            condition(one.expression)
    except NotInTrino:
        return False
    return True


def _is_closed(effect: ColumnEffect) -> bool:
    """Groups of a least size cannot be carried: they deny."""
    return effect.denied or effect.min_group > 0


def _mask(effect: ColumnEffect, column: Column) -> str | None:
    if _is_closed(effect):
        return NULL
    if effect.mask is None:
        return None
    return masked(effect.mask, column.columnName, column.columnType)


def _is_of_engine(table: Table) -> bool:
    """Whether a table holds names and numbers of the engine, no data of the company."""
    return table.catalogName == _SYSTEM or table.schemaName == _INFORMATION


def whole_tables(table: Table) -> list[Table]:
    """The tables that a table such as `orders$files` may tell of, or one that is called with a
    search (`orders: +late`, Elasticsearch) or a version (`orders@7`)."""
    name = table.tableName
    if _MARKS.isdisjoint(name):  # nearly always, and asked for each check
        return []
    ends = [place for place, one in enumerate(name) if one in _MARKS]
    return [
        Table(table.catalogName, table.schemaName, name[:end])
        for end in dict.fromkeys((*ends[:_MOST_MARKS], *ends[-1:]))
        if name[:end].strip()
    ]


def _is_query(table: Table) -> bool:
    """Whether a connector may take the name for a query of its own, as that of Pinot does."""
    return "select" in table.tableName.lower() and len(table.tableName.split()) > 1


def _reads_past(function: Function, *, is_procedure: bool) -> bool:
    """Whether code of a connector may read or copy what it does not name as a table."""
    if function.catalogName in (None, _SYSTEM):
        return False
    return is_procedure or (function.schemaName or "").lower() == _SYSTEM


def _resource(action: Action) -> Resource:
    if action.resource is None:
        raise Unusable(f"{action.operation} needs a resource.")
    return action.resource


def _table(resource: Resource) -> Table:
    if resource.table is None:
        raise Unusable("The resource has no table.")
    return resource.table


def _schema(resource: Resource) -> Schema:
    if resource.schema is None:
        raise Unusable("The resource has no schema.")
    return resource.schema
