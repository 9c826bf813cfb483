"""What a column reference means: a source's column, an alias, a field, a whole row."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.whole_numbers import is_whole
from lineage.sql.commands.words import UNKNOWN
from lineage.sql.parsing.methods import (
    calls_of,
    is_method,
    is_of_a_value,
    may_be_schema,
    names_in,
    owner_of,
)
from lineage.sql.resolving import usage as use
from lineage.sql.resolving.inputs import (
    Inputs,
    OpenFields,
    Origin,
    StructInputs,
    compose,
    declared_fields,
    field_inputs,
    guess,
    merge,
)
from lineage.sql.resolving.names import OF_SEQUENCES, column_name
from lineage.sql.resolving.projections import column_parts
from lineage.sql.resolving.relations import (
    AnyColumn,
    BaseTable,
    Certainty,
    FieldsOf,
    OutputColumn,
    Relation,
    all_rows,
)
from lineage.sql.resolving.scopes import Scope, Source
from lineage.sql.resolving.usage import IDENTITY
from lineage.sql.resolving.variables import positional, variable_inputs
from lineage.types import ConfidenceReason

if TYPE_CHECKING:
    from lineage.sql.resolving.resolve import Resolver


class Aliases(Enum):
    """Whether a bare name may mean an earlier name of the select list."""

    UNSEEN = 0
    AFTER_COLUMNS = 1
    FIRST = 2


def column_inputs(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Inputs:
    """The stored columns behind a column reference."""
    this = node.args["this"]
    if node.args.get("table") is None and type(this) is exp.Identifier:
        quoted = bool(this.args.get("quoted"))
        name = column_name(this, resolver.rules)
        if name in _OF_TREES and not quoted and _walks_a_tree(node):
            return {}
        return _at(_bare(resolver, name, scope, aliases, quoted), node)
    names = [column_name(part, resolver.rules) for part in column_parts(node)]
    if type(this) is exp.Star:
        if any(this.args.values()):
            return _some_columns(resolver, node, scope)
        return _whole_row(resolver, tuple(names[:-1]), scope)
    if len(names) == 1:
        inputs = _bare(resolver, names[0], scope, aliases, False)
    else:
        inputs = _qualified(resolver, names, node, scope)
    return _at(inputs, node)


_OF_TREES = frozenset({"level", "connect_by_isleaf", "connect_by_iscycle"})
"""What CONNECT BY tells of a row; names of columns anywhere else."""


def _walks_a_tree(node: exp.Expr) -> bool:
    query = node.find_ancestor(exp.Select)
    return query is not None and query.args.get("connect") is not None


def _some_columns(resolver: Resolver, node: exp.Expr, scope: Scope) -> Inputs:
    """What ``OBJECT_CONSTRUCT(* EXCLUDE (a))`` reads: the columns that the star leaves."""
    inputs: Inputs = {}
    for part in resolver.star(node, scope):
        merge(inputs, part.inputs if isinstance(part, OutputColumn) else part.everything())
    return inputs


def _at(inputs: Inputs, node: exp.Expr) -> Inputs:
    """Marks where the statement names the column, unless a level below already did."""
    for origin in inputs.values():
        if origin.span is None:
            break
    else:
        return inputs
    meta = node.args["this"].meta
    if "start" not in meta:
        return inputs
    start, end = meta["start"], meta["end"] + 1
    whole = start
    if "table" in node.args:
        whole = column_parts(node)[0].meta.get("start", start)
    placed: Inputs = {}
    for key, origin in inputs.items():
        if origin.span is None:
            origin = Origin(
                origin.table,
                origin.column,
                origin.usage,
                origin.confidence,
                origin.reason,
                (whole if "." in origin.column else start, end),
                origin.text,
            )
        placed[key] = origin
    return StructInputs(placed, inputs.fields) if isinstance(inputs, StructInputs) else placed


def _bare(resolver: Resolver, name: str, scope: Scope, aliases: Aliases, quoted: bool) -> Inputs:
    if scope.later and name in scope.later and aliases is not Aliases.UNSEEN:
        resolver.name_alias(scope.later.pop(name), name, scope)
    alias = scope.aliases.get(name)
    first = resolver.rules.aliases_first and aliases is Aliases.AFTER_COLUMNS
    if alias is not None and (first or aliases is Aliases.FIRST):
        return alias.inputs
    if name == UNKNOWN:
        return {}
    certainty, inputs = scope.here(name)
    resolver.budget.spend(scope.effort())
    if certainty is Certainty.YES:
        return inputs
    if name in resolver.session.records:
        return variable_inputs(resolver, name, scope)
    if name in resolver.session.variables or (name in resolver.rules.system_names and not quoted):
        return {}
    named = alias is not None and aliases is Aliases.AFTER_COLUMNS
    if named and not _reads_itself(resolver, name, scope):
        return scope.aliases[name].inputs
    row = scope.row_value(name)
    if row is not None:
        return row
    if _means_row(resolver, name, scope):
        return _whole_row(resolver, (name,), scope)
    certainty, inputs = scope.bare(name)
    resolver.budget.spend(scope.effort_around())
    tables = certainty is Certainty.WEAK and scope.qualified((name,))
    if certainty is not Certainty.NO and not (tables and tables[0].table):
        if certainty is Certainty.MAYBE:
            row = _column_or_row(resolver, name, inputs, scope)
            if row is not None:
                return row
        if certainty is Certainty.MAYBE and len(inputs) > 1:
            resolver.ambiguous[name] = tuple(
                dict.fromkeys(
                    origin.table
                    for origin in inputs.values()
                    if origin.reason is ConfidenceReason.GUESSED
                )
            )
        return inputs
    if scope.qualified((name,)):
        return _whole_row(resolver, (name,), scope)
    outer = scope.parent
    while alias is None and outer is not None:  # a name of the select list around a subquery
        alias, outer = outer.aliases.get(name), outer.parent
    if alias is not None:
        return alias.inputs
    if quoted and resolver.rules.quotes_fall_back_to_strings:
        return {}
    if name not in resolver.rules.hidden_columns:
        resolver.unresolved[name] = None
    return scope.not_in_schema(name)


def _means_row(resolver: Resolver, name: str, scope: Scope) -> bool:
    """Whether a name is the alias of a source that surely has no such column, which means its row
    before it means a column that another source may have."""
    if not (resolver.rules.struct_fields or resolver.rules.postgres_names):
        return False
    around: Scope | None = scope
    while around is not None:
        named = [source for source in around.sources if source.name == name and source.aliased]
        if named:
            relation = named[0].relation
            return relation.known and around.here(name)[0] is not Certainty.YES
        around = around.parent
    return False


def _column_or_row(resolver: Resolver, name: str, inputs: Inputs, scope: Scope) -> Inputs | None:
    """A name of a source here that may as well be a column of one: taken for the column as a
    value, for the whole row where something asks for a field of it."""
    rules = resolver.rules
    if not (rules.struct_fields or rules.postgres_names):
        return None
    source = next((s for s in scope.sources if s.name == name and not s.relation.known), None)
    if source is None:
        return None
    return StructInputs(guess(inputs) if source.aliased else inputs, _row_fields(source.relation))


def _row_fields(relation: Relation) -> dict[str, Inputs]:
    """A row as a value of fields, of which more may be asked for than are known."""
    known = {column.name: column.inputs for column in relation.expanded() if column.name}
    if relation.known:
        return known
    return OpenFields(known, lambda name: relation.find(name)[1])


def row_of(inputs: Inputs, name: str) -> Relation | None:
    """The fields of a built value as columns; None where it has no known ones."""
    if not isinstance(inputs, StructInputs):
        return None
    columns = [OutputColumn(field, found) for field, found in inputs.fields.items()]
    if isinstance(inputs.fields, OpenFields):
        return FieldsOf(columns, known=False, inputs=inputs, name=name)
    return Relation(columns)


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
            found = _of_source(resolver, source, name, names)
            if len(sources) == 1:
                inputs = found
            else:
                compose(inputs, found, IDENTITY, None)
        path = names[length + 1 :]
        return field_inputs(inputs, path, node) if path else inputs
    if names[0] in resolver.session.records:
        return variable_inputs(resolver, names[0], scope, names[1])
    alias = scope.aliases.get(names[0])
    certainty, inputs = scope.bare(names[0])
    resolver.budget.spend(scope.effort() + scope.effort_around())
    if alias is not None and (
        isinstance(alias.inputs, StructInputs)
        or resolver.rules.aliases_first
        or (certainty < Certainty.YES and not _reads_itself(resolver, names[0], scope))
    ):
        return field_inputs(alias.inputs, names[1:], node)
    if certainty is not Certainty.YES:
        for length in range(len(names) - 1, 1, -1):
            hidden = scope.behind_alias(tuple(names[:length]))
            if len(hidden) == 1:  # some engines let the whole name stand beside the alias
                found = _of_source(resolver, hidden[0], names[length], names)
                return field_inputs(found, names[length + 1 :], node)
    possible = Certainty.WEAK if resolver.rules.struct_fields else Certainty.YES
    is_row = names[0] in ("new", "old") or names[0].startswith((":", "$", "@"))
    if certainty < possible and resolver.rules.name == "teradata" and not is_row:
        implied = _implied(resolver, node, names, scope)
        return _of_source(resolver, implied, names[-1], names)
    if certainty < possible or names[-1] in OF_SEQUENCES:
        if names[-1] not in OF_SEQUENCES:
            resolver.unresolved[".".join(names)] = None
        return {}
    return field_inputs(inputs, names[1:], node)


def _implied(resolver: Resolver, node: exp.Expr, names: list[str], scope: Scope) -> Source:
    """The table that Teradata joins because a column is called by it, though FROM is silent."""
    parts = zip(("this", "db", "catalog"), reversed(column_parts(node)[:-1]), strict=False)
    table, relation = resolver.read_table(exp.Table(**dict(parts)))
    source = Source(names[-2], relation, table, visible=False)
    scope.sources.append(source)
    return source


def _of_source(resolver: Resolver, source: Source, name: str, names: list[str]) -> Inputs:
    certainty, found = source.relation.find(name)
    if certainty is not Certainty.NO:
        return found
    if name.startswith("$") and is_whole(name[1:]):
        return positional(source.relation, name)
    if name not in resolver.rules.hidden_columns:
        resolver.unresolved[".".join(names)] = None
    relation = source.relation
    return relation.not_in_schema(name) if isinstance(relation, BaseTable) else found


def starred_sources(resolver: Resolver, qualifier: tuple[str, ...], scope: Scope) -> list[Source]:
    """What ``qualifier.*`` stands for: a source's columns, or the fields inside a column."""
    sources = scope.qualified(qualifier)
    if sources and not (len(sources) == 1 and _is_row_value(sources[0])):
        return sources
    relation = _fields_of(resolver, qualifier, scope, sources)
    named = sources and sources[0].aliased and not resolver.rules.arrays_are_sources
    if relation is None or (named and sources[0].relation.columns and type(relation) is FieldsOf):
        return sources  # the one column of a function, which is named like its alias
    return [Source("", relation)]


