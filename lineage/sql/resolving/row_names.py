"""How an engine calls the columns of functions that make rows, where the query names none."""

from __future__ import annotations

from sqlglot import exp

from catalog.whole_numbers import whole
from lineage.sql.dialects import words
from lineage.sql.resolving.expressions import function_name

_HIVE = words("hive spark spark2 databricks")
_MAPS = (exp.Map, exp.VarMap, exp.MapFromEntries, exp.StrToMap, exp.ToMap)
_MAKE_MAPS = words(
    "map_concat map_filter map_from_arrays transform_keys transform_values map_zip_with"
)
_TUPLES = words("json_tuple parse_url_tuple")
_OF_JSON = words("json_each json_tree jsonb_each jsonb_tree")
_ITEMS = "key value type atom id parent fullkey path".split()


def row_names(call: exp.Expr, dialect: str) -> list[str]:
    """The columns of Hive's and Spark's generators and of SQLite's JSON functions."""
    name = function_name(call) if isinstance(call, exp.Func) else ""
    if dialect in ("sqlite", "duckdb"):
        return _ITEMS if name in _OF_JSON else []
    if dialect not in _HIVE:
        return []
    name = name.removesuffix("_outer")
    if name == "explode":
        return _items(call)
    if name == "posexplode":
        value = "val" if dialect == "hive" else "col"
        return ["pos", *(_items(call) if _makes_map(call.this) else [value])]
    if name in _TUPLES:
        return [f"c{place}" for place in range(len(call.expressions) - 1)]
    if isinstance(call, exp.Stack) and isinstance(call.this, exp.Literal):
        rows = whole(call.this.name) or 0
        width = -(-len(call.expressions) // rows) if rows else 0
        return [f"col{place}" for place in range(width)]
    return []


def _items(call: exp.Expr) -> list[str]:
    return ["key", "value"] if _makes_map(call.this) else ["col"]


def _makes_map(value: object) -> bool:
    if isinstance(value, exp.Anonymous):
        return str(value.this).lower() in _MAKE_MAPS
    if isinstance(value, exp.FromJson):
        schema = value.expression
        return isinstance(schema, exp.Literal) and schema.name.lower().startswith("map<")
    return isinstance(value, _MAPS)
