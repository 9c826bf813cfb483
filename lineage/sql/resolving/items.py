"""Functions that look at each item of a list: which of its fields their expressions read."""

from __future__ import annotations

from typing import TypeAlias

from sqlglot import exp

from lineage.sql.parsing.methods import is_path
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
    beside them. What is nothing but a field of each item has that one's own fields."""
    function = node.args.get("expression")
    if isinstance(function, exp.Lambda) and function.expressions and is_path(function.this):
        items = _fields_read(node.this, function, combine(how, use.ITEM))
        return items or [(node.this, combine(how, use.TRANSFORMATION))]
    return tested_items(list(node.iter_expressions()), how)


def of_each_item(node: exp.Expr, how: Usage) -> list[Step]:
    """``EXISTS(list, x -> x.a > b)``, ClickHouse's ``arraySum(x -> x.a, list)``."""
    return tested_items(list(node.iter_expressions()), how)


def tested_items(arguments: list[exp.Expr], how: Usage) -> list[Step]:
    """``ANY_MATCH(list, x -> x.a > b)``, and of several lists ``ZIP_WITH(a, b, (x, y) -> ...)``."""
    inner = combine(how, use.TRANSFORMATION)
    function = next((one for one in arguments if isinstance(one, exp.Lambda)), None)
    lists = [one for one in arguments if one is not function]
    children: list[Step] = []
    for place, items in enumerate(lists):
        fields = _fields_read(items, function, inner, place) if function is not None else []
        children += fields or [(items, inner)]
    return [*children, (function, inner)] if function is not None else children


def filtered_items(node: exp.Expr, how: Usage) -> list[Step]:
    """``FILTER(list, x -> x.a > b)``: the condition decides which items are left. Where it looks at
    an item as a whole, so does each field of what is left depend on it."""
    return chosen_items(list(node.iter_expressions()), how)


def chosen_items(arguments: list[exp.Expr], how: Usage) -> list[Step]:
    """The same of a function that the grammar knows no type for."""
    return _chosen(arguments, how, use.COMPARED_ITEM, use.CONDITIONAL, 1)


def sorted_items(node: exp.Expr, how: Usage) -> list[Step]:
    """``ARRAY_SORT(list, (x, y) -> x.a - y.a)``; without a function the items as a whole decide."""
    return ordered_items(list(node.iter_expressions()), how)


def ordered_items(arguments: list[exp.Expr], how: Usage) -> list[Step]:
    """The same of a function that the grammar knows no type for."""
    return _chosen(arguments, how, use.SORTED_ITEM, use.SORT, 2)


def _chosen(
    arguments: list[exp.Expr], how: Usage, whole: Usage, by: Usage, most: int
) -> list[Step]:
    """Some of a list's items or all of them, as a function with so many parameters decides, or
    where it looks at an item as a whole, all of its fields."""
    inner, decides = combine(how, use.TRANSFORMATION), combine(how, by)
    function = next((one for one in arguments if isinstance(one, exp.Lambda)), None)
    lists = [one for one in arguments if one is not function]
    if function is None and lists:
        return [(lists[0], combine(how, whole)), *((one, inner) for one in lists[1:])]
    if function is None or len(lists) != 1:
        return [(one, inner) for one in arguments]
    places = range(min(most, len(function.expressions)))
    read = [step for at in places for step in _fields_read(lists[0], function, decides, at)]
    fields = [step for step in read if step[0] is not lists[0]]
    left = use.ITEM if len(fields) == len(read) else whole
    return [(lists[0], combine(how, left)), *fields, (function, decides)]


def made_of_item(node: exp.Expr) -> exp.Expr | None:
    """What ``TRANSFORM(list, x -> STRUCT(x.a AS b))`` makes of one item."""
    function = node.args.get("expression")
    if not isinstance(function, exp.Lambda) or not function.expressions:
        return None
    name = function.expressions[0].name.lower()
    made = exp.Paren(this=function.this.copy())
    for identifier in list(made.find_all(exp.Identifier)):
        if identifier.name.lower() != name or _is_a_field(identifier):
            continue
        if isinstance(identifier.parent, exp.Column | exp.Lambda):  # an inner one's own parameter
            return None
        identifier.replace(exp.Bracket(this=node.this.copy(), expressions=[]))
    return made


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
        value = items.copy()
        if type(items) is not exp.Column:  # which is read as it is, without a text of its own
            value = exp.Bracket(this=value, expressions=[])
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
        and isinstance(node.parent.expression, exp.Identifier | exp.Literal)
    ):
        node = node.parent
        field = node.expression
        path.append(field if isinstance(field, exp.Identifier) else exp.to_identifier(field.name))
    return path
