"""The effect of a statement on one target, and the pairing of query columns with its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from lineage.sql.resolving import usage as use
from lineage.sql.resolving.inputs import Inputs, StructInputs, compose, decide, own_copy
from lineage.sql.resolving.projections import column_parts
from lineage.sql.resolving.relations import (
    OutputColumn,
    Relation,
    all_rows,
    positioned,
    tables_behind,
)
from lineage.sql.resolving.resolve import Resolver
from lineage.sql.resolving.scopes import Scope, Source
from lineage.sql.resolving.table_functions import table_read
from lineage.types import TableKind, TableName


@dataclass(slots=True)
class Write:
    """What one target gets: columns with what they come from, and what decides the rows.

    ``target`` is None for a bare SELECT. Columns may repeat: output names need not be unique.
    ``unknown`` names the stars whose columns could not be told.
    """

    target: TableName | None
    columns: list[tuple[str, Inputs]] = field(default_factory=list)
    rows: Inputs = field(default_factory=dict)
    sources: set[TableName] = field(default_factory=set)
    unknown: list[str] = field(default_factory=list)
    relation: Relation | None = None
    """The rows that come in, for a session to go on with; None where columns say it all."""
    makes: bool = False
    """Whether the statement creates the table."""
    replaces: bool = False
    """Whether the table holds nothing but these rows afterwards."""
    temporary: bool = False
    """Whether the table it makes ends with the session."""
    adds: bool = True
    """Whether any row or value comes in at all."""
    scope: Scope | None = None
    """What the statement could name, for its RETURNING clause."""
    own: Source | None = None
    """The target among the scope's sources."""
    assigns: tuple[str, ...] = ()
    """The variables that the columns of ``relation`` go into."""

    def as_relation(self) -> Relation:
        """What the target holds of this write, as a row source."""
        if self.relation is not None and not self.relation.known:
            return self.relation
        columns = [OutputColumn(name, inputs) for name, inputs in self.columns]
        upstream = [self.relation] if self.relation is not None else []
        return Relation(columns, True, self.rows, upstream)


def filled(target: TableName | None, relation: Relation, names: Sequence[str] | None) -> Write:
    """A target whose rows are the relation's; ``names`` are its columns, by position."""
    write = Write(target, assigned(relation, names), all_rows(relation), tables_behind(relation))
    write.relation = relation
    if not names:
        write.unknown = relation.open_names()
    return write


def defined(target: TableName | None, relation: Relation, names: Sequence[str]) -> Write:
    """A view or model that a query defines, when ``names`` are known to be its columns.

    A view may rename its query's columns by position; a table that keeps growing may order them
    otherwise. So names decide where the query's own all occur, positions where they do not.
    """
    own = [column.name for column in relation.expanded()]
    by_name = set(own) <= set(names)
    if relation.known:
        positions = None if by_name or len(own) != len(names) else names
        return filled(target, relation, positions)
    listed = set(own)
    write = filled(target, relation, None)
    found = {name: relation.find(name)[1] for name in names if name not in listed}
    write.columns += [(name, inputs) for name, inputs in found.items() if inputs]
    write.unknown = []
    return write


def assigned(relation: Relation, names: Sequence[str] | None) -> list[tuple[str, Inputs]]:
    """Pairs a query's columns with the target's, by position."""
    columns = relation.expanded()
    if not names:
        return [(column.name, column.inputs) for column in columns]
    if relation.known:
        return [
            (names[index] if index < len(names) else column.name, column.inputs)
            for index, column in enumerate(columns)
        ]
    placed = positioned(relation, names)
    return [(name, column.inputs) for name, column in zip(names, placed, strict=False)]


def target_of(resolver: Resolver, node: exp.Expr | None) -> tuple[TableName | None, list[str]]:
    """A written table, file or stage, and the column list that follows its name."""
    names: list[str] = []
    if isinstance(node, exp.Schema):
        names = [
            resolver.identifier(column if isinstance(column, exp.Identifier) else column.this)
            for column in node.expressions
            if isinstance(column, exp.Identifier | exp.ColumnDef | exp.Column)
        ]
        node = node.this
    if isinstance(node, exp.Directory) and isinstance(node.this, exp.Literal):
        return TableName((node.this.name,), TableKind.FILE), names
    if isinstance(node, exp.Anonymous) and node.expressions:
        # ClickHouse's INSERT INTO FUNCTION s3('...')
        named = table_read(resolver, str(node.this).lower(), node.expressions)
        if named is not None:
            return named, names
        place = node.expressions[0]
        if isinstance(place, exp.Literal):
            return TableName((place.name,), TableKind.FILE), names
    if isinstance(node, exp.StoredProcedure | exp.UserDefinedFunction):
        return None, names
    if not isinstance(node, exp.Table):
        return None, names
    table = resolver.table_name(node)
    return (table if table.parts else None), names


