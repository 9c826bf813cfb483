"""A text of statements as brakes look at it: shapes over tables of the catalog, views read through.

What cannot be read is said; what only looks at plans, names or the session is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from governance.brakes.engine import Shape, Table, shape_of
from governance.brakes.selectors.sizes import Size, sizes_of
from governance.permissions.engine import Dataset, Index
from governance.permissions.native import KnownDataset
from governance.permissions.native.reading import parsed, statements_in, told_apart
from governance.permissions.native.tables.binding import Occurrence, Place, occurrences
from governance.permissions.native.tables.kinds import Kind, kind_of
from governance.permissions.native.text.wrapped import explained
from governance.permissions.selectors import world
from governance.permissions.selectors.known_tables import KnownTables
from lineage.sql.dialects import rules_of

MOST_VIEWS = 50
_RUNS = re.compile(
    r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*+(SELECT|WITH|FROM|INSERT|UPDATE|DELETE|MERGE|COPY|EXPORT|UNLOAD|TABLE|VALUES|CALL|"
    r"EXECUTE|EXEC|DO|BEGIN\s+NOT|PIVOT|UNPIVOT|REPLACE|TRUNCATE|CREATE\s+(OR\s+REPLACE\s+)?TABLE)\b",
    re.IGNORECASE | re.DOTALL,
)
_READING = (Kind.QUERY, Kind.WRITE, Kind.EXPORT)

_Statement = tuple[exp.Expr, list[Occurrence], str]
"""A tree with the tables it names, and the view that it defines; empty for what was written."""


@dataclass(slots=True)
class Read:
    """`unreadable` is why a statement that would run was not understood; empty where all were."""

    shapes: list[Shape] = field(default_factory=list)
    unreadable: str = ""

    @property
    def tables(self) -> list[Table]:
        """Every table that is read, once."""
        return list({one.id: one for shape in self.shapes for one in shape.tables}.values())


def read_statements(
    sql: str,
    dialect: str,
    *,
    system: str,
    database: str | None,
    schema: str | None,
    index: Index,
    person: int,
) -> Read:
    """Read a text for somebody: what is hidden from them is called by the view that reads it."""
    hidden = index.hidden(person)
    catalog = KnownTables(dialect, system, lambda dataset: dataset not in hidden)
    rules = rules_of(dialect)
    pieces = statements_in(sql, rules)
    found = Read(unreadable=told_apart(sql, pieces, rules))
    trees: list[_Statement] = []
    for piece in pieces:
        text = _what_runs(piece)
        if not text:
            continue
        tree = parsed(text, rules)
        if isinstance(tree, str):
            if _RUNS.match(text):
                found.unreadable = tree
            continue
        if kind_of(tree) in _READING:
            trees.append((tree, occurrences(tree, catalog, rules, Place(database, schema)), ""))
    inside = _read_views(trees, catalog)
    tables = _Tables(
        index, [one for _, held, _ in trees for one in held], inside, hidden.__contains__
    )
    for tree, named, view in trees:
        found.shapes.append(
            shape_of(
                tree,
                {id(one.node): tables.table(one.dataset, view) for one in named if one.dataset},
                is_inside=bool(view),
            )
        )
    return found


def _what_runs(piece: str) -> str:
    """The text that would read data: a plan that is only shown reads none."""
    inner = explained(piece)
    if inner is None:
        return piece
    before = piece[: len(piece) - len(inner)].upper()
    return inner if "ANALYZE" in before else ""


def _read_views(trees: list[_Statement], catalog: KnownTables) -> dict[int, frozenset[int]]:
    """Add the definition of each view that is read, and of those inside; the datasets in each."""
    inside: dict[int, frozenset[int]] = {}
    for _, held, _ in trees:  # it grows while it is walked
        for one in held:
            view = one.dataset
            if view is None or not view.is_view or view.id in inside or len(inside) >= MOST_VIEWS:
                continue
            tree = _definition(view)
            if tree is None:
                continue
            rules = rules_of(view.definition_dialect)
            place = Place(view.definition_database, view.definition_schema, is_inside=True)
            named = occurrences(tree, catalog, rules, place)
            inside[view.id] = frozenset(two.dataset.id for two in named if two.dataset)
            trees.append((tree, named, view.name))
    return inside


def _definition(view: KnownDataset) -> exp.Expr | None:
    if not view.definition or not view.definition_dialect:
        return None
    tree = parsed(view.definition, rules_of(view.definition_dialect))
    if isinstance(tree, exp.Create):
        tree = tree.expression
    return tree if isinstance(tree, exp.Query) else None


class _Tables:
    """Datasets as tables with their sizes, each read once."""

    def __init__(
        self,
        index: Index,
        held: list[Occurrence],
        inside: Mapping[int, frozenset[int]],
        is_hidden: Callable[[int], bool],
    ) -> None:
        known = {one.dataset.id: one.dataset for one in held if one.dataset}
        self._inside = inside
        self._is_hidden = is_hidden
        self._sizes = sizes_of(known)
        records = index.parts.records
        self._records: dict[int, Dataset] = {pk: records[pk] for pk in known if pk in records}
        missing = known.keys() - self._records.keys()
        if missing:
            found = world.datasets(index.parts.rules.values(), missing)
            self._records |= {one.id: one for one in found}

    def table(self, dataset: KnownDataset, view: str) -> Table:
        """The table of a dataset; `view` is the view that reads it, empty for none."""
        record = self._records.get(dataset.id) or Dataset(dataset.id, dataset.name)
        size = self._sizes.get(dataset.id) or Size()
        inside = self._inside.get(dataset.id)
        if inside is not None:  # what it reads is counted in its stead
            size = replace(size, rows=0, bytes=0, measured_at=None)
        return Table(
            dataset=record,
            columns=tuple(column.key for column in dataset.columns),
            rows=size.rows,
            bytes=size.bytes,
            measured_at=size.measured_at,
            is_guessed=size.is_guessed,
            spans=size.spans,
            inside=inside or frozenset(),
            called=view if view and self._is_hidden(dataset.id) else "",
        )
