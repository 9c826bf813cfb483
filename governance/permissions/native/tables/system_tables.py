"""Tables of the engines themselves: which of them list names and types alone."""

from __future__ import annotations

from sqlglot import exp

from lineage.sql.dialects import MYSQL_FAMILY, DialectRules

_SYSTEM_SCHEMAS = frozenset(
    "information_schema pg_catalog sys system mysql performance_schema account_usage jdbc runtime"
    " metadata pg_toast".split()
)
_LISTS = frozenset(
    "tables columns schemata views key_column_usage table_constraints referential_constraints"
    " constraint_column_usage character_sets".split()
)
"""Of `information_schema`: names and types, and nothing of what tables hold."""
_OF_THE_SESSION = frozenset(
    "v$version v$nls_parameters nls_session_parameters nls_database_parameters"
    " product_component_version".split()
)
"""What Oracle says of itself and the session."""
_OF_SYS = frozenset("tables schemas databases columns views types synonyms".split())
"""The same of SQL Server's `sys`."""
_OF_JDBC = frozenset("catalogs columns schemas table_types tables types".split())
"""The same for Trino's driver."""
_OTHER_LISTS = frozenset("sqlite_master sqlite_schema pg_tables pg_views pg_namespace".split())
"""The same of other systems; what counts rows is none of them."""
_LISTING_DIALECTS = frozenset(
    {"duckdb", "postgres", "redshift", "trino", "presto", "athena", "tsql", "fabric"}
)
"""Those whose lists of tables do not count rows."""
_WITH_DUAL = MYSQL_FAMILY | {"oracle", "exasol"}
_OF_TABLES = frozenset(
    "database_name schema_name table_name comment internal temporary has_primary_key column_count"
    " index_count check_constraint_count".split()
)
"""Of DuckDB's `duckdb_tables()`, which counts rows, too."""
_BY_PLACE = (exp.Columns, exp.PositionalColumn, exp.Pivot, exp.Join, exp.Lambda)
_SYSTEM_STARTS = ("pg_", "duckdb_", "sqlite_", "pragma_", "svv_", "stl_", "stv_", "svl_", "v_$")


def is_no_table(names: tuple[str, ...], rules: DialectRules) -> bool:
    """Whether FROM names nothing: DUAL has one row, which says nothing."""
    if len(names) != 1:
        return False
    name = names[0].lower()
    is_of_session = rules.name == "oracle" and name in _OF_THE_SESSION
    return is_of_session or (rules.name in _WITH_DUAL and name == "dual")


def is_system(names: tuple[str, ...]) -> bool:
    """Whether a name is that of a table of the engine itself."""
    lowered = [name.lower() for name in names]
    return any(name in _SYSTEM_SCHEMAS for name in lowered[:-1]) or lowered[-1].startswith(
        _SYSTEM_STARTS
    )


def lists_names(names: tuple[str, ...], rules: DialectRules) -> bool:
    """Whether a table of the engine tells names and types, and nothing of what tables hold."""
    lowered = [name.lower() for name in names]
    is_there = len(names) > 1 and lowered[-2] == "information_schema" and lowered[-1] in _LISTS
    if lowered[:-1] == ["system", "jdbc"] and rules.name in ("trino", "presto"):
        return lowered[-1] in _OF_JDBC
    if lowered[-2:-1] == ["sys"] and rules.name in ("tsql", "fabric"):
        return lowered[-1] in _OF_SYS
    is_other = lowered[:-1] in ([], ["main"], ["pg_catalog"]) and lowered[-1] in _OTHER_LISTS
    return (is_there and rules.name in _LISTING_DIALECTS) or (is_other and rules.name == "duckdb")


def leaves_counts_out(table: exp.Table) -> bool:
    """Whether all that a statement reads of ``duckdb_tables()`` are names and numbers of columns:
    it names each, and no column by its place, by a star or by another name."""
    tree = table.root()
    named = {one.alias.lower() for one in tree.find_all(exp.Alias)}
    named -= {"estimated_size", "duckdb_tables", table.alias_or_name.lower()}  # whole rows
    alias = table.args.get("alias")
    return (
        (alias is None or not alias.columns)
        and tree.find(*_BY_PLACE) is None
        and all(isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star))
        and all(c.name.lower() in _OF_TABLES | named for c in tree.find_all(exp.Column))
    )
