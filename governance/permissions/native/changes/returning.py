"""What a statement that changes rows may return of them.

A column that the statement itself sets holds what the statement says, and is returned as it is; of
the others, what may be seen.
"""

from __future__ import annotations

from sqlglot import exp

from governance.permissions.engine import Decision
from governance.permissions.native.seen.shaping import (
    NoShape,
    Shaping,
    protected_columns,
    shown_columns,
)
from governance.permissions.native.tables.binding import Occurrence
from governance.permissions.native.types import KnownDataset

_CHOSEN_OTHERWISE = (exp.Query, exp.Comprehension, exp.Star, exp.Columns, exp.PositionalColumn)
"""Through which an expression may mean a column that it does not name."""


def shown_of_changed(
    change: exp.Expr, one: Occurrence, decision: Decision, dialect: str
) -> list[exp.Expr] | None:
    """What `RETURNING` of an UPDATE or DELETE shows; None where it may stay as it is written, or
    cannot be written over what may be seen."""
    returning, dataset = change.args.get("returning"), one.dataset
    if returning is None or dataset is None or returning.args.get("into"):
        return None
    if not isinstance(change, exp.Update | exp.Delete) or change.this is not one.node:
        return None
    others = change.args.get("using") or change.args.get("from_")
    if change.args.get("tables") or (others and dialect != "duckdb"):  # which returns of one table
        return None
    if not dataset.columns or not protected_columns(dataset, decision):
        return None
    name = one.node.alias_or_name
    try:
        shown = shown_columns(Shaping(dataset, decision), name, dialect)
    except NoShape:
        return None
    columns: dict[str, exp.Expr] = {
        column.name.lower(): exp.maybe_parse(text, dialect=dialect)
        for column, text in zip(dataset.columns, shown, strict=True)
    }
    protected = {key for key, value in columns.items() if not isinstance(value.this, exp.Column)}
    written_to = _set_by(change)
    if written_to is None:
        return None
    for column in written_to & columns.keys():
        plain = exp.column(columns[column].args["alias"].copy(), table=name)
        columns[column] = exp.Alias(this=plain, alias=columns[column].args["alias"])
    closed = {
        column.name.lower()
        for column in dataset.columns
        if (effect := decision.effect_on(column.key)).denied or effect.min_group
    }
    found: list[exp.Expr] = []
    for expression in returning.expressions:
        if _is_star(expression, name):
            left_out = _left_out(expression)
            if closed - left_out:
                return None
            found += [columns[key].copy() for key in columns if key not in left_out]
            continue
        is_named = isinstance(expression, exp.Alias | exp.Column)
        if not is_named and change.parent is not None:
            return None  # by its text, a query around it may call it
        written = _over_seen(expression, columns, closed, name, dialect)
        if written is None:
            return None
        found.append(written)
    returned = {name.name.lower() for name in returning.find_all(exp.Identifier)}
    is_told = (
        protected & returned
        or returns_rows(returning, name, dataset)
        or any(_is_star(expression, name) for expression in returning.expressions)
    )
    return found if is_told else None


def returns_rows(returning: exp.Expr, name: str, dataset: KnownDataset) -> bool:
    """Whether whole rows of the changed table are returned, by what the statement calls it."""
    columns = {column.name.lower() for column in dataset.columns}
    return name.lower() not in columns and any(
        column.name.lower() == name.lower() for column in returning.find_all(exp.Column)
    )


def _set_by(change: exp.Expr) -> set[str] | None:
    """The columns that an UPDATE sets, in lower case; None where they are not named one by one."""
    columns: list[exp.Expr] = []
    for one in change.expressions:
        if not isinstance(one, exp.EQ):
            return None
        columns += one.this.expressions if isinstance(one.this, exp.Tuple) else [one.this]
    if not all(isinstance(one, exp.Column) for one in columns):
        return None
    return {one.name.lower() for one in columns}


def _is_star(expression: exp.Expr, name: str) -> bool:
    star: object = expression
    if isinstance(expression, exp.Column) and expression.table.lower() == name.lower():
        star = expression.this
    said = {key for key, value in star.args.items() if value} if type(star) is exp.Star else {""}
    return said <= {"except_"}


def _left_out(star: exp.Expr) -> set[str]:
    """The columns that a star leaves out, in lower case."""
    stars = star.find_all(exp.Star)
    return {one.name.lower() for found in stars for one in found.args.get("except_") or ()}


def _over_seen(
    expression: exp.Expr,
    columns: dict[str, exp.Expr],
    closed: set[str],
    name: str,
    dialect: str,
) -> exp.Expr | None:
    """An expression with what is shown in the place of each column; None where that is not all
    that it reads."""
    if expression.find(*_CHOSEN_OTHERWISE) is not None:
        return None
    written = expression.unalias().copy()
    lambdas = expression.find_all(exp.Lambda)
    given = {one.name.lower() for each in lambdas for one in each.expressions}
    for column in list(written.find_all(exp.Column)):
        value = _value(column, columns, closed, name, dialect)
        if value is None or column.parts[0].name.lower() in given:
            return None
        if column is written:
            written = value
        elif value is not column:
            column.replace(value)
    if isinstance(expression, exp.Alias):
        return exp.Alias(this=written, alias=expression.args["alias"].copy())
    if isinstance(expression, exp.Column) and not isinstance(written, exp.Column):
        return exp.Alias(this=written, alias=expression.this.copy())
    return written


def _value(
    column: exp.Column, columns: dict[str, exp.Expr], closed: set[str], name: str, dialect: str
) -> exp.Expr | None:
    """What is shown of a column, of a field in one, or of the row; None where nothing may be."""
    first, *rest = [part.name for part in column.parts]
    if rest and first.lower() == name.lower():
        first, *rest = rest
    key = first.lower()
    if key not in columns:
        is_row = dialect == "duckdb" and key == name.lower() and not rest
        return _as_struct(columns, dialect) if is_row and not closed else None
    if key in closed or (rest and (len(rest) > 1 or dialect != "duckdb")):
        return None
    shown = columns[key].this
    if isinstance(shown, exp.Column):
        return column
    value = exp.Paren(this=shown.copy())
    field = column.parts[-1].copy()
    return exp.Dot(this=value, expression=field) if rest else value


def _as_struct(columns: dict[str, exp.Expr], dialect: str) -> exp.Expr:
    """What is shown of a row, as one value."""
    fields = (
        f"{column.args['alias'].sql(dialect=dialect)} := {column.this.sql(dialect=dialect)}"
        for column in columns.values()
    )
    return exp.maybe_parse(f"STRUCT_PACK({', '.join(fields)})", dialect=dialect)
