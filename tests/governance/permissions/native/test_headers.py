"""Result columns are called as they are where nothing is rewritten."""

from __future__ import annotations

import duckdb
import pytest
from sqlglot import exp

from governance.permissions.native import CheckAnswer
from governance.permissions.native.reading import parsed
from governance.permissions.native.seen.headers import with_headers
from lineage.sql.dialects import rules_of
from tests.governance.permissions.native.company import Worlds, verdict_on

ALIKE = [
    "SELECT (SELECT max(region) FROM sales.orders), 1",
    "SELECT exists (select 1 from sales.orders o where o.id = t.id), id FROM teams t ORDER BY id",
    "SELECT (SELECT COUNT(*) FROM sales.orders) + 1",
    "SELECT (SELECT max(id) FROM sales.orders) - (SELECT min(id) FROM sales.orders WHERE id > 0)",
    "SELECT NOT EXISTS (SELECT 1 FROM sales.orders)",
    "FROM teams SELECT DISTINCT (SELECT max(region) FROM sales.orders)",
    "SELECT (SELECT max(region) FROM sales.orders) UNION SELECT 'x' ORDER BY ALL",
    'SELECT (SELECT max("region") FROM sales.orders) AS r, (SELECT 1)',
]


@pytest.fixture(scope="module")
def worlds() -> Worlds:
    return Worlds()


@pytest.mark.parametrize("sql", ALIKE)
def test_a_subquery_that_is_shown_is_called_by_its_own_text(sql: str, worlds: Worlds) -> None:
    verdict = verdict_on(sql)

    assert verdict.answer is CheckAnswer.REWRITE, verdict.reasons
    assert names_of(verdict.sql, worlds) == names_of(sql, worlds)


def test_no_name_tells_the_filter(worlds: Worlds) -> None:
    verdict = verdict_on(
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM sales.orders) THEN 'y' END,"
        " id IS DISTINCT FROM (SELECT max(id) FROM sales.orders) FROM teams"
    )
    assert not any("protected_rows" in name for name in names_of(verdict.sql, worlds))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id, (SELECT 1) FROM sales.orders",
        "SELECT (SELECT max(region) FROM sales.orders) AS r",
        "SELECT r: (SELECT max(region) FROM sales.orders)",
        "(SELECT (SELECT max(region) FROM sales.orders))",
    ],
)
def test_a_value_that_is_called_otherwise_stays(sql: str) -> None:
    rules = rules_of("duckdb")
    tree = parsed(sql, rules)
    assert isinstance(tree, exp.Expr)
    assert with_headers(sql, tree, rules, [], lambda *_: pytest.fail("nothing is asked")) is None
    assert ' AS "' not in verdict_on(sql).sql


def names_of(sql: str, worlds: Worlds) -> list[str]:
    """What the columns of an answer are called."""
    run: duckdb.DuckDBPyConnection = worlds.connection
    worlds.run("SELECT 1", "one")
    return [one[0] for one in run.execute(sql).description or ()]
