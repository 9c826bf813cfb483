"""Statements that change rows: which of them touch nothing protected, and which are kept to rows
that may be seen.

A statement may write to a column that it may not read. What it may not do is to choose rows by a
protected value, to move one elsewhere, or to reach rows that a filter removes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlglot import exp

from governance.permissions.engine import Decision
from governance.permissions.native.changes.respelling import as_text, if_seen
from governance.permissions.native.changes.returning import returns_rows, shown_of_changed
from governance.permissions.native.refusing import Refused, denied_dataset, refuse_unless_open
from governance.permissions.native.seen.rows import places_of_rows
from governance.permissions.native.seen.shaping import (
    NoShape,
    Shaping,
    looked_up,
    never_names,
    protected_columns,
    row_condition,
)
from governance.permissions.native.tables.binding import Occurrence, Use
from governance.permissions.native.tables.made import added_columns, is_temporary
from governance.permissions.native.tables.views import ViewExpansion
from governance.permissions.native.tables.written import Written
from governance.permissions.native.types import Catalog, Change, Decide, KnownDataset, Reason
from governance.permissions.types import DataAction
from lineage.sql.dialects import DialectRules

_CHANGES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.TruncateTable)
"""Statements that change rows of a table."""

_ONE_SIZE = re.compile(
    r"(?:tiny|small|big|huge|u?)int(?:eger)?|int[248]|boolean|bool|date|uuid|real|double"
    r"(?: precision)?|timestamp(?: with(?:out)? time zone)?",
    re.IGNORECASE,
)


def touches_nothing(
    tree: exp.Expr,
    dataset: KnownDataset,
    decision: Decision,
    is_open: Callable[[str], bool] = lambda path: False,
) -> bool:
    """Whether a statement certainly uses no protected value of a dataset, whose rows may all be
    seen. Columns may be written to. `is_open` tells fields that may be read as they are."""
    return not decision.filters and _uses_nothing(tree, dataset, decision, is_open)


_SHIFTING = Reason(
    "stricter", "It changes a table in which a row filter looks up what you may see in another."
)
_REGROUPED = Reason(
    "min_group", "It changes a table that is told in groups only: ask for the groups by itself."
)


@dataclass(slots=True)
class Met:
    """What the statements of one text change, by the last part of its name, where their row
    filters look values up, what they tell in groups only, what they prepare, by its name, and what
    they write. `words` counts those of the text."""

    changed: set[str] = field(default_factory=set)
    looked_up: list[KnownDataset] = field(default_factory=list)
    grouped: list[KnownDataset] = field(default_factory=list)
    prepared: set[str] = field(default_factory=set)
    written: Written = field(default_factory=Written)
    words: Counter[str] = field(default_factory=Counter)

    def change(self, tree: exp.Expr, found: Iterable[Occurrence], *, is_alone: bool) -> None:
        """Note what one statement changes. What a statement alone does last of all, it does when
        everything is read."""
        is_last = is_alone and tree.args.get("returning") is None
        self.changed |= {
            one.node.name.lower()
            for one in found
            if one.use is not Use.READ and not (is_last and one.node.find_ancestor(exp.CTE) is None)
        }

    def is_used(self, name: str) -> bool:
        """Whether the text says a name more than once."""
        return self.words[name.lower()] > 1

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why the statements may not run together: what is changed decides which rows are seen, or
        which groups are large enough."""
        return tuple(
            reason
            for tables, reason in ((self.looked_up, _SHIFTING), (self.grouped, _REGROUPED))
            if any(self.changed and one.is_view for one in tables)
            or any(one.parts[-1].lower() in self.changed for one in tables)
        )


