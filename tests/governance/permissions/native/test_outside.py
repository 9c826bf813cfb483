"""What a statement reaches without naming it as a table: files, settings, names filled in late."""

# ruff: noqa: E501 - a statement is one line
from __future__ import annotations

import pytest

from governance.permissions.native import Asked, CheckAnswer, Verdict, check
from tests.governance.permissions.native.company import Company, decide

REACHING = """
postgres CREATE TABLE hr.z AS EXECUTE p
postgres CREATE TEMP TABLE z AS EXECUTE p(1) WITH NO DATA
postgres SELECT id OPERATOR(hr.===) 1 FROM teams
postgres SELECT id OPERATOR(hr.=) 1 FROM teams
postgres SET auto_explain.log_analyze = on
postgres SET debug_print_plan = on
duckdb COPY FROM DATABASE one TO other
duckdb COPY /* a */ FROM DATABASE one TO other
duckdb SET enable_profiling = 'json'
duckdb SET custom_profiling_settings = '{}'
mysql SET profiling = 1
mysql CREATE TABLE x (a INT) ENGINE=FEDERATED
mysql ALTER TABLE teams ENGINE=MERGE
tsql SET SHOWPLAN_ALL ON
tsql CREATE EXTERNAL TABLE hr.x (a INT) WITH (LOCATION = '/x', DATA_SOURCE = d)
trino CREATE TABLE hr.p (a int) WITH (external_location = 's3://x/employees')
hive CREATE EXTERNAL TABLE hr.x (a INT) LOCATION '/data/hr/employees'
hive CREATE TABLE hr.x STORED BY 'org.x.Jdbc' TBLPROPERTIES ('hive.sql.query' = 'SELECT * FROM employees')
spark CREATE TABLE hr.x USING parquet LOCATION '/data/hr/employees'
spark CREATE TABLE hr.x (a INT) USING csv OPTIONS (path '/data/hr/employees')
spark CREATE TEMPORARY VIEW x USING jdbc OPTIONS (dbtable 'hr.employees')
spark ALTER TABLE hr.teams SET LOCATION '/data/hr/employees'
spark ALTER TABLE hr.teams SET SERDEPROPERTIES ('path' = '/data/hr/employees')
spark CREATE TEMPORARY VIEW v USING parquet
spark CREATE TABLE hr.x USING com.example.Source
spark SELECT ${x} FROM hr.teams
databricks SELECT '${x}' FROM hr.teams
spark SELECT * FROM hr.${x}
snowflake CREATE EXTERNAL TABLE hr.x LOCATION = @stage FILE_FORMAT = (TYPE = PARQUET)
snowflake CREATE ICEBERG TABLE hr.x EXTERNAL_VOLUME = 'v' CATALOG = 'c' CATALOG_TABLE_NAME = 'employees'
snowflake CREATE ICEBERG TABLE hr.x EXTERNAL_VOLUME = 'v' CATALOG = 'delta' BASE_LOCATION = 'employees'
bigquery CREATE EXTERNAL TABLE hr.x OPTIONS (format = 'CSV', uris = ['gs://x'])
clickhouse CREATE TABLE hr.x (id Int8) ENGINE = Alias('hr', 'employees')
clickhouse CREATE TABLE hr.x (id Int8) ENGINE = ReplicatedMergeTree('/clickhouse/hr/employees', 'r9') ORDER BY id
clickhouse CREATE TABLE hr.x (id Int8) ENGINE = MergeTree ORDER BY id SETTINGS disk = disk(type = s3, endpoint = 'x')
clickhouse SELECT id FROM hr.employees SETTINGS additional_table_filters = {'hr.employees': 'salary > 100'}
clickhouse SELECT 1 FROM (SELECT id FROM hr.employees SETTINGS additional_result_filter = 'salary > 5')
clickhouse INSERT INTO hr.teams SETTINGS additional_table_filters = {'hr.employees': 'salary > 5'} SELECT id, 'a', id FROM hr.employees
clickhouse SELECT id FROM hr.teams SETTINGS additional_table_filters = {'hr.teams': 'id IN (SELECT salary FROM hr.employees)'}
clickhouse SELECT id FROM hr.teams SETTINGS parallel_replicas_custom_key = 'salary'
clickhouse SELECT count() FROM sales.orders SETTINGS max_rows_to_read = 2, read_overflow_mode = 'throw'
clickhouse SET additional_table_filters = {'hr.employees': 'salary > 100'}
clickhouse SET send_logs_level = 'trace'
clickhouse SELECT {c:Identifier} FROM hr.employees
clickhouse SELECT id FROM hr.employees ORDER BY {c:Identifier}
clickhouse SELECT id IN (hr.archive) FROM hr.teams
clickhouse SELECT id FROM hr.teams WHERE id NOT IN ((`hr`.`archive`))
"""
DENIED = """
bigquery CREATE TABLE hr.x LIKE hr.employees AS SELECT * FROM hr.employees
bigquery CREATE OR REPLACE TABLE hr.x LIKE hr.teams AS SELECT salary, 'a', id FROM hr.employees
bigquery DELETE hr.employees WHERE salary > 5
oracle DELETE hr.archive
snowflake CREATE TABLE hr.x USING TEMPLATE (SELECT ARRAY_AGG(OBJECT_CONSTRUCT(*)) FROM hr.employees)
postgres CREATE TABLE hr.e2 PARTITION OF hr.employees DEFAULT
postgres CREATE TABLE hr.e2 PARTITION OF sales.orders FOR VALUES IN ('us')
clickhouse WITH 1 AS employees SELECT salary FROM employees
clickhouse WITH (SELECT 1) AS employees SELECT max(salary) FROM employees
clickhouse WITH x -> 1 AS archive SELECT id FROM archive
"""
OPEN = """
postgres SELECT id OPERATOR(pg_catalog.+) 1 FROM teams
postgres SELECT id OPERATOR(<) 1 FROM teams
postgres CREATE TABLE hr.e2 PARTITION OF hr.teams DEFAULT
postgres SET client_min_messages = warning
duckdb SET threads = 2
mysql CREATE TABLE x (a INT) ENGINE=InnoDB
tsql SET NOCOUNT ON
trino CREATE TABLE hr.p (a int) WITH (format = 'ORC')
trino CREATE TABLE hr.p WITH (location = 's3://x/new') AS SELECT id FROM hr.teams
spark CREATE TABLE hr.x (a INT) USING delta TBLPROPERTIES ('delta.appendOnly' = 'true')
spark CREATE TABLE hr.x (a INT) STORED AS PARQUET
spark ALTER TABLE hr.teams SET TBLPROPERTIES ('comment' = 'b')
spark CREATE TABLE hr.x USING delta LOCATION '/new' AS SELECT id FROM hr.teams
snowflake CREATE ICEBERG TABLE hr.x (a INT) EXTERNAL_VOLUME = 'v' CATALOG = 'SNOWFLAKE' BASE_LOCATION = 'x'
snowflake CREATE TABLE hr.x USING TEMPLATE (SELECT ARRAY_AGG(OBJECT_CONSTRUCT('a', team)) FROM hr.teams)
bigquery CREATE TABLE hr.x LIKE hr.employees
bigquery CREATE TABLE hr.x LIKE hr.teams AS SELECT * FROM hr.teams
bigquery DELETE hr.teams WHERE id = 1
clickhouse CREATE TABLE hr.x (id Int8) ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 8192
clickhouse CREATE TABLE hr.x (id Int8) ENGINE = ReplicatedMergeTree ORDER BY id
clickhouse SELECT id FROM hr.teams WHERE id IN (1, 2) SETTINGS max_threads = 4, join_use_nulls = 1
clickhouse SELECT id FROM hr.teams WHERE id IN (SELECT 1)
clickhouse SET max_threads = 4
clickhouse WITH 5 AS x SELECT id FROM hr.teams WHERE id > x
clickhouse WITH t AS (SELECT id FROM hr.teams) SELECT id FROM t
"""


