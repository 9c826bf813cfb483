"""What opt-outs do, in words: effects on columns, rows that stay, answers; no Django."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from governance.permissions.engine import ColumnEffect, Decision
from governance.permissions.types import Effect, Mask
from governance.states.predicates.parsing import parse_expression
from lineage.sql.parsing.negations import is_negated

MASKS: Mapping[Mask, str] = {
    Mask.EMPTY: "shown as nothing",
    Mask.ALL: "fully masked",
    Mask.SHA256: "shown as a hash, which can still be joined and counted",
    Mask.YEAR: "shown as the year",
    Mask.FIRST3: "shown as the first three characters",
    Mask.LAST3: "shown as the last three characters",
    Mask.LAST4: "shown as the last four characters",
}
FLOORS: Mapping[str, str] = {
    "not_signed_in": "Nobody is signed in.",
    "unknown": "Concord knows nobody of that name.",
    "inactive": "The account is not active.",
    "not_by_default": "Accounts of this kind are denied all data by default.",
}
"""Why somebody gets nothing without any opt-out, by the code of the decision."""
EFFECTS: Mapping[str, str] = {
    Effect.DENY: "Denied",
    Effect.MASK: "Masked",
    Effect.MIN_GROUP: "Only in groups",
    Effect.ROW_FILTER: "Only some rows",
}
_COMPARED: Mapping[type[exp.Expr], str] = {
    exp.EQ: "is",
    exp.NEQ: "is not",
    exp.LT: "is less than",
    exp.LTE: "is at most",
    exp.GT: "is more than",
    exp.GTE: "is at least",
}
_SIDES = {"subject": "the person's ", "resource": "the data's "}
_OF_WHOM = {"as_of": "now", "subject_username": "the reader's user name"}
_IN_TIME: Mapping[type[exp.Expr], str] = {
    exp.LT: "is earlier than",
    exp.LTE: "is at the latest",
    exp.GT: "is later than",
    exp.GTE: "is at the earliest",
}


def effect_in_words(effect: ColumnEffect) -> str:
    """What holds for the values of a column: "denied", "fully masked", "only in groups of 10"."""
    if effect.denied:
        return "denied"
    said = [MASKS[effect.mask]] if effect.mask is not None else []
    if effect.min_group:
        said.append(f"only in groups of {effect.min_group:,} or more rows")
    return " and ".join(said) or "open"


def answer_in_words(decision: Decision) -> str:
    """The answer in three or four words, for a line or a badge."""
    if not decision.allowed:
        return "may not read"
    return "may read, in part" if decision.code == "restricted" else "may read"


def rows_in_words(expression: str) -> str:
    """Which rows stay, of a condition in standard SQL; the condition itself where it says more
    than these words can."""
    return f"only rows where {condition_in_words(expression) or expression}"


def condition_in_words(expression: str) -> str | None:
    """A condition as it is read aloud: "location is none of IE or DE"; None for what says more
    than these words can."""
    tree, _ = parse_expression(expression, None)
    return None if tree is None else _said(tree)


def _said(tree: exp.Expr) -> str | None:
    if is_negated(tree):
        return None
    if isinstance(tree, exp.Paren):
        inner = _said(tree.this)
        return None if inner is None else f"({inner})"
    if isinstance(tree, exp.And | exp.Or):
        parts = (_said(tree.this), _said(tree.expression))
        joint = " and " if isinstance(tree, exp.And) else " or "
        return None if None in parts else joint.join(map(str, parts))
    if isinstance(tree, exp.Not):
        return _negated(tree.this)
    if isinstance(tree, exp.Column):
        return f"{_value(tree)} is true"
    if isinstance(tree, exp.Like):
        return _joined(tree.this, "is like", tree.expression)
    if isinstance(tree, exp.Is) and isinstance(tree.expression, exp.Null):
        return _joined(tree.this, "is empty", None)
    if isinstance(tree, exp.In):
        return _among(tree, "is one of")
    verb = _COMPARED.get(type(tree))
    if verb is not None and tree.expression.find(exp.CurrentTimestamp, exp.Placeholder):
        verb = _IN_TIME.get(type(tree), verb)
    return None if verb is None else _joined(tree.this, verb, tree.expression)


def _negated(tree: exp.Expr) -> str | None:
    if is_negated(tree):
        return None
    if isinstance(tree, exp.Column):
        return f"{_value(tree)} is not true"
    if isinstance(tree, exp.Like):
        return _joined(tree.this, "is not like", tree.expression)
    if isinstance(tree, exp.Is) and isinstance(tree.expression, exp.Null):
        return _joined(tree.this, "is not empty", None)
    if isinstance(tree, exp.In):
        return _among(tree, "is none of")
    return None


def _among(tree: exp.In, verb: str) -> str | None:
    column = _value(tree.this)
    query = tree.args.get("query")
    if query is None:
        values = [_value(one) for one in tree.expressions]
        return None if column is None or None in values else f"{column} {verb} {_or(values)}"
    select = query.this if isinstance(query, exp.Subquery) else query
    table = select.find(exp.Table)
    listed = select.expressions[0] if select.expressions else None
    if column is None or table is None or not isinstance(listed, exp.Column):
        return None
    where = select.args.get("where")
    narrowed = _said(where.this) if where is not None else ""
    if narrowed is None:
        return None
    of = f"those that {'.'.join(part.name for part in table.parts)} lists as {listed.name}"
    return f"{column} {verb} {of}" + (f" where {narrowed}" if narrowed else "")


def _joined(left: exp.Expr, verb: str, right: exp.Expr | None) -> str | None:
    first = _value(left)
    if first is None or right is None:
        return None if first is None else f"{first} {verb}"
    second = _value(right)
    return None if second is None else f"{first} {verb} {second}"


def _value(tree: exp.Expr) -> str | None:
    if isinstance(tree, exp.Column):
        return _SIDES.get(tree.table.lower(), "") + tree.name
    if isinstance(tree, exp.Literal):
        return str(tree.this)
    if isinstance(tree, exp.Null):
        return "unknown"
    if isinstance(tree, exp.CurrentTimestamp):
        return "now"
    if isinstance(tree, exp.Placeholder | exp.Parameter):
        return _OF_WHOM.get(tree.name, f"the reader's {tree.name.removeprefix('subject_')}")
    if isinstance(tree, exp.Sub) and isinstance(tree.expression, exp.Interval):
        since, span = _value(tree.this), tree.expression
        count, unit = span.this, span.args.get("unit")
        if since is None or count is None or unit is None:
            return None
        plural = "" if str(count.name) == "1" else "s"
        return f"{count.name} {unit.name.lower()}{plural} before {since}"
    return None


def _or(values: list[str | None]) -> str:
    words = list(map(str, values))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
