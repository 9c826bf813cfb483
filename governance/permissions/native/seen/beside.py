"""What a statement says beside a table's name of the rows that it reads: an older version, ONLY,
FINAL, a sample. It moves with the table into the query that stands in its place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from governance.permissions.native.seen.shaping import INNER, NoShape
from governance.permissions.native.tables.binding import Occurrence
from lineage.sql.dialects import words

SAMPLE_QUERIES = words("athena databricks duckdb hive presto snowflake spark trino")
"""Dialects that take a sample of a query, too."""
_SAMPLE_TABLES = words("bigquery fabric oracle postgres tsql")
_VERSIONS = words(
    "athena bigquery databricks duckdb fabric mysql oracle presto snowflake spark trino tsql"
)
_STAR = re.compile(r"\s*\*")
_WHOLE_TABLE = re.compile(r"\bTABLE\s*$", re.IGNORECASE)
_MOVED = ("version", "when", "only")


def tells_of_values(node: exp.Table, dialect: str) -> bool:
    """Whether the rows that are read tell of values that no column names: versions between two
    times are as many as a row was changed, a partition holds what some column says, and buckets of
    Hive and samples of ClickHouse are taken by a column that the table names."""
    version = node.args.get("version")
    is_range = version is not None and version.args.get("kind") != "AS OF"
    sample = node.args.get("sample")
    is_by_key = sample is not None and (
        dialect == "clickhouse"
        or (sample.args.get("bucket_numerator") and not sample.args.get("bucket_field"))
    )
    is_part = node.args.get("changes") or node.args.get("partition")
    return is_range or bool(is_part or is_by_key)


def is_of_another_time(node: exp.Table) -> bool:
    """Whether an older version is read, in which columns may have had other names."""
    alias = node.args.get("alias")
    is_behind_name = alias is not None and isinstance(alias.this, exp.Parameter)  # t@v5
    return is_behind_name or bool(node.args.get("version") or node.args.get("when"))


def is_beside(node: exp.Table, dialect: str) -> bool:
    """Whether anything but a sample stands beside a name, which a query has no place for."""
    is_final = isinstance(node.parent, exp.Final)
    is_other = is_of_another_time(node) or tells_of_values(node, dialect)
    return is_other or is_final or bool(node.args.get("only"))


def taken_inside(one: Occurrence, dialect: str, *, is_filtered: bool) -> str:
    """The table with what stands beside it, which is taken off the statement, as the query in its
    place reads it; empty where nothing does. Raises NoShape."""
    node = one.node
    if tells_of_values(node, dialect):
        raise NoShape("Which rows it reads tells of changes or of values.")
    if is_of_another_time(node) and not node.args.get("version") and not node.args.get("when"):
        raise NoShape("Write VERSION AS OF in the place of @.")
    moved = [key for key in _MOVED if node.args.get(key)]
    sample = node.args.get("sample")
    if sample is not None and dialect in _SAMPLE_TABLES:
        if is_filtered and not _is_by_chance(sample):
            raise NoShape("A sample tells how many rows are filtered out.")
        moved.append("sample")
    final = node.parent if isinstance(node.parent, exp.Final) else None
    if not moved and final is None:
        return ""
    if is_of_another_time(node) and dialect not in _VERSIONS:
        raise NoShape("It is read in a way that a filter cannot reach.")
    read: exp.Expr = exp.Table(
        **{key: node.args[key].copy() for key in ("this", "db", "catalog") if node.args.get(key)},
        **{key: exp.maybe_copy(node.args[key]) for key in moved if key != "only"},
        only="only" in moved or None,
        alias=exp.TableAlias(this=exp.to_identifier(INNER)),
    )
    if read.find(exp.Query) is not None:
        raise NoShape("A query says which rows are read.")
    for key in moved:
        node.set(key, None)
    version = read.args.get("version")
    if version is not None and dialect == "mysql":
        version.set("this", "SYSTEM_TIME")  # the one that MariaDB has
    if final is not None:
        final.replace(node)
        read = exp.Final(this=read)
    return read.sql(dialect=dialect)


def _is_by_chance(sample: exp.Expr) -> bool:
    """Whether each row is taken or not by itself, and by nothing that is known of it."""
    is_bernoulli = str(sample.args.get("method")).upper() == "BERNOULLI"
    return is_bernoulli and not sample.args.get("seed")


def sought_later(tree: exp.Expr) -> bool:
    """Put the conditions of ClickHouse's PREWHERE, which a query has no place for, before those of
    WHERE; whether there were any."""
    found = [one for one in tree.find_all(exp.Select) if one.args.get("prewhere")]
    for one in found:
        first, where = one.args["prewhere"].this, one.args.get("where")
        one.set("where", exp.Where(this=exp.and_(first, where.this) if where else first))
        one.set("prewhere", None)
    return bool(found)


def is_whole_table(one: Occurrence, text: str) -> bool:
    """Whether a table is read as `TABLE name`, which has no place for a query."""
    return _WHOLE_TABLE.search(text[: one.start]) is not None


def heirs(one: Occurrence, text: str) -> str:
    """The star of PostgreSQL's `FROM t *`, which says what holds without it."""
    found = _STAR.match(text, one.end)
    return found[0] if found else ""


def is_of_single_rows(sample: exp.Expr) -> bool:
    """Whether a sample takes so many rows, each by itself, or all of them: no rows beside them,
    which may be filtered out, decide which."""
    percent = sample.args.get("percent")
    is_all = isinstance(percent, exp.Literal) and percent.name == "100"
    is_bernoulli = str(sample.args.get("method")).upper() == "BERNOULLI"
    return bool(sample.args.get("size")) or is_all or is_bernoulli


def without_hints(read: Sequence[Occurrence]) -> bool:
    """Leave out hints on how to read a table (`WITH (NOLOCK)`, `USE INDEX`), which a query has no
    place for; whether there were any."""
    hinted = [one for one in read if one.node.args.get("hints")]
    for one in hinted:
        one.node.set("hints", None)
    return bool(hinted)
