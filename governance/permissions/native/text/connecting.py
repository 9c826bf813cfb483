"""What drivers and tools send beside their questions: transactions, settings after which nothing
is read otherwise, and what the engine says of itself. Nothing of it touches a table.

Left out is whatever could tell of rows that are not in an answer (warnings, counts of what was
read), be read otherwise afterwards, or change which rows a filter leaves (collations).
"""

from __future__ import annotations

import re

from lineage.sql.dialects import MYSQL_FAMILY

_NAME = r'(?:"(?:[^"]|"")+"|`[^`]+`|\[[^\]]+\]|[A-Za-z_]\w*)'
_TEXT = r"'(?:[^'\\]|'')*'"
_LEVEL = r"ISOLATION\s+LEVEL\s+(?:READ\s+(?:UN)?COMMITTED|REPEATABLE\s+READ|SERIALIZABLE|SNAPSHOT)"
_MODE = rf"(?:READ\s+(?:ONLY|WRITE)|{_LEVEL}|(?:NOT\s+)?DEFERRABLE)"
_TRANSACTIONS = (
    rf"BEGIN(?:\s+(?:WORK|TRAN(?:SACTION)?))?(?:\s+{_MODE}(?:\s*,?\s*{_MODE})*)?"
    rf"|START\s+TRANSACTION(?:\s+{_MODE}(?:\s*,\s*{_MODE})*)?"
    r"|(?:COMMIT|ROLLBACK)(?:\s+(?:WORK|TRAN(?:SACTION)?))?|SAVE(?:POINT|\s+TRAN(?:SACTION)?)\s+@NAME"
    r"|RELEASE\s+(?:SAVEPOINT\s+)?@NAME|ROLLBACK\s+(?:WORK\s+)?TO\s+(?:SAVEPOINT\s+)?@NAME"
    rf"|SET\s+(?:SESSION\s+)?TRANSACTION\s+{_MODE}(?:\s*,\s*{_MODE})*"
    rf"|SET\s+SESSION\s+CHARACTERISTICS\s+AS\s+TRANSACTION\s+{_MODE}(?:\s*,\s*{_MODE})*"
).replace("@NAME", _NAME)
_ZONE = rf"SET\s+TIME\s+ZONE\s+(?:{_TEXT}|LOCAL|DEFAULT|[+-]?\d+)"
_SHOWN = (
    r"SHOW\s+(?:TRANSACTION\s+ISOLATION\s+LEVEL|TIME\s+ZONE|(?:transaction_isolation"
    r"|standard_conforming_strings|search_path|server_version(?:_num)?|server_encoding"
    r"|client_encoding|timezone|datestyle|intervalstyle|integer_datetimes|max_identifier_length"
    r"|default_transaction_(?:isolation|read_only)|transaction_read_only|in_hot_standby"
    r"|statement_timeout|lc_\w+|enable_case_sensitive_identifier))"
)
_CURSORS = rf"(?:FETCH|MOVE)\s+(?:[\w-]+\s+){{0,2}}(?:(?:FROM|IN)\s+)?{_NAME}|CLOSE\s+{_NAME}"
_OF_ORACLE = (
    r"ALTER\s+SESSION\s+SET(?:\s+(?:NLS_(?:DATE|TIMESTAMP|TIMESTAMP_TZ)_FORMAT|NLS_DATE_LANGUAGE"
    rf"|NLS_NUMERIC_CHARACTERS|NLS_LANGUAGE|NLS_TERRITORY|TIME_ZONE)\s*=\s*{_TEXT})+"
    rf"|SELECT\s+SYS_CONTEXT\s*\(\s*'USERENV'\s*,\s*{_TEXT}\s*\)(?:\s+(?:AS\s+)?{_NAME})?\s+FROM\s+DUAL"
)
_OF_MYSQL = (
    rf"SHOW\s+(?:(?:SESSION|GLOBAL)\s+)?VARIABLES(?:\s+LIKE\s+{_TEXT})?"
    rf"|SHOW\s+(?:(?:SESSION|GLOBAL)\s+)?VARIABLES\s+WHERE\s+`?Variable_name`?\s*(?:=\s*{_TEXT}"
    rf"|IN\s*\(\s*{_TEXT}(?:\s*,\s*{_TEXT})*\s*\))(?:\s+OR\s+`?Variable_name`?\s*=\s*{_TEXT})*"
    rf"|SHOW\s+(?:COLLATION|CHARACTER\s+SET|CHARSET|ENGINES|PLUGINS)(?:\s+LIKE\s+{_TEXT})?"
    r"|START\s+TRANSACTION\s+WITH\s+CONSISTENT\s+SNAPSHOT(?:\s*,\s*READ\s+(?:ONLY|WRITE))?"
)
_SAID = {
    **dict.fromkeys(
        ("postgres", "redshift"),
        rf"{_ZONE}|{_SHOWN}|{_CURSORS}|DISCARD\s+(?:ALL|PLANS|SEQUENCES|TEMP)|ABORT"
        rf"|DEALLOCATE\s+(?:PREPARE\s+)?{_NAME}|UNLISTEN\s+\*",
    ),
    **dict.fromkeys(("spark", "databricks"), _ZONE),
    "trino": rf"{_ZONE}|SHOW\s+(?:SESSION|FUNCTIONS)(?:\s+LIKE\s+{_TEXT})?",
    "oracle": _OF_ORACLE,
    "snowflake": rf"SHOW\s+PARAMETERS(?:\s+LIKE\s+{_TEXT})?(?:\s+IN\s+(?:SESSION|ACCOUNT))?",
    **dict.fromkeys(
        ("tsql", "fabric"),
        r"IF\s+@@TRANCOUNT\s*>\s*0\s+(?:COMMIT|ROLLBACK)(?:\s+(?:WORK|TRAN(?:SACTION)?))?",
    ),
    **dict.fromkeys(MYSQL_FAMILY, _OF_MYSQL),
}
_SAFE = {
    dialect: re.compile(rf"\s*(?:{_TRANSACTIONS}|{said})\s*(?:;\s*)?", re.IGNORECASE)
    for dialect, said in _SAID.items()
}
_ANY = re.compile(rf"\s*(?:{_TRANSACTIONS})\s*(?:;\s*)?", re.IGNORECASE)


def is_of_connection(plain: str, dialect: str) -> bool:
    """Whether a text without comments is nothing but such a statement."""
    return _SAFE.get(dialect, _ANY).fullmatch(plain) is not None
