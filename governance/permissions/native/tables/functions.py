"""Functions by name: those that only look at their arguments, and those that read elsewhere.

A function that nobody knows may read any table with its owner's rights. What sqlglot knows of any
dialect is built in, so are the words of the lists in `built_in/`; of the rest nothing is assumed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect, Dialects

_FOLDER = Path(__file__).parent / "built_in"


def _words(*lists: str) -> frozenset[str]:
    texts = [(_FOLDER / f"{name}.txt").read_text(encoding="utf-8") for name in lists]
    return frozenset(" ".join(texts).split())


READING = _words("reading")
"""Functions that read tables, files, statistics or the session, run text, or ask a model."""

FROM_ROWS = _words("from_rows")
"""Functions that make rows of their arguments alone."""


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    names = {*_words("any"), *(name.lower() for name in exp.FUNCTION_BY_NAME)}
    for dialect in Dialects:
        if dialect.value:
            names |= {
                name.lower() for name in Dialect.get_or_raise(dialect.value).parser_class.FUNCTIONS
            }
    return frozenset(names - READING)


def is_built_in(name: str, dialect: str = "") -> bool:
    """Whether a function of that name looks at its arguments alone; in one dialect, also what only
    that engine brings along."""
    lowered = name.lower()
    if lowered in _known() or lowered in _brought_by(dialect):
        return True
    combined = _COMBINED.match(lowered) if dialect == "clickhouse" else None
    return combined is not None and is_built_in(combined[1], dialect)


_COMBINED = re.compile(
    r"(\w+?)(?:if|array|map|simplestate|state|merge|mergestate|foreach|distinct|ordefault|ornull"
    r"|resample|argmin|argmax)$"
)
"""An aggregate of ClickHouse with a combinator behind its name."""
_LISTS = {
    "duckdb": ("duckdb",),
    "presto": ("trino",),
    "athena": ("trino",),
    "trino": ("trino",),
    "clickhouse": ("clickhouse",),
    "mysql": ("mysql",),
    "singlestore": ("mysql",),
    "postgres": ("postgres",),
    "spark": ("spark",),
    "databricks": ("spark", "databricks"),
    "snowflake": ("snowflake",),
    "bigquery": ("bigquery",),
    "tsql": ("tsql",),
    "fabric": ("tsql",),
    "oracle": ("oracle",),
}
"""By dialect, the lists in `built_in/`: what the server itself names (ClickHouse 26.9's
`system.functions`, Trino 476's SHOW FUNCTIONS, MariaDB 10.11's `SQL_FUNCTIONS`, PostgreSQL 18's
`pg_proc`) or its manual does (Spark 4.2, Databricks, Snowflake, BigQuery, SQL Server 2022, Oracle
23ai), without what looks at stored data, files, other servers, models or locks, or tells more of
the session than who asks and where, without what raises errors of its own, and without what is
known of any dialect; of DuckDB, what no other engine is known to have.
A name with a dot is that of a function with its family, which no schema is called like."""


@lru_cache(maxsize=64)
def _brought_by(dialect: str) -> frozenset[str]:
    return _words(*_LISTS.get(dialect, ())) - READING


MISSING_IN_DUCKDB = _words("missing_in_duckdb")
"""Functions that other engines have and DuckDB has not, so that what is called so there is
somebody's macro."""


def is_of_family(call: exp.Expr, dialect: str) -> bool:
    """Whether a call is that of a built-in function with its family (`NET.HOST(a)`)."""
    around = call.parent
    if isinstance(around, exp.NetFunc):
        family = "net"
    elif isinstance(around, exp.Dot) and isinstance(around.this, exp.Identifier):
        family = "" if around.this.args.get("quoted") else around.this.name.lower()
    else:
        return False
    return f"{family}.{name_of(call)}" in _brought_by(dialect)


def names_by_text(node: exp.Expr) -> bool:
    """Whether a part of a statement names what it means by a text (`IDENTIFIER('a')`)."""
    is_call = isinstance(node, exp.Anonymous) and name_of(node) == "identifier"
    return is_call or isinstance(node, exp.DynamicIdentifier)


def is_known_by_text(node: exp.Expr) -> bool:
    """Whether such a text stands there as it is, and names no function that is called."""
    is_call = isinstance(node, exp.Anonymous)
    given = node.expressions[:1] if is_call else [node.this]
    is_called = isinstance(node.parent, exp.Aliases) or (not is_call and bool(node.expressions))
    return not is_called and all(isinstance(one, exp.Literal) and one.is_string for one in given)


def name_of(function: exp.Expr) -> str:
    """The name of a function in lower case."""
    if isinstance(function, exp.Anonymous | exp.AnonymousAggFunc):
        return function.name.lower()
    if isinstance(function, exp.Func):
        return str(function.sql_name()).lower()
    return ""
