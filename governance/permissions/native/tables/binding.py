"""What each table of a statement is: another name of a query in it, a dataset, or not known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlglot import exp

from governance.permissions.native.tables.calls import is_on_value, names_of_values
from governance.permissions.native.tables.functions import (
    FROM_ROWS,
    is_built_in,
    is_known_by_text,
    is_of_family,
    name_of,
    names_by_text,
)
from governance.permissions.native.tables.system_tables import (
    is_no_table,
    is_system,
    leaves_counts_out,
    lists_names,
)
from governance.permissions.native.types import Catalog, KnownDataset
from lineage.sql.dialects import MYSQL_FAMILY, Case, DialectRules

_LISTING_FUNCTIONS = frozenset(
    "duckdb_columns duckdb_schemas duckdb_databases duckdb_views duckdb_constraints duckdb_indexes"
    " duckdb_functions pragma_table_info pragma_show_tables pragma_database_list".split()
)
"""What lists names of tables, columns and what is said of them, and counts no rows."""
_OF_THE_ENGINE = frozenset(
    "duckdb_extensions duckdb_keywords duckdb_optimizers duckdb_types icu_calendar_names"
    " pg_timezone_names pragma_collations pragma_platform pragma_user_agent pragma_version"
    " test_all_types".split()
)
"""What DuckDB tells of itself, whatever it stores."""
_MAKING_ROWS = (exp.Unnest, exp.Explode, exp.GenerateSeries, exp.JSONTable, exp.OpenJSON)
_CHANGING_BY_ALIAS = MYSQL_FAMILY | {"tsql", "fabric"}
"""Those in which a change names its table as FROM calls it."""
_COUNTING_DIALECTS = frozenset({"duckdb", "postgres", "redshift"})


class Use(StrEnum):
    """What a statement does with a table."""

    READ = "read"
    WRITE = "write"
    CHANGE = "change"
    """Written, and read in the doing."""
    MAKE = "make"


@dataclass(frozen=True, slots=True)
class Place:
    """Where names are looked up: the defaults of a statement or of a view's definition."""

    database: str | None = None
    schema: str | None = None
    is_inside: bool = False


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A table as a statement names it. `dataset` is None where the catalog has none; `trouble`
    says why it cannot be told what is read. `start` until `end` is its name in the text."""

    node: exp.Table
    use: Use
    dataset: KnownDataset | None = None
    trouble: str = ""
    start: int = 0
    end: int = 0
    is_list: bool = False
    """It lists names of tables and columns."""

    @property
    def name(self) -> str:
        """As written."""
        return ".".join(part.name for part in self.node.parts)

    @property
    def is_described(self) -> bool:
        """Whether no more is told of it than the names and types of its columns: EXTENDED and
        FORMATTED count what it holds, HISTORY tells how that was changed."""
        parent = self.node.parent
        is_more = isinstance(parent, exp.Describe) and any(
            parent.args.get(key) for key in ("style", "partition")
        )
        return isinstance(parent, exp.Describe) and not is_more


def occurrences(
    tree: exp.Expr, catalog: Catalog, rules: DialectRules, place: Place
) -> list[Occurrence]:
    """Every table that is not another name of a query in the statement."""
    targets = _targets(tree)
    others = _called_by_alias(tree, targets, rules) | {
        id(node)
        for named in tree.find_all(exp.Hint, exp.Lock)
        for node in named.find_all(exp.Table)
    }
    found = []
    for node in tree.find_all(exp.Table):
        if id(node) in others:
            continue
        use = targets.get(id(node), Use.READ)
        occurrence = _occurrence(node, use, catalog, rules, place)
        if occurrence is not None:
            found.append(occurrence)
    return found


def own_name(one: Occurrence, text: str, dialect: str) -> str:
    """The last part of a table's name, as the text writes it."""
    last, first = one.node.parts[-1], one.node.parts[0]
    start, end = int(last.meta["start"]), int(last.meta["end"]) + 1
    if first is not last and int(first.meta["start"]) == start:
        return exp.to_identifier(last.name, quoted=True).sql(dialect=dialect)
    return text[start:end]


