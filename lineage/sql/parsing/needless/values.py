"""Words within expressions: calls, casts, texts, JSON."""

from __future__ import annotations

VALUES = (
    # Teradata, MySQL: how a text is written.
    r"\b(CHARACTER\s+SET\s+\w+(?:\s+(?:NOT\s+)?CASESPECIFIC)?)",
    # Teradata: (DATE, FORMAT 'YYYY').
    r"(\(\s*(?:[A-Z]+(?:\s*\([\d,\s]*\))?\s*,\s*)?(?:FORMAT|TITLE)\s+'[^']*'\s*\))",
    # MySQL: DEFAULT(column).
    r"=\s*DEFAULT\s*(\(\s*[\w.`]+\s*\))",
    # PostgreSQL, Db2: XMLPARSE(CONTENT ...).
    r"\bXML(?:SERIALIZE|PARSE)\s*\(\s*(CONTENT|DOCUMENT)\b",
    # Teradata, Db2: times of a zone.
    r"\b(AT\s+LOCAL)\b|(?<=[\w)])\s+(AT\s+'[^']*')",
    # T-SQL: PARSE(... USING culture).
    r"\bPARSE\s*\([^;]{0,300}?\b(USING\s+'[^']*')(?=\s*\))",
    # Oracle: IS OF TYPE.
    r"\b(IS\s+(?:NOT\s+)?OF\s+(?:TYPE\s+)?\([^()]*\))",
    # T-SQL: a collation after ESCAPE.
    r"\bESCAPE\s+'[^']*'\s+(COLLATE\s+\w+)",
    # Db2: RETURNING CONTENT.
    r"\b(RETURNING\s+CONTENT(?:\s+NULL\s+ON\s+EMPTY)?)",
    # T-SQL: the language of a search for words.
    r"(,\s*LANGUAGE\s+(?:N?'[^']*'|\d+))(?=\s*[,)])",
    # Oracle: NULL ON NULL in JSON.
    r"\b((?:ABSENT|NULL)\s+ON\s+NULL)\b",
    # JSON: what stands where nothing is.
    r"\b((?:DEFAULT\s+(?:'[^']*'|[\w.+-]+)|NULL|ERROR|TRUE|FALSE|EMPTY(?:\s+(?:ARRAY|OBJECT))?)"
    r"\s+ON\s+(?:EMPTY|ERROR))\b",
    # JSON: WITH WRAPPER.
    r"\b(WITH(?:OUT)?\s+(?:(?:UN)?CONDITIONAL\s+)?(?:ARRAY\s+)?WRAPPER)\b",
    # JSON: KEEP QUOTES.
    r"\b((?:KEEP|OMIT)\s+QUOTES(?:\s+ON\s+SCALAR\s+STRING)?)\b",
    # Oracle, Trino: EXISTS PATH in JSON.
    r"\b(EXISTS)\s+PATH\b",
    # Vertica: USING PARAMETERS.
    r"(\bUSING\s+PARAMETERS\b(?:[^()]|\([^()]{0,200}\)){0,500})(?=\))",
    # PostgreSQL: arrays of identifiers of objects, ::oid[].
    r"(?:::|\bAS)\s*(?:oid|reg\w{1,15})\s*((?:\[\d*\]\s*){1,3})",
    # Redshift, Databricks: ::! of a cast.
    r"::(!)",
    # Snowflake: a path after another in quotes.
    r"(?<![:\w'\"\])])(:)(?=['\"])",
    # Digits of an interval.
    r"\bINTERVAL\s+(?:YEAR|DAY)(\s*\(\d+\))?\s+TO\s+(?:MONTH|SECOND)(\s*\(\d+\))?",
)
