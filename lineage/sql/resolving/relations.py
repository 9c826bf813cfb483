"""What a table, a subquery or any other row source offers: columns, and where they come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

from lineage.sql.resolving.inputs import (
    GUESS_CONFIDENCE,
    Inputs,
    Origin,
    StructInputs,
    add_branch,
    field_inputs,
    field_named,
    guess,
    merge,
    own_copy,
    share,
)
from lineage.sql.resolving.usage import IDENTITY
from lineage.types import ConfidenceReason, TableName

SINGLE_SOURCE_CONFIDENCE = 0.9


class Certainty(IntEnum):
    """Whether a source has a column of some name."""

    NO = 0
    WEAK = 1
    """It would answer to any name: a table function, a struct."""
    MAYBE = 2
    """Its columns are not known."""
    LIKELY = 3
    """Nor are those, but it is what one would call them."""
    YES = 4


Found: TypeAlias = tuple[Certainty, Inputs]
NOT_FOUND: Found = (Certainty.NO, {})


@dataclass(slots=True, eq=False)
class OutputColumn:
    """A named result column. ``name`` is empty where the engine gives it none."""

    name: str
    inputs: Inputs


@dataclass(slots=True, eq=False)
class Relation:
    """A row source.

    ``columns`` are the known ones, in order; ``known`` says that there are no others.
    ``rows`` are the columns that decide which rows there are or how they are ordered.
    ``upstream`` are the relations whose rows it takes, ``beside`` those that it only consults
    (the subqueries of its expressions), so that the tables behind them are still found.
    """

    columns: list[OutputColumn] = field(default_factory=list)
    known: bool = True
    rows: Inputs = field(default_factory=dict)
    upstream: list[Relation] = field(default_factory=list)
    beside: list[Relation] = field(default_factory=list)
    by_name: dict[str, Inputs] = field(default_factory=dict)

    def find(self, name: str) -> Found:
        if len(self.by_name) < len(self.columns):
            self.by_name = {c.name: c.inputs for c in reversed(self.columns) if c.name}
        inputs = self.by_name.get(name)
        if inputs is not None:
            return Certainty.YES, inputs
        return self.find_beyond(name)

    def find_beyond(self, name: str) -> Found:
        """Looks for a column that is not among the known ones."""
        return NOT_FOUND

    def names_if_closed(self) -> Iterable[str] | None:
        """All names that ``find`` answers to; None where others may be found as well."""
        if type(self) is not Relation:
            return None
        return dict.fromkeys(column.name for column in self.columns if column.name)

    def expanded(self) -> list[OutputColumn]:
        """The known columns, in order: what a star stands for."""
        return self.columns

    def everything(self) -> Inputs:
        """The inputs of all known columns: what a reference to the whole row reads."""
        inputs: Inputs = {}
        for column in self.expanded():
            merge(inputs, column.inputs)
        return inputs

    def open_names(self) -> list[str]:
        """What to call the part of the columns that is not known."""
        return []

    def open_inputs(self) -> Inputs:
        """What all of that part comes from, where it is the value of something."""
        return {}


@dataclass(slots=True, eq=False)
class BaseTable(Relation):
    """A stored table or view. ``names`` are its columns, None when its schema is not known."""

    table: TableName = field(default_factory=lambda: TableName(()))
    names: dict[str, None] | None = None
    written: frozenset[str] = frozenset()
    """Columns that the statement sets, which the table so must have."""
    listed: tuple[str, ...] = ()
    """Columns that are known though there may be others."""

    def find(self, name: str) -> Found:
        if name in self.listed:
            return Certainty.YES, self._read(name, 1.0, ConfidenceReason.BY_SCHEMA)
        if self.names is None:
            reason = ConfidenceReason.SINGLE_SOURCE
            certainty = Certainty.YES if name in self.written else Certainty.MAYBE
            return certainty, self._read(name, SINGLE_SOURCE_CONFIDENCE, reason)
        if name in self.names:
            return Certainty.YES, self._read(name, 1.0, ConfidenceReason.BY_SCHEMA)
        return NOT_FOUND

    def expanded(self) -> list[OutputColumn]:
        reason = ConfidenceReason.BY_SCHEMA
        return [
            OutputColumn(name, self._read(name, 1.0, reason)) for name in self.names or self.listed
        ]

    def names_if_closed(self) -> Iterable[str] | None:
        return self.names

    def not_in_schema(self, name: str) -> Inputs:
        """A reference that the schema contradicts: stale schema or a hidden column."""
        return self._read(name, GUESS_CONFIDENCE, ConfidenceReason.GUESSED)

    def _read(self, name: str, confidence: float, reason: ConfidenceReason) -> Inputs:
        origin = Origin(self.table, name, IDENTITY, confidence, reason)
        return {(self.table.parts, name, IDENTITY): origin}

    def open_names(self) -> list[str]:
        return [f"{self.table.text}.*"] if self.names is None else []


@dataclass(slots=True, eq=False)
class OpenRelation(Relation):
    """A query whose stars could not be expanded: other names are looked up behind them."""

    behind: list[Relation] = field(default_factory=list)
    hidden: frozenset[str] = frozenset()
    before: int = 0
    """How many of ``columns`` stand before the first star."""

    def find_beyond(self, name: str) -> Found:
        if name in self.hidden:
            return NOT_FOUND
        certainty, inputs = find_among(self.behind, name)
        return min(certainty, Certainty.MAYBE), inputs

    def open_names(self) -> list[str]:
        return list(dict.fromkeys(name for part in self.behind for name in part.open_names()))

    def open_inputs(self) -> Inputs:
        inputs: Inputs = {}
        for part in self.behind:
            merge(inputs, part.open_inputs())
        return inputs


@dataclass(slots=True, eq=False)
class AnyColumn(Relation):
    """A row source whose every column has the same inputs: a table function, UNNEST, PIVOT."""

    source: Inputs = field(default_factory=dict)
    fields: dict[str, Inputs] = field(default_factory=dict)
    """What the fields of its value come from, as far as they are known."""

    def find_beyond(self, name: str) -> Found:
        found = field_named(self.fields, name)
        if found is not None:
            return Certainty.YES, found
        return Certainty.WEAK, self.source

    def everything(self) -> Inputs:
        return StructInputs(self.source, self.fields) if self.fields else self.source


_ITEM_NAME = "column_value"
"""What Oracle calls an item that has no fields."""


@dataclass(slots=True, eq=False)
class Items(AnyColumn):
    """What a function in FROM makes of its arguments, mostly the items of an array: any other
    name is a field of theirs."""

    def find_beyond(self, name: str) -> Found:
        if name == _ITEM_NAME:
            return Certainty.WEAK, self.source
        found = field_named(self.fields, name)
        if found is not None:
            return Certainty.YES, found
        return Certainty.WEAK, field_inputs(self.source, [name], None)


_OF_PAIRS = frozenset({"key", "value"})
"""What the fields are called of an array that stands for a map, as engines without maps have it."""


@dataclass(slots=True, eq=False)
class UnknownItems(Items):
    """The items of an array that may be structs, of which nobody has told the fields."""

    known: bool = False

    def find_beyond(self, name: str) -> Found:
        certainty, inputs = Items.find_beyond(self, name)
        if certainty is Certainty.WEAK and name in _OF_PAIRS and self.source:
            return Certainty.LIKELY, inputs
        return certainty, inputs

    def open_names(self) -> list[str]:
        found = self.source.values()
        return [f"{o.table.text}.{o.column}.*" for o in found if o.usage.direct]

    def open_inputs(self) -> Inputs:
        return self.source


@dataclass(slots=True, eq=False)
class FieldsOf(Relation):
    """The fields of a value, when nobody knows which they are."""

    inputs: Inputs = field(default_factory=dict)
    name: str = ""

    def find_beyond(self, name: str) -> Found:
        return Certainty.MAYBE, field_inputs(self.inputs, [name], None)

    def everything(self) -> Inputs:
        return self.inputs

    def open_names(self) -> list[str]:
        return [f"{self.name}.*" if self.name else "*"]

    def open_inputs(self) -> Inputs:
        return self.inputs


@dataclass(slots=True, eq=False)
class MergedRelation(Relation):
    """A set operation in which some branch has unknown columns: names are looked up in each."""

    branches: list[Relation] = field(default_factory=list)

    def find(self, name: str) -> Found:
        merged: Inputs = {}
        best = Certainty.NO
        for column in self.columns:
            if column.name == name:
                best = Certainty.MAYBE
                merge(merged, column.inputs)
        for branch in self.branches:
            certainty, inputs = branch.find(name)
            best = max(best, certainty)
            merge(merged, inputs)
        return best, merged

    def open_names(self) -> list[str]:
        return list(dict.fromkeys(name for part in self.branches for name in part.open_names()))


def positioned(relation: Relation, names: Sequence[str]) -> list[OutputColumn]:
    """A relation's columns, where ``names`` is what something else has in the same places.

    Columns behind a star that could not be expanded are looked up by these names, since their
    positions are not known; what they come from is a guess.
    """
    columns = relation.expanded()
    if relation.known:
        return columns
    if isinstance(relation, MergedRelation):
        return united([positioned(branch, names) for branch in relation.branches])
    if not isinstance(relation, OpenRelation):
        return [OutputColumn(name, guess(relation.find(name)[1])) for name in names]
    before = min(relation.before, len(names))
    after = min(len(columns) - relation.before, len(names) - before)
    behind = names[before : len(names) - after]
    return [
        *columns[:before],
        *(OutputColumn(name, guess(relation.find_beyond(name)[1])) for name in behind),
        *columns[len(columns) - after :],
    ]


def united(sides: Sequence[Sequence[OutputColumn]]) -> list[OutputColumn]:
    """The columns of several row sources by position, named as those of the first."""
    first, *others = sides
    columns = [OutputColumn(column.name, own_copy(column.inputs)) for column in first]
    for other in others:
        for column, further in zip(columns, other, strict=False):
            add_branch(column.inputs, further.inputs)
    return columns


def renamed(relation: Relation, names: Sequence[str]) -> Relation:
    """A relation of known columns under other names."""
    pairs = zip(names, relation.expanded(), strict=True)
    columns = [OutputColumn(name, column.inputs) for name, column in pairs]
    return Relation(columns, upstream=[relation])


def find_among(relations: Iterable[Relation], name: str) -> Found:
    """The column of that name in one of several row sources.

    A source that surely has it wins over those that may; where several are equally likely, all
    are candidates and share the confidence.
    """
    best = Certainty.NO
    hits: list[Inputs] = []
    is_disputed = False
    for relation in relations:
        certainty, inputs = relation.find(name)
        is_disputed = is_disputed or certainty is Certainty.MAYBE
        if certainty > best:
            best, hits = certainty, [inputs]
        elif certainty is best and certainty is not Certainty.NO:
            hits.append(inputs)
    if len(hits) == 1 and is_disputed and best is Certainty.LIKELY:
        return best, guess(hits[0])
    if len(hits) <= 1:
        return best, hits[0] if hits else {}
    merged: Inputs = {}
    for inputs in hits:
        merge(merged, share(inputs, len(hits)))
    return best, merged


def all_rows(relation: Relation) -> Inputs:
    """The row-deciding columns of a relation and of everything it reads."""
    inputs: Inputs = {}
    seen: set[int] = set()
    stack = [relation]
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        merge(inputs, current.rows)
        stack.extend(reversed(current.upstream))
    return inputs


def tables_behind(relation: Relation) -> set[TableName]:
    """Every stored table whose rows or values can reach the relation."""
    tables: set[TableName] = set()
    seen: set[int] = set()
    stack = [relation]
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, BaseTable):
            tables.add(current.table)
        stack.extend(current.upstream)
        stack.extend(current.beside)
    return tables
