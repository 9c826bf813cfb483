"""Words of what is defined: tables, views, clones, streams."""

from __future__ import annotations

DEFINITIONS = (
    # Databricks: DEEP CLONE, SHALLOW CLONE.
    r"(?<=\bTABLE\b)[^;]{1,300}?\b((?:DEEP|SHALLOW)(?=\s+CLONE\b))",
    # BigQuery: as of when a clone is.
    r"\bCLONE\s+[\w.`-]+\s+(FOR\s+SYSTEM_TIME\s+AS\s+OF\b.*)$",
    # Databricks: properties and place of a clone.
    r"\bCLONE\s+[\w.`-]+\s+((?:(?:VERSION|TIMESTAMP)\s+AS\s+OF\s+(?:\d+|'[^']*')\s+)?"
    r"(?:TBLPROPERTIES|OPTIONS|LOCATION)\b.*)$",
    # Databricks: which version is cloned.
    r"\bCLONE\s+[\w.`]+\s+((?:VERSION|TIMESTAMP)\s+AS\s+OF\s+(?:\d+|'[^']*'))",
    # Fabric: as of when a clone is.
    r"\bAS\s+CLONE\s+OF\s+[\w.\[\]\"]+\s+(AT\s+'[^']*')",
    # BigQuery: CREATE SNAPSHOT TABLE.
    r"^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(SNAPSHOT)\s+TABLE\b",
    # Databricks: CREATE OR REFRESH.
    r"^\s*CREATE\s+(OR\s+REFRESH\s+(?:(?:PRIVATE|LIVE|STREAMING)\s+)*)(?:TABLE|MATERIALIZED|VIEW)\b",
    # PostgreSQL: CREATE FOREIGN TABLE.
    r"^\s*CREATE\s+(FOREIGN)\s+TABLE\b",
    # PostgreSQL: the server of a foreign table.
    r"\b(SERVER\s+\w+(?:\s+OPTIONS\s*\([^()]*\))?)\s*$",
    # Databricks: tables of pipelines.
    r"^\s*CREATE\s+(?:OR\s+REPLACE\s+|TEMPORARY\s+)?"
    r"((?:STREAMING|(?:(?:STREAMING|INCREMENTAL)\s+)?LIVE)\s+)(?:TABLE|VIEW)\b",
    # Teradata, PostgreSQL, Oracle, Db2: what ends a view or a table made of a query.
    r"\b(WITH\s+(?:NO\s+)?DATA|WITH\s+READ\s+ONLY|WITH\s+(?:UR|CS|RS|RR))\s*$",
    # Teradata: WITH DATA AND STATS.
    r"\bWITH\s+(?:NO\s+)?DATA\s+(AND\s+(?:NO\s+)?STAT(?:ISTIC)?S)\b",
    # PostgreSQL: ON COMMIT DROP.
    r"\b(ON\s+COMMIT\s+DROP)\b",
    # T-SQL: file groups.
    r"((?:\bON\s+\[\w+\]\s*)?\b(?:TEXTIMAGE|FILESTREAM)_ON\s+\[?\w+\]?)",
    # Views that changes may go through.
    r"\b(WITH\s+(?:(?:CASCADED|LOCAL)\s+)?CHECK\s+OPTION(?:\s+CONSTRAINT\s+\w+)?)\s*$",
    # Flink: WATERMARK FOR.
    r"(,\s*WATERMARK\s+FOR\s+[\w.`]+\s+AS\s+(?:[^(),]|\([^()]*\))*)",
    # Flink: METADATA VIRTUAL.
    r"\b(METADATA(?:\s+FROM\s+'[^']*')?(?:\s+VIRTUAL)?)(?=\s*[,)])",
    # Greenplum: how rows are spread.
    r"\b(DISTRIBUTED\s+(?:RANDOMLY|REPLICATED))\b",
    # Hive, Greenplum: how rows are spread.
    r"\b((?:PARTITIONED|CLUSTERED|DISTRIBUTED)\s+BY\s+[\w\s,()']{1,1000})$",
    # Netezza: how rows are spread.
    r"\b(DISTRIBUTE\s+ON\s+(?:RANDOM|HASH\s*\([^()]{0,500}\)|\([^()]{0,500}\))"
    r"(?:\s*ORGANIZE\s+ON\s+(?:NONE|\([^()]{0,500}\)))?)\s*(?:;\s*)?$",
    # Netezza: IF EXISTS behind the name.
    r"^\s*DROP\s+(?:TABLE|VIEW)\s+[\w.\"]+\s+(IF\s+EXISTS)\s*(?:;\s*)?$",
    # Greenplum: DROP EXTERNAL TABLE.
    r"^\s*DROP\s+(EXTERNAL(?:\s+WEB)?)\s+TABLE\b",
    # Greenplum: the form of an external table's files.
    r"^\s*CREATE\s+(?:(?:WRITABLE|READABLE)\s+)?EXTERNAL\s+(WEB\s+)?TABLE\b.*\bLOCATION\s*"
    r"\((?:[^()']|'[^']*')*\)\s*(FORMAT\s+'.*)$",
    # Flink: what LIKE takes over.
    r"\bLIKE\s+[\w.]+\s*(\((?:\s*(?:EXCLUDING|INCLUDING|OVERWRITING)\s+\w+)+\s*\))",
    # Vertica: how rows are spread.
    r"\b((?:UN)?SEGMENTED\s+(?:BY\b|ALL\s+NODES\b).*)$",
    # Vertica: whose privileges hold.
    r"\b((?:INCLUDE|EXCLUDE)\s+(?:SCHEMA\s+)?PRIVILEGES)\b",
    # Vertica: LIKE without projections.
    r"\bLIKE\s+[\w.\"]+\s+((?:INCLUDING|EXCLUDING|NO)\s+PROJECTIONS?)\b",
    # Greenplum: external tables that are written.
    r"^\s*CREATE\s+((?:WRITABLE|READABLE)\s+)EXTERNAL\b",
    # Comments of what is defined.
    r"\b(COMMENT\s+(?:IS\s+)?'[^']*')\s*(?:;\s*)?$",
    # Databricks: what a pipeline expects.
    r"((?:,\s*)?\bCONSTRAINT\s+\w+\s+EXPECT\s*\((?:[^()]|\([^()]*\))*\)"
    r"(?:\s+ON\s+VIOLATION\s+(?:FAIL\s+UPDATE|DROP\s+ROW))?)",
    # Snowflake: COPY GRANTS.
    r"\bCLONE\s+[\w.\"]+\s.{0,300}?\b((?:COPY\s+(?:GRANTS|TAGS)\s*)+)$",
    # Snowflake: READ ONLY TABLE.
    r"^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:(?:LOCAL|GLOBAL)\s+)?(?:(?:TEMP|TEMPORARY)\s+)?"
    r"(READ\s+ONLY)\s+TABLE\b",
    # Snowflake: JOIN POLICY.
    r"\b((?:WITH\s+)?JOIN\s+POLICY\s+[\w.\"]+(?:\s+ALLOWED\s+JOIN\s+KEYS\s*\([^()]*\))?)",
)
