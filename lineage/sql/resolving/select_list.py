"""What a select list shows: columns, and gaps where a star stands for unknown ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sqlglot import exp

from lineage.sql.resolving.chosen_columns import chosen_parts
from lineage.sql.resolving.inputs import Inputs, OpenFields
from lineage.sql.resolving.pivots import stacked
from lineage.sql.resolving.projections import (
    StarExpression,
    is_star,
    name_of_unnamed,
    output_names,
    star_of,
)
from lineage.sql.resolving.references import Aliases, row_of, starred_sources
from lineage.sql.resolving.relations import (
    AnyColumn,
    FieldsOf,
    OpenRelation,
    OutputColumn,
    Relation,
    find_among,
)
from lineage.sql.resolving.scopes import Scope, Source
from lineage.sql.resolving.structs import fields_shown, unfolded_fields
from lineage.sql.resolving.unfolding import decide_by_unfolding
from lineage.sql.resolving.usage import IDENTITY
from lineage.sql.resolving.variables import record_of

if TYPE_CHECKING:
    from lineage.sql.resolving.resolve import Resolver

Part: TypeAlias = OutputColumn | OpenRelation
"""A piece of the select list: a column, or a star that could not be expanded."""


def _gap(relation: Relation, hidden: set[str]) -> OpenRelation:
    return OpenRelation(known=False, behind=[relation], hidden=frozenset(hidden))


def projections(resolver: Resolver, node: exp.Select, scope: Scope) -> list[Part]:
    """All that a select list shows, in order."""
    parts: list[Part] = []
    aliases = Aliases.AFTER_COLUMNS if resolver.rules.select_aliases else Aliases.UNSEEN
    if resolver.rules.aliases_first:
        scope.later = {
            resolver.identifier(each.args["alias"]): each.this
            for each in node.expressions
            if type(each) is exp.Alias
        }
    if str(node.args.get("kind") or "").upper() == "VALUE" and len(node.expressions) == 1:
        # BigQuery's SELECT AS VALUE STRUCT(...): the fields are the columns.
        row = row_of(fields_shown(resolver, node.expressions[0], scope), "")
        if row is not None:
            return _columns_but(resolver, row, set(), set())
    unnamed = 0
    for projection in node.expressions:
        if is_star(projection):
            of_value = type(projection) is exp.Dot and not _names_something(projection.this)
            show = _fields_starred if of_value else starred
            parts.extend(show(resolver, projection, scope))
            continue
        if resolver.chooses:
            chosen = chosen_parts(resolver, projection, scope)
            if chosen is not None:
                parts.extend(chosen)
                continue
        inputs = _value(resolver, projection, scope, aliases)
        unfolded = unfolded_fields(resolver, projection, scope, aliases)
        if unfolded:
            parts.extend(OutputColumn(name, found) for name, found in unfolded.items())
            continue
        if resolver.unfolds:
            decide_by_unfolding(resolver, projection, scope, aliases)
        stacks = stacked(projection.this) if isinstance(projection, exp.Aliases) else []
        place = unnamed if resolver.rules.name == "bigquery" else len(parts)
        names = output_names(projection, place, resolver.rules)
        unnamed += names == [name_of_unnamed(unnamed, resolver.rules)]
        if len(stacks) == len(names):
            parts.extend(
                OutputColumn(name, resolver.evaluate(exp.Tuple(expressions=values), scope))
                for name, values in zip(names, stacks, strict=True)
            )
            continue
        for name in names:
            column = OutputColumn(name, inputs)
            parts.append(column)
            # A bare name is sure to be this one where the text says so with its table.
            is_told = type(projection) is not exp.Column or projection.args.get("table") is not None
            if is_told and name not in scope.aliases:
                scope.aliases[name] = column
                scope.own_reads[name] = projection
    return parts


def _value(resolver: Resolver, projection: exp.Expr, scope: Scope, aliases: Aliases) -> Inputs:
    """What a projection comes from; its own name means a column inside it."""
    if scope.later and type(projection) is exp.Alias:
        scope.later.pop(resolver.identifier(projection.args["alias"]), None)
    return resolver.evaluate(projection, scope, IDENTITY, aliases)


def _names_something(node: exp.Expr) -> bool:
    """Whether what stands before a star is a table or a column, and no expression."""
    while isinstance(node, exp.Dot | exp.Paren):
        node = node.this
    return isinstance(node, exp.Column | exp.Identifier)


def _fields_starred(resolver: Resolver, projection: exp.Expr, scope: Scope) -> list[Part]:
    """BigQuery's ``IF(a.id IS NULL, b, a).* REPLACE (...)``: the fields of a value."""
    star = star_of(projection.expression, resolver.rules)
    value = fields_shown(resolver, projection.this, scope)
    relation = row_of(value, "") or FieldsOf(known=False, inputs=value)
    taken = set(star.excluded)
    columns = _columns_but(resolver, relation, taken, _hidden(star, taken))
    return _shown(resolver, star, scope, [relation], columns)


