"""What the statements of one session leave behind for those that follow it.

Temporary tables are kept as the relations that filled them, so that a later statement reads
through them to the stored columns; permanent ones leave their column names. Two sessions share
nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from catalog.whole_numbers import whole
from lineage.sql.dialects import DialectRules
from lineage.sql.fields import fields_in
from lineage.sql.resolving.inputs import (
    Inputs,
    StructInputs,
    add_branch,
    each_field,
    merge,
    own_copy,
)
from lineage.sql.resolving.relations import (
    Found,
    OpenRelation,
    OutputColumn,
    Relation,
    all_rows,
    renamed,
)
from lineage.sql.schema import SchemaProvider
from lineage.types import TableKind, TableMove, TableName

MOST_RESULTS = 8
NOWHERE = (0, 0)
"""The span of an origin that another statement of the session names."""


@dataclass(slots=True, eq=False)
class SessionTable(Relation):
    """A temporary table: the relation behind it, without the places in its statement's text."""

    inner: Relation = field(default_factory=Relation)

    def find(self, name: str) -> Found:
        certainty, inputs = self.inner.find(name)
        return certainty, detached(inputs)

    def expanded(self) -> list[OutputColumn]:
        return [OutputColumn(c.name, detached(c.inputs)) for c in self.inner.expanded()]

    def open_names(self) -> list[str]:
        return self.inner.open_names()


def detached(inputs: Inputs) -> Inputs:
    """The same inputs without their places, which are in another statement's text."""
    kept = {key: replace(origin, span=NOWHERE) for key, origin in inputs.items()}
    if isinstance(inputs, StructInputs):
        return StructInputs(kept, each_field(inputs.fields, detached))
    return kept


def session_table(relation: Relation) -> SessionTable:
    return SessionTable(known=relation.known, upstream=[relation], inner=relation)


def united(before: Relation, added: Relation) -> Relation:
    """A table after more rows or values came in: every column has the inputs of both."""
    columns: dict[str, Inputs] = {}
    for relation in (before, added):
        for column in relation.expanded():
            if column.name in columns:
                add_branch(columns[column.name], column.inputs)
            else:
                columns[column.name] = own_copy(column.inputs)
    rows: Inputs = {}
    merge(rows, before.rows)
    merge(rows, added.rows)
    listed = [OutputColumn(name, inputs) for name, inputs in columns.items()]
    return Relation(listed, before.known and added.known, rows, [before, added])


@dataclass(slots=True)
class Guests:
    """Tables that a statement shows to those inside of it alone: rows at hand, and those that a
    call hands over, which are named in this text only."""

    rows: list[TableName] = field(default_factory=list)
    handed: list[TableName] = field(default_factory=list)


