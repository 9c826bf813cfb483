"""What PostgreSQL calls a result column that its query does not name (FigureColname in its
``parse_target.c``): by the function, the type of a cast, the construct, else ``?column?``."""

from __future__ import annotations

from sqlglot import exp

from lineage.sql.parsing.grammar import NAME_KEY
from lineage.sql.resolving.expressions import function_name

"""Where the parser keeps what a function was called in the text."""
_UNNAMED = "?column?"
_CONSTRUCTS: dict[type, str] = {
    exp.Array: "array",
    exp.Tuple: "row",
    exp.Exists: "exists",
    exp.JSONArrayAgg: "json_agg",
    exp.JSONObjectAgg: "json_object_agg",
    exp.JSONBObjectAgg: "jsonb_object_agg",
    exp.JSONObject: "json_object",
    exp.StrPosition: "position",
    exp.Overlay: "overlay",
}
_TRIMS = {"LEADING": "ltrim", "TRAILING": "rtrim"}
_WRAPPERS = (exp.Paren, exp.Window, exp.Filter, exp.WithinGroup, exp.Collate, exp.Bracket)
_TYPES = {
    exp.DType.BIGINT: "int8",
    exp.DType.BOOLEAN: "bool",
    exp.DType.CHAR: "bpchar",
    exp.DType.DECIMAL: "numeric",
    exp.DType.DOUBLE: "float8",
    exp.DType.FLOAT: "float4",
    exp.DType.INT: "int4",
    exp.DType.SMALLINT: "int2",
    exp.DType.VARBINARY: "bytea",
}


def postgres_name(node: exp.Expr, *, lists: bool = False) -> str | exp.Expr:
    """The name, or the identifier that gives it. ``lists`` is Redshift's word for aggregates of
    texts."""
    found = _named(node, lists=lists)
    if found is not None:
        return found
    node = _inside(node)
    if isinstance(node, exp.Case):
        return "case"
    return _type_name(node.args["to"]) if isinstance(node, exp.Cast) else _UNNAMED


def _type_name(node: exp.Expr) -> str:
    """What the server calls a type, whatever the text does; of an array that of its items."""
    kind = node
    while kind.this is exp.DType.ARRAY and kind.expressions:
        kind = kind.expressions[0]
    if isinstance(kind, exp.ObjectIdentifier):
        return str(kind.this).lower()
    if not isinstance(kind, exp.DataType):
        return _UNNAMED
    if isinstance(kind.this, exp.Interval):
        return "interval"
    if kind.this is exp.DType.USERDEFINED:
        return str(kind.args.get("kind") or "").rpartition(".")[2].strip('"').lower()
    return _TYPES.get(kind.this, str(kind.this.value).lower())


def _inside(node: exp.Expr) -> exp.Expr:
    while isinstance(node, _WRAPPERS):
        node = node.this
    return node


def _named(node: exp.Expr, *, lists: bool) -> str | exp.Expr | None:
    """What names an expression surely; a type and CASE only do where nothing inside them does."""
    while True:
        node = _inside(node)
        if isinstance(node, exp.Column):
            return node
        if isinstance(node, exp.Dot):
            return node.expression if isinstance(node.expression, exp.Identifier) else None
        told = node.meta.get(NAME_KEY)
        if told:
            return str(told).lower()
        inner = node.this if isinstance(node, exp.Cast) else node.args.get("default")
        if not isinstance(node, exp.Cast | exp.Case) or inner is None:
            break
        node = inner
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Select):
        return _of_first(node.this, lists=lists)
    if isinstance(node, exp.GroupConcat):
        return "listagg" if lists else "string_agg"
    if isinstance(node, exp.Trim):
        return _TRIMS.get(str(node.args.get("position") or ""), "btrim")
    if type(node) in _CONSTRUCTS:
        return _CONSTRUCTS[type(node)]
    if isinstance(node, exp.Func) and not isinstance(node, exp.Binary | exp.Case):  # no operator
        return function_name(node)
    return None


def _of_first(select: exp.Select, *, lists: bool) -> str | exp.Expr:
    first = select.expressions[0] if select.expressions else None
    if isinstance(first, exp.Alias):
        return first.args["alias"]
    return postgres_name(first, lists=lists) if first is not None else _UNNAMED
