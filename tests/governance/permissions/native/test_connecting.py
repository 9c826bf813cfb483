"""Whoever some opt-out concerns can connect with the drivers and tools of each engine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from governance.permissions.native import Asked, CheckAnswer, check
from tests.governance.permissions.native.company import Company, decide
from tests.governance.permissions.native.company import verdict_on as in_duckdb
from tests.governance.permissions.native.test_engines import lines, verdict_on

SENT = """
postgres SHOW TRANSACTION ISOLATION LEVEL
postgres show standard_conforming_strings
postgres SHOW search_path;
postgres select pg_catalog.version()
postgres SELECT version(), current_schema(), current_database(), current_user
postgres SET extra_float_digits = 3
postgres SET client_encoding TO 'UTF8'
postgres SET TIME ZONE 'UTC'
postgres SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY
postgres BEGIN READ ONLY
postgres BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY
postgres START TRANSACTION
postgres /* driver */ SAVEPOINT "a b"
postgres RELEASE SAVEPOINT a
postgres ROLLBACK TO SAVEPOINT a
postgres DISCARD ALL
postgres DECLARE "SQL_CUR1" CURSOR WITH HOLD FOR SELECT id, label FROM regions
postgres FETCH 100 FROM "SQL_CUR1"
postgres FETCH FORWARD ALL IN c
postgres CLOSE c
postgres UNLISTEN *
postgres SELECT pg_backend_pid(), pg_is_in_recovery()
redshift SHOW search_path
mysql SHOW VARIABLES LIKE 'sql_mode'
mysql SHOW SESSION VARIABLES
mysql SELECT DATABASE(), USER(), VERSION(), CONNECTION_ID()
mysql SELECT @@session.auto_increment_increment AS a, @@version_comment AS b
mysql SET character_set_results = NULL
mysql SET autocommit = 1
mysql SHOW COLLATION
mysql SHOW FULL TABLES FROM main
mysql SHOW FULL COLUMNS FROM `regions` FROM `main` LIKE '%'
mysql SHOW FIELDS FROM customers
tsql SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED
tsql SELECT @@SPID, DB_NAME(), SUSER_SNAME(), SCHEMA_NAME(), SERVERPROPERTY('ProductVersion')
tsql SELECT PATINDEX('%a%', label), DATALENGTH(label), CHOOSE(1, label, 'x') FROM regions
tsql SAVE TRANSACTION a
tsql IF @@TRANCOUNT > 0 ROLLBACK TRAN
tsql SELECT name FROM sys.tables
oracle SELECT banner FROM v$version
oracle ALTER SESSION SET NLS_LANGUAGE='AMERICAN' NLS_TERRITORY='AMERICA'
mysql SHOW VARIABLES WHERE Variable_name IN ('a', 'b')
mysql START TRANSACTION WITH CONSISTENT SNAPSHOT
oracle ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY-MM-DD'
oracle SELECT SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') FROM DUAL
oracle SELECT SYS_CONNECT_BY_PATH(label, '/') FROM regions CONNECT BY PRIOR id = weight
databricks SET TIME ZONE 'UTC'
databricks EXPLAIN FORMATTED SELECT id FROM regions
snowflake EXPLAIN USING TEXT SELECT id FROM regions
clickhouse SELECT version(), timezone(), currentUser(), currentDatabase(), hostName()
clickhouse SHOW TABLES
clickhouse EXPLAIN SYNTAX SELECT id FROM regions
trino SHOW SCHEMAS FROM memory
trino SHOW FUNCTIONS
trino SHOW SESSION
trino SET TIME ZONE LOCAL
trino SELECT table_name FROM system.jdbc.tables
"""
REFUSED = """
mysql SHOW WARNINGS
mysql SHOW STATUS
mysql SHOW FULL COLUMNS FROM regions FROM other
tsql SELECT rows FROM sys.partitions
oracle SELECT num_rows FROM all_tables
tsql IF @@TRANCOUNT > 0 SELECT name FROM customers
snowflake SHOW TABLES
trino SHOW STATS FOR regions
trino SELECT * FROM system.runtime.queries
oracle ALTER SESSION SET NLS_COMP = 'LINGUISTIC'
oracle ALTER SESSION SET NLS_SORT = 'BINARY_CI'
oracle SELECT SYS_CONTEXT('app', 'secret') FROM DUAL
postgres SHOW my.secret
postgres DECLARE c CURSOR FOR SELECT name FROM customers
postgres DECLARE c CURSOR FOR SELECT 1; SELECT name FROM customers
postgres SAVEPOINT a; SELECT name FROM customers
postgres SELECT hr.version()
clickhouse EXPLAIN PIPELINE SELECT id FROM orders
clickhouse EXPLAIN ESTIMATE SELECT id FROM regions
tsql SELECT CHECKSUM(*) FROM customers
tsql COMMIT SELECT name FROM customers
"""


@pytest.mark.parametrize(("dialect", "sql"), lines(SENT))
def test_what_drivers_and_tools_send_runs(dialect: str, sql: str) -> None:
    verdict = verdict_on(dialect, sql)
    assert (verdict.answer, verdict.sql) == (CheckAnswer.ALLOW, sql.rstrip(";")), verdict.reasons


@pytest.mark.parametrize(("dialect", "sql"), lines(REFUSED))
def test_what_tells_more_is_refused(dialect: str, sql: str) -> None:
    verdict = verdict_on(dialect, sql)
    assert (verdict.answer, verdict.sql) == (CheckAnswer.DENY, "")


def test_a_cursor_is_declared_over_what_may_be_seen() -> None:
    verdict = verdict_on("postgres", "DECLARE c NO SCROLL CURSOR FOR SELECT note FROM items")
    assert verdict.answer is CheckAnswer.REWRITE
    assert verdict.sql.startswith("DECLARE c NO SCROLL CURSOR FOR SELECT note FROM (SELECT ")


BESIDE = """
USE hr
USE company.hr
SET schema = 'hr'
SET search_path = 'company.hr'
PRAGMA threads=2
PRAGMA disable_object_cache
RESET threads
LOAD json
INSTALL httpfs
ATTACH ':memory:' AS scratch
DETACH DATABASE IF EXISTS scratch
CREATE TYPE point AS STRUCT(x INTEGER, "y z" DECIMAL(10, 2)[])
CREATE TEMP TYPE money AS INTEGER
"""


@pytest.mark.parametrize("sent", BESIDE.strip().splitlines())
def test_what_leaves_names_as_they_are_may_stand_beside_statements_of_duckdb(sent: str) -> None:
    asked = Asked(f"{sent}; SELECT name FROM employees", "duckdb", "company", "hr")
    verdict = check(asked, Company(), decide)
    assert verdict.answer is CheckAnswer.REWRITE, verdict.reasons
    assert verdict.sql.startswith(f"{sent};\nSELECT name FROM (SELECT ")


@pytest.mark.parametrize(
    "sent",
    [
        "USE sales",
        "USE company.sales",
        "SET search_path = 'hr,sales'",
        "SET schema = 'sales'",
        "RESET schema",
        "ATTACH 'other.db' AS scratch",
        "ATTACH ':memory:'",
        "LOAD '/tmp/own.duckdb_extension'",
        "CREATE TYPE pay AS (SELECT salary FROM employees)",
        "CREATE TYPE pay AS ENUM (FROM (SELECT salary FROM employees))",
        "PRAGMA enable_profiling",
    ],
)
def test_what_may_change_them_may_not(sent: str) -> None:
    asked = Asked(f"{sent}; SELECT name FROM employees", "duckdb", "company", "hr")
    assert check(asked, Company(), decide).answer is CheckAnswer.DENY


def test_a_table_in_a_database_of_one_s_own_is_read_as_it_was_made() -> None:
    verdict = in_duckdb(
        "ATTACH ':memory:' AS scratch; CREATE TABLE scratch.kept AS SELECT name FROM employees;"
        "SELECT name FROM scratch.kept"
    )
    assert verdict.answer is CheckAnswer.REWRITE, verdict.reasons
    assert verdict.sql.endswith(";\nSELECT name FROM scratch.kept;\n")


OF_TABLES = """
SELECT table_name, column_count AS n FROM duckdb_tables() WHERE schema_name = 'hr' ORDER BY n
SELECT count(*), max(t.index_count) FROM duckdb_tables() AS t
PRAGMA table_info(teams)
"""
COUNTED = """
FROM duckdb_tables()
SELECT table_name, estimated_size FROM duckdb_tables()
SELECT table_name FROM duckdb_tables() ORDER BY "Estimated_Size"
SELECT t FROM duckdb_tables() AS t
SELECT t AS t FROM duckdb_tables() AS t
SELECT duckdb_tables FROM duckdb_tables()
SELECT COLUMNS('size') FROM duckdb_tables()
SELECT #11 FROM duckdb_tables()
SELECT k FROM duckdb_tables() AS t(a, b, c, d, e, f, g, h, i, j, k)
PIVOT duckdb_tables() ON table_name USING count(*)
SELECT table_name FROM duckdb_tables() NATURAL JOIN teams
SELECT e AS estimated_size, estimated_size FROM duckdb_tables() AS e
"""


@pytest.mark.parametrize("sql", OF_TABLES.strip().splitlines())
def test_names_of_tables_are_told_where_all_may_be_known(sql: str) -> None:
    asked = Asked(sql, "duckdb", schema="hr")
    assert check(asked, Company(), decide).answer is CheckAnswer.DENY
    known = replace(asked, knows_all=True)
    assert check(known, Company(), decide).answer is CheckAnswer.ALLOW


@pytest.mark.parametrize("sql", COUNTED.strip().splitlines())
def test_how_many_rows_tables_have_is_not(sql: str) -> None:
    asked = Asked(sql, "duckdb", schema="hr", knows_all=True)
    assert check(asked, Company(), decide).answer is CheckAnswer.DENY
