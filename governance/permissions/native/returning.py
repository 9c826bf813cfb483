"""What a statement that changes rows may return of them.

A column that the statement itself sets holds what the statement says, and is returned as it is; of
the others, what may be seen.
"""

from __future__ import annotations

from sqlglot import exp

from governance.permissions.engine import Decision
from governance.permissions.native.binding import Occurrence
from governance.permissions.native.shaping import NoShape, Shaping, protected_columns, shown_columns
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
            if closed:
                return None
            found += [column.copy() for column in columns.values()]
            continue
        is_named = isinstance(expression, exp.Alias | exp.Column)
        if not is_named and change.parent is not None:
            return None  # by its text, a query around it may call it
        written = _over_seen(expression, columns, closed, name, dialect)
        if written is None:
            return None
        found.append(written)
    returned = {column.name.lower() for column in returning.find_all(exp.Column)}
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
    columns = [one.this for one in change.expressions if isinstance(one, exp.EQ)]
    if len(columns) < len(change.expressions):
        return None
    if not all(isinstance(one, exp.Column) for one in columns):
        return None
    return {one.name.lower() for one in columns}


def _is_star(expression: exp.Expr, name: str) -> bool:
    star: object = expression
    if isinstance(expression, exp.Column) and expression.table.lower() == name.lower():
        star = expression.this
    return type(star) is exp.Star and not any(star.args.values())


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
    given = {
        one.name.lower() for each in expression.find_all(exp.Lambda) for one in each.expressions
    }
    if given & {*columns, name.lower()}:
        return None  # which of both is meant hangs on where it stands
    written = expression.unalias().copy()
    for column in list(written.find_all(exp.Column)):
        key = column.name.lower()
        is_row = dialect == "duckdb" and key == name.lower() and len(column.parts) == 1
        if is_row and key not in columns and not closed:
            row = _as_struct(columns, dialect)
            if column is written:
                written = row
            else:
                column.replace(row)
            continue
        is_own = len(column.parts) == 1 or (
            len(column.parts) == 2 and column.table.lower() == name.lower()
        )
        if not is_own or key not in columns or key in closed:
            return None
        if isinstance(columns[key].this, exp.Column):
            continue
        value = exp.Paren(this=columns[key].this.copy())
        if column is written:
            written = value
        else:
            column.replace(value)
    if isinstance(expression, exp.Alias):
        return exp.Alias(this=written, alias=expression.args["alias"].copy())
    if isinstance(expression, exp.Column) and not isinstance(written, exp.Column):
        return exp.Alias(this=written, alias=expression.this.copy())
    return written


def _as_struct(columns: dict[str, exp.Expr], dialect: str) -> exp.Expr:
    """What is shown of a row, as one value."""
    fields = (
        f"{column.args['alias'].sql(dialect=dialect)} := {column.this.sql(dialect=dialect)}"
        for column in columns.values()
    )
    return exp.maybe_parse(f"STRUCT_PACK({', '.join(fields)})", dialect=dialect)
