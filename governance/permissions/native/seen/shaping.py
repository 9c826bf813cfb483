"""A table as somebody may see it, as a query that stands in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError

from catalog.errors import InvalidInput
from governance.permissions.engine import ColumnEffect, Decision
from governance.permissions.native.seen.masks import masked, name_sql, nothing
from governance.permissions.native.seen.nested import shown_fields
from governance.permissions.native.tables.functions import names_by_text
from governance.permissions.native.types import Catalog, KnownColumn, KnownDataset

INNER = "protected_rows"
"""What a table is called inside the query that stands in its place."""
LOOKUP = "lookup_rows"
"""What the dataset is called in which a row filter looks a value up."""

_PATTERN = re.compile(r"[*+?|^\[\]()$]")
"""What a quoted name holds where Hive and Spark read it as a pattern of names, and Snowflake as the
place of a column."""
Find = Callable[[tuple[str, ...]], KnownDataset | None]
"""The dataset that a row filter calls so, whoever asks."""

_FENCES = {
    "duckdb": " OFFSET 0",
    "postgres": " OFFSET 0",
    "redshift": "",
    "mysql": " LIMIT 18446744073709551615",
    "oracle": " AND ROWNUM > 0",
}
"""Keeps the engine from trying a condition of the statement on rows that the filter removes,
where an error would tell of them."""
_FIRST = dict.fromkeys(("tsql", "fabric"), "TOP (9223372036854775807) ")


class NoShape(ValueError):  # noqa: N818 - reads as the refusal it is
    """The table cannot be shown as the opt-outs say; the message says why."""


@dataclass(frozen=True, slots=True)
class Shaping:
    """How a dataset is shown. `raw` are columns that may be read as they are although the effect
    says more (a guard elsewhere sees to it); `left_out` are not columns of it at all. `find` is
    for filters that look a value up elsewhere; without it they cannot be written. `is_numbered`:
    the numbers of the rows are shown, too."""

    dataset: KnownDataset
    decision: Decision
    raw: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    find: Find | None = None
    is_numbered: bool = False


def looked_up(
    catalog: Catalog, database: str | None, parts: tuple[str, ...]
) -> KnownDataset | None:
    """The dataset in which a row filter looks a value up. The filter reads it, not who asks."""
    try:
        return catalog.find(parts, database, None, is_inside=True)
    except InvalidInput:  # the name may mean several
        return None


def column_effect(decision: Decision, column: KnownColumn) -> ColumnEffect:
    """What holds for a column at the top level, by its own rules."""
    return decision.effect_on(column.key)


def nested_paths(decision: Decision, column: KnownColumn) -> list[str]:
    """The protected paths inside a column."""
    start = f"{column.key}."
    return [
        path
        for path, effect in decision.columns.items()
        if path.startswith(start) and not effect.is_open
    ]


def protected_columns(dataset: KnownDataset, decision: Decision) -> list[str]:
    """The columns of which something holds, in their order; those that the catalog does not list
    at the end."""
    listed = [
        column.name
        for column in dataset.columns
        if not column_effect(decision, column).is_open or nested_paths(decision, column)
    ]
    known = tuple(column.key for column in dataset.columns)
    others = [
        path
        for path, effect in decision.columns.items()
        if not effect.is_open
        and not any(path == key or path.startswith(f"{key}.") for key in known)
    ]
    return listed + others


def shaped(shaping: Shaping, source: str, dialect: str) -> str:
    """The query in brackets. `source` is the table or query as it is read, called INNER. Raises
    NoShape."""
    columns = shown_columns(shaping, INNER, dialect)
    columns += [f"{INNER}.rowid AS rowid"] if shaping.is_numbered else []
    shown = ", ".join(columns)
    first = _FIRST.get(dialect, "") if shaping.decision.filters else ""
    query = f"SELECT {first}{shown} FROM {source}"  # noqa: S608 - its purpose
    if shaping.decision.filters:
        query += f" WHERE {row_condition(shaping, dialect, INNER)}{_FENCES.get(dialect, '')}"
    return f"({query})"


def shown_columns(shaping: Shaping, source: str, dialect: str) -> list[str]:
    """What is shown of each column of what is called `source`. Raises NoShape."""
    dataset, decision = shaping.dataset, shaping.decision
    if not dataset.columns:
        raise NoShape(f"The catalog does not know the columns of {dataset.name}.")
    shown = []
    for column in dataset.columns:
        key = column.key
        if key in shaping.left_out:
            continue
        name = name_sql(column.name, dialect)
        value = f"{source}.{name}"
        effect = column_effect(decision, column)
        closed = effect.denied or (effect.min_group and key not in shaping.raw)
        fields = None
        if nested_paths(decision, column) and key not in shaping.raw:
            fields = shown_fields(column, value, decision, dialect)
            closed = closed or effect.is_open
        if fields is not None:
            value = fields
        elif effect.denied and key in shaping.raw:
            pass  # of fields in it, which the statement does not touch
        elif closed:
            value = nothing(column.type, dialect, value)
        elif effect.mask is not None:
            value = masked(effect.mask, value, column.type, dialect)
        shown.append(f"{value} AS {name}")
    if not shown:
        raise NoShape(f"No column of {dataset.name} is left.")
    return shown


def row_condition(shaping: Shaping, dialect: str, name: str) -> str:
    """The filters of a dataset ANDed, in a dialect, over the columns of what is called `name`.
    Raises NoShape."""
    return " AND ".join(
        f"({_condition(row_filter.expression, shaping, dialect, name)})"
        for row_filter in shaping.decision.filters
    )


def _condition(text: str, shaping: Shaping, dialect: str, name: str) -> str:
    dataset = shaping.dataset
    try:
        tree: exp.Expr = exp.maybe_parse(text)
    except SqlglotError as error:
        raise NoShape(f"A row filter on {dataset.name} cannot be read.") from error
    elsewhere: set[int] = set()
    for query in list(tree.find_all(exp.Query)):
        if not isinstance(query, exp.Subquery):  # the brackets around one
            elsewhere |= _look_up(query, shaping, dialect)
    own = [column for column in tree.find_all(exp.Column) if id(column) not in elsewhere]
    return _placed(tree, own, dataset, name, dialect).sql(dialect=dialect)


def _look_up(query: exp.Query, shaping: Shaping, dialect: str) -> set[int]:
    """Write out which dataset a filter looks a value up in, so that nothing in the statement can
    take its name; the columns that are of it."""
    of = shaping.dataset
    tables = list(query.find_all(exp.Table))
    is_simple = isinstance(query, exp.Select) and len(list(query.find_all(exp.Query))) == 1
    is_simple = is_simple and query.args.get("with_") is None
    if not is_simple or len(tables) != 1 or shaping.find is None:
        raise NoShape(f"A row filter on {of.name} reads another table.")
    other = shaping.find(tuple(part.name for part in tables[0].parts))
    if other is None:
        raise NoShape(f"A row filter on {of.name} reads a table that the catalog does not have.")
    is_near = other.parts[:-2] == of.parts[:-2] and dialect != "duckdb"
    parts = other.parts[-2:] if is_near else other.parts  # in DuckDB that may be a temporary table
    if other.system != of.system or not 2 <= len(parts) <= 3:
        raise NoShape(f"A row filter on {of.name} reads a table of another system.")
    columns = list(query.find_all(exp.Column))
    _placed(query, columns, other, LOOKUP, dialect)
    named = exp.Table(
        **{
            key: _identifier(part, dialect)
            for key, part in zip(("this", "db", "catalog"), reversed(parts), strict=False)
        },
        alias=exp.TableAlias(this=exp.to_identifier(LOOKUP)),
    )
    tables[0].replace(named)
    return {id(column) for column in query.find_all(exp.Column)}


def _placed(
    tree: exp.Expr, columns: Sequence[exp.Column], of: KnownDataset, name: str, dialect: str
) -> exp.Expr:
    """The tree with columns written as those of a dataset that is called `name` in it."""
    spelled = {column.name.lower(): column.name for column in of.columns}
    for column in columns:
        found = spelled.get(column.name.lower())
        if found is None:
            raise NoShape(f"A row filter needs the column {column.name} of {of.name}.")
        placed = exp.Column(this=_identifier(found, dialect), table=exp.to_identifier(name))
        if column is tree:
            tree = placed
        else:
            column.replace(placed)
    return tree


def _identifier(name: str, dialect: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=not name_sql(name, dialect).isidentifier())


@dataclass(frozen=True, slots=True)
class Splice:
    """Text that takes the place of another."""

    start: int
    end: int
    text: str
    sentence: str = ""
    rules: tuple[str, ...] = ()


def spliced(text: str, splices: Sequence[Splice]) -> tuple[str, list[tuple[int, int, Splice]]]:
    """The text with all splices, and where each of them is in it."""
    pieces: list[str] = []
    places: list[tuple[int, int, Splice]] = []
    at = length = 0
    for one in sorted(splices, key=lambda splice: splice.start):
        before = text[at : one.start]
        pieces += [before, one.text]
        length += len(before)
        places.append((length, length + len(one.text), one))
        length += len(one.text)
        at = one.end
    pieces.append(text[at:])
    return "".join(pieces), places


def never_names(tree: exp.Expr, names: Iterable[str]) -> bool:
    """Whether a statement can certainly not touch columns of these names: nothing in it is
    called so, and nothing stands for columns without their names."""
    wanted = {name.lower() for name in names}
    tables = {node.alias_or_name.lower() for node in tree.find_all(exp.Table)}
    tables |= {node.alias.lower() for node in tree.find_all(exp.Subquery) if node.alias}
    for node in tree.walk():
        if isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
            return False
        if isinstance(node, exp.Columns | exp.PositionalColumn | exp.Pivot | exp.Summarize):
            return False
        if isinstance(node, exp.Join) and node.args.get("method"):
            return False
        if isinstance(node, exp.TableAlias) and node.args.get("columns"):
            return False
        if isinstance(node, exp.Identifier) and (
            _PATTERN.search(node.name)
            or node.name.lower() in wanted
            or not wanted.isdisjoint(node.name.lower().split("."))
        ):
            return False
        if isinstance(node, exp.Returning) and _returns_rows(node):
            return False
        if isinstance(node, exp.Literal) and node.is_string and node.name.lower() in wanted:
            return False
        if isinstance(node, exp.Column) and node.name.lower() in tables:
            return False  # a whole row, with its schema before it or without
        if isinstance(node, exp.Parameter) or _takes_all(node) or names_by_text(node):
            return False
    return True


def _returns_rows(returning: exp.Returning) -> bool:
    """Whether whole rows are returned as they were, or as they are (PostgreSQL 18)."""
    return any(
        not column.table and column.name.lower() in ("old", "new")
        for column in returning.find_all(exp.Column)
    )


def _takes_all(node: exp.Expr) -> bool:
    """Whether a part of a statement takes all columns without a star."""
    if isinstance(node, exp.Copy):
        return isinstance(node.this, exp.Table) and not node.args.get("kind")
    if isinstance(node, exp.Reference):
        return isinstance(node.this, exp.Table)  # by its key, of whatever columns that is
    then = node.args.get("then") if isinstance(node, exp.When) else None
    if isinstance(then, exp.Insert):
        return not then.args.get("expression")
    return isinstance(then, exp.Update) and not then.args.get("expressions")