@dataclass(slots=True)
class RowChanges:
    """What a statement does to the tables that it changes. `decision` asks what may be read."""

    catalog: Catalog
    decide: Decide
    rules: DialectRules
    decision: Callable[[KnownDataset, DataAction, None], Decision]
    is_alone: bool
    """Whether no other statement of the same text meets what this one makes of a table."""
    met: Met
    database: str | None
    kept_by: list[str] = field(default_factory=list)
    """The opt-outs of which it was kept to some rows."""
    shown_by: list[str] = field(default_factory=list)
    """Those of which it returns masked values."""

    def kept_to_seen(
        self, tree: exp.Expr, found: Iterable[Occurrence], action: DataAction
    ) -> str | None:
        """Raises Refused for what may not be changed. The statement kept to rows that may be seen
        where it would reach others; None where it stays."""
        text = None
        for one in found:
            if one.use is Use.READ or one.dataset is None:
                continue
            if one.use is Use.MAKE and is_temporary(tree, self.rules.name):
                continue  # it stands beside a table of that name
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
            if read.code == "open":
                continue
            self.met.written.refuse(one.dataset, read, ())
            change = one.node.find_ancestor(*_CHANGES) or tree  # which may stand within a query
            shown = shown_of_changed(change, one, read, self.rules.name)
            returning = change.args["returning"].pop() if shown else None
            is_told = not read.allowed or self._tells_of_failure(change, one.dataset, read)
            if is_told or not self._is_free(change, one.node, one.dataset, read):
                if is_told or not self._keep(change, one, read, action):
                    denied = _denied_in(change, one.dataset, read)
                    if denied:
                        raise Refused(denied_dataset(one.dataset, read, denied))
                    refuse_unless_open([(one, read)], "Changing it would tell what its rows hold.")
                text = as_text(tree, self.rules.name)
                self.kept_by += [rule.key for rule in read.rules]
            if returning is not None:
                returning.set("expressions", shown)
                change.set("returning", returning)
                text = as_text(tree, self.rules.name)
                self.shown_by += [rule.key for rule in read.rules]
        return text

    @property
    def is_any(self) -> bool:
        """Whether the statement was changed."""
        return bool(self.kept_by or self.shown_by)

    def _is_free(
        self, tree: exp.Expr, node: exp.Table, dataset: KnownDataset, decision: Decision
    ) -> bool:
        """Whether a statement certainly tells of no protected value, and reaches no other rows."""
        if isinstance(tree, _CHANGES):
            if tree.this is not node and isinstance(tree, exp.Update | exp.Delete):
                # Of several tables that it changes, or called by another name in it.
                return not decision.filters and _names_nothing(tree, dataset, decision)
            return touches_nothing(tree, dataset, decision, self._open_fields(dataset))
        is_shape = _adds_columns(tree) or _sets_defaults(tree)
        is_shape = is_shape or (not decision.filters and _drops(tree))
        if not is_shape or self.is_alone or not self.met.is_used(node.name):
            return is_shape
        return isinstance(tree, exp.Alter) and bool(added_columns(tree, dataset, self.rules.name))

    def _tells_of_failure(
        self, change: exp.Expr, dataset: KnownDataset, decision: Decision
    ) -> bool:
        """Whether an error would show a row as it is stored: PostgreSQL tells the whole row that a
        constraint does not let become what it was to be."""
        if self.rules.name != "postgres" or not protected_columns(dataset, decision):
            return False
        conflict = change.args.get("conflict")
        is_set = conflict is not None and bool(conflict.expressions)
        return isinstance(change, exp.Update | exp.Merge) or is_set

    def _open_fields(self, dataset: KnownDataset) -> Callable[[str], bool]:
        """Which fields may be read as they are."""

        def is_open(path: str) -> bool:
            found = self.decide(dataset.id, DataAction.READ, (path,))
            return found.allowed and found.effect_on(path).is_open

        return is_open

    def told(self, sql: str) -> tuple[Change, ...]:
        """That a statement changes fewer rows than it would have, or tells less of them."""
        return tuple(
            Change(0, len(sql), sentence, tuple(dict.fromkeys(by)))
            for sentence, by in (
                ("Only rows that you may see are changed.", self.kept_by),
                ("What is returned of the rows is masked.", self.shown_by),
            )
            if by
        )

    def _keep(
        self, tree: exp.Expr, one: Occurrence, decision: Decision, action: DataAction
    ) -> bool:
        """Keep an UPDATE, DELETE or MERGE to the rows of its table that a filter leaves, in the
        tree; whether that can be done."""
        dataset = one.dataset
        assert dataset is not None
        if not isinstance(tree, exp.Update | exp.Delete | exp.Merge) or tree.this is not one.node:
            return False
        is_open = self._open_fields(dataset)
        if not decision.filters or not _uses_nothing(tree, dataset, decision, is_open):
            return False
        if tree.args.get("tables") or tree.args.get("order") or tree.args.get("limit"):
            return False
        returning = tree.args.get("returning")
        if returning is not None and returning.args.get("into"):
            return False  # which the grammar writes without it
        name, dialect = one.node.alias_or_name, self.rules.name
        columns = {column.name.lower() for column in dataset.columns}
        if any(at.table.lower() in ("", name.lower()) for at in places_of_rows(tree, columns)):
            return False  # where those that stay are tells of those between them

        def find(parts: tuple[str, ...]) -> KnownDataset | None:
            found = looked_up(self.catalog, self.database, parts)
            if found is None or found.is_view or self.decide(found.id, action, None).code != "open":
                return None  # what stands in the place of tables would stand in its place, too
            self.met.looked_up.append(found)
            return found

        try:
            condition = row_condition(Shaping(dataset, decision, find=find), dialect, name)
        except NoShape:
            return False
        seen: exp.Expr = exp.maybe_parse(condition, dialect=dialect)
        if not isinstance(tree, exp.Merge):
            where = tree.args.get("where")
            tree.set("where", exp.Where(this=if_seen(seen, where and where.this, dialect)))
            return True
        matched = _matched_by(tree, name)
        if matched is None:
            return False
        tree.set("using_cond", None)
        on = if_seen(seen, matched, dialect)
        tree.set("on", exp.Paren(this=on) if dialect == "oracle" else on)
        for when in tree.args["whens"].expressions:
            if when.args.get("source"):  # what matches nothing may be a row that is not seen
                when.set("condition", if_seen(seen, when.args.get("condition"), dialect))
        return True

    def _only_renames(self, tree: exp.Expr, view: KnownDataset, action: DataAction) -> bool:
        """Whether a view of which nothing is protected by its own name gets one that is new."""
        actions = tree.args["actions"] if isinstance(tree, exp.Alter) else []
        if not self.is_alone or len(actions) != 1 or not isinstance(actions[0], exp.AlterRename):
            return False
        names = tuple(part.name for part in actions[0].this.parts)
        schema = view.parts[-2] if len(view.parts) > 1 else None
        known = self.catalog.find(names, self.database, schema, is_inside=True)
        return known is None and self.decide(view.id, action, None).code == "open"

    def _refuse_through_view(
        self, tree: exp.Expr, one: Occurrence, dataset: KnownDataset, action: DataAction
    ) -> None:
        """Rows that are changed through a view are those of the tables below it."""
        if isinstance(tree, exp.Drop | exp.Comment) or not dataset.is_view:
            return
        if self._only_renames(tree, dataset, action):
            return  # what the view reads is looked at wherever it is called by its new name
        is_view = str(tree.args.get("kind") or "").upper() == "VIEW"
        if self.is_alone and isinstance(tree, exp.Create) and is_view:
            return  # another view takes its place; what that one reads is looked at
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