def starred(resolver: Resolver, projection: exp.Expr, scope: Scope) -> list[Part]:
    """The columns that a star stands for, with a gap where they are not known."""
    star = star_of(projection, resolver.rules)
    sources = [source for source in scope.sources if source.visible]
    if star.qualifier:
        sources = starred_sources(resolver, star.qualifier, scope) or _record(resolver, star, scope)
    if not sources:
        resolver.unresolved[".".join((*star.qualifier, "*"))] = None
    taken = set(star.excluded)
    columns: list[Part] = []
    merged = {} if star.qualifier else scope.merged
    in_place = resolver.rules.merged_in_place and all(s.relation.known for s in sources)
    for source in sources:
        at = scope.sources.index(source) if merged and not star.qualifier else 0
        if merged and not in_place:
            first = [n for n in merged if scope.merged_at[n] <= at and n not in taken]
            columns.extend(OutputColumn(n, merged[n]) for n in first)
            taken.update(first)
        but = taken | star.excluded_of.get(source.name, set())
        for part in _columns_but(resolver, source.relation, but, _hidden(star, but)):
            if (
                isinstance(part, OutputColumn)
                and part.name in merged
                and at >= scope.merged_at[part.name]
            ):
                part = OutputColumn(part.name, merged[part.name])
                taken.add(part.name)  # once, in the place of the left one
            columns.append(part)
    columns.extend(OutputColumn(n, i) for n, i in merged.items() if n not in taken)
    return _shown(resolver, star, scope, [source.relation for source in sources], columns)


def _record(resolver: Resolver, star: StarExpression, scope: Scope) -> list[Source]:
    """PL/pgSQL's ``SELECT r.*`` of a loop's variable, which holds a row."""
    if len(star.qualifier) != 1:
        return []
    record = record_of(resolver, star.qualifier[0], scope)
    return [] if record is None else [Source("", record)]


def _hidden(star: StarExpression, taken: set[str]) -> set[str]:
    """The names that do not stand for a column behind a star that could not be expanded."""
    return taken | set(star.renamed) | set(star.replaced)


def _shown(
    resolver: Resolver,
    star: StarExpression,
    scope: Scope,
    relations: list[Relation],
    columns: list[Part],
) -> list[Part]:
    """The columns as a star shows them: chosen, replaced or renamed."""
    parts: list[Part] = []
    for part in columns:
        if not isinstance(part, OutputColumn):
            parts.append(part)
        elif not star.chooses(part.name):
            continue
        elif part.name in star.replaced:
            value = resolver.evaluate(star.replaced[part.name], scope)
            parts.append(OutputColumn(star.renamed.get(part.name, part.name), value))
        else:
            parts.append(OutputColumn(star.renamed.get(part.name, part.name), part.inputs))
    if any(not isinstance(part, OutputColumn) for part in parts):
        shown = {part.name for part in columns if isinstance(part, OutputColumn)}
        parts.extend(_told(resolver, star, scope, relations, shown))
    return parts


def _told(
    resolver: Resolver,
    star: StarExpression,
    scope: Scope,
    relations: list[Relation],
    shown: set[str],
) -> list[OutputColumn]:
    """The columns that a star over unknown ones names itself, replaced or renamed."""
    found: list[OutputColumn] = []
    for name in dict.fromkeys((*star.replaced, *star.renamed)):
        if name not in shown:
            inputs = (
                resolver.evaluate(star.replaced[name], scope)
                if name in star.replaced
                else find_among(relations, name)[1]
            )
            found.append(OutputColumn(star.renamed.get(name, name), inputs))
    return found


def _columns_but(
    resolver: Resolver, relation: Relation, taken: set[str], hidden: set[str]
) -> list[Part]:
    """A relation's columns, with a gap where unknown ones stand."""
    columns = relation.expanded()
    if isinstance(relation, AnyColumn) and relation.fields and resolver.rules.arrays_are_sources:
        # BigQuery shows the fields of unfolded structs, and what WITH OFFSET counts.
        fields = [OutputColumn(name, inputs) for name, inputs in relation.fields.items()]
        columns = [*fields, *(column for column in columns if not column.inputs)]
    resolver.budget.spend(len(columns) + 1)
    unfolds = isinstance(relation, AnyColumn) and isinstance(relation.fields, OpenFields)
    if relation.known and not unfolds:
        return [column for column in columns if column.name not in taken]
    before = relation.before if isinstance(relation, OpenRelation) else 0
    leading = [column for column in columns[:before] if column.name not in taken]
    trailing = [column for column in columns[before:] if column.name not in taken]
    return [*leading, _gap(relation, hidden), *trailing]
