"""What variables, parameters and places of columns mean: what filled them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.whole_numbers import is_whole, whole
from lineage.sql.resolving.inputs import Inputs, merge
from lineage.sql.resolving.relations import Relation, all_rows, tables_behind
from lineage.sql.resolving.scopes import Scope
from lineage.sql.session import detached, session_table

if TYPE_CHECKING:
    from lineage.sql.resolving.resolve import Resolver


def record_of(resolver: Resolver, name: str, scope: Scope) -> Relation | None:
    """The relation that filled a variable, which the query now reads."""
    record = resolver.session.records.get(name)
    if record is None:
        return None
    scope.beside.append(record)
    for table in sorted(tables_behind(record), key=lambda table: table.parts):
        resolver.mentioned[table] = None
    if name in resolver.session.by_row:
        merge(scope.rows, detached(all_rows(record)))
    return session_table(record)


def variable_inputs(resolver: Resolver, name: str, scope: Scope, part: str | None = None) -> Inputs:
    """What a variable's value, or one field of it, comes from; the conditions of the query behind
    it count as well."""
    record = record_of(resolver, name, scope)
    if record is None:
        return {}
    inputs = dict(record.everything() if part is None else record.find(part)[1])
    if name not in resolver.session.by_row:
        merge(inputs, detached(all_rows(record)))
    return inputs


def variable_name(node: exp.Expr, dialect: str) -> str:
    """The variable that ``@v``, ``:v`` or ``$v`` stands for, as a session knows it."""
    is_marked = type(node) is exp.Parameter and dialect != "snowflake"
    return f"{'@' if is_marked else ''}{node.name.lower()}"


def positional(relation: Relation, name: str) -> Inputs:
    """Snowflake's ``$1``: the first column, which a file has no other name for."""
    position = (whole(name[1:]) or 0) - 1
    columns = relation.expanded() if relation.known else []
    if 0 <= position < len(columns):
        return columns[position].inputs
    return relation.find(name)[1]


def parameter_inputs(resolver: Resolver, node: exp.Expr, scope: Scope) -> Inputs:
    """A ``$1`` without qualifier, or a variable."""
    if not isinstance(node.this, exp.Literal):
        return variable_inputs(resolver, variable_name(node, resolver.rules.name), scope)
    if resolver.rules.name != "snowflake":
        return {}
    name = resolver.identifier(node)
    relations = scope.relations()
    return positional(relations[0], name) if relations and is_whole(name[1:]) else {}
