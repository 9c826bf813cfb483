"""One SELECT's row sources, and the lookup of a column reference among them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from lineage.sql.resolving.inputs import Inputs, merge, share
from lineage.sql.resolving.relations import (
    NOT_FOUND,
    AnyColumn,
    BaseTable,
    Certainty,
    Found,
    OutputColumn,
    Relation,
    find_among,
)
from lineage.types import TableName


@dataclass(frozen=True, slots=True, eq=False)
class Ctes:
    """The common table expressions in sight, innermost first."""

    name: str = ""
    relation: Relation | None = None
    outer: Ctes | None = None

    def find(self, name: str) -> Relation | None:
        entry: Ctes | None = self
        while entry is not None:
            if entry.relation is not None and entry.name == name:
                return entry.relation
            entry = entry.outer
        return None


UNITS_PER_SOURCE = 5
"""What it costs to ask one of many sources for a name."""


@dataclass(slots=True, eq=False)
class Source:
    """A row source under the name by which the scope knows it.

    ``table`` is the stored or temporary table that is read, None for anything else. A source
    that is not ``visible`` (the right side of a semi join) answers only to its qualifier.
    """

    name: str
    relation: Relation
    table: TableName | None = None
    visible: bool = True
    aliased: bool = False
    """Whether an alias hides the table's own name."""
    through: Source | None = None
    """The query in the scope through which an update changes ``table``."""


@dataclass(slots=True, eq=False)
class Scope:
    """Everything a column name can mean inside one SELECT, and what its clauses have read."""

    ctes: Ctes
    parent: Scope | None = None
    sources: list[Source] = field(default_factory=list)
    merged: dict[str, Inputs] = field(default_factory=dict)
    """Columns joined with USING or NATURAL, which belong to no single source."""
    merged_at: dict[str, int] = field(default_factory=dict)
    """The number of the source that begins the FROM item of each of them."""
    begins_at: int = 0
    """The number of the source that begins the last FROM item, told from joins by its comma."""
    aliases: dict[str, OutputColumn] = field(default_factory=dict)
    """Names given in the select list so far."""
    own_reads: dict[str, exp.Expr] = field(default_factory=dict)
    later: dict[str, exp.Expr] = field(default_factory=dict)
    """Named expressions of the select list that were not read yet, where a name may come before
    what it stands for."""
    """The expression behind each of these names."""
    windows: dict[str, exp.Window] = field(default_factory=dict)
    rows: Inputs = field(default_factory=dict)
    beside: list[Relation] = field(default_factory=list)
    _index: dict[str, list[Relation]] | None = None
    _indexed: int = 0

    def merge(self, name: str, inputs: Inputs) -> None:
        """Has a name stand for a column of joined sources."""
        self.merged[name] = inputs
        self.merged_at.setdefault(name, self.begins_at)

    def relations(self) -> list[Relation]:
        return [source.relation for source in self.sources if source.visible]

    def hide(self, sources: list[Source]) -> None:
        """From here on these answer only to their qualifier."""
        for source in sources:
            source.visible = False
        self._indexed = 0

    def qualified(self, qualifier: tuple[str, ...]) -> list[Source]:
        """The nearest scope's sources that ``qualifier`` names: an alias or a table's name."""
        scope: Scope | None = self
        while scope is not None:
            hits = [source for source in scope.sources if _answers(source, qualifier)]
            if hits:
                return hits
            scope = scope.parent
        return []

    def behind_alias(self, qualifier: tuple[str, ...]) -> list[Source]:
        """The nearest scope's stored tables of that qualified name, which an alias hides."""
        scope: Scope | None = self
        while scope is not None:
            hits = [s for s in scope.sources if s.aliased and _is_table(s, qualifier)]
            if hits:
                return hits
            scope = scope.parent
        return []

    def bare(self, name: str) -> Found:
        """A column without qualifier, here or, failing that, in the enclosing scopes.

        A source here that may have it and an enclosing one that surely has it share the name.
        """
        scope: Scope | None = self
        weak: Found = (Certainty.NO, {})
        possible: list[Inputs] = []
        while scope is not None:
            certainty, inputs = scope.here(name)
            if certainty is Certainty.YES:
                return certainty, _shared([*possible, inputs])
            likely = certainty in (Certainty.MAYBE, Certainty.LIKELY) or (
                certainty is Certainty.WEAK and scope.unfolds()
            )
            if likely and not possible:
                possible.append(inputs)
            elif weak[0] is Certainty.NO:
                weak = (certainty, inputs)
            scope = scope.parent
        return (Certainty.MAYBE, possible[0]) if possible else weak

    def unfolds(self) -> bool:
        """Whether a subquery reads nothing but the items of an array, whose fields it names."""
        return self.parent is not None and all(
            isinstance(source.relation, AnyColumn) and source.relation.source
            for source in self.sources
        )

    def here(self, name: str) -> Found:
        merged = self.merged.get(name)
        if merged is not None:
            return Certainty.YES, merged
        if len(self.sources) < 3:
            return find_among(self.relations(), name)
        if self._indexed != len(self.sources):
            self._index = _index(self.sources)
            self._indexed = len(self.sources)
        if self._index is None:
            return find_among(self.relations(), name)
        owners = self._index.get(name)
        if owners is None:
            return NOT_FOUND
        return owners[0].find(name) if len(owners) == 1 else find_among(owners, name)

    def effort(self) -> int:
        """Units of work that a name without qualifier costs where every source is asked for it."""
        if len(self.sources) < 3 or (self._index is not None and self._indexed):
            return 0
        return UNITS_PER_SOURCE * len(self.sources)

    def effort_around(self) -> int:
        """The same for all the enclosing scopes."""
        units = 0
        scope = self.parent
        while scope is not None:
            units += scope.effort()
            scope = scope.parent
        return units

    def row_value(self, name: str) -> Inputs | None:
        """The value behind the alias of an UNNEST, which is a name of its own."""
        for source in self.sources:
            if source.name == name and isinstance(source.relation, AnyColumn):
                return source.relation.everything()
        return None

    def not_in_schema(self, name: str) -> Inputs:
        """Candidates for a bare name that no known schema lists: every stored table here."""
        scope: Scope | None = self
        while scope is not None:
            tables = [s.relation for s in scope.sources if isinstance(s.relation, BaseTable)]
            if tables:
                return _shared_guess(tables, name)
            scope = scope.parent
        return {}


def _index(sources: list[Source]) -> dict[str, list[Relation]] | None:
    """Who owns which name; None unless all columns of all sources are known."""
    index: dict[str, list[Relation]] = {}
    for source in sources:
        relation = source.relation
        if not source.visible:
            continue
        names = relation.names_if_closed()
        if names is None:
            return None
        for name in names:
            if name in index:
                index[name].append(relation)
            else:
                index[name] = [relation]
    return index


def _shared(candidates: list[Inputs]) -> Inputs:
    if len(candidates) == 1:
        return candidates[0]
    merged: Inputs = {}
    for inputs in candidates:
        merge(merged, share(inputs, len(candidates)))
    return merged


def _shared_guess(tables: list[BaseTable], name: str) -> Inputs:
    return _shared([table.not_in_schema(name) for table in tables])


def _answers(source: Source, qualifier: tuple[str, ...]) -> bool:
    if len(qualifier) == 1:
        return bool(source.name) and source.name == qualifier[0]
    return not source.aliased and _is_table(source, qualifier)


def _is_table(source: Source, qualifier: tuple[str, ...]) -> bool:
    if source.table is None:
        return False
    named = source.table.parts[-len(qualifier) :]
    return tuple(map(str.lower, named)) == tuple(map(str.lower, qualifier))
