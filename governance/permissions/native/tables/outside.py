"""What a statement reaches without naming it as a table: files and other servers behind a new
table, settings that hold SQL or tell of rows that are read, names that are filled in when it runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from governance.permissions.native.text.settings import doubts_of_settings, named
from lineage.sql.dialects import MYSQL_FAMILY

_KEEPS_ITSELF = {
    "clickhouse": re.compile(
        r"(?:shared|replicated)?(?:\w*mergetree)|memory|log|tinylog|stripelog|null|set|join"
    ),
    **dict.fromkeys(
        MYSQL_FAMILY,
        re.compile(r"innodb|myisam|aria|memory|archive|blackhole|ndb(?:cluster)?|olap"),
    ),
}
"""Engines whose tables hold what is written to them; others read files, servers or other tables."""
_PLACES = frozenset(
    "external_location location path url uri uris dbtable query data_source table host"
    " catalog_table_name metadata_file_path hive.sql.query".split()
)
"""Options of a new table that say where its rows are already."""
_WITH_SOURCES = frozenset({"spark", "databricks", "hive"})
_FORMATS = frozenset(
    "parquet orc csv json avro text delta iceberg hudi sequencefile rcfile textfile".split()
)
"""What holds what is written to it; any other source may be a server or a program."""
_SAFE_SETTING = re.compile(
    r"max_(?:threads|memory_usage\w*|execution_time|block_size|insert_\w+|result_\w+|query_size"
    r"|ast_\w+|parallel_replicas|bytes_(?:ratio_)?before_\w+|rows_in_join|bytes_in_join)"
    r"|(?:allow|enable|optimize|distributed|prefer|compile|insert|cast|output_format|input_format"
    r"|format|date_time|group_by|join|timeout|min_insert|async_insert|wait_for)_\w+"
    r"|any_join_distinct_right_table_keys|aggregate_functions_null_for_empty|transform_null_in"
    r"|(?:union|intersect|except)_default_mode|async_insert|final|limit|offset|extremes|log_comment"
    r"|do_not_merge_across_partitions_select_final|result_overflow_mode|mutations_sync|alter_sync"
    r"|use_uncompressed_cache|load_balancing|short_circuit_function_evaluation|session_timezone"
    r"|joined_subquery_requires_alias|flatten_nested|data_type_default_nullable"
)
"""Settings of ClickHouse that change neither which rows are read nor what is told of them beside
the answer; filters, limits of what is read and logs do."""
_KNOWN_OPERATORS = frozenset(
    "= <> != < > <= >= + - * / % ^ || ~ ~* !~ !~* ~~ !~~ ~~* !~~* @> <@ && -> ->> #> #>> #- ? ?| ?&"
    " @@ @? << >> &< &> & | # -|- <-> ^@".split()
)


def reaches_outside(tree: exp.Expr, sql: str, dialect: str) -> str:
    """What of a statement reaches data that it does not name, in a sentence; empty where nothing
    does."""
    return next(_reaching(tree, dialect), "") or _read_unseen(tree, sql, dialect)


def _read_unseen(tree: exp.Expr, sql: str, dialect: str) -> str:
    """What of a statement reads data that nobody can tell, in a sentence; empty where nothing does:
    the program that a COPY runs or the file that it reads, but for what a client sends itself
    (STDIN), a table behind VALUES in FROM, which the grammar takes for one more row, and one behind
    TABLE, which it takes for a column under another name. ClickHouse has columns called so."""
    for column in tree.find_all(exp.Column):
        is_word = column.sql().upper() == "TABLE" and isinstance(column.parent, exp.Alias)
        if is_word and dialect != "clickhouse":
            name = column.parent.alias if column.parent else ""
            return f"{name} behind TABLE may be a table: write a query of it."
    for values in tree.find_all(exp.Values):
        for row in values.expressions:
            only = row.expressions[0] if len(row.expressions) == 1 else None
            if not isinstance(only, exp.Column):
                continue
            start = only.parts[0].meta.get("start")
            if start is not None and not sql[:start].rstrip().endswith("("):
                return f"{only.name} may be a table or a row of VALUES: put VALUES in brackets."
    for source in tree.find_all(exp.From):
        if isinstance(source.this, exp.Column):  # of a query where the grammar expects a value
            return f"{source.this.sql()} may be a table: write the query in FROM."
    if not isinstance(tree, exp.Copy):
        return ""
    if isinstance(tree.this, exp.Select):  # without brackets: DuckDB's COPY FROM DATABASE a TO b
        return "COPY FROM DATABASE reads all that is stored."
    names = {one.name.upper() for one in tree.args.get("files") or () if not _is_text(one)}
    if "PROGRAM" in names:
        return "The program of a COPY may read any data."
    if not tree.args.get("kind") or "STDIN" in names:
        return ""
    return "The file of a COPY may hold any data."


def _is_text(one: exp.Expr) -> bool:
    return isinstance(one, exp.Literal) and one.is_string


def _reaching(tree: exp.Expr, dialect: str) -> Iterator[str]:
    if dialect == "clickhouse":
        yield from _of_settings(tree)
        yield from _of_lists(tree)
    for node in tree.find_all(exp.Set, exp.AlterSession):
        yield from doubts_of_settings(node, dialect)
    if tree.find(exp.ExecuteAsProperty) is not None:
        yield "What EXECUTE runs is not known: write the query itself."
    for operator in tree.find_all(exp.Operator):
        schema, _, name = str(operator.args["operator"]).rpartition(".")
        if name not in _KNOWN_OPERATORS or schema.lower() not in ("", "pg_catalog"):
            yield f"The operator {operator.args['operator']} may read any data."
    if isinstance(tree, exp.Create | exp.Alter):
        yield from _of_engine(tree, dialect)
        yield from _of_place(tree, dialect)
    if any(
        str(one.args.get("kind")).lower() == "identifier" for one in tree.find_all(exp.Placeholder)
    ):
        yield "A name is only known when it runs: write it."


def _of_settings(tree: exp.Expr) -> Iterator[str]:
    given = [one for node in tree.walk() for one in node.args.get("settings") or ()]
    if isinstance(tree, exp.Set):
        given += [item.this for item in tree.expressions]
    for one in given:
        name = named(one)
        if not _SAFE_SETTING.fullmatch(name):
            yield f"The setting {name} may tell of rows that are not in the answer: leave it out."
    for kept in tree.find_all(exp.SettingsProperty):
        for one in kept.expressions:
            is_text = isinstance(one, exp.EQ) and isinstance(one.expression, exp.Literal)
            if not is_text or named(one) == "table_disk":
                yield f"What is on the disk of {named(one)} is not known."


def _of_lists(tree: exp.Expr) -> Iterator[str]:
    """``a IN (t)``, which ClickHouse reads as ``a IN t``: from a table of that name."""
    for node in tree.find_all(exp.In):
        given = node.expressions
        if len(given) == 1 and isinstance(given[0].unnest(), exp.Column):
            yield "IN reads a table by its name: write a query or a value there."


def _of_engine(tree: exp.Expr, dialect: str) -> Iterator[str]:
    kept = _KEEPS_ITSELF.get(dialect)
    for one in tree.find_all(exp.EngineProperty) if kept is not None else ():
        name = one.this.name.lower()
        is_shared = name.startswith(("shared", "replicated")) and one.find(exp.Literal) is not None
        if is_shared or not (kept and kept.fullmatch(name)):
            yield f"What a table of the engine {one.this.name} holds already is not known."


def _of_place(tree: exp.Expr, dialect: str) -> Iterator[str]:
    """A table over what is there already; one that a query fills has to begin empty."""
    said = "What is in the place of the table already is not known."
    if isinstance(tree, exp.Create) and tree.expression is not None:
        return
    if tree.find(exp.ExternalProperty, exp.LocationProperty, exp.StorageHandlerProperty):
        yield said
    if any(one.args.get("location") for one in tree.find_all(exp.AlterSet)):
        yield said
    if dialect in _WITH_SOURCES and isinstance(tree, exp.Create):
        for source in tree.find_all(exp.FileFormatProperty):
            if source.this.name.lower() not in _FORMATS or tree.args.get("kind") == "VIEW":
                yield said
    for one in tree.find_all(exp.Property):
        if type(one) is not exp.Property:
            continue
        name = one.name.lower()
        is_other = name == "catalog" and one.args["value"].name.lower() != "snowflake"
        if is_other or name in _PLACES:
            yield said
