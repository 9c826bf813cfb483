"""Functions that look at each item of a list: which of its fields their expressions read."""

from __future__ import annotations

from typing import TypeAlias

from sqlglot import exp

from lineage.sql.resolving import usage as use
from lineage.sql.resolving.usage import Usage, combine

Step: TypeAlias = tuple[exp.Expr, Usage]


def one_item(node: exp.Expr, how: Usage) -> list[Step]:
    """``items[1]``; what a map has under a key of text is no field of its own."""
    keyed = any(isinstance(index, exp.Literal) and index.is_string for index in node.expressions)
    inner = combine(how, use.TRANSFORMATION)
    return [
        (node.this, inner if keyed else combine(how, use.ITEM)),
        *((index, inner) for index in node.expressions),
    ]


def mapped_items(node: exp.Expr, how: Usage) -> list[Step]:
    """``TRANSFORM(list, x -> x.a + b)``: the fields that the expression reads, and the columns
    beside them."""
    return tested_items([node.this, node.expression], how)


def tested_items(arguments: list[exp.Expr], how: Usage) -> list[Step]:
    """``ANY_MATCH(list, x -> x.a > b)``."""
    inner = combine(how, use.TRANSFORMATION)
    items, *rest = arguments
    fields = _fields_read(items, rest[0], inner) if rest else []
    return [*(fields or [(items, inner)]), *((part, inner) for part in rest)]


def filtered_items(node: exp.Expr, how: Usage) -> list[Step]:
    """``FILTER(list, x -> x.a > b)``: the condition decides which items are left. Where it looks at
    an item as a whole, so does each field of what is left depend on it."""
    condition = combine(how, use.CONDITIONAL)
    read = _fields_read(node.this, node.expression, condition)
    fields = [step for step in read if step[0] is not node.this]
    left = use.ITEM if len(fields) == len(read) else use.TRANSFORMATION
    return [(node.this, combine(how, left)), *fields, (node.expression, condition)]


def reduced_items(node: exp.Expr, how: Usage) -> list[Step]:
    """``REDUCE(list, 0, (sum, x) -> sum + x.a)``."""
    inner = combine(how, use.TRANSFORMATION)
    merge = node.args.get("merge")
    fields = _fields_read(node.this, merge, inner, place=1) if merge is not None else []
    others = [node.args.get(key) for key in ("initial", "merge", "finish")]
    return [
        *(fields or [(node.this, inner)]),
        *((part, inner) for part in others if isinstance(part, exp.Expr)),
    ]


def comprehension(node: exp.Expr, how: Usage) -> list[Step]:
    """``[x.a + b FOR x IN list IF x.c > d]``: the fields of the items, and the columns beside the
    variable."""
    inner = combine(how, use.TRANSFORMATION)
    name = node.args["expression"].name.lower()
    items, condition = node.args["iterator"], node.args.get("condition")
    read = _read_of(items, name, node.this, inner) or [(items, inner)]
    children = [*read, *_columns_beside(name, node.this, inner)]
    if condition is not None:
        usage = combine(how, use.CONDITIONAL)
        is_whole = any(child is items for child, _ in read)  # which they decide about as well
        decide = _read_of(items, name, condition, usage)
        children += [step for step in decide if not (is_whole and step[0] is items)]
        children += _columns_beside(name, condition, usage)
    return children


def _columns_beside(variable: str, body: exp.Expr, usage: Usage) -> list[Step]:
    """The columns that are no fields of a comprehension's own variable."""
    columns = body.find_all(exp.Column)
    return [(column, usage) for column in columns if column.parts[0].name.lower() != variable]


def _fields_read(items: exp.Expr, function: exp.Expr, usage: Usage, place: int = 0) -> list[Step]:
    """What a lambda reads of the items, which are its parameter at ``place``."""
    if not isinstance(function, exp.Lambda) or len(function.expressions) <= place:
        return []
    return _read_of(items, function.expressions[place].name.lower(), function.this, usage)


def _read_of(items: exp.Expr, name: str, body: exp.Expr, usage: Usage) -> list[Step]:
    """The fields of an item that an expression names, the items themselves where it uses one as a
    whole; nothing where it reads no item."""
    found: list[Step] = []
    for identifier in body.find_all(exp.Identifier):
        if identifier.name.lower() != name or _is_a_field(identifier):
            continue
        path = _path_below(identifier)
        value: exp.Expr = exp.Bracket(this=items.copy(), expressions=[])
        for field in path:
            value = exp.Dot(this=value, expression=field.copy())
        found.append((value if path else items, usage))
    return found


def _is_a_field(name: exp.Identifier) -> bool:
    """Whether a name stands behind another one, or names what is built."""
    parent = name.parent
    if isinstance(parent, exp.Dot):
        return parent.expression is name
    if isinstance(parent, exp.Column):
        return parent.parts[0] is not name
    return isinstance(parent, exp.PropertyEQ | exp.Alias | exp.Lambda) and parent.this is name


def _path_below(name: exp.Identifier) -> list[exp.Expr]:
    """The fields behind the name of an item: ``x.a.b``."""
    node: exp.Expr = name
    path: list[exp.Expr] = []
    if isinstance(name.parent, exp.Column):
        node = name.parent
        path = list(name.parent.parts[1:])
    while (
        isinstance(node.parent, exp.Dot)
        and node.parent.this is node
        and isinstance(node.parent.expression, exp.Identifier)
    ):
        node = node.parent
        path.append(node.expression)
    return path
