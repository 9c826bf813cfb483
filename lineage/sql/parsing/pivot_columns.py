"""Oracle's PIVOT XML, whose one column holds the values of all combinations."""

from __future__ import annotations

from sqlglot import exp

XML = "xml"
"""The mark of such a pivot."""


def put_xml(tree: exp.Expr) -> None:
    """Have the pivots make a column that is called by what they turn: ``a_b_XML``."""
    for pivot in tree.find_all(exp.Pivot):
        fields = [f.this if isinstance(f, exp.In) else f for f in pivot.args.get("fields") or ()]
        turned = [column.name for field in fields for column in field.find_all(exp.Column)]
        pivot.set("columns", [exp.to_identifier("_".join([*turned, "XML"]), quoted=False)])
        pivot.meta[XML] = True
