"""Which sqlglot dialect a catalog platform speaks, and the dialect's rules for names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache


def words(text: str) -> frozenset[str]:
    """The words of a text as a set, for lists that read better as prose."""
    return frozenset(text.split())


MYSQL_FAMILY = words("mysql doris starrocks singlestore")
"""Those that read SQL as MySQL does."""
PLATFORM_DIALECTS: dict[str, str] = {
    "athena": "athena",
    "bigquery": "bigquery",
    "bq": "bigquery",
    "clickhouse": "clickhouse",
    "alloydb": "postgres",
    "aurora-mysql": "mysql",
    "aurora-postgresql": "postgres",
    "azure-sql": "tsql",
    "azuresql": "tsql",
    "cockroach": "postgres",
    "cockroachdb": "postgres",
    "cratedb": "postgres",
    "databricks-sql": "databricks",
    "db2": "db2",
    "db2luw": "db2",
    "db2zos": "db2",
    "databricks": "databricks",
    "delta": "databricks",
    "delta-lake": "databricks",
    "doris": "doris",
    "dremio": "dremio",
    "drill": "drill",
    "druid": "druid",
    "duckdb": "duckdb",
    "exasol": "exasol",
    "fabric": "fabric",
    "dune": "trino",
    "enterprisedb": "postgres",
    "glue": "athena",
    "google-bigquery": "bigquery",
    "googlesql": "bigquery",
    "greenplum": "postgres",
    "hive": "hive",
    "hiveql": "hive",
    "ibm-db2": "db2",
    "impala": "hive",
    "mariadb": "mysql",
    "materialize": "materialize",
    "motherduck": "duckdb",
    "mssql": "tsql",
    "mysql": "mysql",
    "netezza": "postgres",
    "oracle": "oracle",
    "pgsql": "postgres",
    "plpgsql": "postgres",
    "plsql": "oracle",
    "pg": "postgres",
    "postgres": "postgres",
    "postgresql": "postgres",
    "presto": "presto",
    "pyspark": "spark",
    "redshift": "redshift",
    "risingwave": "risingwave",
    "singlestore": "singlestore",
    "snowflake": "snowflake",
    "spark": "spark",
    "spark-sql": "spark",
    "spark2": "spark2",
    "spark3": "spark",
    "sparksql": "spark",
    "sqlite": "sqlite",
    "sql-server": "tsql",
    "sqlserver": "tsql",
    "starrocks": "starrocks",
    "sybase": "tsql",
    "synapse": "tsql",
    "t-sql": "tsql",
    "teradata": "teradata",
    "tidb": "mysql",
    "timescaledb": "postgres",
    "trino": "trino",
    "tsql": "tsql",
    "unity-catalog": "databricks",
    "vertica": "postgres",
    "yellowbrick": "postgres",
    "yugabyte": "postgres",
    "yugabytedb": "postgres",
}


def dialect_of(platform: str) -> str | None:
    """The sqlglot dialect of a catalog platform; None means the generic grammar."""
    return PLATFORM_DIALECTS.get(platform.strip().lower().replace("_", "-").replace(" ", "-"))


_STANDARD = words(
    "ansi derby firebird flink flinksql generic h2 hana hsqldb informix ksql ksqldb monetdb "
    "phoenix pinot sap-hana saphana sql standard"
)
"""What is read as standard SQL."""


def is_known(dialect: str) -> bool:
    """Whether a dialect is called so, or the standard is meant."""
    return dialect_of(dialect) is not None or dialect.strip().lower() in _STANDARD


class Case(Enum):
    """How an engine compares names. Folding always ends in lower case, so that the name of an
    unquoted Snowflake table reads the same as that of an unquoted PostgreSQL table."""

    QUOTED_KEEPS = "quoted names keep their case"
    UPPER_STORED = "names are stored in upper case; quoted ones in any other case keep it"
    IGNORED = "case never matters"
    KEPT = "case always matters"


_UPPER_STORED = frozenset({"snowflake", "oracle", "exasol", "db2"})
_IGNORED = words(
    "athena databricks doris dremio drill druid duckdb hive presto redshift singlestore "
    "spark spark2 sqlite starrocks teradata trino tsql"
)
_TABLES_KEPT = words("bigquery mysql clickhouse fabric")
_TWO_LEVELS = words("mysql clickhouse hive spark2 teradata doris starrocks singlestore sqlite")
_COLUMNS_KEPT = frozenset({"clickhouse", "fabric"})
_COLUMNS_IGNORED = frozenset({"bigquery", "mysql"})

_SELECT_ALIASES = words("snowflake redshift databricks spark duckdb clickhouse teradata")
_WHERE_ALIASES = words("snowflake duckdb clickhouse teradata redshift")
_GROUP_COLUMN_NAMES = words("postgres redshift materialize risingwave")
_BACKSLASH_ESCAPES = words(
    "bigquery mysql snowflake spark spark2 databricks hive clickhouse doris starrocks "
    "singlestore athena"
)
_HASH_COMMENTS = words("mysql bigquery singlestore doris starrocks")
_DOUBLE_QUOTED_STRINGS = words(
    "bigquery mysql spark spark2 databricks hive singlestore doris starrocks"
)
_IMPLICIT_RECURSION = words("tsql oracle snowflake sqlite fabric db2")
_STRUCT_FIELDS = words(
    "bigquery spark spark2 databricks hive duckdb trino presto athena clickhouse redshift snowflake"
)
_MERGED_IN_PLACE = words("duckdb clickhouse snowflake")
_SYSTEM_NAMES = {
    "oracle": words(
        "rownum level sysdate systimestamp user uid connect_by_isleaf connect_by_iscycle "
        "sessiontimezone dbtimezone sqlcode sqlerrm"
    ),
    "teradata": words("date time user account database session profile role current_role"),
    "postgres": words("user current_role sysdate"),
    "mysql": words("utc_date utc_time utc_timestamp"),
    "trino": words("current_schema"),
    "hive": words("grouping__id"),
    "spark": words("grouping__id localtimestamp"),
    "databricks": words("grouping__id localtimestamp current_catalog"),
    "db2": words("user current_timezone current_server current_sqlid current_schema current_path"),
    "snowflake": words("sysdate"),
    "tsql": words("$action user"),
    "fabric": words("$action user"),
}
_OF_ALL = words("default")
"""What stands for a value wherever a dialect lets a column's default be written."""
_POSTGRES_HIDDEN = words("ctid xmin xmax cmin cmax tableoid oid")
_HIDDEN_COLUMNS = {
    "postgres": _POSTGRES_HIDDEN,
    "redshift": _POSTGRES_HIDDEN,
    "oracle": words("rowid ora_rowscn"),
    "sqlite": words("rowid oid _rowid_"),
    "duckdb": words("rowid"),
    "bigquery": words("_partitiontime _partitiondate _table_suffix _file_name"),
    "snowflake": words("metadata$filename metadata$file_row_number metadata$action"),
}


