"""What a macro says is looked at where it is called, and answers as the call would."""

from __future__ import annotations

import re

import duckdb
import pytest

from governance.permissions.native import CheckAnswer
from governance.permissions.native.reading import parsed
from governance.permissions.native.seen.masks import masked
from governance.permissions.native.tables.binding import Place, doubtful_functions
from governance.permissions.native.tables.functions import (
    FROM_ROWS,
    MISSING_IN_DUCKDB,
    READING,
    is_built_in,
)
from governance.permissions.native.text.macros import Macros, macro_of
from governance.permissions.types import Mask
from lineage.sql.dialects import rules_of
from tests.governance.permissions.native.company import verdict_on

RULES = rules_of("duckdb")
MAKES = """
CREATE TABLE orders AS SELECT * FROM (VALUES (1, 10, 5), (2, 10, 6), (3, 20, 7)) t(id, cid, amount);
CREATE TABLE customers AS SELECT * FROM (VALUES (10, 'x'), (20, 'y')) t(id, name)
"""
CALLED = """
f(a) AS a * 2
    SELECT f(1 + 1), F(id) FROM orders ORDER BY f(id) DESC
f(a, b := 5) AS a - b
    SELECT f(1), f(1, b := 2), f(1, 3), f(b := 1, a := id) FROM orders
f(a) AS CASE WHEN a > 1 THEN 'more' ELSE 'one' END
    SELECT f(id), count(*) FROM orders GROUP BY f(id) ORDER BY 1
f(a) AS sum(a)
    SELECT f(amount), id, f(id) OVER (ORDER BY id) FROM orders GROUP BY id ORDER BY id
f(a) AS (SELECT count(*) FROM orders WHERE cid = a)
    SELECT id, f(id) FROM customers ORDER BY id
f(a) AS (SELECT max(c.name) FROM customers c WHERE c.id = a)
    SELECT f(max(cid)) FROM orders
f(a) AS a IN (SELECT cid FROM orders)
    SELECT id, f(id), f(99) FROM customers ORDER BY id
f(a) AS (SELECT 7 AS id, a)
    SELECT 1
f(a) AS TABLE SELECT * FROM orders WHERE cid = a
    SELECT t.id FROM f(10) AS t ORDER BY id
f(a) AS TABLE SELECT id, a AS v FROM customers
    SELECT * FROM orders, f(id) ORDER BY ALL
f(a) AS {'a': [a], 'b': a}
    SELECT f('it''s, (so)')
f(a) AS a /* of a kind */ + 1 -- and one
    SELECT f(2 /* two */)
f() AS 7
    SELECT f() FROM customers
f(a) AS a + 1, (a, b) AS a * b, () AS 7
    SELECT f(), f(id), f(id, amount) FROM orders ORDER BY id
f(a) AS sum(a) / count(*)
    SELECT cid, f(amount) FROM orders GROUP BY cid ORDER BY cid
main.f(a) AS a * 2
    SELECT f(id), main.f(id), main.F(1 + 1) + 1 FROM orders ORDER BY main.f(id)
nvl(a, b) AS coalesce(a, b)
    SELECT nvl(name, 'x'), sum(nvl(id, 0)) FROM customers GROUP BY ALL ORDER BY 1
agg(a) AS sum(a) / count(*)
    SELECT cid, agg(amount) FROM orders GROUP BY cid ORDER BY cid
f(a) AS a.x || a.y.z
    SELECT f({'x': 'p', 'y': {'z': name}}) FROM customers ORDER BY id
f(a) AS a * 2
    SELECT ID.f(), o.id.F() + 1, o.amount.f() FROM orders AS o ORDER BY o.cid.f(), o.id
f(a, b := 5) AS a - b
    SELECT id.f(b := 2), id.f(amount), o.id.f(3) FROM orders o ORDER BY id
f(a) AS (SELECT count(*) FROM orders WHERE cid = a)
    SELECT id, id.f() FROM customers ORDER BY id
f(a) AS a + 1
    SELECT main.f(id), s.x.f() FROM (SELECT id, {'x': id} AS s FROM orders) ORDER BY 1
"""
"""A macro, and below it a statement that calls it."""
LINES = [line.strip() for line in CALLED.strip().split("\n")]
CASES = list(zip(LINES[::2], LINES[1::2], strict=True))