def _occurrence(
    node: exp.Table, use: Use, catalog: Catalog, rules: DialectRules, place: Place
) -> Occurrence | None:
    if not isinstance(node.this, exp.Identifier):
        if node.this is None and isinstance(node.parent, exp.Create):
            return None  # it makes a schema
        return _of_function(node, use, rules)
    parts = node.parts
    if not all(isinstance(part, exp.Identifier) for part in parts):
        return Occurrence(node, use, trouble="Its name is made while it runs.")
    names = tuple(part.name for part in parts)
    dataset = catalog.find(names, place.database, place.schema, is_inside=place.is_inside)
    is_bare = len(names) == 1 and use is Use.READ
    is_query = is_bare and _named_query(node, rules, is_known=dataset is not None)
    if use is Use.READ and _is_recurring(node, rules):
        is_query = None
    if is_query is True:
        return None
    trouble, is_list = "", False
    if is_query is None and dataset is not None:
        trouble = f"{'.'.join(names)} is a table and a query of the same statement."
    if dataset is None and (is_query is None or is_no_table(names, rules)):
        return None
    if dataset is None and is_system(names):
        trouble = f"{'.'.join(names)} is a table of the system, which tells of all data."
        is_list = use is Use.READ and lists_names(names, rules)
    spans = [(part.meta.get("start"), part.meta.get("end")) for part in parts]
    if any(start is None or end is None for start, end in spans):
        return Occurrence(node, use, dataset, trouble or "Its place in the text is not known.")
    start, end = int(spans[0][0]), int(spans[-1][1]) + 1  # type: ignore[arg-type]
    return Occurrence(node, use, dataset, trouble, start, end, is_list)


def _of_function(node: exp.Table, use: Use, rules: DialectRules) -> Occurrence | None:
    if node.args.get("rows_from"):  # PostgreSQL's ROWS FROM (f(a), g(b)): each is looked at itself
        return None
    name = name_of(node.this)
    if isinstance(node.this, exp.Func) and (name in FROM_ROWS or _is_call_in_brackets(node.this)):
        return None
    if rules.name == "duckdb" and name in _OF_THE_ENGINE:
        return None
    if isinstance(node.this, _MAKING_ROWS):
        return None
    said = f"The function {name}" if name else "What FROM names"
    is_list = rules.name == "duckdb" and (
        name in _LISTING_FUNCTIONS or (name == "duckdb_tables" and leaves_counts_out(node))
    )
    return Occurrence(node, use, trouble=f"{said} may read any table.", is_list=is_list)


def _is_call_in_brackets(node: exp.Expr) -> bool:
    """``TABLE(f(x))``, which reads what f does; ``TABLE('t')`` and ``TABLE(t)`` may be a table."""
    called = isinstance(node, exp.Anonymous) and name_of(node) == "table" and node.expressions
    return bool(called) and all(isinstance(given, exp.Func) for given in node.expressions)


_OTHER_NAMES = {
    "tsql": frozenset({"identitycol", "rowguidcol", "$identity", "$rowguid"}),
    "fabric": frozenset({"identitycol", "rowguidcol", "$identity", "$rowguid"}),
    "mysql": frozenset({"_rowid"}),
    "oracle": frozenset({"object_value"}),
    "sqlite": frozenset({"rowid", "_rowid_", "oid"}),
}
"""By which engines know a table's key or its whole row, whatever they are called."""


def other_name(tree: exp.Expr, dialect: str) -> str:
    """The first name in a statement by which the engine may mean another column, if any."""
    names = _OTHER_NAMES.get(dialect, frozenset())
    found = (column.name for column in tree.find_all(exp.Column)) if names else ()
    return next((name for name in found if name.lower() in names), "")


def reads_lists_by_name(tree: exp.Expr) -> bool:
    """Whether ClickHouse reads a list from a table: ``a IN t``, or ``in(a, t)``, where the grammar
    sees a column with several names."""
    return any(
        isinstance(node, exp.Aliases) or node.args.get("field") is not None
        for node in tree.find_all(exp.In, exp.Aliases)
    )


