"""Functions called like methods: ``(a || b).upper()``, ``t.doc.value('path', 'type')``.

The grammar takes the columns before such a call for plain names, since they might be the schema
that a function is in.
"""

from __future__ import annotations

import re

from sqlglot import exp

from lineage.sql.dialects import words

_CALLED = re.compile(r"[)\]}]\s*\.\s*(?:[A-Za-z_]\w*|\([\w\s.`-]*\))\s*\(")
_NO_COLUMN = (
    *(exp.Column, exp.Dot, exp.Table, exp.TableAlias, exp.CTE, exp.DataType, exp.ColumnDef),
    *(exp.Lambda, exp.Kwarg, exp.Window, exp.Into, exp.Schema, exp.ScopeResolution, exp.Join),
)
"""Whose direct names are no columns."""
_OF_A_VALUE = words(
    "value query exist nodes modify getancestor getdescendant getlevel isdescendantof tostring"
)
_SPATIAL = re.compile(r"ST[A-Z]\w*|Lat|Long|MakeValid|BufferWithTolerance|Reduce|AsTextZM")
_SCHEMAS = words("main temp system pg_catalog information_schema")


def columns_again(tree: exp.Expr, sql: str) -> None:
    """Makes columns of the names in every expression that a method is called on."""
    if _CALLED.search(sql) is None:
        return
    for node in list(tree.find_all(exp.Dot)):
        if isinstance(node.expression, exp.Func) and not is_path(node.this):
            _restore(node)


def _restore(node: exp.Dot) -> None:
    inside = node.this
    for dot in list(inside.find_all(exp.Dot)):
        if is_path(dot) and not isinstance(dot.parent, exp.Dot):
            parts = zip(("this", "table", "db", "catalog"), reversed(names_in(dot)), strict=False)
            dot.replace(exp.Column(**dict(parts)))
    for name in list(inside.find_all(exp.Identifier)):
        around = name.parent
        if around is None or isinstance(around, _NO_COLUMN) or _names_something(name, around):
            continue
        if not _is_parameter(name):
            name.replace(exp.Column(this=name.copy()))


def _names_something(name: exp.Expr, around: exp.Expr) -> bool:
    """Whether it is what a value is called, not a value."""
    if isinstance(around, exp.Alias | exp.Aliases):
        return name.arg_key != "this"
    return isinstance(around, exp.XMLElement | exp.PropertyEQ) and name.arg_key == "this"


def _is_parameter(name: exp.Expr) -> bool:
    around = name.find_ancestor(exp.Lambda)
    while around is not None:
        if any(name.name == parameter.name for parameter in around.expressions):
            return True
        around = around.find_ancestor(exp.Lambda)
    return False


def is_path(node: exp.Expr) -> bool:
    """Whether a node is names with dots between them and nothing else."""
    while type(node) is exp.Dot and type(node.expression) is exp.Identifier:
        node = node.this
    return type(node) is exp.Identifier


def names_in(node: exp.Expr) -> list[exp.Expr]:
    """The names of ``a.b.c`` in order."""
    names: list[exp.Expr] = []
    while isinstance(node, exp.Dot):
        names.append(node.expression)
        node = node.this
    return [node, *reversed(names)]


def is_method(node: exp.Expr) -> bool:
    """``a.b.f(x)``: a function f of the schema b, or one that is called on the column b."""
    return is_path(owner_of(node)) and isinstance(node.expression, exp.Func)


def owner_of(node: exp.Expr) -> exp.Expr:
    """What stands before the first of the calls."""
    while type(node) is exp.Dot and isinstance(node.expression, exp.Func):
        node = node.this
    return node


def calls_of(node: exp.Expr) -> list[exp.Expr]:
    """The calls after what stands before them, the first one first."""
    calls: list[exp.Expr] = []
    while type(node) is exp.Dot and isinstance(node.expression, exp.Func):
        calls.append(node.expression)
        node = node.this
    return calls[::-1]


def is_of_a_value(call: exp.Expr) -> bool:
    """Whether a function by its name is a method of documents, places and trees in T-SQL."""
    name = str(call.this) if isinstance(call, exp.Anonymous) else str(call.key)
    return name.lower() in _OF_A_VALUE or _SPATIAL.fullmatch(name) is not None


def may_be_schema(name: str) -> bool:
    """Whether DuckDB itself has a schema of that name."""
    return name in _SCHEMAS
