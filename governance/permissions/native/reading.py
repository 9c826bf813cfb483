"""A text as statements that can be followed, and which columns they use wherever they use them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import sqlglot
from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError

from catalog.names import lookup_key
from governance.permissions.engine import Decision
from governance.permissions.native.tables.binding import Occurrence, Place
from governance.permissions.native.tables.calls import with_columns
from governance.permissions.native.types import Catalog, KnownDataset, Notice, Verdict
from lineage.sql import Session, read_script
from lineage.sql.dialects import DialectRules
from lineage.sql.parsing.negations import spelled_out
from lineage.sql.parsing.nesting import refusal
from lineage.sql.parsing.parameters import apart
from lineage.sql.splitting.left_out import left_out
from lineage.sql.splitting.split import split
from lineage.types import EdgeKind, StatementStatus, TableName


@dataclass(slots=True)
class Uses:
    """The columns that a statement uses, by dataset, in lower case. `starred` are those that a
    star alone names. `unresolved` are names that mean no column; `is_certain` is False where the
    statement was not understood to its columns."""

    used: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    named: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    unresolved: tuple[str, ...] = ()
    is_certain: bool = True
    reason: str = ""

    def of(self, dataset: KnownDataset) -> tuple[str, ...]:
        """The columns in use of one dataset."""
        return tuple(sorted(self.used.get(dataset.id, ())))

    @property
    def known(self) -> dict[int, tuple[str, ...]]:
        """The columns in use by dataset, where they are known for sure."""
        found = {pk: tuple(sorted(paths)) for pk, paths in self.used.items() if paths}
        return found if self.is_certain else {}

    def starred(self, dataset: KnownDataset) -> set[str]:
        """Those of them that only a star names."""
        return self.used.get(dataset.id, set()) - self.named.get(dataset.id, set())


class _Schema:
    """The catalog as the resolver asks for it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.found: dict[TableName, KnownDataset | None] = {}

    def dataset(self, table: TableName) -> KnownDataset | None:
        if table not in self.found:
            self.found[table] = self._catalog.find(table.parts, None, None, is_inside=True)
        return self.found[table]

    def columns_of(self, table: TableName) -> Sequence[str] | None:
        """See `lineage.sql.SchemaProvider`."""
        dataset = self.dataset(table)
        if dataset is None or not dataset.columns:
            return None
        return [column.name for column in dataset.columns]


def statements_in(sql: str, rules: DialectRules) -> list[str]:
    """The statements of a text, each as it is written."""
    return [piece for piece in split(sql, rules) if piece.strip()]


def told_apart(sql: str, pieces: Iterable[str], rules: DialectRules) -> str:
    """Why a text may say more than the statements that it was split into, in a sentence; empty
    where it says no more."""
    part = left_out(sql, pieces, rules)
    if not part:
        return ""
    return f"{_cut(part)} is a part of no statement: leave out what is for a client or a page."