_SETTINGS_TOLD = frozenset(
    "timezone search_path schema threads memory_limit server_version server_version_num"
    " client_encoding datestyle transaction_isolation".split()
)
"""Settings that are no secret."""
_OF_ANY_COLLATION = frozenset({"tsql", "fabric"})
"""Where the database says whether case matters in names."""


def _named_query(node: exp.Table, rules: DialectRules, *, is_known: bool) -> bool | None:
    """Whether a name is that of a query in sight (WITH); None where only the engine can tell.
    `is_known`: the catalog has a table that may be meant."""

    def folded(identifier: exp.Expr) -> str:
        return rules.table(identifier.name, bool(identifier.args.get("quoted")))

    def as_stored(identifier: exp.Expr) -> str:
        return identifier.name if identifier.args.get("quoted") else identifier.name.upper()

    def beyond_ascii(identifier: exp.Expr) -> str:
        return folded(identifier) if identifier.name.isascii() else identifier.name

    found = _is_query(node, rules, folded)
    if not found:
        return found
    # Lineage takes names in quotes as people read them; where names are stored in capital letters,
    # these are others. And some engines fold the letters of ASCII alone.
    is_stored = rules.table_case is Case.UPPER_STORED and not _is_query(node, rules, as_stored)
    if is_stored or not _is_query(node, rules, beyond_ascii):
        return None if is_known else False
    if is_known and rules.name in _OF_ANY_COLLATION:
        return True if _is_query(node, rules, lambda identifier: identifier.name) else None
    return True


def _is_query(
    node: exp.Table, rules: DialectRules, folded: Callable[[exp.Expr], str]
) -> bool | None:
    wanted = folded(node.this)
    child: exp.Expr = node
    inside: exp.CTE | None = None
    parent = node.parent
    while parent is not None:
        if isinstance(child, exp.CTE):
            inside = child
        with_ = parent if isinstance(parent, exp.With) else None
        if with_ is not None and inside is not None:
            named = [_query_called(cte, folded) for cte in with_.expressions]
            index = next(i for i, cte in enumerate(with_.expressions) if cte is inside)
            if wanted in named[:index]:
                return True
            if wanted == named[index] and (with_.recursive or rules.implicit_recursion):
                if with_.recursive and _is_in_step(node, inside):
                    return True
                # The first part of a recursion reads the table of that name, if it may at all.
                return False if rules.name == "duckdb" else None
            if wanted in named[index + 1 :] and with_.recursive and rules.name != "duckdb":
                return None
        elif not isinstance(child, exp.With):
            own = parent.args.get("with_")
            if own is not None and wanted in [_query_called(c, folded) for c in own.expressions]:
                return True
        child, parent = parent, parent.parent
    return False


def _query_called(cte: exp.CTE, folded: Callable[[exp.Expr], str]) -> str | None:
    """The name of a query in WITH; None where a value has a name there, which names no table."""
    return None if cte.args.get("scalar") else folded(cte.args["alias"].this)


def _is_recurring(node: exp.Table, rules: DialectRules) -> bool:
    """Whether a table is DuckDB's ``recurring.t`` right in the repeated part of the recursive query
    t, where it is what t holds so far; releases before 1.3 take it for a table of that schema."""
    if rules.name != "duckdb" or node.catalog or node.db.lower() != "recurring":
        return False
    cte = node.find_ancestor(exp.CTE)
    with_ = cte.parent if cte is not None else None
    if cte is None or not isinstance(with_, exp.With) or not with_.recursive:
        return False
    if cte.alias.lower() != node.name.lower():
        return False
    return node.parent_select is cte.this.unnest().expression and _is_in_step(node, cte)


def _is_in_step(node: exp.Expr, cte: exp.CTE) -> bool:
    """Whether a table stands in the part of a recursive query that is repeated. A union by name is
    none: there the name is that of a table, throughout."""
    body = cte.this.unnest()
    if not isinstance(body, exp.Union) or body.args.get("by_name"):
        return False
    step = body.expression
    at: exp.Expr | None = node
    while at is not None and at is not cte:
        if at is step:
            return True
        at = at.parent
    return False