@dataclass(slots=True)
class Session:
    """Defaults, temporary tables and column lists, as they are after the statements so far."""

    rules: DialectRules
    schema: SchemaProvider | None = None
    database: str | None = None
    schema_name: str | None = None
    temporary: dict[TableName, Relation] = field(default_factory=dict)
    columns: dict[TableName, list[str] | None] = field(default_factory=dict)
    """Columns of the tables that the session made or changed; they count before the schema's."""
    listed: dict[TableName, tuple[str, ...]] = field(default_factory=dict)
    """Those that are known of tables which the session made with further ones."""
    types: dict[TableName, dict[str, str]] = field(default_factory=dict)
    """The types of those of their columns that hold fields."""
    records: dict[str, Relation] = field(default_factory=dict)
    """Variables, loop variables and cursors, with the relation that filled them."""
    record_fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The fields of variables that hold records of a declared type."""
    by_row: set[str] = field(default_factory=set)
    """Those that hold one row after the other, so that what decides these decides what is done."""
    functions: dict[TableName, Relation] = field(default_factory=dict)
    """Functions that return the rows of a query, made in this session."""
    triggered: dict[TableName, TableName] = field(default_factory=dict)
    """Functions that triggers of the script run, with the table whose row these see."""
    texts: dict[str, str] = field(default_factory=dict)
    """Variables that hold a literal, which may be run as a statement."""
    variables: set[str] = field(default_factory=set)
    """Names that a script declared; a bare name that no table surely owns is one of these."""
    internal: dict[TableName, None] = field(default_factory=dict)
    """Temporary tables that were read or dropped: no results, whatever follows."""
    moves: list[TableMove] = field(default_factory=list)
    doomed: dict[TableName, list[int]] = field(default_factory=dict)
    """Tables that the script drops, with the indexes of the statements that do."""
    results: list[Relation | None] = field(default_factory=list)
    """What the last statements showed, as far as that is known, where one may be asked for it."""
    statement: int = 0
    builds: bool = False
    """Whether a statement so far may have built values of fields."""
    branched: bool = False
    """Whether the statement may not run, so that variables may also keep what they held."""
    procedural: bool = False
    """Whether the statements are a routine's, where SELECT ... INTO fills variables."""

    @contextmanager
    def within(self, *, is_routine: bool, runs_text: bool) -> Iterator[Guests]:
        """Read what stands inside of a statement, and forget what holds there alone, also where
        reading it fails: the script goes on behind it. A routine's variables end with it."""
        procedural, records, texts = self.procedural, dict(self.records), dict(self.texts)
        variables, record_fields = set(self.variables), self.record_fields
        guests = Guests()
        self.procedural = procedural or is_routine
        try:
            yield guests
        finally:
            self.procedural, self.branched = procedural, False
            self.record_fields = record_fields
            for table in (*guests.rows, *guests.handed):
                self.temporary.pop(table, None)
            for table in guests.handed:
                self.internal.pop(table, None)
            if is_routine:
                self.records, self.texts = records, texts
            if is_routine or runs_text:
                self.variables = variables

    def complete(self, parts: Sequence[str]) -> TableName:
        """The full name: the parts as written, led by the defaults."""
        full = list(parts)
        if len(full) == 1 and self.schema_name:
            full.insert(0, self.schema_name)
            if self.database:
                full.insert(0, self.database)
        elif self.database and (len(full) == 1 or (len(full) == 2 and not self._in_two_levels())):
            full.insert(0, self.database)
        return TableName(tuple(full))

    def _in_two_levels(self) -> bool:
        """Where a database is all there is above a table, ``a.b`` is complete."""
        return self.rules.two_levels and self.schema_name is None

    def columns_of(self, table: TableName) -> Sequence[str] | None:
        """A table's columns, folded: what the session knows of it, else what the schema does."""
        if table in self.temporary:
            relation = self.temporary[table]
            return [c.name for c in relation.expanded()] if relation.known else None
        if table in self.columns:
            return self.columns[table]
        if self.schema is None or table.kind is not TableKind.TABLE:
            return None
        names = self.schema.columns_of(table)
        if names is None:
            return None
        return [self.rules.column(name, quoted=True) for name in names]

    def fields_of(self, table: TableName, column: str) -> list[str] | None:
        """The fields inside a column, folded, as far as the session or the schema tells them."""
        root, *path = column.split(".")
        declared = self.types.get(table, {}).get(root)
        if declared is not None:
            inside = fields_in(declared, tuple(path))
            return inside and [self.rules.column(name, quoted=False) for name in inside]
        asked = getattr(self.schema, "fields_of", None)
        names = asked(table, column) if asked is not None else None
        return None if names is None else [self.rules.column(name, quoted=True) for name in names]

    def is_variable(self, table: TableName) -> bool:
        """T-SQL's @t, which no other batch sees, whatever declares it."""
        return table.kind is TableKind.TABLE and table.text[:1] == "@"

    def is_doomed(self, table: TableName) -> bool:
        """Whether a later statement of the script drops the table."""
        return any(index > self.statement for index in self.doomed.get(table, ()))

    # Effects

    def replace_table(self, table: TableName, relation: Relation, *, temporary: bool) -> None:
        """The table was made anew with the rows of ``relation``."""
        self.types.pop(table, None)
        if temporary:
            self.temporary[table] = relation
            return
        self.temporary.pop(table, None)
        names = [column.name for column in relation.expanded()]
        self.columns[table] = names if relation.known else None
        self.listed.pop(table, None)
        if not relation.known:
            self.listed[table] = tuple(name for name in names if name)

    def add_to(self, table: TableName, relation: Relation) -> None:
        """Rows or values came into the table."""
        before = self.temporary.get(table)
        if before is not None:
            self.temporary[table] = united(before, relation)

    def assign(
        self, names: Sequence[str], relation: Relation, *, adds: bool, by_row: bool = False
    ) -> None:
        """Variables take a relation's columns, one each; a single one can take the whole row.

        With ``adds`` they may also keep what they held, ``by_row`` they take every row in turn.
        """
        if by_row:
            self.by_row.update(names)
        elif not adds:
            self.by_row.difference_update(names)
        fields = self.record_fields.get(names[0]) if len(names) == 1 else None
        if fields is not None and relation.known and len(fields) == len(relation.expanded()):
            relation = renamed(relation, fields)
        columns = relation.expanded()
        for position, name in enumerate(names):
            value = relation
            if len(names) > 1:
                listed = columns[position : position + 1]
                value = Relation(
                    [OutputColumn(name, column.inputs) for column in listed], upstream=[relation]
                )
            holder, _, field_name = name.partition(".")
            if field_name and holder != "new":
                self._assign_field(holder, field_name, value, adds=adds)
                continue
            before = self.records.get(name)
            self.records[name] = united(before, value) if adds and before is not None else value

    def _assign_field(self, record: str, name: str, value: Relation, *, adds: bool) -> None:
        """One field of a variable that holds a row takes a value, the others stay."""
        before = self.records.get(record) or Relation(known=False)
        inputs = dict(value.everything())
        merge(inputs, all_rows(value))
        if adds:
            merge(inputs, before.find(name)[1])
        columns = [OutputColumn(c.name, c.inputs) for c in before.expanded() if c.name != name]
        at = next((i for i, c in enumerate(before.expanded()) if c.name == name), len(columns))
        columns.insert(at, OutputColumn(name, inputs))
        if before.known:
            self.records[record] = Relation(columns, upstream=[before], beside=[value])
        else:
            self.records[record] = OpenRelation(
                columns, False, upstream=[before], beside=[value], behind=[before]
            )

    def forget(self, name: str) -> None:
        """A variable holds no value of any table."""
        if "." in name:
            self.assign([name], Relation(), adds=False)
        else:
            self.records.pop(name, None)

    def keep_result(self, relation: Relation | None) -> None:
        """The next statement may read what this one showed (``RESULT_SCAN``)."""
        if self.rules.name == "snowflake":
            self.results = [*self.results[1 - MOST_RESULTS :], relation]

    def result(self, back: str) -> Relation | None:
        """What an earlier statement showed, ``-1`` being the last; None where that is not known."""
        at = -(whole(back[1:]) or 0) if back.startswith("-") else 0
        return self.results[at] if 0 < -at <= len(self.results) else None

    def drop(self, table: TableName) -> None:
        if self.temporary.pop(table, None) is not None:
            self.internal[table] = None
        self.columns.pop(table, None)
        self.listed.pop(table, None)
        self.types.pop(table, None)

    def rename(self, source: TableName, target: TableName) -> None:
        """The table goes on under another name, be it temporary or not."""
        ends = self.is_doomed(target)
        self.moves.append(TableMove(self.statement, source, target, ends=ends))
        names = self.columns_of(source)
        self.columns[target] = None if names is None else list(names)
        self.listed[target] = self.listed.pop(source, ())
        if source in self.temporary:
            self.temporary[target] = self.temporary.pop(source)

    def swap(self, one: TableName, other: TableName) -> None:
        """Two tables exchange their names."""
        self.moves.append(TableMove(self.statement, one, other, swaps=True))
        first, second = self.columns_of(one), self.columns_of(other)
        self.columns[one] = None if second is None else list(second)
        self.columns[other] = None if first is None else list(first)
        self.listed[one], self.listed[other] = self.listed.get(other, ()), self.listed.get(one, ())
        behind = {t: self.temporary.pop(t) for t in (one, other) if t in self.temporary}
        for table, into in ((one, other), (other, one)):
            if table in behind:
                self.temporary[into] = behind[table]

    def use(self, database: str | None, schema_name: str | None) -> None:
        """USE and its relatives: either part, or both, are other ones from here on."""
        if database is not None:
            self.database = database
            self.schema_name = schema_name
        elif schema_name is not None:
            self.schema_name = schema_name

    # Identity

    def fingerprint(self) -> str:
        """Equal for sessions in which the same statement has the same lineage."""
        digest = hashlib.blake2b(digest_size=16)
        digest.update(
            repr(
                (self.database, self.schema_name, self.procedural, sorted(self.variables))
            ).encode()
        )
        for table, names in self.columns.items():
            digest.update(repr((table.parts, names, self.listed.get(table, ()))).encode())
        for table, relation in self.temporary.items():
            digest.update(repr((table.parts, id(relation))).encode())
        digest.update(repr(sorted((t.parts, held) for t, held in self.types.items())).encode())
        for name, relation in self.records.items():
            digest.update(repr((name, id(relation))).encode())
        digest.update(repr(sorted(self.by_row)).encode())
        for table, relation in self.functions.items():
            digest.update(repr((table.parts, id(relation))).encode())
        digest.update(repr(sorted(self.texts.items())).encode())
        for function, table in self.triggered.items():
            digest.update(repr((function.parts, table.parts)).encode())
        return digest.hexdigest()
