"""UNION, INTERSECT and EXCEPT by ordinal; WITH clauses, recursive ones to a fixed point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from catalog.whole_numbers import whole
from lineage.sql.resolving import usage as use
from lineage.sql.resolving.forward_names import in_order
from lineage.sql.resolving.inputs import Inputs, add_branch, compose, guess, merge, own_copy
from lineage.sql.resolving.relations import (
    MergedRelation,
    OpenRelation,
    OutputColumn,
    Relation,
    all_rows,
    positioned,
    united,
)
from lineage.sql.resolving.scopes import Ctes, Scope

if TYPE_CHECKING:
    from lineage.sql.resolving.resolve import Resolver

ROUNDS = 20
"""More rounds than any real recursion needs: each adds one step of column to column copying."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A query of a set operation with the operator before it; the first one counts as added."""

    query: exp.Expr
    operator: type[exp.Expr] = exp.Union
    distinct: bool = False


def branches_of(node: exp.SetOperation) -> list[Branch]:
    """The branches in order."""
    branches: list[Branch] = []
    current: exp.Expr = node
    while isinstance(current, exp.SetOperation):
        distinct = bool(current.args.get("distinct"))
        branches.append(Branch(current.expression, type(current), distinct))
        current = current.this
        if current.args.get("with_") is not None:
            break
    branches.append(Branch(current))
    branches.reverse()
    return branches


def set_operation(
    resolver: Resolver, node: exp.SetOperation, parent: Scope | None, ctes: Ctes
) -> Relation:
    """Values come from every branch by position; EXCEPT's right side only filters.

    Where equal rows become one, and where rows must or must not be in the other branch, every
    column decides which rows there are.
    """
    by_name = bool(node.args.get("by_name"))
    relations: list[Relation] = []
    filters: list[Relation] = []
    compared: Inputs = {}
    matched: Inputs = {}
    for branch in branches_of(node):
        relation = resolver.query(branch.query, parent, ctes)
        if branch.operator is exp.Except:
            filters.append(relation)
        else:
            relations.append(relation)
        if branch.operator is not exp.Union:
            for side in (*relations, relation):
                compose(matched, side.everything(), use.FILTER, None)
        elif branch.distinct:
            for side in relations:
                compose(compared, side.everything(), use.DISTINCT, None)
    merged = combined(relations, by_name)
    if by_name and merged.known:
        merged.columns = [*_named_alike(resolver, node, relations, merged)]
    merged.upstream = list(relations)
    merge(merged.rows, compared)
    merge(merged.rows, matched)
    for relation in filters:
        merged.beside.append(relation)
        compose(merged.rows, all_rows(relation), use.FILTER, None)
    order = node.args.get("order")
    if order is not None:
        _order(resolver, order, merged)
    for key in ("limit", "offset"):
        clause = node.args.get(key)
        for expression in clause.iter_expressions() if clause is not None else ():
            scope = Scope(ctes, parent)
            resolver.decide_rows(expression, scope, use.FILTER)
            merge(merged.rows, scope.rows)
            merged.beside.extend(scope.beside)
    return merged


def _named_alike(
    resolver: Resolver, node: exp.SetOperation, relations: list[Relation], merged: Relation
) -> list[OutputColumn]:
    """The columns of branches matched BY NAME: those of INNER are in all, those of LEFT in the
    first, those of ON are listed; else all (BigQuery's modes)."""
    columns = {column.name: column for column in merged.expanded()}
    names = [{column.name for column in relation.expanded()} for relation in relations]
    wanted = list(columns)
    if node.args.get("on"):
        wanted = [resolver.identifier(column.this) for column in node.args["on"]]
    elif str(node.args.get("kind")).upper() == "INNER":
        wanted = [name for name in wanted if all(name in found for found in names)]
    elif str(node.args.get("side")).upper() == "LEFT":
        wanted = [name for name in wanted if name in names[0]]
    return [columns[name] for name in wanted if name in columns]


def combined(relations: list[Relation], by_name: bool = False) -> Relation:
    """Branches as one relation, named by the first."""
    if not all(relation.known for relation in relations):
        return MergedRelation(known=False, branches=relations) if by_name else _partly(relations)
    first, *others = relations
    columns = [OutputColumn(column.name, own_copy(column.inputs)) for column in first.expanded()]
    positions = {column.name: index for index, column in enumerate(columns)}
    for other in others:
        for index, column in enumerate(other.expanded()):
            at = positions.get(column.name) if by_name else index
            if at is not None and at < len(columns):
                add_branch(columns[at].inputs, column.inputs)
            elif by_name:
                columns.append(OutputColumn(column.name, dict(column.inputs)))
    return Relation(columns)


def _partly(relations: list[Relation]) -> Relation:
    """Branches of which some have unknown columns, told by one whose columns are known: as many,
    and mostly of the same names."""
    merged = MergedRelation(known=False, branches=relations)
    shape = next((relation for relation in relations if relation.known), None)
    if shape is None:
        return _around_stars(relations, merged)
    names = [column.name for column in shape.expanded()]
    columns = united([positioned(relation, names) for relation in relations])
    if relations[0].known:
        return Relation(columns)
    merged.columns = columns
    merged.columns = [OutputColumn(c.name, merged.find(c.name)[1]) for c in columns]
    return merged


