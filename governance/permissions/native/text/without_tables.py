"""Statements that read no table, by their text: lists of names, what tends a database, a session or
a variable, and what runs a statement that was looked at before.
"""

from __future__ import annotations

import re

from governance.permissions.native.text.connecting import is_of_connection
from governance.permissions.native.text.settings import may_stand_beside
from governance.permissions.native.text.wrapped import (
    DECLARED,
    LISTING_DIALECTS,
    NAME,
    SHOWN_LISTS,
    TSQL,
    bare,
    folded,
)

_TYPE = (
    r"(?!ENUM\b)(?:(?!\b(?:SELECT|FROM|WITH|VALUES|PIVOT|UNPIVOT|TABLE|DESCRIBE|SHOW|SUMMARIZE)\b)"
    r'[\w\s",()\[\]])+'
)
"""A type that is made of others, without a query."""
_UPKEEP = re.compile(
    rf"\s*(?:CHECKPOINT|ANALYZE|RESET\s+VARIABLE\s+{NAME}|VACUUM(?:\s+ANALYZE)?|DEALLOCATE\s+(?:PREPARE\s+)?{NAME}"
    r"|PRAGMA\s+(?:version|platform|user_agent|(?:en|dis)able_(?:progress_bar|object_cache)"
    r"|(?:threads|memory_limit|max_memory|default_order|default_null_order)\s*=\s*[\w' ]+)"
    r"|CALL\s+pragma_(?:version|platform|user_agent)\(\)"
    r"|(?:INSTALL|LOAD)\s+(?:autocomplete|excel|fts|httpfs|icu|inet|json|parquet|spatial|tpcds|tpch|vss)"
    rf"|ATTACH\s+(?:DATABASE\s+)?(?:IF\s+NOT\s+EXISTS\s+)?':memory:'\s+AS\s+{NAME}"
    rf"|DETACH\s+(?:DATABASE\s+)?(?:IF\s+EXISTS\s+)?{NAME}"
    rf"|CREATE\s+(?:TEMP(?:ORARY)?\s+)?TYPE\s+{NAME}\s+AS\s+{_TYPE}"
    rf"|CREATE\s+TYPE\s+{NAME}\s+AS\s+ENUM\s*\(\s*'(?:[^'\\]|'')*'(?:\s*,\s*'(?:[^'\\]|'')*')*\s*\))"
    r"\s*(?:;\s*)?",
    re.IGNORECASE,
)
_UPKEEP_OF_ONE = re.compile(
    rf"\s*(?:VACUUM\s+)?(?:ANALYZE|VACUUM)\s+(?!VERBOSE\b){NAME}(?:\.{NAME}){{0,2}}(?:\s*\([^()]*\))?\s*(?:;\s*)?",
    re.IGNORECASE,
)
_CONSTANT = r"(?:-?\d+(?:\.\d+)?|'(?:[^'\\]|'')*'|NULL|TRUE|FALSE)"
_GIVEN = rf"(?:{NAME}\s*:=\s*)?{_CONSTANT}"
_EXECUTE = re.compile(
    rf"\s*EXECUTE\s+(?P<name>{NAME})\s*"
    rf"(?:\(\s*(?:{_GIVEN}\s*(?:,\s*{_GIVEN}\s*)*)?\)\s*)?;?\s*",
    re.IGNORECASE,
)
_ONE_OF_THEM = rf"{DECLARED}(?:\s*=\s*{_CONSTANT})?"
_DECLARE = re.compile(
    rf"\s*DECLARE\s+{_ONE_OF_THEM}(?:\s*,\s*{_ONE_OF_THEM})*\s*(?:;\s*)?", re.IGNORECASE
)
_RESET = re.compile(r"\s*RESET\s+([A-Za-z_]\w*)\s*(?:;\s*)?", re.IGNORECASE)
_UPKEEP_DIALECTS = frozenset({"duckdb", "postgres"})


def shows_names(sql: str, dialect: str) -> bool:
    """Whether a statement lists the names of tables and nothing else."""
    return dialect in LISTING_DIALECTS and SHOWN_LISTS.fullmatch(bare(sql, dialect)) is not None


def is_sent_by_clients(sql: str, dialect: str) -> bool:
    """Whether a statement is one that drivers and tools send beside their questions."""
    return is_of_connection(bare(sql, dialect), dialect)


def is_upkeep(sql: str, dialect: str) -> bool:
    """Whether a statement tends the whole database and answers nothing."""
    return dialect in _UPKEEP_DIALECTS and _UPKEEP.fullmatch(bare(sql, dialect)) is not None


def is_upkeep_of_one(sql: str, dialect: str) -> bool:
    """The same of one table, whose name is known to be there by its success."""
    return dialect in _UPKEEP_DIALECTS and _UPKEEP_OF_ONE.fullmatch(bare(sql, dialect)) is not None


def executed(sql: str, dialect: str) -> str:
    """What an EXECUTE with constants runs, as `Wrapped.kept_as` has it; empty for all else."""
    found = _EXECUTE.fullmatch(bare(sql, dialect)) if dialect in _UPKEEP_DIALECTS else None
    return folded(found["name"]) if found else ""


def declares(sql: str, dialect: str) -> bool:
    """Whether a statement makes variables of T-SQL for single values, empty or with a constant."""
    return dialect in TSQL and _DECLARE.fullmatch(bare(sql, dialect)) is not None


def is_reset(sql: str, dialect: str, *, is_alone: bool) -> bool:
    """Whether a statement gives a setting of the session its default, after which the statements
    beside it read the same."""
    found = _RESET.fullmatch(bare(sql, dialect)) if dialect in _UPKEEP_DIALECTS else None
    return found is not None and (is_alone or may_stand_beside(found[1].lower(), dialect))
