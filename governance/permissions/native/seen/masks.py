"""Masks as expressions of each dialect. The type of a column stays: what a mask cannot show in it
is shown as the next stricter mask that can (`all`, then nothing).
"""

from __future__ import annotations

import re
from enum import StrEnum

from sqlglot import exp, tokens
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError

from governance.permissions.types import Mask

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LOWER_FOLDING = frozenset({"postgres", "redshift", "materialize", "risingwave"})
# Words that a tokenizer takes for a name when they stand alone, as in ORDER BY.
_RESERVED = frozenset(
    """
    all analyse and any array as asc both by case cast check collate column constraint create cross
    current default deferrable desc distinct do else end except exists fetch for foreign from full
    grant group grouping having in initially inner intersect interval into is join lateral leading
    left like limit natural not null offset on only or order outer over partition placing primary
    qualify references returning right row rows select some symmetric table then to trailing union
    unique unnest user using values variadic when where window with
    """.split()
)
_UPPER_FOLDING = frozenset({"snowflake", "oracle", "exasol"})


class Shape(StrEnum):
    """What kind of values a column holds, as far as masks mind."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    TRUTH = "truth"
    UNKNOWN = "unknown"
    OTHER = "other"


_SHAPES = {
    Shape.TEXT: exp.DataType.TEXT_TYPES,
    Shape.NUMBER: exp.DataType.NUMERIC_TYPES,
    Shape.DATE: {exp.DataType.Type.DATE, exp.DataType.Type.DATE32},
    Shape.TIME: exp.DataType.TEMPORAL_TYPES,
    Shape.TRUTH: {exp.DataType.Type.BOOLEAN},
}

_TRINO = ("trino", "presto", "athena", "dune")
_POSTGRES = ("postgres", "materialize", "risingwave")
_TSQL = ("tsql", "fabric")
_NO_HASH = frozenset({"sqlite", "teradata"})
_SHA256 = {
    **dict.fromkeys(_POSTGRES, "ENCODE(SHA256(CONVERT_TO({0}, 'UTF8')), 'hex')"),
    **dict.fromkeys(_TRINO, "LOWER(TO_HEX(SHA256(TO_UTF8({0}))))"),
    **dict.fromkeys(_TSQL, "LOWER(CONVERT(VARCHAR(64), HASHBYTES('SHA2_256', {0}), 2))"),
    "bigquery": "TO_HEX(SHA256({0}))",
    "clickhouse": "LOWER(HEX(SHA256({0})))",
    "duckdb": "SHA256({0})",
    "exasol": "LOWER(HASH_SHA256({0}))",
    "oracle": "LOWER(RAWTOHEX(STANDARD_HASH({0}, 'SHA256')))",
}
_FIRST = dict.fromkeys(("bigquery", "oracle", "sqlite", "teradata"), "SUBSTR({0}, 1, 3)")
_LAST = {
    **dict.fromkeys(
        (*_TRINO, "hive", "oracle", "teradata"), "SUBSTR({0}, GREATEST(LENGTH({0}) - {1}, 1))"
    ),
    "sqlite": "SUBSTR({0}, MAX(LENGTH({0}) - {1}, 1))",
}
_YEAR = {
    **dict.fromkeys(_TSQL, "CAST(DATEFROMPARTS(YEAR({0}), 1, 1) AS {1})"),
    **dict.fromkeys(("hive", "oracle", "teradata"), "CAST(TRUNC({0}, 'YYYY') AS {1})"),
    "mysql": "MAKEDATE(YEAR({0}), 1)",
    "sqlite": "DATE({0}, 'start of year')",
}
_TEXT_TYPE = {"bigquery": "STRING", "spark": "STRING", "databricks": "STRING", "mysql": "CHAR"}


def name_sql(name: str, dialect: str) -> str:
    """A name as the dialect reads it back: quoted only where it has to be."""
    folded = (
        name == name.lower()
        if dialect in _LOWER_FOLDING
        else name in (name.lower(), name.upper())
        if dialect in _UPPER_FOLDING
        else True
    )
    if folded and _PLAIN.fullmatch(name) and not _is_word(name, dialect):
        return name
    return exp.to_identifier(name, quoted=True).sql(dialect=dialect)


def _is_word(name: str, dialect: str) -> bool:
    if name.lower() in _RESERVED:
        return True
    found = Dialect.get_or_raise(dialect).tokenize(name)
    return len(found) != 1 or found[0].token_type is not tokens.TokenType.VAR


def type_of(written: str, dialect: str) -> exp.DataType | None:
    """A type as the system writes it; None where it is not understood."""
    if not written.strip():
        return None
    try:
        found = exp.DataType.build(written, dialect=dialect)
    except (SqlglotError, ValueError):
        return None
    if found.this is exp.DataType.Type.LOWCARDINALITY and found.expressions:
        found = found.expressions[0]  # of ClickHouse: a way of storing it
    return None if found.this is exp.DataType.Type.USERDEFINED else found


def shape_of(found: exp.DataType | None) -> Shape:
    """What kind of values a type holds."""
    if found is None:
        return Shape.UNKNOWN
    return next((shape for shape, types in _SHAPES.items() if found.this in types), Shape.OTHER)


def nothing(written: str, dialect: str, column: str = "") -> str:
    """NULL of a type. `column` is what it stands for: PostgreSQL, which takes a bare NULL for a
    text, knows by it what a type of its own is."""
    found = type_of(written, dialect)
    if found is None and dialect in _POSTGRES and column:
        return f"CASE WHEN FALSE THEN {column} END"
    if found is None or dialect == "mysql":
        return "NULL"
    text = found.sql(dialect=dialect)
    if dialect == "oracle":  # where texts say how long they are
        text = {"VARCHAR2": "VARCHAR2(4000)", "NVARCHAR2": "NVARCHAR2(2000)"}.get(text, text)
    if dialect == "clickhouse":  # where a type says whether it holds NULL, and some never do
        if shape_of(found) is Shape.OTHER:
            return "NULL"
        text = text if text.startswith("Nullable(") else f"Nullable({text})"
    return f"CAST(NULL AS {text})"


def masked(mask: Mask, column: str, written: str, dialect: str) -> str:
    """The values of a column masked, as an expression over it that is of its type.

    `column` is how the dialect reads it, `written` its type as the system writes it; a type that
    is not known is read as text.
    """
    found = type_of(written, dialect)
    shape = shape_of(found)
    if mask is Mask.EMPTY or shape is Shape.OTHER:
        return nothing(written, dialect, column)
    if shape is Shape.UNKNOWN:
        column = f"CAST({column} AS {_TEXT_TYPE.get(dialect, 'VARCHAR')})"
    if shape in (Shape.TEXT, Shape.UNKNOWN):
        match mask:
            case Mask.SHA256:
                if dialect in _NO_HASH:
                    return _constant("'***'", column)
                return _SHA256.get(dialect, "SHA2({0}, 256)").format(column)
            case Mask.FIRST3:
                return _FIRST.get(dialect, "SUBSTRING({0}, 1, 3)").format(column)
            case Mask.LAST3 | Mask.LAST4:
                count = 3 if mask is Mask.LAST3 else 4
                if dialect in _LAST:
                    return _LAST[dialect].format(column, count - 1)
                return f"RIGHT({column}, {count})"
            case _:
                return _constant("'***'", column)
    assert found is not None
    type_sql = found.sql(dialect=dialect)
    if mask is Mask.YEAR and shape in (Shape.DATE, Shape.TIME) and found.this.value != "TIME":
        return _year(column, type_sql, dialect)
    if shape is Shape.NUMBER:
        return _constant("0" if dialect == "mysql" else f"CAST(0 AS {type_sql})", column)
    if shape is Shape.TRUTH:
        return _constant("CAST(0 AS BIT)" if dialect in _TSQL else "FALSE", column)
    if found.this.value == "TIME":
        return nothing(written, dialect)
    if dialect in ("mysql", "oracle"):
        return _constant("DATE '1970-01-01'", column)
    return _constant(f"CAST('1970-01-01' AS {type_sql})", column)


def _constant(value: str, column: str) -> str:
    return f"CASE WHEN {column} IS NULL THEN NULL ELSE {value} END"


def _year(column: str, type_sql: str, dialect: str) -> str:
    if dialect in _YEAR:
        return _YEAR[dialect].format(column, type_sql)
    if dialect == "bigquery":
        word = type_sql if type_sql in ("DATE", "DATETIME", "TIMESTAMP") else "TIMESTAMP"
        return f"{word}_TRUNC({column}, YEAR)"
    return f"CAST(DATE_TRUNC('year', {column}) AS {type_sql})"