def _matched_by(merge: exp.Merge, name: str) -> exp.Expr | None:
    """The condition of a MERGE, whose table is called `name`; None where it may not be written."""
    keys, other = merge.args.get("using_cond"), merge.args["using"].alias_or_name
    if not keys:
        on: exp.Expr | None = merge.args.get("on") or None
        return on
    if not other:
        return None
    names = {key.name.lower() for key in keys}
    for when in merge.args["whens"].expressions:
        of = name if when.args["matched"] or when.args.get("source") else other
        insert, set_ = when.args.get("then"), when.find_all(exp.EQ)
        written = [one.this for one in set_ if isinstance(one.parent, exp.Update)]
        if isinstance(insert, exp.Insert) and insert.this is not None:
            written += insert.this.expressions
        for column in when.find_all(exp.Column):
            is_key = not column.table and column.name.lower() in names
            is_key = is_key and column.find_ancestor(exp.Query, exp.Merge) is merge
            if is_key and not any(column is one for one in written):
                column.set("table", exp.to_identifier(of))  # with ON it is a column of both
    pairs = ((exp.column(key.copy(), name), exp.column(key.copy(), other)) for key in keys)
    return exp.and_(*(exp.EQ(this=own, expression=of_other) for own, of_other in pairs))


def indexes_only(tree: exp.Expr, dataset: KnownDataset, decision: Decision) -> bool:
    """Whether an index is made of columns as they are, none of them denied, whose values all have
    one size. What could tell of them fails, and making such an index never does: not for values
    that are there twice, that are too long, or that an expression is not made for."""
    index = tree.this if isinstance(tree, exp.Create) else None
    if not isinstance(index, exp.Index) or tree.args.get("unique"):
        return False
    params = index.args.get("params")
    if params is None or any(
        value for key, value in params.args.items() if key not in ("columns", "with_storage")
    ):
        return False
    types = {column.name.lower(): column.type for column in dataset.columns}
    columns = [one.this for one in params.args["columns"] or () if isinstance(one, exp.Ordered)]
    return len(columns) == len(params.args["columns"] or ()) > 0 and all(
        isinstance(one, exp.Column)
        and _ONE_SIZE.fullmatch(types.get(one.name.lower(), ""))
        and not decision.effect_on(one.name.lower()).denied
        for one in columns
    )