@dataclass(frozen=True, slots=True)
class DialectRules:
    """What the resolver has to know of a dialect beyond its grammar."""

    name: str
    table_case: Case
    column_case: Case
    select_aliases: bool
    where_aliases: bool
    aliases_first: bool
    postgres_names: bool
    backslash_escapes: bool
    hash_comments: bool
    double_quoted_strings: bool
    implicit_recursion: bool
    last_member_repeats: bool
    """Whether only what stands behind the last UNION of a recursive query names itself: before it,
    the name is a table's (DuckDB)."""
    struct_fields: bool
    """Whether ``a.b`` can be the field ``b`` of a column ``a``, without brackets."""
    arrays_are_sources: bool
    """Whether FROM may name an array column of another source without UNNEST."""
    quotes_fall_back_to_strings: bool
    """Whether a double-quoted name that is no column is a string (SQLite)."""
    system_names: frozenset[str]
    """Names that read like columns and are functions."""
    hidden_columns: frozenset[str]
    """Columns that every table has and no schema lists."""
    merged_in_place: bool
    """Whether a star shows a column of USING where the left table has it, not before all."""
    two_levels: bool
    """Whether names end at the database: ``database.table`` is a full name."""
    spelled: frozenset[str] = frozenset()
    """Names that count as quoted wherever they are written so."""

    def table(self, name: str, quoted: bool) -> str:
        return fold(name, quoted or name in self.spelled, self.table_case)

    def path(self, name: str, quoted: bool) -> list[str]:
        """The parts in one word of a table's name: BigQuery's quotes may hold all of them."""
        if quoted and self.name == "bigquery":
            return [self.table(part, True) for part in name.split(".")]
        return [self.table(name, quoted)]

    def column(self, name: str, quoted: bool) -> str:
        return fold(name, quoted or name in self.spelled, self.column_case)


def fold(name: str, quoted: bool, case: Case) -> str:
    """The one spelling under which every reference to the same name meets."""
    if case is Case.IGNORED:
        return name.lower()
    if case is Case.KEPT:
        return name
    if not quoted or (case is Case.UPPER_STORED and name.isupper()):
        return name.lower()
    return name


@lru_cache(maxsize=64)
def portable_rules_of(dialect: str | None) -> DialectRules:
    """As ``rules_of``, but unquoted names end in lower case even where the engine keeps case."""
    rules = rules_of(dialect)
    tables, columns = (
        Case.QUOTED_KEEPS if case is Case.KEPT else case
        for case in (rules.table_case, rules.column_case)
    )
    return replace(rules, table_case=tables, column_case=columns)


@lru_cache(maxsize=64)
def rules_of(dialect: str | None) -> DialectRules:
    """The rules of a sqlglot dialect; None gives those of standard SQL."""
    name = dialect or ""
    if name in _UPPER_STORED:
        common = Case.UPPER_STORED
    elif name in _IGNORED:
        common = Case.IGNORED
    else:
        common = Case.QUOTED_KEEPS
    columns = common
    if name in _COLUMNS_KEPT:
        columns = Case.KEPT
    elif name in _COLUMNS_IGNORED:
        columns = Case.IGNORED
    return DialectRules(
        name=name,
        table_case=Case.KEPT if name in _TABLES_KEPT else common,
        column_case=columns,
        select_aliases=name in _SELECT_ALIASES,
        where_aliases=name in _WHERE_ALIASES,
        aliases_first=name == "clickhouse",
        postgres_names=name in _GROUP_COLUMN_NAMES,
        backslash_escapes=name in _BACKSLASH_ESCAPES,
        hash_comments=name in _HASH_COMMENTS,
        double_quoted_strings=name in _DOUBLE_QUOTED_STRINGS,
        implicit_recursion=name in _IMPLICIT_RECURSION,
        last_member_repeats=name == "duckdb",
        struct_fields=name in _STRUCT_FIELDS or not name,
        arrays_are_sources=name == "bigquery",
        quotes_fall_back_to_strings=name == "sqlite",
        hidden_columns=_HIDDEN_COLUMNS.get(name, frozenset()),
        system_names=_SYSTEM_NAMES.get(name, frozenset()) | _OF_ALL,
        merged_in_place=name in _MERGED_IN_PLACE,
        two_levels=name in _TWO_LEVELS,
    )