def _is_row_value(source: Source) -> bool:
    """An UNNEST whose alias names the value itself, which may be a struct."""
    relation = source.relation
    return (
        isinstance(relation, AnyColumn)
        and [column.name for column in relation.columns] in ([], [source.name])
        and bool(relation.source)
    )


def _fields_of(
    resolver: Resolver, path: tuple[str, ...], scope: Scope, values: list[Source]
) -> Relation | None:
    inputs = values[0].relation.everything() if values else _column_at(path, scope)
    unfolded = values[0].relation if values else None
    if isinstance(unfolded, AnyColumn) and unfolded.fields:
        inputs = StructInputs(inputs, unfolded.fields)
    if not inputs:
        return None
    built = row_of(inputs, ".".join(path))
    if built is not None:
        return built
    names = declared_fields(resolver, inputs)
    if names is None:
        return FieldsOf(known=False, inputs=inputs, name=".".join(path))
    return Relation([OutputColumn(name, field_inputs(inputs, [name], None)) for name in names])


def _column_at(path: tuple[str, ...], scope: Scope) -> Inputs:
    for length in range(len(path) - 1, 0, -1):
        sources = scope.qualified(path[:length])
        if sources:
            found = sources[0].relation.find(path[length])[1]
            return field_inputs(found, path[length + 1 :], None)
    return field_inputs(scope.bare(path[0])[1], path[1:], None)