def _drops(tree: exp.Expr) -> bool:
    """Whether a statement drops one table or columns of it, and nothing that hangs on them: it
    tells of no value, however it ends."""
    if isinstance(tree, exp.Drop):
        is_table = str(tree.args.get("kind") or "").upper() == "TABLE"
        return is_table and not tree.args.get("cascade") and len(tree.args["tables"]) == 1
    return isinstance(tree, exp.Alter) and all(
        isinstance(one, exp.Drop)
        and one.args.get("kind") == "COLUMN"
        and not one.args.get("cascade")
        for one in tree.args["actions"]
    )


def _adds_columns(tree: exp.Expr) -> bool:
    """Whether a statement adds columns without a value, or with a constant, to a table."""
    return isinstance(tree, exp.Alter) and all(
        isinstance(one, exp.ColumnDef) and all(map(_is_constant, one.args.get("constraints") or ()))
        for one in tree.args["actions"]
    )


def _sets_defaults(tree: exp.Expr) -> bool:
    """Whether a statement changes what columns of new rows hold, to a constant or nothing."""
    return isinstance(tree, exp.Alter) and all(
        isinstance(one, exp.AlterColumn)
        and {key for key, value in one.args.items() if value} <= {"this", "default", "drop"}
        and isinstance(one.args.get("default"), exp.Literal | exp.Null | None)
        and bool(one.args.get("default") or one.args.get("drop"))
        for one in tree.args["actions"]
    )


def _is_constant(constraint: exp.Expr) -> bool:
    kind = constraint.args.get("kind")
    return isinstance(kind, exp.DefaultColumnConstraint) and isinstance(kind.this, exp.Literal)


def _names_nothing(tree: exp.Expr, dataset: KnownDataset, decision: Decision) -> bool:
    """Whether nothing in a statement is called like a protected column, wherever it stands."""
    paths = protected_columns(dataset, decision)
    names = {part for path in paths for part in (path, path.partition(".")[0])}
    is_known = decision.everywhere.is_open and bool(dataset.columns)
    return is_known and never_names(tree, names)