def _targets(tree: exp.Expr) -> dict[int, Use]:
    """The tables that are written, by identity of their node."""
    found: dict[int, Use] = {}

    def note(place: object, use: Use) -> None:
        if isinstance(place, exp.Schema):
            place = place.this
        if isinstance(place, exp.Table):
            found[id(place)] = use

    for node in tree.walk():
        if isinstance(node, exp.Insert):
            telling = ("conflict", "where", "alternative", "ignore")
            reads = any(node.args.get(key) for key in telling)
            note(node.this, Use.CHANGE if reads else Use.WRITE)
        elif isinstance(node, exp.Update | exp.Merge):
            note(node.this, Use.CHANGE)
        elif isinstance(node, exp.Delete):
            note(node.this, Use.CHANGE)
            for one in node.args.get("tables") or ():
                note(one, Use.CHANGE)
        elif isinstance(node, exp.Create | exp.Into | exp.AlterRename | exp.ToTableProperty):
            note(node.this, Use.MAKE)
        elif isinstance(node, exp.Copy) and node.args.get("kind"):
            note(node.this, Use.WRITE)
        elif isinstance(node, exp.Drop | exp.Alter | exp.Comment):
            note(node.this, Use.CHANGE)
            is_of_rows = str(node.args.get("kind") or "").upper() in ("TABLE", "VIEW")
            for one in node.args.get("tables") or ():
                note(one, Use.CHANGE if is_of_rows else Use.MAKE)
        elif isinstance(node, exp.TruncateTable):
            for one in node.expressions:
                note(one, Use.CHANGE)
    return found


def _called_by_alias(tree: exp.Expr, targets: dict[int, Use], rules: DialectRules) -> set[int]:
    """What names the changed tables of ``DELETE p FROM t p`` and ``UPDATE p SET ... FROM t p`` by
    another name, by identity; the tables themselves are noted among the targets, and so are those
    that ``UPDATE t p JOIN u q SET q.a = 1`` changes beside the first."""
    if rules.name not in _CHANGING_BY_ALIAS:
        return set()
    found = set()
    for node in tree.find_all(exp.Update, exp.Delete):
        if not isinstance(node.this, exp.Table):
            continue  # of a MERGE
        own = node.find_ancestor(exp.Query)
        tables = [t for t in node.find_all(exp.Table) if t.find_ancestor(exp.Query) is own]
        named = [node.this, *(node.args.get("tables") or ())]
        for one in named:
            if not isinstance(one, exp.Table) or one.alias or len(one.parts) > 1:
                continue
            meant = [t for t in tables if t.alias and t.alias.lower() == one.name.lower()]
            if meant:
                found.add(id(one))
            targets |= {id(table): Use.CHANGE for table in meant}
        set_ = [one.this for one in node.expressions if isinstance(one, exp.EQ)]
        of = {one.table.lower() for one in set_ if isinstance(one, exp.Column)}
        for join in (node.this.args.get("joins") or ()) if isinstance(node, exp.Update) else ():
            targets |= {
                id(table): Use.CHANGE
                for table in join.find_all(exp.Table)
                if table in tables and of & {"", table.alias_or_name.lower()}
            }
    return found