def names_table(resolver: Resolver, node: exp.Expr, scope: Scope) -> bool:
    """Whether a name after IN is a table's, as ClickHouse has it (``k IN db.keys``)."""
    if resolver.rules.name != "clickhouse" or type(node) is not exp.Column:
        return False
    names = [resolver.identifier(part) for part in column_parts(node)]
    if len(names) > 1:
        return not scope.qualified((names[0],))
    return scope.here(names[0])[0] is not Certainty.YES and names[0] not in scope.aliases


def listed_in(resolver: Resolver, node: exp.Expr, scope: Scope) -> Inputs:
    """The values of the table or common table expression that a name after IN means."""
    if not names_table(resolver, node, scope):
        return {}
    parts = column_parts(node)
    relation = scope.ctes.find(resolver.identifier(parts[0])) if len(parts) == 1 else None
    if relation is None:
        named = zip(("this", "db", "catalog"), reversed(parts), strict=False)
        relation = resolver.read_table(exp.Table(**dict(named)))[1]
    scope.beside.append(relation)
    inputs = relation.everything()
    merge(inputs, all_rows(relation))
    return inputs


def path_of(node: exp.Expr) -> tuple[exp.Expr, list[exp.Expr]]:
    """The column and the fields of ``(column).a.b``; the node itself where it is none of these."""
    fields: list[exp.Expr] = []
    base = node
    while type(base) is exp.Dot and isinstance(base.expression, exp.Identifier):
        fields.append(base.expression)
        base = base.this
        while type(base) is exp.Paren:
            base = base.this
    fields.reverse()
    return base, fields