def _around_stars(relations: list[Relation], merged: MergedRelation) -> Relation:
    """Branches whose stars hide columns, named by the first: what stands as far from the begin or
    the end is matched by position, what is hidden by name."""
    first, *others = relations
    if not isinstance(first, OpenRelation) or not first.columns:
        return merged
    columns = [OutputColumn(column.name, own_copy(column.inputs)) for column in first.columns]
    for other in others:
        for index, column in enumerate(columns):
            add_branch(column.inputs, _facing(other, first, index))
    return OpenRelation(columns, known=False, behind=[merged], before=first.before)


def _facing(other: Relation, first: OpenRelation, index: int) -> Inputs:
    """What a branch has in the place of a known column of the first."""
    if isinstance(other, OpenRelation):
        from_end = len(first.columns) - index
        leads = index < min(first.before, other.before)
        if leads or (index >= first.before and from_end <= len(other.columns) - other.before):
            return other.columns[index if leads else -from_end].inputs
    return guess(other.find(first.columns[index].name)[1])


def _order(resolver: Resolver, order: exp.Expr, merged: Relation) -> None:
    for ordered in order.expressions:
        value = ordered.this if isinstance(ordered, exp.Ordered) else ordered
        inputs: Inputs = {}
        if isinstance(value, exp.Literal):
            ordinal = whole(value.name) or 0
            if 0 < ordinal <= len(merged.columns):
                inputs = merged.columns[ordinal - 1].inputs
        else:
            for column in value.find_all(exp.Column):
                merge(inputs, merged.find(resolver.identifier(column.this))[1])
        compose(merged.rows, inputs, use.SORT, None)


def with_clause(resolver: Resolver, node: exp.Expr, parent: Scope | None, ctes: Ctes) -> Ctes:
    """The common table expressions in sight below ``node``."""
    clause = node.args.get("with_")
    if clause is None:
        return ctes
    recursive = bool(clause.args.get("recursive")) or resolver.rules.implicit_recursion
    for cte in in_order(resolver, clause):
        if cte.args.get("scalar"):
            continue  # ClickHouse's ``WITH expression AS name``: a value, which SELECT resolves
        alias = cte.args["alias"]
        name = resolver.identifier(alias.this)
        names = [resolver.identifier(column) for column in alias.args.get("columns") or ()]
        body = cte.this
        if recursive and _calls_itself(resolver, body, name):
            relation = _recursive(resolver, body, name, names, parent, ctes)
        else:
            relation = renamed(resolver.query(body, parent, ctes), names)
        ctes = Ctes(name, relation, ctes)
    return ctes


def renamed(relation: Relation, names: list[str]) -> Relation:
    """The relation under an alias's column list, which may be shorter than its columns."""
    if not names:
        return relation
    columns = positioned(relation, names)
    listed = [
        OutputColumn(name, columns[index].inputs if index < len(columns) else {})
        for index, name in enumerate(names)
    ]
    rest = [OutputColumn(column.name, column.inputs) for column in columns[len(names) :]]
    return Relation(listed + rest, upstream=[relation])


def _calls_itself(resolver: Resolver, body: exp.Expr, name: str) -> bool:
    """Only UNION repeats, and not BY NAME; the last operator, which is the outermost, tells."""
    if not isinstance(body, exp.Union) or body.args.get("by_name"):
        return False
    if resolver.rules.last_member_repeats:
        return _mentions(resolver, body.expression, name)
    return any(_mentions(resolver, branch.query, name) for branch in branches_of(body)[1:])


def _mentions(resolver: Resolver, node: exp.Expr, name: str) -> bool:
    return any(
        isinstance(table.this, exp.Identifier)
        and table.args.get("db") is None
        and resolver.identifier(table.this) == name
        for table in node.find_all(exp.Table)
    )


def _recursive(
    resolver: Resolver,
    body: exp.SetOperation,
    name: str,
    names: list[str],
    parent: Scope | None,
    ctes: Ctes,
) -> Relation:
    """Starts from the anchor branches and repeats the others until no column gains an input."""
    ctes = with_clause(resolver, body, parent, ctes)
    anchors: list[Relation] = []
    steps: list[exp.Expr] = []
    distinct = False
    for number, branch in enumerate(_members(resolver, body, name)):
        distinct = distinct or branch.distinct
        is_table = number == 0 and resolver.rules.last_member_repeats
        if not is_table and _mentions(resolver, branch.query, name):
            steps.append(branch.query)
        else:
            anchors.append(resolver.query(branch.query, parent, ctes))
    current = renamed(combined(anchors) if anchors else Relation(), names)
    for _ in range(ROUNDS):
        inner = Ctes(name, current, ctes)
        repeated = [resolver.query(step, parent, inner) for step in steps]
        following = renamed(combined([*anchors, *repeated]), names)
        following.upstream = [*anchors, *repeated]
        if distinct:
            compose(following.rows, following.everything(), use.DISTINCT, None)
        if not following.known or _same(current, following):
            return following
        current = following
    return current


def _members(resolver: Resolver, body: exp.SetOperation, name: str) -> list[Branch]:
    """What repeats and what it starts from: all that stands before the last UNION, be it a
    set operation itself, unless that repeats as well."""
    if not resolver.rules.last_member_repeats and _mentions(resolver, body.this, name):
        return branches_of(body)
    last = Branch(body.expression, type(body), bool(body.args.get("distinct")))
    return [Branch(body.this), last]


def _same(one: Relation, other: Relation) -> bool:
    pairs = zip(one.columns, other.columns, strict=False)
    return len(one.columns) == len(other.columns) and all(
        a.inputs.keys() == b.inputs.keys() for a, b in pairs
    )
