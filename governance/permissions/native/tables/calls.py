"""Functions that DuckDB lets be called on a value: `name.upper().length()`.

The grammar takes the names before such a call for plain names, since they might be the schema that
a function is in. DuckDB takes them for a schema where it has one of that name.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from governance.permissions.native.types import KnownDataset
from lineage.sql.parsing.methods import columns_again, is_path, may_be_schema, names_in


def with_columns(tree: exp.Expr, sql: str) -> None:
    """Make columns of the names before calls."""
    columns_again(tree, sql)
    for node in list(tree.find_all(exp.Dot)):
        if isinstance(node.expression, exp.Func) and is_path(node.this):
            parts = zip(("this", "table", "db", "catalog"), names_in(node.this)[::-1], strict=False)
            node.set("this", exp.Column(**dict(parts)))


def is_on_value(call: exp.Dot, values: Iterable[str], schemas: Iterable[str]) -> bool:
    """Whether what stands before a call is certainly a value. `values` are the names of columns
    and of what holds them, `schemas` those of schemas, in lower case."""
    owner = call.this
    if not isinstance(owner, exp.Column):
        return not is_path(owner)
    first = owner.parts[0].name.lower()
    return first in values and first not in schemas and not may_be_schema(first)


def names_of_values(tree: exp.Expr, datasets: Iterable[KnownDataset]) -> set[str]:
    """What a statement calls its values: columns of what it reads, tables, names that it gives."""
    names = {column.name.lower() for one in datasets for column in one.columns}
    for node in tree.find_all(exp.Table, exp.Subquery, exp.Alias, exp.Lambda, exp.TableAlias):
        if isinstance(node, exp.Lambda):
            names |= {one.name.lower() for one in node.expressions}
        elif isinstance(node, exp.TableAlias):
            names |= {one.name.lower() for one in node.columns}
        else:
            names.add(node.alias_or_name.lower())
    return names