def values_names(resolver: Resolver, row: exp.Expr) -> list[str]:
    """What to call the columns that a row of values fills where nobody lists them: by the column
    or variable that is put there, else by the place."""
    names: list[str] = []
    for place, cell in enumerate(row.expressions if isinstance(row, exp.Tuple) else [row], 1):
        last = cell.expression if isinstance(cell, exp.Dot) else cell
        named = last.this if isinstance(last, exp.Column) else last
        is_name = isinstance(named, exp.Identifier)
        names.append(resolver.identifier(named) if is_name else f"column{place}")
    return names


def set_path(resolver: Resolver, node: exp.Expr, scope: Scope) -> list[str]:
    """The column that the left side of an assignment names, and the field inside it."""
    names = [resolver.identifier(part) for part in column_parts(node)]
    for length in range(len(names) - 1, 0, -1):
        if scope.qualified(tuple(names[:length])):
            return names[length:]
    return names


def set_columns(
    resolver: Resolver,
    assignments: Sequence[exp.Expr],
    scope: Scope,
    condition: Inputs | None = None,
) -> list[tuple[str, Inputs]]:
    """``SET a = x, (b, c) = (SELECT ...)``: columns with what they are set from.

    ``condition`` are the columns that decide whether the assignment happens at all.
    """
    written: list[tuple[str, Inputs]] = []
    for assignment in assignments:
        if not isinstance(assignment, exp.EQ | exp.PropertyEQ):
            continue
        left, right = assignment.this, assignment.expression
        if isinstance(left, exp.EQ):  # T-SQL's @v = column = value
            left = left.expression
        elif isinstance(left, exp.Parameter) and isinstance(right, exp.EQ):
            left, right = right.this, right.expression
        decides = condition or {}
        row = _row_set(resolver, left, right, scope)
        if row is not None:
            written += [(column.name, column.inputs) for column in row.expanded()]
            continue
        several = isinstance(left, exp.Tuple)
        columns = left.expressions if several else [left]
        paths = [set_path(resolver, c, scope) for c in columns if isinstance(c, exp.Column)]
        names = [path[0] for path in paths]
        if several and isinstance(right, exp.Subquery):
            relation = resolver.query(right, scope, scope.ctes)
            scope.beside.append(relation)
            pairs = assigned(relation, names)
            decides = dict(decides) | all_rows(relation)
        elif several and isinstance(right, exp.Tuple):
            cells = [resolver.evaluate(cell, scope) for cell in right.expressions]
            pairs = list(zip(names, cells, strict=False))
        else:
            value = _value(resolver, right, scope)
            if assignment.meta.get("compound"):
                value = resolver.evaluate(exp.Add(this=left, expression=right), scope)
            pairs = [(name, value) for name in names]
        for index, (name, inputs) in enumerate(pairs):
            column = own_copy(inputs)
            decide(column, decides)
            for inside in reversed(paths[index][1:] if index < len(paths) else ()):
                column = StructInputs(column, {inside: column})
            written.append((name, column))
    return written


def _row_set(resolver: Resolver, left: exp.Expr, right: exp.Expr, scope: Scope) -> Relation | None:
    """Oracle's ``SET ROW = r``: the variable that holds the whole row."""
    if resolver.rules.name != "oracle" or not isinstance(right, exp.Column):
        return None
    record = resolver.session.records.get(right.name.lower())
    if record is None or not isinstance(left, exp.Column) or left.name.upper() != "ROW":
        return None
    scope.beside.append(record)
    return record


def _value(resolver: Resolver, node: exp.Expr, scope: Scope) -> Inputs:
    """A set value; MySQL's VALUES(column) in it is that column of the offered row."""
    inputs = resolver.evaluate(node, scope)
    for call in node.find_all(exp.Anonymous):
        if str(call.this).upper() == "VALUES" and call.expressions:
            for source in scope.qualified(("excluded",)):
                found = source.relation.find(resolver.identifier(call.expressions[0]))[1]
                how = use.IDENTITY if call is node else use.TRANSFORMATION
                compose(inputs, found, how, node)
    return inputs
