"""Words of queries: where rows come from, how they are joined, ordered and told."""

from __future__ import annotations

QUERIES = (
    # StarRocks: WITH LABEL.
    r"\b(WITH\s+LABEL\s+\w+)\b",
    # Oracle: a join that fills gaps in partitions.
    r"\bJOIN\s+[\w.]+(?:\s+(?!PARTITION\b)\w+)?\s+(PARTITION\s+BY\s*\([^()]*\))",
    # Oracle: versions of rows.
    r"\b(VERSIONS\s+BETWEEN\s+(?:SCN|TIMESTAMP)\s.{1,200}?\sAND\s+(?:MAXVALUE|[\w.:]+(?:\([^()]*\))?))",
    # T-SQL: CHANGETABLE(CHANGES t, ...), which reads a table.
    r"\b(CHANGETABLE\s*\(\s*(?:CHANGES|VERSION)\s)\s*[\w.\[\]\"]+\s*(,(?:[^()]|\([^()]*\))*\))",
    # ClickHouse: LIMIT after LIMIT ... BY.
    r"\bLIMIT\s{1,100}\d[\d,\s]{0,100}(?:OFFSET\s{1,100}\d+\s{1,100})?BY\s"
    r"(?:[^;()]|\([^()]*\)){0,2000}?\b(LIMIT\s{1,100}\d+(?:\s{0,100}(?:,|OFFSET)\s{0,100}\d+)?)",
    # Materialize, Flink: WATERMARK ... DELAY OF.
    r"\b(WATERMARK\s+(?=\S)[^;]{1,200}?\s{1,20}DELAY\s+OF\s+INTERVAL\s+(?:'[^']*'|\d+)"
    r"(?:\s*(?:SECOND|MINUTE|HOUR|DAY|WEEK)S?\b)?)",
    # Teradata: LOCKING ROW FOR ACCESS.
    r"\b(LOCK(?:ING)?\s+(?:(?:TABLE|ROW|DATABASE|VIEW)\s+)?(?:[\w.]+\s+)?(?:FOR|IN)\s+"
    r"(?:ACCESS|READ|WRITE|EXCLUSIVE)(?:\s+NOWAIT)?)\b",
    # Teradata: EXPAND ON.
    r"\b(EXPAND\s+ON\s+[\w.]+(?:\s+AS\s+\w+)?(?:\s+BY\s+[^()]*)?)\s*$",
    # Oracle: PIVOT XML.
    r"\bPIVOT\s+(XML)(?=\s*\()",
    # Teradata: RANDOMIZED ALLOCATION.
    r"\b(RANDOMIZED\s+ALLOCATION)\b",
    # StarRocks, Doris, Impala: how to join.
    r"(\[\s*(?:BROADCAST|(?:NO)?SHUFFLE)\s*\])",
    # MySQL: STRAIGHT_JOIN.
    r"\bSELECT\s+(?:/\*[^*]*\*/\s*)?(STRAIGHT_JOIN)\b",
    # Teradata: NORMALIZE ON MEETS.
    r"\b(NORMALIZE(?:\s+ON\s+(?:MEETS|OVERLAPS)(?:\s+OR\s+(?:MEETS|OVERLAPS))?)?)(?=\s)",
    # Snowflake, Oracle: how a table is handed to a function.
    r"\bTABLE\s*\(\s*[\w.\"]+\s*\)\s*((?:(?:PARTITION|ORDER)\s+BY\s+"
    r"(?:\([^()]*\)|[\w.]+(?:\s+(?!(?:PARTITION|ORDER)\s)[\w.]+)*)\s*)++)(?=[,)])",
    # Snowflake: CHANGES(INFORMATION => ...).
    r"\b(CHANGES\s*\(\s*INFORMATION\s*=>\s*\w+\s*\)"
    r"(?:\s*(?:AT|BEFORE|END)\s*\((?:[^()]|\([^()]*\))*\))*)",
    # Oracle: PARTITION FOR.
    r"\b((?:SUB)?PARTITION\s+FOR\s*\((?:[^()]|\([^()]*\))*\))",
    # ksqlDB, RisingWave: when results are told.
    r"\b(EMIT\s+(?:CHANGES|FINAL|ON\s+WINDOW\s+CLOSE))\s*$",
    # ksqlDB: windows.
    r"\b(WINDOW\s+(?:TUMBLING|HOPPING|SESSION)\s*\([^()]*\))",
    # Firebird, Informix: FIRST, SKIP.
    r"\bSELECT\s+((?:(?:FIRST|SKIP)\s+\d+\s+)+)",
    # HANA and others that read as the standard: TOP.
    r"\bSELECT\s+(?:(?:DISTINCT|ALL)\s+)?(TOP\s+\d+)(?=\s+[\w*\"])",
    # Exasol: PREFERRING.
    r"\b(PREFERRING\s+.*)$",
    # Vertica: OVER (PARTITION BEST).
    r"\(\s*(PARTITION\s+(?:BEST|NODES|AUTO))\b",
    # T-SQL: OPENROWSET(BULK ...).
    r"\bOPENROWSET\s*\(\s*(BULK)\b(?:(?:[^()]|\([^()]*\))*\)"
    r"\s*(WITH\s*\((?:[^()]|\([^()]*\))*\)))?",
    # T-SQL: OPTION (...).
    r"\b(OPTION\s*\((?:[^()]|\([^()]*\))*\))\s*(?:;\s*)?$",
    # T-SQL: WITH (INDEX = ...).
    r"\b(WITH\s*\((?:[\w\s,]|\([^()]*\))*\bINDEX\s*=(?:[^()]|\([^()]*\))*\))",
    # T-SQL: columns of OPENXML.
    r"\bOPENXML\s*\([^()]*\)\s*(WITH\s*(?:\((?:[^()]|\([^()]*\))*\)|\w+))",
    # Rows that are locked.
    r"\b(FOR\s+UPDATE(?:\s+OF\s+[\w.]+(?:\s*,\s*[\w.]+)*)?)\s*(?:;\s*)?$",
    # ClickHouse: ANY OUTER JOIN.
    r"\b(?:ANY|ALL|SEMI|ANTI|ASOF)\s+(OUTER)\s+JOIN\b",
    # Teradata, Impala: NULLAWARE ANTI JOIN.
    r"\b(NULLAWARE)\s+(?=ANTI\b)",
    # SEMIALL JOIN.
    r"\bSEMI(ALL)\s+JOIN\b",
    # MySQL: GROUP BY a DESC.
    r"\s((?:ASC|DESC)\b)(?=\s*(?:,|WITH\s+ROLLUP|HAVING\b|ORDER\b|LIMIT\b|$))",
    # ClickHouse: SETTINGS.
    r"\b(SETTINGS\s+\w+\s*=\s*[\w.']+(?:\s*,\s*\w+\s*=\s*[\w.']+)*)\s*(?:;\s*)?$",
    # ClickHouse: INTERPOLATE.
    r"(\bINTERPOLATE\b(?:\s*\((?:[^()]|\([^()]*\))*\))?)",
    # Hive: a sample of so many bytes.
    r"(\bTABLESAMPLE\s*\(\s*\d+\s*[BKMG]\s*\))",
    # PostgreSQL: ORDER BY a USING >.
    r"\b(USING\s+(?:OPERATOR\s*\([^()]*\)|[<>]=?)(?=\s*(?:,|NULLS\b|LIMIT\b|;|$)))",
    # Flink: how long a pattern may take.
    r"(?<=\))\s*\b(WITHIN\s+INTERVAL\s+'[^']{0,40}'\s*\w+(?:\s+TO\s+\w+)?)"
    r"(?=\s+(?:DEFINE|SUBSET)\b)",
    # Athena: USING EXTERNAL FUNCTION.
    r"^\s*(USING\s+EXTERNAL\s+FUNCTION\b.*?'[^']*'\s*)(?=(?:SELECT|WITH)\b)",
)
