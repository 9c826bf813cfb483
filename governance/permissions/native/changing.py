"""Statements that change rows: which of them touch nothing protected, and which are kept to rows
that may be seen.

A statement may write to a column that it may not read. What it may not do is to choose rows by a
protected value, to move one elsewhere, or to reach rows that a filter removes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlglot import exp

from governance.permissions.engine import Decision
from governance.permissions.native.binding import Occurrence, Use
from governance.permissions.native.refusing import Refused, denied_dataset, refuse_unless_open
from governance.permissions.native.shaping import (
    NoShape,
    Shaping,
    never_names,
    protected_columns,
    row_condition,
)
from governance.permissions.native.types import Catalog, Change, Decide, KnownDataset, Reason
from governance.permissions.native.views import ViewExpansion
from governance.permissions.types import DataAction
from lineage.sql.dialects import DialectRules

_CHANGES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.TruncateTable)
"""Statements that change rows of a table."""


def touches_nothing(tree: exp.Expr, dataset: KnownDataset, decision: Decision) -> bool:
    """Whether a statement certainly uses no protected value of a dataset, whose rows may all be
    seen. Columns may be written to."""
    return not decision.filters and _uses_nothing(tree, dataset, decision)


@dataclass(slots=True)
class RowChanges:
    """What a statement does to the tables that it changes. `decision` asks what may be read."""

    catalog: Catalog
    decide: Decide
    rules: DialectRules
    decision: Callable[[KnownDataset, DataAction, None], Decision]
    kept_by: list[str] = field(default_factory=list)
    """The opt-outs of which it was kept to some rows."""

    def kept_to_seen(
        self, tree: exp.Expr, found: Iterable[Occurrence], action: DataAction
    ) -> str | None:
        """Raises Refused for what may not be changed. The statement kept to rows that may be seen
        where it would reach others; None where it stays."""
        text = None
        for one in found:
            if one.use is Use.READ or one.dataset is None:
                continue
            written = self.decide(one.dataset.id, DataAction.WRITE, None)
            if not written.allowed:
                raise Refused(denied_dataset(one.dataset, written, ()))
            if written.code != "open" or one.use is not Use.WRITE:
                refuse_unless_open(
                    [(one, written)], "Rows that you may not see are not written to either."
                )
            self._refuse_through_view(tree, one, one.dataset, action)
            if one.use not in (Use.CHANGE, Use.MAKE) or isinstance(tree, exp.Comment):
                continue
            read = self.decision(one.dataset, action, None)
            is_free = isinstance(tree, _CHANGES) and touches_nothing(tree, one.dataset, read)
            if read.code == "open" or (read.allowed and is_free):
                continue
            if not read.allowed or not _keep(tree, one, read, self.rules.name):
                denied = _denied_in(tree, one.dataset, read)
                if denied:
                    raise Refused(denied_dataset(one.dataset, read, denied))
                refuse_unless_open([(one, read)], "Changing it would tell what its rows hold.")
            text = tree.sql(dialect=self.rules.name)
            self.kept_by += [rule.key for rule in read.rules]
        return text

    def told(self, sql: str) -> tuple[Change, ...]:
        """That a statement changes fewer rows than it would have."""
        if not self.kept_by:
            return ()
        rules = tuple(dict.fromkeys(self.kept_by))
        return (Change(0, len(sql), "Only rows that you may see are changed.", rules),)

    def _refuse_through_view(
        self, tree: exp.Expr, one: Occurrence, dataset: KnownDataset, action: DataAction
    ) -> None:
        """Rows that are changed through a view are those of the tables below it."""
        if isinstance(tree, exp.Drop | exp.Comment) or not dataset.is_view:
            return
        for wanted in (DataAction.WRITE, action):
            if ViewExpansion(self.catalog, self.decide, self.rules, wanted).protected([one]):
                raise Refused(
                    Reason(
                        "view",
                        f"{dataset.name} is a view over data that opt-outs protect: change the"
                        " table itself.",
                        dataset.name,
                    )
                )


def _keep(tree: exp.Expr, one: Occurrence, decision: Decision, dialect: str) -> bool:
    """Keep an UPDATE or DELETE to the rows of its table that a filter leaves, in the tree;
    whether that can be done."""
    dataset = one.dataset
    assert dataset is not None
    if not isinstance(tree, exp.Update | exp.Delete) or tree.this is not one.node:
        return False
    if not decision.filters or not _uses_nothing(tree, dataset, decision):
        return False
    if tree.args.get("tables") or tree.args.get("order") or tree.args.get("limit"):
        return False
    name = one.node.alias_or_name
    try:
        condition = row_condition(Shaping(dataset, decision), dialect, name)
    except NoShape:
        return False
    seen: exp.Expr = exp.maybe_parse(condition, dialect=dialect)
    where = tree.args.get("where")
    if where is None:
        kept: exp.Expr = seen
    else:
        # In this order: an error of the statement's own condition would tell of the other rows.
        kept = exp.Case(
            ifs=[exp.If(this=seen, true=where.this.copy())], default=exp.Boolean(this=False)
        )
    tree.set("where", exp.Where(this=kept))
    return True


def _uses_nothing(tree: exp.Expr, dataset: KnownDataset, decision: Decision) -> bool:
    if not decision.everywhere.is_open or not dataset.columns:
        return False
    names: set[str] = set()
    for path in protected_columns(dataset, decision):
        names |= {path, path.partition(".")[0]}
    if not names:
        return True
    names |= {part for path in decision.columns for part in path.split(".")[1:]}
    return never_names(_read_of(tree), names)


def _denied_in(tree: exp.Expr, dataset: KnownDataset, decision: Decision) -> tuple[str, ...]:
    """The denied columns that a statement names and not only writes to."""
    named = {column.name.lower() for column in _read_of(tree).find_all(exp.Column)}
    return tuple(
        column.key
        for column in dataset.columns
        if column.name.lower() in named and decision.effect_on(column.key).denied
    )


def _read_of(tree: exp.Expr) -> exp.Expr:
    """The statement without the columns that it only writes to."""
    read = tree.copy()
    for node in list(read.find_all(exp.Update, exp.Insert)):
        written: Iterable[exp.Expr] = ()
        if isinstance(node, exp.Update):
            written = [one.this for one in node.expressions if isinstance(one, exp.EQ)]
        elif isinstance(node.this, exp.Tuple | exp.Schema):
            written = list(node.this.expressions)
        for column in written:
            column.replace(exp.null())
    return read