def statements(text: str) -> list[tuple[str, ...]]:
    """The dialects and statements of a list."""
    return [tuple(line.split(" ", 1)) for line in text.strip().splitlines()]


def verdict_on(sql: str, dialect: str) -> Verdict:
    """What the check says to Ann."""
    return check(Asked(sql, dialect, schema="hr"), Company(), decide)


@pytest.mark.parametrize(("dialect", "sql"), statements(REACHING))
def test_what_reaches_data_that_it_does_not_name_is_refused(dialect: str, sql: str) -> None:
    verdict = verdict_on(sql, dialect)

    assert verdict.answer is CheckAnswer.DENY, verdict.sql
    codes = {reason.code for reason in verdict.reasons}
    assert codes <= {"unresolved", "unreadable", "statement", "function"}


@pytest.mark.parametrize(("dialect", "sql"), statements(DENIED))
def test_what_is_protected_is_seen_where_it_hides(dialect: str, sql: str) -> None:
    verdict = verdict_on(sql, dialect)

    assert verdict.answer is CheckAnswer.DENY, verdict.sql
    assert verdict.reasons[0].dataset in ("hr.employees", "hr.archive", "sales.orders")


@pytest.mark.parametrize(("dialect", "sql"), statements(OPEN))
def test_what_reaches_nothing_protected_is_let_through(dialect: str, sql: str) -> None:
    verdict = verdict_on(sql, dialect)

    assert (verdict.answer, verdict.sql) == (CheckAnswer.ALLOW, sql), verdict.reasons