@pytest.mark.parametrize(("macro", "call"), CASES)
def test_a_call_answers_as_what_is_put_in_its_place(macro: str, call: str) -> None:
    # Given the macro as DuckDB knows it, and a statement that calls it
    made = macro_of(f"CREATE MACRO {macro}", RULES)
    assert made
    macros = Macros()
    macros.add(made)
    connection = duckdb.connect()
    connection.execute(MAKES)
    written_out = macros.put_in(call, RULES) or call

    # When both run
    answer = connection.execute(written_out).fetchall()
    names = [one[0] for one in connection.description or ()]
    connection.execute(f"CREATE MACRO {macro}")

    # Then they tell the same, which is the macro's where it is called
    assert connection.execute(call).fetchall() == answer
    called = [one[0] for one in connection.description or ()]
    plain = [at for at, name in enumerate(called) if re.fullmatch(r"[\w.]*f\(\w*\)", name)]
    assert [names[at] for at in plain] == [called[at] for at in plain]
    assert (f"{made[0].name}(" in call.lower()) == (written_out != call)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE MACRO f(a) AS a, (b) AS b + 1",
        "CREATE MACRO f(a) AS a, (a, b := 2) AS a + b",
        "CREATE MACRO f(a) AS a, (a, b)",
        "CREATE MACRO f(a INTEGER) AS a",
        "CREATE MACRO IF NOT EXISTS f(a) AS a",
        "CREATE MACRO hr.f(a) AS a",
        "CREATE MACRO f(a, a) AS a",
        "CREATE MACRO f(a := (SELECT 1)) AS a",
        "CREATE MACRO f(a) AS TABLE SELECT a.name FROM teams t",
        "CREATE MACRO f(a) AS list_transform([1], a -> a + 1)",
        "CREATE MACRO f(a) AS {'x': 1}.a",
        "CREATE MACRO f(id) AS TABLE SELECT t.id FROM teams t WHERE region = id",
        "CREATE MACRO f(a) AS a FROM teams",
        "CREATE MACRO f(a) AS 'macro_parameter_0' || a",
        "CREATE MACRO f(a) AS",
        "CREATE MACRO f(a",
        "CREATE MACRO",
        'CREATE MACRO "+"(a, b) AS a',
    ],
)  # fmt: skip
def test_a_macro_that_is_not_followed_is_refused(sql: str) -> None:
    verdict = verdict_on(sql)
    assert verdict.answer is CheckAnswer.DENY
    assert verdict.reasons[0].code in ("statement", "unreadable")


@pytest.mark.parametrize(
    "text",
    [
        "CREATE MACRO f(a) AS a; SELECT f(salary) FROM employees",
        "CREATE MACRO f(a) AS (SELECT max(salary) FROM employees); SELECT 1",
        "CREATE MACRO f() AS TABLE FROM employees; FROM f()",
        "CREATE MACRO f(a) AS struct_extract(a, 'salary'); SELECT f(x) FROM employees x",
    ],
)  # fmt: skip
def test_a_macro_does_not_hide_a_denied_column(text: str) -> None:
    verdict = verdict_on(text)
    assert (verdict.answer, verdict.reasons[0].code) == (CheckAnswer.DENY, "denied_column")
    assert "salary" in verdict.reasons[0].columns


def test_a_macro_is_kept_as_it_may_be_seen() -> None:
    # Given a macro over a table of which something is masked, and a call
    verdict = verdict_on(
        "CREATE MACRO of_region(r) AS TABLE SELECT email FROM employees WHERE region = r;"
        "SELECT email FROM of_region('EU')"
    )

    # Then neither reads the table itself, and the parameter is the macro's own again
    made, called = verdict.sql.split(";\n")[:2]
    assert made.startswith("CREATE MACRO of_region(r) AS TABLE SELECT email FROM (SELECT ")
    assert made.endswith("WHERE region = (r)")
    assert called.startswith("SELECT email FROM (SELECT email FROM (SELECT ")
    for change in verdict.changes:
        assert 0 <= change.start < change.end <= len(verdict.sql)


def test_a_macro_that_looks_a_value_up_is_kept_as_it_may_be_seen() -> None:
    verdict = verdict_on(
        "CREATE MACRO regions_of(i) AS (SELECT max(region) FROM sales.orders WHERE id = i);"
        "SELECT regions_of(1)"
    )

    made, called = verdict.sql.split(";\n")[:2]
    assert made.startswith("CREATE MACRO regions_of(i) AS (SELECT max(region) FROM (SELECT ")
    assert made.endswith("WHERE id = (i))")
    assert called.endswith('AS "regions_of(1)"')


