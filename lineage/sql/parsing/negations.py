"""``a NOT LIKE 'x'`` read as ``NOT a LIKE 'x'``, as every other negated condition is.

sqlglot keeps the negation of LIKE and ILIKE as a mark on the comparison (``negate``), which whoever
looks at the kind of a node alone overlooks. ``NOT LIKE ANY (...)`` stays as it is: engines read it
as "unlike one of them", which is no negation of the whole. So does ``* NOT LIKE 'a%'``, which
chooses columns and cannot be written otherwise.
"""

from __future__ import annotations

from sqlglot import exp

_MARK = "negate"


def is_negated(node: exp.Expr) -> bool:
    """Whether a comparison is marked as negated."""
    return bool(node.args.get(_MARK))


def spelled_out(tree: exp.Expr) -> exp.Expr:
    """The tree, changed in place, in which no LIKE is marked as negated."""
    for node in list(tree.find_all(exp.Like, exp.ILike)):
        is_of_many = isinstance(node.expression, exp.Any | exp.All)
        if not is_negated(node) or is_of_many or node.this.is_star:
            continue
        node.set(_MARK, None)
        whole = node.parent if isinstance(node.parent, exp.Escape) else node
        around = whole.parent
        no = exp.Not()
        is_within = isinstance(around, exp.Binary) and not isinstance(around, exp.Connector)
        negated = exp.Paren(this=no) if is_within else no
        if whole is tree:
            tree = negated
        else:
            whole.replace(negated)
        no.set("this", whole)
    return tree
