"""Which dialect a text is written in, where nothing else says so: by trying."""

from __future__ import annotations

import re

from sqlglot import exp

from lineage.sql.commands.reading import PARSED, SPECIAL
from lineage.sql.dialects import rules_of
from lineage.sql.parsing.parse import parse
from lineage.sql.splitting.split import split

_DIGITS = r"\b(?:AS|FROM|JOIN|WITH)\s+\d+_?[A-Za-z]|"
"""A name that begins with a digit, ``AS 30_days``, ``FROM 2_orders``."""
_MARKS: tuple[tuple[str, str], ...] = (
    ("clickhouse", r"\bPREWHERE\b|\bFINAL\b|dictGet|\bSETTINGS\b|\bARRAY\s+JOIN\b|\bENGINE\s*="),
    ("bigquery", r"`[\w-]+\.[\w-]+|\bSTRUCT\s*<|_TABLE_SUFFIX|_PARTITIONTIME|\bSAFE_CAST\b|@@"),
    (
        "tsql",
        r"\[\w[^\]]*\]\s*[.,\s]|\bTOP\s+\(?\d|#\w+|\bNOLOCK\b|\bGETDATE\b|\bCROSS\s+APPLY\b|N'",
    ),
    ("oracle", r"\bCONNECT\s+BY\b|\bROWNUM\b|\(\+\)|\bSYSDATE\b|\bNVL\s*\(|\bDUAL\b"),
    (
        "hive",
        _DIGITS + r"\bLATERAL\s+VIEW|\bINSERT\s+OVERWRITE|\bDISTRIBUTE\s+BY\b|\bSTORED\s+AS\b",
    ),
    (
        "spark",
        _DIGITS + r"\bLATERAL\s+VIEW\b|\bUSING\s+(?:DELTA|PARQUET)\b|\bCACHE\s+TABLE\b",
    ),
    ("snowflake", r"\bFLATTEN\s*\(|\w:\w+|\bIFF\s*\(|@\w+|\bQUALIFY\b|\bVARIANT\b|\$\d|\bCLONE\b"),
    ("redshift", r"\bDISTKEY\b|\bSORTKEY\b|\bUNLOAD\b|\bIAM_ROLE\b"),
    ("teradata", r"\bSEL\b|\bVOLATILE\b|\bMULTISET\b|\bPRIMARY\s+INDEX\b"),
    ("duckdb", r"\bread_(?:csv|parquet)|\bPIVOT\s+\w+\s+ON\b|\bEXCLUDE\b|\bFROM\s+'"),
    ("postgres", r"::\w+|->>|\bILIKE\b|\bRETURNING\b|\bON\s+CONFLICT\b|\$\$"),
    ("trino", r"\bUNNEST\s*\(|\bTRY_CAST\b|\bWITH\s+ORDINALITY\b|\bAPPROX_DISTINCT\b"),
    ("mysql", r"`\w+`|\bON\s+DUPLICATE\s+KEY\b|\bSTRAIGHT_JOIN\b|\bLIMIT\s+\d+\s*,|\s#\s"),
    ("sqlite", r"\bINSERT\s+OR\s+REPLACE\b|\bGLOB\b|\bAUTOINCREMENT\b"),
)
_COMPILED = tuple((name, re.compile(marks, re.IGNORECASE)) for name, marks in _MARKS)
_QUOTED_NAME = re.compile(r"\b(?:FROM|JOIN|INTO|TABLE)\s+\"|\"\s*\.\s*\"|\w\.\"", re.IGNORECASE)
_QUOTES_TEXTS = frozenset({"bigquery", "hive", "spark", "mysql"})
"""Where double quotes stand around a text, never around a name."""
_TRIED = 5
_ENOUGH = 20
"""Statements of a script that are looked at."""


def detect_dialect(sql: str) -> str:
    """The dialect in which the text parses best; the more of its own marks it has, the sooner.

    Empty for standard SQL. A guess: who knows the connection knows better.
    """
    counted = {name: len(marks.findall(sql)) for name, marks in _COMPILED}
    if _QUOTED_NAME.search(sql):
        counted = {name: n for name, n in counted.items() if name not in _QUOTES_TEXTS}
    ranked = sorted((name for name in counted if counted[name]), key=lambda name: -counted[name])[
        :_TRIED
    ]
    best, best_score = "", _score(sql, "")
    for name in ranked:
        score = _score(sql, name)
        if score > best_score or (score == best_score and best == ""):
            best, best_score = name, score
    return best


def _score(sql: str, dialect: str) -> float:
    """The share of statements that the dialect's grammar understands."""
    rules = rules_of(dialect or None)
    texts = split(sql, rules)[:_ENOUGH]
    if not texts:
        return 0.0
    understood = 0
    for text in texts:
        tree, _ = parse(text, rules)
        first = text.split(None, 1)[0].upper()
        understood += isinstance(tree, exp.Expr) or (first in SPECIAL - PARSED)
    return understood / len(texts)
