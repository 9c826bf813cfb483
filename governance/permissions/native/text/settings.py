"""Settings of a session: after which an engine tells more than the answer, or reads the same text
otherwise, and which may stand beside statements."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp

from governance.permissions.native.tables.binding import Place
from lineage.sql.dialects import MYSQL_FAMILY

_TELLING_SETTINGS = {
    **dict.fromkeys(("tsql", "fabric"), re.compile(r"showplan_\w+|statistics\b.*")),
    **dict.fromkeys(MYSQL_FAMILY, re.compile(r"profiling\w*|optimizer_trace\w*")),
    "duckdb": re.compile(r"(?:enable_|custom_)?profil\w+|(?:enable_)?logging\w*"),
    "postgres": re.compile(r"debug_print_\w+|auto_explain\W.*|log_\w+_stats|trace_\w+"),
}
"""Settings of a session after which an engine tells how it runs what follows."""
_READING_SETTINGS = {
    **dict.fromkeys(
        MYSQL_FAMILY, re.compile(r"(?:@@\w*\.?)?(?:sql_mode|character_set_(?:client|connection))")
    ),
    **dict.fromkeys(("tsql", "fabric"), re.compile(r"quoted_identifier|ansi_defaults")),
    "postgres": re.compile(r"standard_conforming_strings|backslash_quote|client_encoding"),
    "redshift": re.compile(r"enable_case_sensitive_identifier"),
    "snowflake": re.compile(r"quoted_identifiers_ignore_case"),
    **dict.fromkeys(
        ("spark", "databricks"),
        re.compile(
            r"spark\.sql\.(?:casesensitive|(?:parser|variable|legacy\.setopsprecedence)\..*"
            r"|ansi\.(?:doublequotedidentifiers|enforcereservedkeywords))"
        ),
    ),
    "hive": re.compile(r"hive\.(?:support|variable|exec\.(?:pre|post|failure))\..*"),
}
"""Settings of a session after which an engine reads the same text otherwise."""
_READS_AS_EVER = {
    **dict.fromkeys(
        (*MYSQL_FAMILY, "tsql", "fabric", "postgres"),
        re.compile(
            r"on|true|1|utf-?8(?:mb[34])?|unicode|latin1|ascii|binary|default|safe_encoding"
            r"|(?:strict_(?:trans|all)_tables|no_zero_(?:in_)?date|error_for_division_by_zero"
            r"|no_engine_substitution|only_full_group_by|no_auto_value_on_zero|,|\s)*"
        ),
    ),
    **dict.fromkeys(
        ("redshift", "snowflake", "spark", "databricks", "hive"), re.compile(r"off|false|default")
    ),
}
"""Values of these after which it does not."""
_BESIDE_READING = {
    "duckdb": re.compile(
        r"(?:worker_)?threads|memory_limit|max_memory|timezone|preserve_insertion_order"
        r"|enable_progress_bar(?:_print)?|progress_bar_time|default_(?:null_)?order|errors_as_json"
    ),
    "postgres": re.compile(
        r"timezone|statement_timeout|lock_timeout|work_mem|application_name|extra_float_digits"
        r"|datestyle|intervalstyle"
    ),
}
"""Settings after which names mean the same tables and columns as before."""
_COMPARING_IN_TSQL = {
    "ansi_nulls": "on",
    "concat_null_yields_null": "on",
    "dateformat": "mdy|ymd",
    "language": "us_english|english",
}
_COMPARING_SETTINGS: dict[str, dict[str, str]] = {
    "duckdb": {
        "default_collation": "binary",
        "integer_division": "false",
        "old_implicit_casting": "false",
        "ieee_floating_point_ops": "true",
        "scalar_subquery_error_on_multiple_rows": "true",
    },
    "postgres": {"transform_null_equals": "off|false|no|0"},
    "tsql": _COMPARING_IN_TSQL,
    "fabric": _COMPARING_IN_TSQL,
    **{dialect: {"sql_auto_is_null": "off|false|0"} for dialect in MYSQL_FAMILY},
    "clickhouse": {"transform_null_in": "false|0"},
}
"""Settings after which values are compared otherwise, so that a row filter leaves other rows, and
their values after which it does not: `region = NULL` is true where ANSI_NULLS is off."""
_OF_SESSION = re.compile(r"@@(?:session\.|local\.)?")
_WHERE_NAMES_ARE = frozenset({"schema", "search_path"})


def may_stand_beside(setting: str, dialect: str) -> bool:
    """Whether statements read the same whatever a setting says, by its name in lower case."""
    safe = _BESIDE_READING.get(dialect)
    return safe is not None and safe.fullmatch(setting) is not None


def changes_nothing_read(tree: exp.Expr, dialect: str, place: Place) -> bool:
    """Whether a SET or a USE may stand beside statements, which read the same with it and without:
    names are looked up in `place` as before."""
    if dialect not in _BESIDE_READING:
        return False
    if isinstance(tree, exp.Use):
        return dialect == "duckdb" and _is_place(tree.this, place) and not tree.args.get("kind")
    return isinstance(tree, exp.Set) and all(
        may_stand_beside(name, dialect)
        or (name in _WHERE_NAMES_ARE and _is_place(item.this.expression, place))
        for item in tree.expressions
        for name in (named(item.this),)
    )


def _is_place(given: object, place: Place) -> bool:
    """Whether what USE or a setting names is the schema in which names are looked up anyway."""
    if isinstance(given, exp.Table | exp.Column):
        parts = tuple(part.name.lower() for part in given.parts)
    elif isinstance(given, exp.Literal) and given.is_string:
        parts = tuple(given.name.lower().split("."))
    else:
        return False
    schema, database = (place.schema or "").lower(), (place.database or "").lower()
    return schema != "" and parts in ((schema,), (database, schema))


def doubts_of_settings(tree: exp.Expr, dialect: str) -> Iterator[str]:
    """What speaks against a SET, in sentences."""
    telling, reading = _TELLING_SETTINGS.get(dialect), _READING_SETTINGS.get(dialect)
    for item in tree.expressions:
        name, kind = named(item.this), str(item.args.get("kind") or "").upper()
        if telling is not None and telling.fullmatch(name):
            yield f"After {name} the engine tells of rows that are not in the answer."
        if kind in ("NAMES", "CHARACTER SET"):
            name, is_read, value = kind, dialect in MYSQL_FAMILY, item.name
        else:
            is_read = reading is not None and reading.fullmatch(name) is not None
            given = item.this.expression if isinstance(item.this, exp.EQ) else exp.Null()
            value = str(given.this) if isinstance(given, exp.Boolean) else given.name
        if is_read and not _READS_AS_EVER[dialect].fullmatch(value.lower()):
            yield f"After {name} the engine reads statements otherwise."
        if kind in ("GLOBAL", "PERSIST"):
            yield f"{name} is set for everybody."


def moving_filters(tree: exp.Expr, dialect: str) -> str:
    """The setting in a statement after which row filters leave other rows; empty where none is."""
    known = _COMPARING_SETTINGS.get(dialect, {})
    given = [item.this for node in tree.find_all(exp.Set) for item in node.expressions]
    if dialect == "clickhouse":
        given += [one for node in tree.walk() for one in node.args.get("settings") or ()]
    for one in given:
        name, value = _OF_SESSION.sub("", named(one)), ""
        if isinstance(one, exp.EQ):
            value = one.expression.name or one.expression.sql()
        if name in known and not re.fullmatch(f"{known[name]}|default", value.lower()):
            return name
        if dialect == "duckdb" and name in _WHERE_NAMES_ARE and "," in value:
            return name  # what a filter reads may be found in another place
    return ""


def named(given: exp.Expr | None) -> str:
    """The name of a setting, in lower case and without quotes."""
    name = given.this if isinstance(given, exp.EQ) else given
    return re.sub(r'["`\[\]]', "", name.sql().lower()) if isinstance(name, exp.Expr) else ""