def _uses_nothing(
    tree: exp.Expr, dataset: KnownDataset, decision: Decision, is_open: Callable[[str], bool]
) -> bool:
    if not decision.everywhere.is_open or not dataset.columns:
        return False
    names: set[str] = set()
    for path in protected_columns(dataset, decision):
        names |= {path, path.partition(".")[0]}
    if not names:
        return True
    names |= {part for path in decision.columns for part in path.split(".")[1:]}
    read = _read_of(tree, dataset)
    own = {node.alias_or_name.lower() for node in read.find_all(exp.Table)}
    columns = {column.name.lower() for column in dataset.columns} - own
    for part in list(read.find_all(exp.Column)):
        parts = [one.name.lower() for one in part.parts]
        parts = parts[1:] if parts[0] in own else parts
        if len(parts) > 1 and parts[0] in columns and is_open(dataset.path_of(".".join(parts))):
            part.replace(exp.null())
    return never_names(read, names)


def refuse_denied(tree: exp.Expr, found: Iterable[tuple[Occurrence, Decision]]) -> None:
    """Raises Refused for the first dataset of which a statement that is not rewritten names what
    is denied."""
    for one, decision in found:
        denied = _denied_in(tree, one.dataset, decision) if one.dataset is not None else ()
        if one.dataset is not None and denied:
            raise Refused(denied_dataset(one.dataset, decision, denied))


def _denied_in(tree: exp.Expr, dataset: KnownDataset, decision: Decision) -> tuple[str, ...]:
    """The denied columns that a statement names and not only writes to, or returns with all."""
    named = {column.name.lower() for column in _read_of(tree, dataset).find_all(exp.Column)}
    returning = tree.args.get("returning")
    returned = returning.expressions if returning is not None else ()
    is_all = any(isinstance(one, exp.Expr) and one.is_star for one in returned) or (
        returning is not None and returns_rows(returning, tree.this.alias_or_name, dataset)
    )
    return tuple(
        column.key
        for column in dataset.columns
        if (is_all or column.name.lower() in named) and decision.effect_on(column.key).denied
    )


def _read_of(tree: exp.Expr, dataset: KnownDataset) -> exp.Expr:
    """The statement without what is certainly not read of the table that it changes: the columns
    that it only writes to, those of other tables, and the stars of queries in it."""
    read = tree.copy()
    for node in list(read.find_all(exp.Update, exp.Insert)):
        written: Iterable[exp.Expr] = ()
        if isinstance(node, exp.Update):
            written = [one.this for one in node.expressions if isinstance(one, exp.EQ)]
        elif isinstance(node.this, exp.Tuple | exp.Schema):
            written = list(node.this.expressions)
        for column in written:
            column.replace(exp.null())
    for struct in read.find_all(exp.Struct):
        for one in struct.expressions:
            if isinstance(one, exp.PropertyEQ):
                one.set("this", exp.to_identifier("_"))  # what a new struct calls a field of it
    others = _other_tables(read) - {column.name.lower() for column in dataset.columns}
    for part in list(read.find_all(exp.Column)):
        if part.table.lower() in others and len(part.parts) == 2:
            part.replace(exp.null())
    for star in list(read.find_all(exp.Star)):
        if star.find_ancestor(exp.Query) and not isinstance(star.parent, exp.Column | exp.Count):
            star.replace(exp.null())  # which is of the tables that the query reads
    for named in read.find_all(exp.TableAlias):
        if named.parent is not read.this:
            named.set("columns", None)
    for alias in read.find_all(exp.Alias):
        if alias.find_ancestor(exp.Query):
            alias.set("alias", None)  # whatever is called so, it is read under that name elsewhere
    return read


def _other_tables(change: exp.Expr) -> set[str]:
    """What a statement calls the tables and queries beside the one that it changes, where nothing
    else is called so."""
    if not isinstance(change, exp.Update | exp.Delete | exp.Merge):
        return set()
    named = [
        one.alias_or_name.lower()
        for one in change.find_all(exp.Table, exp.Subquery, exp.CTE)
        if one is not change.this
    ]
    own = {change.this.name.lower(), change.this.alias_or_name.lower()}
    columns = {one.name.lower() for one in change.find_all(exp.Column)}
    return {name for name in named if name and named.count(name) == 1} - own - columns
