"""PostgreSQL tells of tables by their types: not those that are hidden from whoever asks."""

from __future__ import annotations

import pytest

from governance.permissions.native import Asked, Verdict, check
from tests.governance.permissions.native.company import Company, decide


def _verdict(sql: str, *, knows_all: bool = False) -> Verdict:
    return check(Asked(sql, "postgres", schema="hr", knows_all=knows_all), Company(), decide)


TELLING = [
    "SELECT 'secret.plans'::regclass",
    "SELECT regclass 'secret.plans'",
    "SELECT n::oid::regclass FROM generate_series(16384, 90000) n",
    "SELECT CAST('secret.plans' AS pg_catalog.regclass)",
    "SELECT n::regtype FROM generate_series(16384, 90000) n",
    "SELECT (NULL::secret.plans).*",
    "SELECT NULL::secret._plans",
    "SELECT ARRAY[]::secret.plans[]",
    "SELECT * FROM json_to_recordset('[]') AS x(a secret.plans)",
    "CREATE TEMP TABLE mine (a secret.plans); SELECT (a).* FROM mine",
    "ALTER TABLE teams ADD COLUMN a regclass",
    "PREPARE q (regclass) AS SELECT $1::text",
    "PREPARE q (plans) AS SELECT $1",
    "DECLARE c CURSOR FOR SELECT 'secret.plans'::regclass",
]


@pytest.mark.parametrize("sql", TELLING)
def test_no_type_tells_of_a_hidden_table(sql: str) -> None:
    # Given somebody from whom secret.plans is hidden
    verdict = _verdict(sql)

    # Then neither its name nor its columns are told, nor that it is there
    assert (verdict.answer, verdict.reasons[0].code) == ("deny", "unresolved")
    elsewhere = _verdict(sql.replace("plans", "nothing"))
    assert (elsewhere.answer, elsewhere.reasons[0].code) == ("deny", "unresolved")


def test_no_function_names_a_type_of_a_hidden_table() -> None:
    sql = "SELECT format_type(n::oid, NULL) FROM generate_series(16384, 90000) n"
    assert [one.code for one in _verdict(sql).reasons] == ["function"]
    assert _verdict(sql, knows_all=True).answer == "allow"


@pytest.mark.parametrize("sql", TELLING[:7])
def test_whoever_sees_all_tables_may_name_them(sql: str) -> None:
    assert _verdict(sql, knows_all=True).answer == "allow"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id::bigint, team::varchar(3), '{1}'::int[], 'a'::\"char\" FROM teams",
        "SELECT to_tsvector('english'::regconfig, team), '10.0.0.1'::inet FROM teams",
        "SELECT json_populate_record(NULL::hr.teams, '{}'), NULL::teams",
        "SELECT team::pg_catalog.text, id::xid8 FROM teams",
        "PREPARE q (int, double precision) AS SELECT team FROM teams WHERE id = $1",
    ],
)
def test_types_of_the_engine_and_of_known_tables_are_let_through(sql: str) -> None:
    assert _verdict(sql).answer == "allow"


@pytest.mark.parametrize(
    "sql", ["ANALYZE VERBOSE", "VACUUM VERBOSE", "VACUUM ANALYZE verbose", "vacuum verbose;"]
)
def test_upkeep_does_not_count_the_rows_of_all_tables(sql: str) -> None:
    assert _verdict(sql, knows_all=True).answer == "deny"


@pytest.mark.parametrize("sql", ["ANALYZE hr.teams", "VACUUM ANALYZE teams", 'ANALYZE "verbose"'])
def test_upkeep_of_a_table_is_let_through(sql: str) -> None:
    assert _verdict(sql, knows_all=True).answer == "allow"
