"""What a column reference means: a source's column, an alias, a field, a whole row."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from sqlglot import exp

from lineage.sql import usage as use
from lineage.sql.projections import column_parts
from lineage.sql.relations import BaseTable, Certainty, Inputs, compose
from lineage.sql.scopes import Scope
from lineage.sql.usage import IDENTITY

if TYPE_CHECKING:
    from lineage.sql.resolve import Resolver


class Aliases(Enum):
    """Whether a bare name may mean an earlier name of the select list."""

    UNSEEN = 0
    AFTER_COLUMNS = 1
    FIRST = 2


def column_inputs(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Inputs:
    """The stored columns behind a column reference."""
    names = [resolver.identifier(part) for part in column_parts(node)]
    if type(node.this) is exp.Star:
        return _whole_row(resolver, tuple(names[:-1]), scope)
    if len(names) == 1:
        quoted = bool(node.this.args.get("quoted"))
        inputs = _bare(resolver, names[0], scope, aliases, quoted)
    else:
        inputs = _qualified(resolver, names, node, scope)
    return _at(resolver, inputs, node)


def _at(resolver: Resolver, inputs: Inputs, node: exp.Expr) -> Inputs:
    """Marks where the statement names the column, unless a level below already did."""
    meta = node.this.meta
    if "start" not in meta or all(origin.span is not None for origin in inputs.values()):
        return inputs
    span = (meta["start"], meta["end"] + 1)
    return {
        key: origin if origin.span is not None else replace(origin, span=span)
        for key, origin in inputs.items()
    }


def _bare(resolver: Resolver, name: str, scope: Scope, aliases: Aliases, quoted: bool) -> Inputs:
    alias = scope.aliases.get(name)
    if aliases is Aliases.FIRST and alias is not None:
        return alias.inputs
    certainty, inputs = scope.here(name)
    if certainty is Certainty.YES:
        return inputs
    if name in resolver.rules.system_names:
        return {}
    named = alias is not None and aliases is Aliases.AFTER_COLUMNS
    if named and not _reads_itself(resolver, name, scope):
        return scope.aliases[name].inputs
    row = scope.row_value(name)
    if row is not None:
        return row
    certainty, inputs = scope.bare(name)
    if certainty is not Certainty.NO:
        return inputs
    if scope.qualified((name,)):
        return _whole_row(resolver, (name,), scope)
    if alias is not None:
        return alias.inputs
    if quoted and resolver.rules.quotes_fall_back_to_strings:
        return {}
    if name not in resolver.rules.hidden_columns:
        resolver.unresolved[name] = None
    return scope.not_in_schema(name)


def _reads_itself(resolver: Resolver, alias: str, scope: Scope) -> bool:
    """``trim(name) AS name``: the alias shows that a column of that name exists."""
    expression = scope.own_reads[alias]
    return any(
        column.args.get("table") is None and resolver.identifier(column.this) == alias
        for column in expression.find_all(exp.Column)
    )


def _qualified(resolver: Resolver, names: list[str], node: exp.Expr, scope: Scope) -> Inputs:
    for length in range(len(names) - 1, 0, -1):
        sources = scope.qualified(tuple(names[:length]))
        if not sources:
            continue
        name = names[length]
        inputs: Inputs = {}
        for source in sources:
            certainty, found = source.relation.find(name)
            if certainty is Certainty.NO:
                if name not in resolver.rules.hidden_columns:
                    resolver.unresolved[".".join(names)] = None
                if isinstance(source.relation, BaseTable):
                    found = source.relation.not_in_schema(name)
            compose(inputs, found, IDENTITY, None)
        return _field(resolver, inputs, node) if length + 1 < len(names) else inputs
    certainty, inputs = scope.bare(names[0])
    possible = Certainty.WEAK if resolver.rules.struct_fields else Certainty.YES
    if certainty < possible:
        if names[-1] not in ("nextval", "currval"):
            resolver.unresolved[".".join(names)] = None
        return {}
    return _field(resolver, inputs, node)


def _field(resolver: Resolver, inputs: Inputs, node: exp.Expr) -> Inputs:
    """A field of a structured column is part of that column's value."""
    value: Inputs = {}
    compose(value, inputs, use.TRANSFORMATION, node)
    return value


def _whole_row(resolver: Resolver, qualifier: tuple[str, ...], scope: Scope) -> Inputs:
    inputs: Inputs = {}
    for source in scope.qualified(qualifier):
        for name in source.relation.open_names():
            resolver.unresolved[name] = None
        compose(inputs, source.relation.everything(), use.TRANSFORMATION, ".".join(qualifier))
    return inputs
