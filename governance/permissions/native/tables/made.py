"""Tables that a text makes and then uses, its macros and its variables.

Such a table holds what whoever asks may see, so it is open. Later statements name a temporary one
with the schema of temporary tables: were it never made, they would find no other table of that
name. Any other is known only where the catalog has none of its name at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from sqlglot import exp

from governance.permissions.engine import Decision
from governance.permissions.native.refusing import Refused
from governance.permissions.native.seen.shaping import Splice, spliced
from governance.permissions.native.tables.binding import Occurrence, Use
from governance.permissions.native.text.macros import Macros
from governance.permissions.native.text.texts import Texts
from governance.permissions.native.types import (
    Asked,
    Catalog,
    Decide,
    KnownColumn,
    KnownDataset,
    Reason,
)
from governance.permissions.types import DataAction

_SCHEMAS = {"duckdb": "temp", "postgres": "pg_temp"}
"""Of temporary tables, which stand before all others of their name."""
_KINDS = ("TABLE", "VIEW")
_EXISTS = re.compile(r"(?<=\s)IF\s+NOT\s+EXISTS\s+", re.IGNORECASE)
_OPEN = Decision(allowed=True, code="open", version=0)


def is_temporary(tree: exp.Expr, dialect: str) -> bool:
    """Whether a statement makes a temporary table or view."""
    return (
        dialect in _SCHEMAS
        and isinstance(tree, exp.Create)
        and str(tree.args.get("kind") or "").upper() in _KINDS
        and tree.find(exp.TemporaryProperty) is not None
    )


@dataclass(slots=True)
class Made:
    """The catalog and the opt-outs, with the tables that a text has made so far."""

    catalog: Catalog
    opt_outs: Decide
    asked: Asked
    dialect: str
    macros: Macros = field(default_factory=Macros)
    texts: Texts = field(default_factory=Texts)
    _tables: dict[tuple[str, ...], KnownDataset] = field(default_factory=dict)
    _read_by: dict[tuple[str, ...], frozenset[tuple[str, ...]]] = field(default_factory=dict)
    """The temporary tables that each temporary view reads."""
    _added: dict[int, tuple[KnownColumn, ...]] = field(default_factory=dict)
    """The columns that datasets of the catalog have got."""
    _before: set[str] = field(default_factory=set)
    """Temporary tables that are called like one of the catalog, in lower case."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(-1, -1))

    def find(
        self,
        parts: tuple[str, ...],
        database: str | None,
        schema: str | None,
        *,
        is_inside: bool = False,
    ) -> KnownDataset | None:
        """See `Catalog`."""
        made = self._tables.get(self._key(parts)) if self._tables else None
        found = made or self.catalog.find(parts, database, schema, is_inside=is_inside)
        added = self._added.get(found.id, ()) if found is not None else ()
        return replace(found, columns=(*found.columns, *added)) if found and added else found

    def decide(self, dataset: int, action: DataAction, columns: Sequence[str] | None) -> Decision:
        """See `Decide`."""
        return _OPEN if is_made(dataset) else self.opt_outs(dataset, action, columns)

    def refuse_what_hides(self, read: Iterable[Occurrence]) -> None:
        """Raises Refused where DuckDB may find a temporary table of the text in the place of one of
        the catalog: it looks among those first, also where a schema is named, and when it reads
        what a view says."""
        for one in read if self._before else ():
            if one.dataset is None or is_made(one.dataset.id):
                continue
            is_named = len(one.node.parts) == 2 and one.node.name.lower() in self._before
            if is_named or one.dataset.is_view:
                text = f"A temporary table of the text may stand before {one.name}."
                raise Refused(Reason("unresolved", text, one.name))

    def named_fully(self, found: Iterable[Occurrence], sql: str) -> str | None:
        """The statement with the schema before each temporary table; None where it names none."""
        schema = _SCHEMAS.get(self.dialect, "")
        splices = []
        for one in found:
            if len(one.node.parts) != 1 or one.use is Use.MAKE or not one.end or not schema:
                continue
            if is_cleared(one):
                self._add((schema, one.node.name))
            if self._key((schema, one.node.name)) in self._tables:
                splices.append(Splice(one.start, one.start, f"{schema}."))
        return spliced(sql, splices)[0] if splices else None

    def made_for_certain(self, tree: exp.Expr, sql: str, is_used: Callable[[str], bool]) -> str:
        """A statement that makes a table unless there is one of its name, as one that fails then:
        nobody knows what that one holds. `is_used`: whether other statements name it; empty where
        the statement stays as it is."""
        if not isinstance(tree, exp.Create) or not tree.args.get("exists"):
            return ""
        table = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        is_made = self.dialect in _SCHEMAS and str(tree.args.get("kind")).upper() in _KINDS
        if not is_made or not isinstance(table, exp.Table) or not is_used(table.name):
            return ""
        names = tuple(part.name for part in table.parts)
        if is_temporary(tree, self.dialect) or not self._is_new(names):
            return ""
        return _EXISTS.sub("", sql, count=1)

    def note(self, tree: exp.Expr) -> None:
        """What a statement that may run makes, alters or drops."""
        if self.dialect not in _SCHEMAS:
            return
        if isinstance(tree, exp.Rollback):
            self._tables.clear()  # what was replaced is there again
            self._added.clear()
            self.macros.clear()
        if isinstance(tree, exp.Create) and str(tree.args.get("kind")).upper() in _KINDS:
            table = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
            if not isinstance(table, exp.Table):
                return
            names = tuple(part.name for part in table.parts)
            if is_temporary(tree, self.dialect):
                if len(names) == 1:
                    named = (_SCHEMAS[self.dialect], *names)
                    self._add(named, _columns_of(tree))
                    if self.dialect == "duckdb" and not self._is_new(names):
                        self._before.add(names[0].lower())
                    self._read_by[self._key(named)] = self._looked_into(tree)
            elif not tree.args.get("exists") and self._is_new(names):
                self._add(names, _columns_of(tree))
        elif isinstance(tree, exp.Drop):
            for table in tree.find_all(exp.Table):
                self._forget(self._key(tuple(part.name for part in table.parts)))
        elif isinstance(tree, exp.Alter) and isinstance(tree.this, exp.Table):
            self._alter(tree, tuple(part.name for part in tree.this.parts))

    def _alter(self, tree: exp.Alter, names: tuple[str, ...]) -> None:
        """Note that a table that was made has other columns, or goes by another name."""
        known = None if self._key(names) in self._tables else self.find(names, *self._defaults)
        if known is None and self._key(names) not in self._tables:
            return
        if known is not None:
            columns = added_columns(tree, known, self.dialect)
            self._added[known.id] = (*self._added.get(known.id, ()), *columns)
        renamed = tree.find(exp.AlterRename)
        if renamed is None or tree.args.get("options"):  # where a column is renamed
            if known is None:
                self._add(names)
            return
        if known is not None and not self._is_open(known):
            return
        self._forget(self._key(names))
        named = (*names[:-1], renamed.this.name)
        is_temporary_one = names[0].lower() == _SCHEMAS[self.dialect]
        if len(renamed.this.parts) == 1 and (is_temporary_one or self._is_new(named)):
            self._add(named, [column.name for column in known.columns] if known else ())

    def _is_open(self, dataset: KnownDataset) -> bool:
        """Whether nothing of a table is protected, whatever is done with it."""
        decisions = (self.opt_outs(dataset.id, action, None) for action in DataAction)
        return not dataset.is_view and all(one.code == "open" for one in decisions)

    @property
    def _defaults(self) -> tuple[str | None, str | None]:
        return self.asked.database, self.asked.schema

    def _forget(self, key: tuple[str, ...]) -> None:
        """A table that is there no more under that name, and the temporary views that read it:
        DuckDB keeps the names in them without their schema, and would find any other table."""
        self._tables.pop(key, None)
        self._read_by.pop(key, None)
        if key[0] == _SCHEMAS[self.dialect]:
            self._before.discard(key[-1])
        for view in [view for view, read in self._read_by.items() if key in read]:
            self._forget(view)

    def _looked_into(self, tree: exp.Create) -> frozenset[tuple[str, ...]]:
        """The temporary tables that a view reads; none for a table, which holds its own rows."""
        if str(tree.args.get("kind")).upper() != "VIEW":
            return frozenset()
        names = (one.name for one in tree.expression.find_all(exp.Table)) if tree.expression else ()
        keys = {self._key((_SCHEMAS[self.dialect], name)) for name in names}
        return frozenset(keys & self._tables.keys())

    def _is_new(self, names: tuple[str, ...]) -> bool:
        is_plain = self.dialect == "duckdb" or all(name == name.lower() for name in names)
        known = self.catalog.find(names, self.asked.database, self.asked.schema, is_inside=True)
        return is_plain and known is None

    def _key(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """What a table goes by, without the names that the session would complete it with."""
        if self.dialect != "duckdb":
            return names
        lowered = tuple(name.lower() for name in names)
        if len(lowered) > 2 and lowered[:2] == ("temp", "main"):
            return ("temp", *lowered[2:])
        schema, database = (self.asked.schema or "").lower(), (self.asked.database or "").lower()
        is_near = schema != "" and lowered[:-1] in ((schema,), (database, schema))
        return lowered[-1:] if is_near else lowered

    def _add(self, names: tuple[str, ...], columns: Iterable[str] = ()) -> None:
        self._tables[self._key(names)] = KnownDataset(
            id=next(self._numbers),
            name=".".join(names),
            parts=names,
            columns=tuple(map(KnownColumn, columns)),
        )


def is_cleared(one: Occurrence) -> bool:
    """Whether a table that nobody knows is dropped if it is there, as before it is made anew."""
    drop = one.node.parent
    return one.dataset is None and isinstance(drop, exp.Drop) and bool(drop.args.get("exists"))


def is_made(dataset: int) -> bool:
    """Whether a dataset is a temporary table of the text, by its number."""
    return dataset < 0


def added_columns(tree: exp.Alter, dataset: KnownDataset, dialect: str) -> list[KnownColumn]:
    """The columns that a dataset has for certain after a statement and not before it; none where
    one of them may have been there."""
    actions = tree.args["actions"]
    if dialect not in _SCHEMAS or tree.args.get("exists") or not dataset.columns:
        return []
    if not all(isinstance(one, exp.ColumnDef) and not one.args.get("exists") for one in actions):
        return []
    names = [one.name for one in actions]
    before = {column.name.lower() for column in dataset.columns}
    is_plain = dialect == "duckdb" or all(name == name.lower() for name in names)
    lowered = {name.lower() for name in names}
    if not is_plain or len(lowered) < len(names) or lowered & before or dataset.is_view:
        return []
    return [KnownColumn(one.name, one.kind.sql(dialect=dialect)) for one in actions]


def _columns_of(tree: exp.Create) -> list[str]:
    """The names of a new table's columns; nothing where they are not written out."""
    if isinstance(tree.this, exp.Schema):
        return [one.name for one in tree.this.expressions if one.name]
    query = tree.expression.unnest() if tree.expression is not None else None
    if not isinstance(query, exp.Select) or query.is_star:
        return []
    names = query.named_selects
    return names if all(names) else []