def parsed(sql: str, rules: DialectRules) -> exp.Expr | str:
    """The tree of one statement, or in a sentence why there is none."""
    too_deep = refusal(sql, rules)
    if too_deep is not None:
        return too_deep
    if rules.name != "duckdb":  # whose other spelling has lost the number
        sql = apart(sql, rules)
    try:
        trees = sqlglot.parse(sql, dialect=rules.name or None, error_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        first = (getattr(error, "errors", None) or [{}])[0]
        line, column = first.get("line"), first.get("col")
        where = f" at line {line}, column {column}" if line else ""
        return f"It cannot be read{where}."
    except RecursionError:
        return "It is nested too deeply."
    except Exception as error:  # noqa: BLE001 - the grammar's own bugs
        return f"The parser failed on it with a {type(error).__name__}."
    found = [tree for tree in trees if tree is not None and not isinstance(tree, exp.Semicolon)]
    if len(found) != 1:
        return "It is not exactly one statement."
    found[0] = spelled_out(found[0])
    if isinstance(found[0], exp.Command):
        return f"What {str(found[0].this).upper()} does is not known before it runs."
    if found[0].find(exp.Command) is not None:
        return "A part of it is not understood."
    if rules.name == "duckdb":
        with_columns(found[0], sql)
    _name_deleted(found[0])
    return _begun_within(found[0]) if rules.name in _UNPARTED else found[0]


_UNPARTED = frozenset({"tsql", "fabric"})
"""Dialects in which nothing has to stand between two statements."""
_STARTS = frozenset(
    "ALTER BACKUP BEGIN BREAK BULK CHECKPOINT CLOSE COMMIT CONTINUE CREATE DBCC DEALLOCATE DECLARE"
    " DELETE DENY DROP DUMP EXEC EXECUTE FETCH GOTO GRANT IF INSERT KILL LOAD MERGE OPEN PRINT"
    " RAISERROR READTEXT RECONFIGURE RESTORE RETURN REVERT REVOKE ROLLBACK SAVE SELECT SET SETUSER"
    " SHUTDOWN TRUNCATE UPDATE UPDATETEXT USE WAITFOR WHILE WITH WRITETEXT".split()
)
"""Reserved words of T-SQL that begin a statement, and are no name without brackets."""


def _begun_within(tree: exp.Expr) -> exp.Expr | str:
    """The tree; in a sentence why it is none where the grammar takes the beginning of another
    statement for a name."""
    for name in tree.find_all(exp.Identifier):
        if not name.args.get("quoted") and name.name.upper() in _STARTS:
            return f"{name.name} begins another statement: put it in brackets if it is a name."
    return tree


def _name_deleted(tree: exp.Expr) -> None:
    """``DELETE t WHERE a``, which engines let out FROM of, and in which the grammar sees no table
    that it is from."""
    for node in tree.find_all(exp.Delete):
        tables = node.args.get("tables") or []
        if not node.this and len(tables) == 1:
            node.set("this", tables[0])
            node.set("tables", None)


def uses_of(sql: str, rules: DialectRules, place: Place, catalog: Catalog) -> Uses:
    """The columns that a statement uses.

    Where names of the select list come before columns (ClickHouse), a setting can turn that
    round: then what either reading uses.
    """
    uses = _uses(sql, rules, place, catalog)
    if rules.aliases_first:
        uses = merged(uses, _uses(sql, replace(rules, aliases_first=False), place, catalog))
    return uses


def _uses(sql: str, rules: DialectRules, place: Place, catalog: Catalog) -> Uses:
    schema = _Schema(catalog)
    script = read_script(sql, Session(rules, schema, place.database, place.schema))
    uses = Uses()
    for statement in script.statements:
        if statement.status is not StatementStatus.PARSED:
            uses.is_certain = False
            uses.reason = statement.reason or "It was not understood to its columns."
        uses.unresolved += statement.unresolved
        for edge in statement.column_edges:
            dataset = schema.dataset(edge.source_table)
            if dataset is None:
                continue
            path = dataset.path_of(edge.source_column)
            uses.used[dataset.id].add(path)
            if edge.span is not None or edge.kind is not EdgeKind.DIRECT:
                uses.named[dataset.id].add(path)
        for one in statement.indirect_edges:
            dataset = schema.dataset(one.source_table)
            if dataset is not None:
                path = dataset.path_of(one.source_column)
                uses.used[dataset.id].add(path)
                uses.named[dataset.id].add(path)
    return uses


_MOST_OF_A_NAME = 200
MOST_DRIFT = 10
"""Names that mean no column, each told in a sentence of its own; the others are counted."""


def drift(uses: Uses, read: Iterable[Occurrence]) -> list[Notice]:
    """That names of a statement mean no column that the catalog knows."""
    unresolved = dict.fromkeys(uses.unresolved, "")
    where = {one.dataset.id: one.dataset for one in read if one.dataset is not None}
    unknown = [
        (path, dataset.name)
        for dataset in where.values()
        for path in _beside(dataset, uses.of(dataset))
        if path not in unresolved
    ]
    found = [*unresolved.items(), *unknown]
    told = [
        Notice("drift", f"The catalog knows no column {_cut(name)} {_of(dataset)}.", dataset)
        for name, dataset in found[:MOST_DRIFT]
    ]
    if (others := len(found) - MOST_DRIFT) > 0:
        said = f"Nor does it know {others:,} more of the names that the statement uses as columns."
        told.append(Notice("drift", said))
    return told


def _beside(dataset: KnownDataset, paths: Iterable[str]) -> Iterator[str]:
    """Those that are neither a column nor a part of one; none where no columns are known."""
    known = {column.key for column in dataset.columns}
    if not known:
        return
    for path in paths:
        parts = path.split(".")
        if not any(".".join(parts[:end]) in known for end in range(len(parts), 0, -1)):
            yield path


def _cut(name: str) -> str:
    return name if len(name) <= _MOST_OF_A_NAME else f"{name[:_MOST_OF_A_NAME]}…"


def _of(dataset: str) -> str:
    return f"of {dataset}" if dataset else "in what the statement reads"


def used_by(verdicts: Iterable[Verdict]) -> dict[int, tuple[str, ...]]:
    """The columns in use of those datasets that no statement uses in a way that is not known."""
    each = [(one.used, dataset.id) for one in verdicts for dataset, _ in one.decisions]
    unknown = {pk for used, pk in each if pk not in used}
    found: dict[int, set[str]] = {}
    for used, pk in each:
        found.setdefault(pk, set()).update(used.get(pk, ()))
    return {pk: tuple(sorted(paths)) for pk, paths in found.items() if pk not in unknown}


def add_pivoted(uses: Uses, tree: exp.Expr, read: Iterable[Occurrence]) -> None:
    """Note the columns that `PIVOT t ON x USING sum(y)` turns and sums up, which are no part of
    its answer by their names. Where `t` is a query of the statement, they may be of any table."""
    known = list(read)
    for pivot in tree.find_all(exp.Pivot):
        if not isinstance(pivot.this, exp.Table):
            continue
        turned = [one for one in known if one.node is pivot.this] or known
        names = {lookup_key(column.name) for column in pivot.find_all(exp.Column)}
        for dataset in (one.dataset for one in turned if one.dataset is not None):
            paths = {
                dataset.path_of(column.name)
                for column in dataset.columns
                if lookup_key(column.name) in names
            }
            uses.used[dataset.id] |= paths
            uses.named[dataset.id] |= paths


_UNFOLDING = (exp.Unnest, exp.Lateral, exp.Explode)


def add_beside_items(
    uses: Uses,
    tree: exp.Expr,
    read: Iterable[Occurrence],
    decide: Callable[[KnownDataset, tuple[str, ...]], Decision],
) -> None:
    """Note what is protected of columns that the catalog does not list, beside the items of an
    array. A bare name that was taken for a field of theirs may be such a column."""
    if tree.find(*_UNFOLDING) is None:
        return
    bare = [c for c in tree.find_all(exp.Column) if not isinstance(c.this, exp.Star)]
    names = {c.parts[0].name for c in bare} | {".".join(p.name for p in c.parts) for c in bare}
    for dataset in {one.dataset for one in read if one.dataset is not None}:
        listed = tuple(column.key for column in dataset.columns)
        paths = tuple(
            path
            for path in sorted({dataset.path_of(name) for name in names})
            if not path.startswith(tuple(f"{key}." for key in listed)) and path not in listed
        )
        decision = decide(dataset, paths)
        shut = {path for path in paths if not decision.effect_on(path).is_open}
        uses.used[dataset.id] |= shut
        uses.named[dataset.id] |= shut


def merged(one: Uses, other: Uses) -> Uses:
    """What either uses."""
    found = Uses(is_certain=one.is_certain and other.is_certain)
    found.reason = one.reason or other.reason
    found.unresolved = tuple(dict.fromkeys((*one.unresolved, *other.unresolved)))
    for uses in (one, other):
        for pk, columns in uses.used.items():
            found.used[pk] |= columns
        for pk, columns in uses.named.items():
            found.named[pk] |= columns
    return found