def doubtful_functions(
    tree: exp.Expr,
    dialect: str,
    read: Sequence[Occurrence],
    place: Place,
    *,
    knows_all: bool = False,
) -> list[str]:
    """Functions that may read more than their arguments, as they are called. `read` are the tables
    of the statement. `knows_all`: that a sequence or a table is there may be told. A variable of
    the session holds what was let into it."""
    found: dict[str, None] = {}
    datasets = [one.dataset for one in read if one.dataset is not None]
    values = names_of_values(tree, datasets) if dialect == "duckdb" else set()
    schemas = {part.lower() for one in datasets for part in one.parts[:-1]}
    schemas |= {(name or "").lower() for name in (place.database, place.schema)}
    schemas |= {part.name.lower() for one in read for part in one.node.parts[:-1]}
    for node in tree.walk():
        if isinstance(node, exp.QueryTransform | exp.ReadCSV | exp.NextValueFor):
            found[type(node).__name__.upper()] = None
        elif names_by_text(node):
            if not is_known_by_text(node):
                found["identifier"] = None
        elif isinstance(node, exp.TableFromRows):
            if not isinstance(node.this, exp.Func):
                found["table"] = None
        elif isinstance(node, exp.Anonymous | exp.AnonymousAggFunc):
            name = name_of(node)
            if isinstance(node.parent, exp.Hint):
                continue
            inside_from = isinstance(node.parent, exp.Table) and node.parent.this is node
            if inside_from and any(one.is_list and one.node is node.parent for one in read):
                continue
            if knows_all and dialect in _COUNTING_DIALECTS and _counts(node):
                continue
            if name == "getvariable" and not inside_from and _text_given(node):
                continue
            if name == "current_setting" and _text_given(node).lower() in _SETTINGS_TOLD:
                continue
            if is_of_family(node, dialect):
                continue
            if name == "format_type" and not knows_all:
                found[name] = None  # each table is a type, too
                continue
            called = node.parent if node.arg_key == "expression" else None
            if _is_of_postgres(called, name, dialect):
                continue
            if isinstance(called, exp.Dot) and not (
                dialect == "duckdb" and is_on_value(called, values, schemas)
            ):
                found[called.sql()[:60]] = None
            elif not (is_built_in(name, dialect) or name in FROM_ROWS) and not (
                inside_from and _is_call_in_brackets(node)
            ):
                found[name] = None
        elif isinstance(node, exp.Func) and not isinstance(node, exp.Connector):
            name = name_of(node)
            if type(node) not in _SYNTAX and not is_built_in(name, dialect):
                found[name] = None
    return list(found)


def _is_of_postgres(called: exp.Expr | None, name: str, dialect: str) -> bool:
    """Whether a function is written with the schema that PostgreSQL keeps its own in."""
    is_there = isinstance(called, exp.Dot) and called.this.name.lower() == "pg_catalog"
    return is_there and dialect in ("postgres", "redshift") and is_built_in(name, dialect)


def _counts(node: exp.Expr) -> bool:
    """Whether a call asks a sequence of that name for a number, which an INSERT would tell, too."""
    return name_of(node) in ("nextval", "currval") and bool(_text_given(node))


def _text_given(node: exp.Expr) -> str:
    """The only argument of a call, if it is a text."""
    given = node.expressions[0] if len(node.expressions) == 1 else None
    return given.name if isinstance(given, exp.Literal) and given.is_string else ""


def fails_beside_others(tree: exp.Expr) -> bool:
    """Whether an error that a statement raises itself hangs on a condition beside it, which DuckDB
    tries after it, for rows that are never reached otherwise."""
    return any(
        node.find_ancestor(exp.Connector, exp.Select) is not node.find_ancestor(exp.Select)
        for node in _raised(tree)
    )


def _raised(tree: exp.Expr) -> list[exp.Anonymous]:
    return [n for n in tree.find_all(exp.Anonymous) if name_of(n) in ("error", "assert_true")]


def errors_last(tree: exp.Expr) -> exp.Expr | None:
    """A statement in which the other conditions of a WHERE are tried before an error that stands
    beside them; None where that cannot be written."""
    tree = tree.copy()
    for where in dict.fromkeys(node.find_ancestor(exp.Where) for node in _raised(tree)):
        if where is None or not isinstance(where.this, exp.And):
            continue
        parts = list(where.this.flatten())
        last = [part for part in parts if _raised(part)]
        if len(last) != 1:
            continue
        before = exp.and_(*(part.copy() for part in parts if part is not last[0]))
        case = exp.Case(ifs=[exp.If(this=before, true=last[0].copy())])
        where.set("this", case.else_(exp.Boolean(this=False), copy=False))
    return None if fails_beside_others(tree) else tree


_SYNTAX: frozenset[type[exp.Expr]] = frozenset({exp.Func, exp.AggFunc})