def is_called_on_column(resolver: Resolver, node: exp.Expr, scope: Scope) -> bool:
    """Whether the names before a call are those of a column, not of the function's schema."""
    call = calls_of(node)[0]
    if is_of_a_value(call):
        return True
    if resolver.rules.name != "duckdb":
        return False
    names = [resolver.identifier(name) for name in names_in(owner_of(node))]
    if may_be_schema(names[0]):
        return False
    if len(names) > 1:
        return bool(scope.qualified(tuple(names[:-1])) or scope.qualified((names[0],)))
    certainty = scope.here(names[0])[0]
    return certainty is Certainty.YES or call.find(exp.Column) is None


def _of_method(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Inputs:
    """``t.doc.value('path', 'type')``: the column and what the calls are given."""
    named = zip(
        ("this", "table", "db", "catalog"), reversed(names_in(owner_of(node))), strict=False
    )
    inputs: Inputs = {}
    read = column_inputs(resolver, exp.Column(**dict(named)), scope, aliases)
    compose(inputs, read, use.TRANSFORMATION, node)
    for call in calls_of(node):
        compose(inputs, resolver.evaluate(call, scope), use.TRANSFORMATION, node)
    return inputs


def field_of_column(resolver: Resolver, node: exp.Expr, scope: Scope, aliases: Aliases) -> Inputs:
    """``(column).field``, or ``(table).column``."""
    if is_method(node):
        return _of_method(resolver, node, scope, aliases)
    base, fields = path_of(node)
    path = [resolver.identifier(part) for part in fields]
    if type(base) is exp.Placeholder:
        return variable_inputs(resolver, base.name.lower(), scope, path[0])
    if type(base) is exp.Anonymous and path:  # an item of a PL/SQL collection
        variable = str(base.this).lower()
        if variable in resolver.session.records:
            return variable_inputs(resolver, variable, scope, path[0])
    if type(base) is not exp.Column:
        return field_inputs(resolver.evaluate(base, scope), path, node)
    names = [resolver.identifier(part) for part in column_parts(base)]
    alone = len(names) == 1 and scope.here(names[0])[0] is not Certainty.YES
    if alone and scope.qualified((names[0],)):
        return _at(_qualified(resolver, [*names, *path], node, scope), base)
    return field_inputs(column_inputs(resolver, base, scope, aliases), path, node)


def _whole_row(resolver: Resolver, qualifier: tuple[str, ...], scope: Scope) -> Inputs:
    inputs: Inputs = {}
    sources = scope.qualified(qualifier) if qualifier else [s for s in scope.sources if s.visible]
    for source in sources:
        for name in source.relation.open_names():
            resolver.unresolved[name] = None
        compose(
            inputs, source.relation.everything(), use.TRANSFORMATION, ".".join(qualifier) or "*"
        )
    if len(sources) == 1 and not isinstance(sources[0].relation, AnyColumn):
        fields = _row_fields(sources[0].relation)
        return StructInputs(inputs, fields) if fields else inputs
    return inputs
