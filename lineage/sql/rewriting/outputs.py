"""Changing a column of a query's own result: its name, its type, or whether it is there."""

from __future__ import annotations

from sqlglot import exp

from lineage.sql.dialects import DialectRules
from lineage.sql.lexer import Kind, Token, tokens
from lineage.sql.resolving.names import column_name
from lineage.sql.resolving.projections import is_star
from lineage.types import ColumnChange

Replacement = tuple[int, int, str]

_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")
_ENDS = frozenset({"FROM", "INTO", "UNION", "INTERSECT", "EXCEPT", "WHERE", "ORDER", "LIMIT"})
_BEGINS = frozenset({"SELECT", "DISTINCT", "ALL"})


def output_edits(
    tree: exp.Expr,
    sql: str,
    rules: DialectRules,
    column: str,
    kind: ColumnChange,
    name: str,
    type_: str,
) -> tuple[list[Replacement], list[str]]:
    """Replacements in ``sql``, and what a person has to do instead, one sentence each.

    ``name`` is the new name as the dialect writes it, ``type_`` the new type.
    """
    selects = _selects(tree)
    made: list[Replacement] = []
    doubts: list[str] = []
    for select in selects:
        items = select.expressions
        hits = [item for item in items if _is_named(item, rules, column)]
        if not hits:
            # The other branches of a set operation go by position; their names do not count.
            if select is selects[0]:
                doubts.append(_without_item(items, column))
            elif kind is not ColumnChange.RENAME:
                doubts.append("A further branch of the UNION gives this column by position.")
            continue
        if kind is ColumnChange.RENAME and select is not selects[0]:
            continue
        made += _item_edits(hits[0], len(items), sql, rules, kind, name, type_)
    if not selects:
        doubts.append("The statement holds no query whose columns could be changed.")
    return made, doubts


def _without_item(items: list[exp.Expr], column: str) -> str:
    if any(is_star(item) for item in items):
        return f"{column} comes out of SELECT *; list the columns to change one of them."
    return f"The query gives no column {column} by name; change it by hand."


def _selects(tree: exp.Expr) -> list[exp.Select]:
    """The SELECTs whose rows are the result, the first of a UNION first."""
    query: exp.Expr | None = tree
    if not isinstance(query, exp.Query):
        query = tree.args.get("expression")
    found: list[exp.Select] = []
    waiting = [query]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.Subquery):
            waiting.append(node.this)
        elif isinstance(node, exp.SetOperation):
            waiting += [node.args.get("expression"), node.this]
        elif isinstance(node, exp.Select):
            found.append(node)
    return found


def _is_named(item: exp.Expr, rules: DialectRules, column: str) -> bool:
    identifier = _name_node(item)
    return identifier is not None and column_name(identifier, rules).casefold() == column.casefold()


def _name_node(item: exp.Expr) -> exp.Expr | None:
    """The identifier that names an item of a select list."""
    found = item.args.get("alias") if isinstance(item, exp.Alias) else None
    if found is None and isinstance(item, exp.Column):
        found = item.this
    return found if isinstance(found, exp.Identifier) and "start" in found.meta else None


def _item_edits(
    item: exp.Expr,
    count: int,
    sql: str,
    rules: DialectRules,
    kind: ColumnChange,
    name: str,
    type_: str,
) -> list[Replacement]:
    identifier = _name_node(item)
    assert identifier is not None, "the item was found by its name"
    start, end = identifier.meta["start"], identifier.meta["end"] + 1
    is_alias = isinstance(item, exp.Alias)
    if kind is ColumnChange.RENAME:
        return [(start, end, name)] if is_alias else [(end, end, f" AS {name}")]
    first, last, next_ = _range_of_item(tokens(sql, rules), start)
    if kind is ColumnChange.DROP:
        if count == 1:
            return [(first, last, "NULL")]
        return [(first, next_, "")] if next_ > last else [(_comma_before(sql, first), last, "")]
    if not is_alias:
        written = sql[start:end]
        return [(first, last, f"CAST({sql[first:last]} AS {type_}) AS {written}")]
    before_as = sql[first:start].rstrip()
    has_as = before_as.upper().endswith((" AS", "\nAS", "\tAS", ")AS"))
    value = before_as[:-2].rstrip() if has_as else before_as
    return [(first, first + len(value), f"CAST({value} AS {type_})")]


def _range_of_item(found: list[Token], position: int) -> tuple[int, int, int]:
    """Where the item around a position begins and ends, and where the next one begins (the end
    again where none follows)."""
    code = [token for token in found if token.kind is not Kind.COMMENT]
    at = next(index for index, token in enumerate(code) if token.start == position)
    first, depth = at, 0
    while first > 0:
        token = code[first - 1]
        depth += (token.text in _CLOSING) - (token.text in _OPENING)
        if depth < 0 or (depth == 0 and (token.text == "," or token.word in _BEGINS)):
            break
        first -= 1
    last, depth = at, 0
    while last + 1 < len(code):
        token = code[last + 1]
        depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if depth < 0 or (depth == 0 and (token.text in (",", ";") or token.word in _ENDS)):
            break
        last += 1
    end = code[last].end
    follows = last + 2 < len(code) and code[last + 1].text == ","
    return code[first].start, end, code[last + 2].start if follows else end


def _comma_before(sql: str, position: int) -> int:
    comma = sql.rfind(",", 0, position)
    return comma if comma >= 0 else position
