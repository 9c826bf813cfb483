"""The closed language of predicates: what may stand in one, and why everything else may not.

Only what decides from one row, always the same way, is let through: comparisons, logic, arithmetic,
a fixed list of functions, and named parameters such as `:as_of` in place of the clock. What is not
known to be harmless is refused, so that a predicate can be evaluated, compared and proved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

PARAMETERS = frozenset({"as_of"})

_LOGIC: tuple[type[exp.Expr], ...] = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.In, exp.Between, exp.Like, exp.ILike,
    exp.SimilarTo, exp.RegexpLike, exp.Case, exp.If, exp.Xor,
)  # fmt: skip
_VALUES: tuple[type[exp.Expr], ...] = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Tuple, exp.Placeholder,
    exp.Parameter, exp.Var, exp.Cast, exp.TryCast, exp.DataType, exp.DataTypeParam, exp.Interval,
    exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.DPipe, exp.Collate,
)  # fmt: skip
_FUNCTIONS: tuple[type[exp.Expr], ...] = (
    exp.Coalesce, exp.Nullif, exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Greatest, exp.Least,
    exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Substring, exp.Left, exp.Right, exp.Concat,
    exp.StartsWith, exp.EndsWith, exp.Contains, exp.StrPosition,
    exp.Extract, exp.DateAdd, exp.DateSub, exp.DateDiff, exp.TimestampTrunc, exp.DateTrunc,
    exp.Year, exp.Month, exp.Day, exp.Date, exp.TsOrDsToDate, exp.TsOrDsAdd, exp.StrToDate,
    exp.IntervalSpan,
)  # fmt: skip
_KNOWN = (*_LOGIC, *_VALUES, *_FUNCTIONS)

_VOLATILE: tuple[type[exp.Expr], ...] = (
    exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.CurrentDatetime, exp.Localtime,
    exp.Localtimestamp, exp.CurrentUser, exp.SessionUser, exp.Rand, exp.Randn, exp.Uuid,
    exp.UnixDate,
)  # fmt: skip
_VOLATILE_NAMES = frozenset(
    "now random rand uuid gen_random_uuid newid getdate sysdate systimestamp today"
    " statement_timestamp clock_timestamp transaction_timestamp nextval currval lastval setseed"
    " current_user user current_setting txid_current pg_sleep sleep".split()
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that may not stand in a predicate: a stable code, a sentence, the fix."""

    code: str
    message: str
    fix: str


def refusals(
    tree: exp.Expr,
    *,
    parameters: frozenset[str] = PARAMETERS,
    with_subqueries: bool = False,
) -> tuple[Refusal, ...]:
    """Everything in an expression that the language does not have, each said once.

    `with_subqueries` lets `column IN (SELECT ...)` stand, as row filters need; what is inside is
    not looked into.
    """
    found = dict.fromkeys(_refusals(tree, parameters, with_subqueries))
    if not found and not is_boolean(tree):
        return (
            Refusal(
                "not_boolean",
                f"{_short(tree)} is a value and no condition: it is neither true nor false.",
                "Compare it with something, as in `score >= 50`.",
            ),
        )
    return tuple(found)


def is_boolean(tree: exp.Expr) -> bool:
    """Whether the expression, by its form, is true or false; a bare column may be."""
    if isinstance(tree, exp.Paren):
        return is_boolean(tree.this)
    if isinstance(tree, exp.Case):
        results = [branch.args.get("true") for branch in tree.args.get("ifs") or ()]
        results.append(tree.args.get("default"))
        return all(isinstance(one, exp.Null | None) or is_boolean(one) for one in results)
    if isinstance(tree, exp.Coalesce):
        return all(is_boolean(one) for one in (tree.this, *tree.expressions))
    if isinstance(tree, exp.Cast):
        return bool(tree.to.this == exp.DataType.Type.BOOLEAN)
    logic = tuple(one for one in _LOGIC if one not in (exp.Paren, exp.Case, exp.If))
    others = (exp.Column, exp.Boolean, exp.StartsWith, exp.EndsWith, exp.Contains)
    return isinstance(tree, (*logic, *others))


def columns_of(tree: exp.Expr) -> tuple[exp.Column, ...]:
    """The columns that an expression itself reads, those of subqueries left out, each once."""
    found: dict[str, exp.Column] = {}
    for node in tree.walk(prune=lambda node: isinstance(node, exp.Query)):
        if isinstance(node, exp.Column):
            found.setdefault(node.sql(), node)
    return tuple(found.values())


def parameters_of(tree: exp.Expr) -> frozenset[str]:
    """The named parameters that stand in an expression."""
    return frozenset(
        node.name for node in tree.find_all(exp.Placeholder, exp.Parameter) if node.name
    )


def _refusals(
    tree: exp.Expr, parameters: frozenset[str], with_subqueries: bool
) -> Iterator[Refusal]:
    outside = (exp.Query, exp.Subquery, exp.Window, exp.AggFunc, exp.Anonymous)
    for node in tree.walk(prune=lambda node: isinstance(node, outside)):
        refused = _refusal(node, parameters, with_subqueries)
        if refused is not None:
            yield refused


def _refusal(node: exp.Expr, parameters: frozenset[str], with_subqueries: bool) -> Refusal | None:
    if isinstance(node, exp.Query | exp.Subquery | exp.Exists):
        return None if with_subqueries and isinstance(node.parent, exp.In) else _SUBQUERY
    if isinstance(node, exp.Window):
        return _refused("window", node, "looks at other rows", "Compute it in the view.")
    if isinstance(node, exp.AggFunc):
        return _refused("aggregate", node, "counts over many rows", "Compute it in the view.")
    if _is_volatile(node):
        return _refused(
            "volatile", node, "answers differently each time", "Write `:as_of` for the instant."
        )
    if isinstance(node, exp.Placeholder | exp.Parameter) and node.name not in parameters:
        known = ", ".join(f"`:{name}`" for name in sorted(parameters)) or "none"
        return _refused("parameter", node, "is no parameter", f"Use one of these: {known}.")
    if isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
        return _refused("function", node, "stands for all columns", "Name one column.")
    if type(node) not in _KNOWN:
        return _refused(
            "function", node, "is nothing that Concord can check", "Compute it in the view."
        )
    return None


def _is_volatile(node: exp.Expr) -> bool:
    if isinstance(node, _VOLATILE):
        return True
    is_call = isinstance(node, exp.Anonymous)
    return is_call and str(node.this).lower() in _VOLATILE_NAMES


_SUBQUERY = Refusal(
    "subquery",
    "A query inside a predicate reads other rows.",
    "Join what it reads into the view.",
)


def _refused(code: str, node: exp.Expr, what: str, fix: str) -> Refusal:
    return Refusal(code, f"{_short(node)} {what}.", fix)


def _short(node: exp.Expr) -> str:
    text = node.sql()
    return f"`{text if len(text) <= 60 else text[:57] + '…'}`"
