"""Words of changes: INSERT, UPDATE, DELETE, MERGE, COPY."""

from __future__ import annotations

CHANGES = (
    # Oracle: LOG ERRORS INTO.
    r"\b(LOG\s+ERRORS\b.*)$",
    # Oracle: which rows a MERGE deletes, read apart.
    r"\b(DELETE\s+WHERE\b.*?)(?=\bWHEN\b|$)",
    # SQLite: UPDATE OR IGNORE.
    r"^\s*UPDATE\s+(OR\s+(?:IGNORE|REPLACE|ABORT|FAIL|ROLLBACK))\b",
    # Databricks: a schema that may grow.
    r"^\s*INSERT\s+(WITH\s+SCHEMA\s+EVOLUTION)\b",
    # Databricks: INSERT ... REPLACE ON.
    r"^\s*INSERT\s+(?:INTO|OVERWRITE)\s+[\w.`]+\s+"
    r"((?:WITH\s+SCHEMA\s+EVOLUTION\s+)?REPLACE\s+ON\b.*?)(?=\(\s*SELECT\b|\bSELECT\b|\bVALUES\b)",
    # T-SQL: columns of a COPY INTO.
    r"^\s*COPY\s+INTO\s+[\w.\[\]\"]+\s*(\((?:[^()]|\([^()]*\))*\))(?=\s*FROM\b)",
    # Rows that a cursor stands on.
    r"\b(WHERE\s+CURRENT\s+OF\s+\w+)\s*(?:;\s*)?$",
    # Databricks: OVERWRITE WHERE.
    r"\b(OVERWRITE\s+(?:ALL\b|WHERE\b[^;]{0,1000}?))\s*(?=\bSELECT\b|\bWITH\b)",
    # PostgreSQL: OVERRIDING SYSTEM VALUE.
    r"\b(OVERRIDING\s+(?:SYSTEM|USER)\s+VALUE)\b",
    # T-SQL: hints of an INSERT.
    r"^\s*INSERT\s+(?:INTO\s+)?(?:\[[^\]]*\]|[\w#@.\"])+\s*(?:\([^()]*\)\s*)?(WITH\s*\([^()]*\))",
    # Databricks: a schema that may grow.
    r"^\s*MERGE\s+(WITH\s+SCHEMA\s+EVOLUTION)\b",
    # BigQuery: LOAD DATA ... WITH PARTITION COLUMNS.
    r"\b(WITH\s+PARTITION\s+COLUMNS\s*(?:\((?:[^()]|\([^()]*\))*\))?)",
    # Hive: INSERT OVERWRITE ... IF NOT EXISTS.
    r"\b(?:PARTITION\s*\([^()]*\)|OVERWRITE\s+TABLE\s+[\w.`]+)\s*(IF\s+NOT\s+EXISTS)\b",
    # Snowflake: names of file formats.
    r"\b(FILE_FORMAT\s*=\s*[\w\"]+(?:\.[\w\"]+)+)",
    # Spark: what files of a directory are.
    r"\bDIRECTORY\s+'[^']*'\s+(USING\s+\w+(?:\s+OPTIONS\s*\([^()]*\))?)",
    # Db2, MariaDB: the time that a change is for.
    r"\b(FOR\s+PORTION\s+OF\s+\w+\s+FROM\s+\S.{0,300}?\sTO\s+(?:'[^']*'|\S+))",
    # DuckDB: BY POSITION.
    r"\bINSERT\s+INTO\s+[\w.\"]+\s+(?:\([^()]*\)\s*)?(BY\s+POSITION)\b",
    # PostgreSQL: options of COPY ... FROM STDIN.
    r"^\s*COPY\s[^;]*?\bFROM\s+STDIN\s+(\S.*)$",
    # UPDATE t AS SET.
    r"^\s*UPDATE\s+[\w.`]+\s+(AS)\s+(?=SET\s)",
    # Oracle: RETURNING ... INTO :variable.
    r"\b(RETURN(?:ING)?\s[^;]{0,1000}?\sINTO\s+:\w[\w:,\s]*)$",
)
