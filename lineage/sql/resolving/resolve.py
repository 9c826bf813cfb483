"""Resolves queries to relations: one walk that yields values, conditions and confidence.

Works by ordinal over scopes of its own. A query becomes a ``Relation`` whose columns carry the
stored columns they come from, so every level reads only the finished result of the level below.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlglot import exp

from lineage.sql.budget import Budget
from lineage.sql.commands.words import UNKNOWN
from lineage.sql.dialects import words
from lineage.sql.parsing.methods import is_method
from lineage.sql.resolving import usage as use
from lineage.sql.resolving.chosen_columns import chosen_inputs, is_choice
from lineage.sql.resolving.expressions import is_existence_test, is_lookup, reads, steps_below
from lineage.sql.resolving.inputs import Inputs, StructInputs, Text, compose
from lineage.sql.resolving.names import column_name, stored_name
from lineage.sql.resolving.projections import column_parts
from lineage.sql.resolving.references import (
    Aliases,
    column_inputs,
    field_of_column,
    is_called_on_column,
    listed_in,
    names_table,
)
from lineage.sql.resolving.relations import (
    BaseTable,
    FieldsOf,
    OpenRelation,
    OutputColumn,
    Relation,
    all_rows,
    tables_behind,
)
from lineage.sql.resolving.scopes import Ctes, Scope
from lineage.sql.resolving.select_clauses import clauses
from lineage.sql.resolving.select_list import Part, projections, starred
from lineage.sql.resolving.set_operations import set_operation, with_clause
from lineage.sql.resolving.sources import add_joins, add_recognized, add_source
from lineage.sql.resolving.structs import (
    BUILDERS,
    RARE_BUILDERS,
    fields_of_value,
)
from lineage.sql.resolving.usage import IDENTITY, Usage
from lineage.sql.resolving.variables import parameter_inputs, variable_inputs
from lineage.sql.session import Session, session_table
from lineage.types import TableName

_DUAL = words("oracle mysql snowflake exasol hive spark singlestore postgres")
"""Where DUAL is a word for a query without tables."""


def _nothing_returned(node: exp.Expr, ctes: Ctes) -> Relation:
    return Relation()


class Resolver:
    """Resolves the queries of one statement. ``mentioned`` and ``unresolved`` fill as it goes."""

    def __init__(self, session: Session, budget: Budget) -> None:
        self.rules = session.rules
        self.session = session
        self.budget = budget
        self.mentioned: dict[TableName, None] = {}
        self.unresolved: dict[str, None] = {}
        self.ambiguous: dict[str, tuple[TableName, ...]] = {}
        self.modify: Callable[[exp.Expr, Ctes], Relation] = _nothing_returned
        """Resolves an INSERT, UPDATE or DELETE inside a WITH clause to what it returns."""
        self.chooses = False
        """Whether the statement may choose columns by a pattern."""
        self.unfolds = False
        """Whether the statement may make several rows of one in a select list."""
        self.builds = True
        """Whether the session may hold values that are built of fields."""
        self.nested: dict[int, Relation] = {}
        """Subqueries of the expression in hand, for the fields of what they select."""
        self.chosen: dict[int, Inputs] = {}
        """What a COLUMNS expression means while one of its columns is evaluated."""
        self._tables: dict[TableName, Relation] = {}
        self._columns: dict[TableName, Sequence[str] | None] = {}

    # Names

    def table_name(self, node: exp.Expr) -> TableName:
        """The full name of a table reference, default parts filled in."""
        return stored_name(node, self.rules, self.session)

    def complete(self, parts: Sequence[str]) -> TableName:
        return self.session.complete(parts)

    def identifier(self, node: exp.Expr) -> str:
        """A column, alias or CTE name as the scope knows it."""
        return column_name(node, self.rules)

    def base_table(self, name: TableName) -> BaseTable:
        """The stored table of that name, the same object for every reference."""
        known = self._tables.get(name)
        if not isinstance(known, BaseTable):
            names = self.columns_of(name)
            columns = None if names is None else dict.fromkeys(names)
            listed = self.session.listed.get(name, ()) if names is None else ()
            known = BaseTable(table=name, names=columns, known=names is not None, listed=listed)
            self._tables[name] = known
        return known

    def columns_of(self, name: TableName) -> Sequence[str] | None:
        """A table's columns, folded; the schema is asked once per table."""
        if name not in self._columns:
            self._columns[name] = self.session.columns_of(name)
        return self._columns[name]

    def read_table(self, node: exp.Expr) -> tuple[TableName, Relation]:
        """The table that a node names, and what its columns come from."""
        name = self.table_name(node)
        return name, self.read(name)

    def read(self, name: TableName) -> Relation:
        if any(UNKNOWN in part for part in name.parts):
            return FieldsOf(known=False)
        temporary = self.session.temporary.get(name)
        if temporary is None and self.session.is_variable(name):
            return OpenRelation(known=False)
        if temporary is None:
            self._mention(name)
            return self.base_table(name)
        known = self._tables.get(name)
        if known is None or isinstance(known, BaseTable):
            self.session.internal[name] = None
            known = session_table(temporary)
            self._tables[name] = known
            for table in sorted(tables_behind(known), key=lambda table: table.parts):
                self._mention(table)
        return known

    def _mention(self, table: TableName) -> None:
        if table.parts[-1:] != ("dual",) or self.rules.name not in _DUAL:
            self.mentioned[table] = None

    # Queries

    def query(self, node: exp.Expr, parent: Scope | None, ctes: Ctes) -> Relation:
        """Any query: SELECT, set operation, VALUES, a table in brackets."""
        while type(node) is exp.Subquery:
            ctes = with_clause(self, node, parent, ctes)
            if not isinstance(node.this, exp.Query) or node.args.get("joins"):
                break
            node = node.this
        if isinstance(node, exp.DML) and not isinstance(node, exp.Query):
            return self.modify(node, ctes)
        ctes = with_clause(self, node, parent, ctes)
        if isinstance(node, exp.Select):
            return self.select(node, parent, ctes)
        if isinstance(node, exp.SetOperation):
            return set_operation(self, node, parent, ctes)
        scope = Scope(ctes, parent)
        add_source(self, node, scope)
        return self._finish(self.star(exp.Star(), scope), scope)

    def select(self, node: exp.Select, parent: Scope | None, ctes: Ctes) -> Relation:
        scope = Scope(ctes, parent)
        arguments = node.args
        from_ = arguments.get("from_")
        if from_ is not None:
            add_source(self, from_.this, scope)
        add_joins(self, node, scope)
        recognize = arguments.get("match")
        if recognize is not None and scope.sources:
            add_recognized(self, recognize, scope)
        for window in arguments.get("windows") or ():
            scope.windows[window.name.lower()] = window
        self._named_values(node, scope)
        parts = projections(self, node, scope)
        clauses(self, node, scope, parts)
        return self._finish(parts, scope)

    def _named_values(self, node: exp.Select, scope: Scope) -> None:
        """ClickHouse's ``WITH expression AS name`` gives the select list a further alias."""
        clause = node.args.get("with_")
        for cte in clause.expressions if clause is not None else ():
            if cte.args.get("scalar"):
                self.name_alias(cte.this, self.identifier(cte.args["alias"].this), scope)

    def name_alias(self, value: exp.Expr, name: str, scope: Scope) -> None:
        """Let a name of the select list stand for an expression."""
        scope.own_reads[name] = value
        inputs = self.evaluate(value, scope, IDENTITY, Aliases.AFTER_COLUMNS)
        scope.aliases[name] = OutputColumn(name, inputs)

    def add_source(self, node: exp.Expr, scope: Scope) -> None:
        """One more FROM item in the scope."""
        add_source(self, node, scope)

    def project(self, node: exp.Select, scope: Scope) -> Relation:
        """A select list over sources that are in the scope already."""
        return self._finish(projections(self, node, scope), scope)

    def _finish(self, parts: list[Part], scope: Scope) -> Relation:
        columns = [part for part in parts if isinstance(part, OutputColumn)]
        gaps = [part for part in parts if not isinstance(part, OutputColumn)]
        upstream = [source.relation for source in scope.sources]
        if not gaps:
            return Relation(columns, True, scope.rows, upstream, scope.beside)
        return OpenRelation(
            columns=columns,
            known=False,
            rows=scope.rows,
            upstream=upstream,
            beside=scope.beside,
            behind=list(gaps),
            before=parts.index(gaps[0]),
        )

    def star(self, projection: exp.Expr, scope: Scope) -> list[Part]:
        """The columns that a star stands for, with a gap where they are not known."""
        return starred(self, projection, scope)

    def decide_rows(
        self,
        expression: exp.Expr,
        scope: Scope,
        usage: Usage,
        aliases: Aliases = Aliases.UNSEEN,
    ) -> None:
        """An expression that decides which rows the scope yields, or their order."""
        for node, how in reads(expression, usage, scope.windows):
            self._read(node, how, scope, aliases, scope.rows, None)

    # Expressions

    def evaluate(
        self,
        expression: exp.Expr,
        scope: Scope,
        usage: Usage = IDENTITY,
        aliases: Aliases = Aliases.UNSEEN,
    ) -> Inputs:
        """The stored columns behind an expression's value."""
        if type(expression) is exp.Alias:
            expression = expression.this
        if type(expression) is exp.Column and usage is IDENTITY:
            self.budget.spend(1)
            return column_inputs(self, expression, scope, aliases)
        inputs: Inputs = {}
        for node, how in reads(expression, usage, scope.windows):
            self._read(node, how, scope, aliases, inputs, expression)
        kind = type(expression)
        if kind in BUILDERS or (self.builds and kind in RARE_BUILDERS):
            if isinstance(inputs, StructInputs):
                return inputs
            fields = fields_of_value(self, expression, scope, usage, aliases)
            return StructInputs(inputs, fields) if fields else inputs
        return inputs

    def _lookup(
        self,
        node: exp.Expr,
        how: Usage,
        scope: Scope,
        aliases: Aliases,
        into: Inputs,
        text: Text,
    ) -> None:
        """ClickHouse's ``dictGet('dictionary', 'attribute', key)``: a join with a stored table,
        whose name need not stand in quotes.

        DuckDB's ``getvariable('v')`` is a variable.
        """
        if len(node.expressions) == 1:
            variable = node.expressions[0].name.lower()
            compose(into, variable_inputs(self, variable, scope), how, text)
            return
        table, attributes, *rest = node.expressions
        if isinstance(table, exp.Column):
            parts = [self.identifier(part) for part in column_parts(table)]
        else:
            parts = [part for part in table.name.split(".") if part]
        relation = self.read(self.complete(parts))
        scope.beside.append(relation)
        listed = attributes.expressions if isinstance(attributes, exp.Tuple) else [attributes]
        value = use.combine(how, use.TRANSFORMATION)
        for attribute in listed:
            compose(into, relation.find(attribute.name)[1], value, text)
        for index, argument in enumerate(rest):
            usage = use.combine(how, use.JOIN) if index == 0 else value
            for inner, inner_how in reads(argument, usage, scope.windows):
                self._read(inner, inner_how, scope, aliases, into, text)

    def _below(
        self,
        node: exp.Expr,
        how: Usage,
        scope: Scope,
        aliases: Aliases,
        into: Inputs,
        text: Text,
    ) -> None:
        """What an operator or a call reads of the scope."""
        for child, usage in steps_below(node, how):
            listed = type(node) is exp.In and child is node.args.get("field")
            if listed and names_table(self, child, scope):
                continue
            for inner, inner_how in reads(child, usage, scope.windows):
                self._read(inner, inner_how, scope, aliases, into, text)

    def _read(
        self,
        node: exp.Expr,
        how: Usage,
        scope: Scope,
        aliases: Aliases,
        into: Inputs,
        text: Text,
    ) -> None:
        if type(node) is exp.Column:
            inputs = column_inputs(self, node, scope, aliases)
            self.budget.spend(1 + len(inputs))
            compose(into, inputs, how, text)
            return
        if self.chooses and is_choice(node):
            compose(into, chosen_inputs(self, node, scope), how, text)
            return
        if type(node) is exp.Dot:
            if is_method(node) and not is_called_on_column(self, node, scope):
                self._below(node, how, scope, aliases, into, text)
                return
            compose(into, field_of_column(self, node, scope, aliases), how, text)
            return
        if type(node) is exp.Parameter or type(node) is exp.Placeholder:
            compose(into, parameter_inputs(self, node, scope), how, text)
            return
        if isinstance(node, exp.Columns):
            return
        if isinstance(node, exp.In):
            self._below(node, how, scope, aliases, into, text)
            compose(into, listed_in(self, node.args["field"], scope), how, text)
            return
        if isinstance(node, exp.Anonymous):
            variable = str(node.this).lower()
            if is_lookup(node):
                self._lookup(node, how, scope, aliases, into, text)
            elif variable in self.session.records:
                compose(into, variable_inputs(self, variable, scope), how, text)
            else:
                self._below(node, how, scope, aliases, into, text)
            return
        exists = is_existence_test(node)
        relation = self.query(node.this if exists else node, scope, scope.ctes)
        scope.beside.append(relation)
        self.nested[id(node)] = relation
        if exists:
            how = use.combine(how, use.CONDITIONAL)
        else:
            if (node.this if type(node) is exp.Subquery else node).args.get("for_"):
                how = use.combine(how, use.TRANSFORMATION)  # one text of all columns
            for column in relation.expanded():
                self.budget.spend(len(column.inputs))
                compose(into, column.inputs, how, text)
            compose(into, relation.open_inputs(), use.combine(how, use.TRANSFORMATION), text)
        compose(into, all_rows(relation), how, text)
