"""A statement as brakes look at it: blocks with their sources, conditions and stars.

A block is one SELECT, or the table that an UPDATE or a DELETE goes over. What a block does not say
by itself (a condition in the query around it) does not count for it: write it beside the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from catalog.whole_numbers import whole
from governance.brakes.engine.conditions import conjuncts, ties
from governance.brakes.engine.types import Table

_GIVEN_ROWS = (exp.Unnest, exp.Lateral, exp.Explode, exp.GenerateSeries)


@dataclass(frozen=True, slots=True)
class Source:
    """What a block reads rows from: a table of the catalog, or something else.

    `is_single` is one row at most; `follows` makes its rows of the rows beside it.
    """

    name: str
    node: exp.Expr
    table: Table | None = None
    is_single: bool = False
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition with the sources that it narrows: one side of an outer join, or all."""

    node: exp.Expr
    narrows: frozenset[str]


@dataclass(slots=True)
class Block:
    """One SELECT (or UPDATE, DELETE) of a statement."""

    node: exp.Expr
    sources: list[Source] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    tied: set[frozenset[str]] = field(default_factory=set)
    stars: list[tuple[Source, frozenset[str]]] = field(default_factory=list)
    """Each source whose columns a star brings, with those that it leaves out."""

    def source_of(self, column: exp.Column) -> str | None:
        """The name of the source that a column belongs to; None where it is not known."""
        if column.table:
            name = column.table.lower()
            return name if any(one.name == name for one in self.sources) else None
        holding = [
            one.name
            for one in self.sources
            if one.table is not None and column.name.lower() in one.table.columns
        ]
        if len(holding) == 1:
            return holding[0]
        return self.sources[0].name if len(self.sources) == 1 else None

    def narrowing(self, source: Source) -> Iterator[exp.Expr]:
        """The conditions that leave out rows of a source."""
        return (one.node for one in self.conditions if source.name in one.narrows)

    def parts(self) -> list[list[Source]]:
        """The sources by what ties them together; those that multiply nothing are left out."""
        many = [one for one in self.sources if not one.is_single and not one.follows]
        groups: list[set[str]] = [{one.name} for one in self.sources]
        for pair in self.tied:
            touched = [group for group in groups if group & pair]
            if len(touched) > 1:
                groups = [group for group in groups if not group & pair]
                groups.append(set().union(*touched))
        found = [[one for one in many if one.name in group] for group in groups]
        return [part for part in found if part]


@dataclass(frozen=True, slots=True)
class Shape:
    """A whole statement."""

    tree: exp.Expr
    blocks: tuple[Block, ...]
    functions: frozenset[str]
    tables: tuple[Table, ...]
    """Every table as often as it is read."""
    is_inside: bool = False
    """Whether it is the definition of a view that the statement reads."""


def shape_of(tree: exp.Expr, tables: Mapping[int, Table], *, is_inside: bool = False) -> Shape:
    """The shape of a statement; `tables` are the tables of the catalog by the id of their node."""
    blocks = [_block(node, tables) for node in tree.find_all(exp.Select, exp.Update, exp.Delete)]
    functions: set[str] = set()
    for node in tree.find_all(exp.Func):
        functions |= _names(node)
    read = tuple(source.table for block in blocks for source in block.sources if source.table)
    return Shape(tree, tuple(blocks), frozenset(functions), read, is_inside)


def _names(node: exp.Func) -> set[str]:
    if isinstance(node, exp.Anonymous):
        return {node.name.lower()}
    return {name.lower() for name in type(node).sql_names()}


def _block(node: exp.Expr, tables: Mapping[int, Table]) -> Block:
    block = Block(node)
    first = node.args.get("from_")
    start = first.this if isinstance(first, exp.From) else None
    if isinstance(node, exp.Update | exp.Delete) and node.this is not None:
        _add(block, node.this, tables)
    if start is not None:
        _add(block, start, tables)
    for using in node.args.get("using") or ():
        _add(block, using, tables)
    _join(block, node.args.get("joins") or (), tables)
    for lateral in node.args.get("laterals") or ():
        _add(block, lateral, tables)
    where = node.args.get("where")
    if isinstance(where, exp.Where):
        _note(block, where.this, frozenset(one.name for one in block.sources))
    if isinstance(node, exp.Select):
        _find_stars(block, node)
    return block


