"""What the statements of a text wrote into tables before others of it read them.

Opt-outs speak of data as it was before the text. A rewritten statement would mask and filter rows
that the text itself has written like all others, and answer otherwise than the text means.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlglot import exp

from governance.permissions.engine import Decision
from governance.permissions.native.refusing import Refused
from governance.permissions.native.tables.binding import Occurrence, Use
from governance.permissions.native.types import KnownDataset, Reason

_CHANGES = (exp.Insert, exp.Update, exp.Delete, exp.Merge)


@dataclass(slots=True)
class Written:
    """The columns that were set, by dataset, in lower case; None where rows were added."""

    _columns: dict[int, frozenset[str] | None] = field(default_factory=dict)

    def note(self, tree: exp.Expr, found: Iterable[Occurrence]) -> None:
        """What a statement that may run writes."""
        if isinstance(tree, exp.Rollback) and not tree.args.get("savepoint"):
            self._columns.clear()
        for one in found:
            if one.dataset is None or one.use not in (Use.WRITE, Use.CHANGE):
                continue
            change = one.node.find_ancestor(*_CHANGES) or tree
            if isinstance(change, exp.Delete | exp.Drop | exp.Alter | exp.Comment):
                continue
            before = self._columns.get(one.dataset.id, frozenset())
            now = _set_by(change) if isinstance(change, exp.Update) else None
            self._columns[one.dataset.id] = None if before is None or now is None else before | now

    def refuse(self, dataset: KnownDataset, decision: Decision, used: Iterable[str]) -> None:
        """Raises Refused where rows of a dataset would be masked in the columns `used`, or
        filtered, by what the text has written there."""
        if dataset.id not in self._columns:
            return
        columns = self._columns[dataset.id]
        filters = {name for one in decision.filters for name in one.columns}
        hidden = {path for path in used if not decision.effect_on(path).is_open}
        shown = filters | {path.partition(".")[0] for path in hidden}
        if (columns is None and (decision.filters or shown)) or (columns and columns & shown):
            raise Refused(
                Reason(
                    "stricter",
                    f"The text writes to {dataset.name} before it reads it: what it wrote would be"
                    " hidden like all else. Send its statements one by one.",
                    dataset.name,
                    rules=tuple(rule.key for rule in decision.rules),
                )
            )


def _set_by(update: exp.Update) -> frozenset[str] | None:
    """The columns that an UPDATE sets; None where that cannot be told."""
    names = set()
    for one in update.expressions:
        given = one.this if isinstance(one, exp.EQ) else None
        if not isinstance(given, exp.Column):
            return None
        names |= {part.name.lower() for part in given.parts}
    return frozenset(names)
