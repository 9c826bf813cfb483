"""The select list's form: stars with their changes, and the names of result columns."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

from lineage.sql.dialects import DialectRules
from lineage.sql.resolving.postgres_names import postgres_name


@dataclass(frozen=True, slots=True)
class StarExpression:
    """``qualifier.* EXCLUDE (excluded) REPLACE (replaced) RENAME (renamed)``."""

    qualifier: tuple[str, ...]
    excluded: frozenset[str]
    replaced: dict[str, exp.Expr]
    renamed: dict[str, str]
    excluded_of: dict[str, set[str]]
    """Names that are left out of one source only: ``* EXCLUDE (t.a)``."""
    pattern: str = ""
    """Snowflake's ``* ILIKE '%id%'``: only names that are like this."""

    def chooses(self, name: str) -> bool:
        """Whether the pattern admits a name."""
        if not self.pattern:
            return True
        shape = re.escape(self.pattern).replace("%", ".*").replace("_", ".")
        return re.fullmatch(shape, name, re.IGNORECASE | re.DOTALL) is not None


def column_parts(column: exp.Expr) -> list[exp.Expr]:
    """The identifiers of a column reference, outermost qualifier first."""
    arguments = column.args
    if arguments.get("table") is None:
        return [arguments["this"]]
    parts = (arguments.get(key) for key in ("catalog", "db", "table", "this"))
    return [part for part in parts if part is not None]


def is_star(projection: exp.Expr) -> bool:
    return type(projection) is exp.Star or (
        type(projection) in (exp.Column, exp.Dot) and projection.is_star
    )


def star_of(projection: exp.Expr, rules: DialectRules) -> StarExpression:
    """Reads a star projection."""
    star = projection
    qualifier: tuple[str, ...] = ()
    if isinstance(projection, exp.Column | exp.Dot):
        parts = _path(projection)
        star, qualifier = parts[-1], tuple(_name(part, rules) for part in parts[:-1])
    arguments = star.args
    excluded: set[str] = set()
    excluded_of: dict[str, set[str]] = {}
    for column in arguments.get("except_") or ():
        of = column.args.get("table") if isinstance(column, exp.Column) else None
        names = excluded if of is None else excluded_of.setdefault(_name(of, rules), set())
        names.add(_name(column, rules))
    return StarExpression(
        qualifier=qualifier,
        excluded=frozenset(excluded),
        excluded_of=excluded_of,
        replaced={
            _name(alias.args["alias"], rules): alias.this
            for alias in arguments.get("replace") or ()
        },
        pattern=arguments["ilike"].name if arguments.get("ilike") is not None else "",
        renamed={
            _name(alias.this, rules): _name(alias.args["alias"], rules)
            for alias in arguments.get("rename") or ()
        },
    )


def _path(node: exp.Expr) -> list[exp.Expr]:
    """The names of ``(t.a).b.*`` in order, brackets left out."""
    if isinstance(node, exp.Paren):
        return _path(node.this)
    if isinstance(node, exp.Dot):
        return [*_path(node.this), *_path(node.expression)]
    return column_parts(node) if isinstance(node, exp.Column) else [node]


def _name(node: exp.Expr, rules: DialectRules) -> str:
    identifier = node.this if isinstance(node, exp.Column) else node
    if isinstance(identifier, exp.Parameter):  # the first column of a file is called $1
        return f"${identifier.name}"
    return rules.column(identifier.name, bool(identifier.args.get("quoted")))


_NAME_ITEMS = frozenset({"hive", "spark", "spark2", "databricks"})
"""Engines that call what EXPLODE makes ``col``."""
_UNNAMED = {
    "athena": "_col{}",
    "bigquery": "f{}_",
    "hive": "_c{}",
    "presto": "_col{}",
    "trino": "_col{}",
}
"""What engines call a column that nobody named, by its place (BigQuery: among such)."""


def output_names(projection: exp.Expr, position: int, rules: DialectRules) -> list[str]:
    """The names of a projection's result columns: one, but for ``explode(m) AS (k, v)``.

    An expression without a name gets the engine's own where the rule is simple (PostgreSQL, Trino,
    Spark's explode), a cast column its name, anything else ``_col_`` and its position from zero.
    """
    if isinstance(projection, exp.QueryTransform):
        schema = projection.args.get("schema")
        listed = schema.expressions if isinstance(schema, exp.Expr) else []
        names = [c.this if isinstance(c, exp.ColumnDef) else c for c in listed]
        return [_name(name, rules) for name in names] or ["key", "value"]
    if isinstance(projection, exp.Subquery) and isinstance(
        projection.args.get("alias"), exp.Identifier
    ):
        return [_name(projection.args["alias"], rules)]  # T-SQL's name = (SELECT ...)
    if isinstance(projection, exp.Aliases):
        return [_name(identifier, rules) for identifier in projection.expressions]
    if isinstance(projection, exp.Alias):
        return [_name(projection.args["alias"], rules)]
    if isinstance(projection, exp.Column):
        return [_name(projection, rules)]
    if isinstance(projection, exp.Dot) and isinstance(projection.expression, exp.Identifier):
        return [_name(projection.expression, rules)]
    if rules.postgres_names:
        name = postgres_name(projection, lists=rules.name == "redshift")
        return [name if isinstance(name, str) else _name(name, rules)]
    if isinstance(projection, exp.Explode) and rules.name in _NAME_ITEMS:
        return ["pos", "col"] if isinstance(projection, exp.Posexplode) else ["col"]
    inner = _unwrapped(projection)
    numbered = isinstance(inner, exp.Parameter) and inner.name.isdigit()
    if isinstance(inner, exp.Column) or numbered:  # a cast column mostly keeps its name
        return [_name(inner, rules)]
    return [name_of_unnamed(position, rules)]


def name_of_unnamed(place: int, rules: DialectRules) -> str:
    """The name of an expression without one."""
    return _UNNAMED.get(rules.name, "_col_{}").format(place)


def _unwrapped(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren | exp.Cast | exp.TryCast | exp.FormatPhrase):
        node = node.this
    return node