def _add(block: Block, node: exp.Expr, tables: Mapping[int, Table]) -> None:
    """A source with what is joined to it inside parentheses."""
    inner = node.this if isinstance(node, exp.Subquery | exp.Paren) else None
    if isinstance(inner, exp.Table | exp.Subquery | exp.Paren):
        _add(block, inner, tables)
    else:
        name = (node.alias_or_name or f"#{len(block.sources)}").lower()
        query = node.this if isinstance(node, exp.Subquery) else None
        is_function = isinstance(node, exp.Table) and not isinstance(node.this, exp.Identifier)
        block.sources.append(
            Source(
                name=name,
                node=node,
                table=tables.get(id(node)),
                is_single=_is_single(query or node) or _is_single(_named(node, tables)),
                follows=isinstance(node, _GIVEN_ROWS) or (is_function and _reads_beside(node)),
            )
        )
    _join(block, node.args.get("joins") or (), tables)


def _join(block: Block, joins: Sequence[exp.Join], tables: Mapping[int, Table]) -> None:
    for join in joins:
        before = frozenset(one.name for one in block.sources)
        _add(block, join.this, tables)
        joined = frozenset(one.name for one in block.sources[len(before) :])
        method, side = (str(join.args.get(key) or "").upper() for key in ("method", "side"))
        if join.args.get("using") or method in ("NATURAL", "POSITIONAL"):
            block.tied |= {frozenset((a, b)) for a in before for b in joined if a != b}
        narrows = {"LEFT": joined, "RIGHT": before, "FULL": frozenset[str]()}
        on = join.args.get("on")
        if on is not None:
            _note(block, on, narrows.get(side, before | joined))


def _note(block: Block, condition: exp.Expr, narrows: frozenset[str]) -> None:
    block.tied |= ties(condition, block.source_of)
    block.conditions += [Condition(part, narrows) for part in conjuncts(condition)]


def _find_stars(block: Block, node: exp.Select) -> None:
    if isinstance(node.parent, exp.Exists):
        return  # it shows nothing
    for shown in node.expressions:
        for star, only in _stars(shown):
            left_out = frozenset(
                one.name.lower() for one in star.args.get("except_") or () if one.name
            )
            for source in block.sources:
                if only in ("", source.name):
                    block.stars.append((source, left_out))
    for shown in node.expressions:
        whole = shown.unalias()
        if isinstance(whole, exp.Column) and not whole.table:
            for source in block.sources:
                name = whole.name.lower()
                if source.name == name and source.table and name not in source.table.columns:
                    block.stars.append((source, frozenset()))


def _stars(shown: exp.Expr) -> Iterator[tuple[exp.Star, str]]:
    """The stars that bring columns, each with the source that it names; COUNT(*) brings none."""
    if isinstance(shown, exp.Star):
        yield shown, ""
    elif isinstance(shown, exp.Column) and isinstance(shown.this, exp.Star):
        yield shown.this, shown.table.lower()
    elif isinstance(shown, exp.Columns):
        star = shown.this if isinstance(shown.this, exp.Star) else exp.Star()
        yield star, ""


def _is_single(query: exp.Expr | None) -> bool:
    """Whether a query has one row at most, whatever it reads."""
    if not isinstance(query, exp.Select):
        return isinstance(query, exp.Values) and len(query.expressions) == 1
    if row_limit(query) in (0, 1) or query.args.get("from_") is None:
        return True
    if query.args.get("group"):
        return False
    return bool(query.expressions) and all(map(_is_total, query.expressions))


def _is_total(shown: exp.Expr) -> bool:
    total = shown.find(exp.AggFunc)
    return total is not None and shown.find(exp.Window) is None


def is_aggregated(query: exp.Select) -> bool:
    """Whether a query tells of groups, or of everything at once, and not of rows."""
    return bool(query.args.get("group")) or _is_single(query)


def row_limit(query: exp.Expr) -> int | None:
    """The most rows that a query says it returns; None where it says none, or not as a number."""
    limit = query.args.get("limit")
    count = None
    if isinstance(limit, exp.Fetch):
        options = limit.args.get("limit_options")
        is_share = options is not None and bool(options.args.get("percent"))
        count = None if is_share else limit.args.get("count")
    elif isinstance(limit, exp.Limit):
        count = limit.expression
    if isinstance(count, exp.Literal) and not count.is_string:
        return whole(count.name)
    return None


def _named(node: exp.Expr, tables: Mapping[int, Table]) -> exp.Expr | None:
    """The query of the same statement that a name means."""
    if not isinstance(node, exp.Table) or id(node) in tables or len(node.parts) != 1:
        return None
    wanted, parent = node.name.lower(), node.parent
    while parent is not None:
        with_ = parent.args.get("with_")
        for one in with_.expressions if isinstance(with_, exp.With) else ():
            if one.alias.lower() == wanted:
                found: exp.Expr = one.this
                return found
        parent = parent.parent
    return None


def _reads_beside(node: exp.Expr) -> bool:
    return node.find(exp.Column) is not None
