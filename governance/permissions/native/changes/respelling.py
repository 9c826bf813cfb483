"""Statements that change rows, written as their engine reads them, and their conditions."""

from __future__ import annotations

from sqlglot import exp

_INSERTING = {
    "(DEFAULT)": "DEFAULT VALUES",
    "(BY AS NAME)": "BY NAME",
    "(BY AS POSITION)": "BY POSITION",
}
_WITHOUT_TRUTH = frozenset({"tsql", "fabric", "oracle"})
"""Dialects in which a condition is no value."""


def as_text(tree: exp.Expr, dialect: str) -> str:
    """The statement as text; SQL Server asks for a MERGE to be ended."""
    for when in tree.find_all(exp.When):
        then = when.args.get("then")
        if not isinstance(then, exp.Insert) or not isinstance(then.this, exp.Tuple):
            continue
        said = then.this.sql().upper()
        if said in _INSERTING:  # words, which the grammar takes for names of columns
            then.set("this", exp.Var(this=_INSERTING[said]))
    for column in list(tree.find_all(exp.Column)):
        if column.sql().upper() == "DEFAULT":
            column.replace(exp.Var(this="DEFAULT"))
    is_ended = isinstance(tree, exp.Merge) and dialect in ("tsql", "fabric")
    return tree.sql(dialect=dialect) + (";" if is_ended else "")


def if_seen(seen: exp.Expr, condition: exp.Expr | None, dialect: str) -> exp.Expr:
    """A condition that is tried on rows that may be seen: an error would tell of the others."""
    if condition is None:
        return seen.copy()
    holds: exp.Expr = condition.copy()
    if dialect not in _WITHOUT_TRUTH:
        ifs = [exp.If(this=seen.copy(), true=holds)]
        return exp.Case(ifs=ifs, default=exp.Boolean(this=False))
    one, none = exp.Literal.number(1), exp.Literal.number(0)
    inner = exp.Case(ifs=[exp.If(this=holds, true=one.copy())], default=none.copy())
    outer = exp.Case(ifs=[exp.If(this=seen.copy(), true=inner)], default=none)
    return exp.EQ(this=outer, expression=one)