@pytest.mark.parametrize(
    "text",
    [
        "SELECT f(1)",
        "CREATE MACRO f(a) AS a; DROP MACRO f; SELECT f(1)",
        "CREATE MACRO f(a) AS a; DROP MACRO IF EXISTS F; SELECT f(1)",
        "BEGIN; CREATE MACRO f(a) AS a; ROLLBACK; SELECT f(1)",
        "CREATE MACRO f(a) AS f(a); SELECT f(1)",
        "CREATE MACRO f(a) AS a; SELECT f(1, 2)",
        "CREATE MACRO f(a) AS a; SELECT f()",
        "CREATE MACRO f(a) AS a; SELECT f(b := 1)",
        "CREATE MACRO f(a) AS a, (a, b) AS b; SELECT f(1, 2, 3)",
        "CREATE MACRO f(a) AS a; SELECT other.f(1)",
        "CREATE MACRO f(a) AS a; SELECT other.main.f(1)",
        # DuckDB has no such function, so that somebody must have made a macro
        "SELECT nvl(name, 'x') FROM employees",
        "SELECT name.initcap() FROM employees",
        "CREATE MACRO nvl(a, b) AS a; SELECT main.nvl(1)",
        "CREATE MACRO add(a) AS (SELECT id FROM teams WHERE id = a); SELECT add(id) FROM teams",
        "CREATE MACRO f(a) AS sum(a) + 1; SELECT f(id) OVER () FROM teams",
        "CREATE MACRO f(a) AS (SELECT max(id) FROM teams WHERE id = a); SELECT f(id) FROM teams",
    ],
)  # fmt: skip
def test_a_call_that_cannot_be_followed_is_that_of_an_unknown_function(text: str) -> None:
    verdict = verdict_on(text)
    assert (verdict.answer, verdict.reasons[0].code) == (CheckAnswer.DENY, "function")


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE size (a INTEGER); INSERT INTO size (a) VALUES (1); SELECT a FROM size",
        "WITH average(a) AS (SELECT 1) SELECT a FROM average AS space(b)",
        "CREATE MACRO nvl(a, b) AS coalesce(a, b); SELECT nvl(team, 'x') FROM teams",
    ],
)
def test_a_name_of_another_engine_s_function_may_be_that_of_a_table(sql: str) -> None:
    assert verdict_on(sql).answer is not CheckAnswer.DENY, verdict_on(sql).reasons


def test_what_is_said_to_be_missing_in_duckdb_is() -> None:
    # Given the names of functions of which only somebody's macro can bear one in DuckDB
    rows = duckdb.sql("SELECT DISTINCT lower(function_name) FROM duckdb_functions()").fetchall()

    # Then it has none of them, nor does its grammar know them for anything else
    assert len(MISSING_IN_DUCKDB) > 700
    assert MISSING_IN_DUCKDB.isdisjoint({name for (name,) in rows})
    for name in sorted(MISSING_IN_DUCKDB):
        with pytest.raises(duckdb.Error, match=r"does not exist|syntax error"):
            duckdb.sql(f"SELECT {name}(1)")


def test_macros_that_call_each_other_twice_do_not_grow_without_end() -> None:
    doubled = "CREATE MACRO f0(a) AS a || a;" + "".join(
        f"CREATE MACRO f{at + 1}(a) AS f{at}(f{at}(f{at}(a)));" for at in range(7)
    )
    assert verdict_on(f"{doubled} SELECT f7('x')").answer is CheckAnswer.DENY


def test_no_macro_takes_the_place_of_a_function_that_duckdb_calls_itself() -> None:
    # Given the functions behind DuckDB's own words and operators, and those of its catalog
    behind_words = (
        "list_value struct_pack struct_extract array_extract array_slice map row contains"
        " like_escape not_like_escape ilike_escape not_ilike_escape regexp_full_match date_part"
        " timezone list_transform list_filter list_apply json_extract json_extract_string to_days"
        " to_months to_years to_hours to_minutes to_seconds unpivot_list first any_value count"
        " count_star concat position substring trim overlay coalesce current_date current_timestamp"
        " current_user current_schema pow unnest generate_series range"
        " array_contains in"
    ).split()
    taken = [name for name in behind_words if macro_of(f"CREATE MACRO {name}(a) AS a", RULES)]

    # Then a macro of none of these names is let through, nor of one that the check knows, but for
    # names that operators do not go by
    assert taken == []
    rows = duckdb.sql("SELECT DISTINCT function_name FROM duckdb_functions()").fetchall()
    free = {"add", "subtract", "multiply", "divide"}
    known = [name for (name,) in rows if is_built_in(name, "duckdb") or name in FROM_ROWS | READING]
    assert len(known) > 400
    assert {n for n in known if macro_of(f"CREATE MACRO {n}(a) AS a", RULES)} == free
    connection = duckdb.connect()
    for name in free:
        connection.execute(f"CREATE MACRO {name}(a, b) AS 77")
    assert connection.sql("SELECT 1 + 2, 3 - 1, 2 * 3, 4 / 2").fetchall() == [(3, 2, 6, 2.0)]


@pytest.mark.parametrize("mask", list(Mask))
def test_masks_call_nothing_that_a_macro_could_be(mask: Mask) -> None:
    for written in ("varchar", "int", "date", "timestamp", "boolean", "json", ""):
        tree = parsed(f"SELECT {masked(mask, 'p.c', written, 'duckdb')} AS c FROM t AS p", RULES)
        assert not isinstance(tree, str)
        assert doubtful_functions(tree, "duckdb", [], Place(None, None)) == []
