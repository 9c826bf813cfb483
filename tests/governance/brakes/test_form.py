"""The form of a statement: conditions on days, ties between tables, stars, functions, LIMIT."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.governance.brakes.statements import PII, brake, codes, tripped

BY_DAY = brake(partition_filter=True, partitioned_by=("at",), names=("events.*",))
TIED = brake(cross_join=True)
NO_STAR = brake(labels=frozenset({PII}))
LIMITED = brake(row_limit=100)


@pytest.mark.parametrize(
    "where",
    [
        "e.at >= date '2026-09-01'",
        "at > current_date - interval 7 day",
        "date '2026-09-01' <= e.at",
        "e.at between timestamp '2026-09-01' and timestamp '2026-09-02'",
        "cast(e.at as date) = date '2026-09-01'",
        "date_trunc('day', e.at) = date '2026-09-01'",
        "cast(e.at as date) in (date '2026-09-01', date '2026-09-02')",
        "e.name = 'x' and (e.at >= date '2026-09-01')",
        "e.at >= date '2026-09-01' or e.at = date '2026-01-01'",
        "e.at >= (select max(c.at) from app.calendar as c)",
    ],
)
def test_a_condition_that_leaves_days_is_enough(where: str) -> None:
    assert codes(f"select count(*) from events.event as e where {where}", BY_DAY) == []


@pytest.mark.parametrize(
    "where",
    [
        "true",
        "e.name = 'x'",
        "e.at < date '2026-09-01'",
        "e.at is not null",
        "e.at >= e.at",
        "e.at = e.at",
        "not e.at >= date '2026-09-01'",
        "e.at >= date '2026-09-01' or e.name = 'x'",
        "e.at <> date '2026-09-01'",
        "coalesce(e.at >= date '2026-09-01', true)",
    ],
)
def test_one_that_leaves_them_all_is_not(where: str) -> None:
    sql = f"select count(*) from events.event as e where {where}"
    (found,) = tripped(sql, BY_DAY)
    assert (found.code, found.name) == ("partition_filter", "the-brake")
    assert found.sentence == "events.event is read over all its days."
    assert found.fix == "Put a condition on at beside it, such as at >= a day."


def test_each_place_that_reads_a_table_needs_its_own() -> None:
    bounded = "select id from events.event where at >= date '2026-09-01'"
    assert codes(f"{bounded} union all select id from events.event", BY_DAY) == ["partition_filter"]
    assert codes(f"with e as ({bounded}) select * from e", BY_DAY) == []
    inner = "with e as (select id, at from events.event) select id from e where at >= current_date"
    assert codes(inner, BY_DAY) == ["partition_filter"]
    assert codes("select id from app.tenant", BY_DAY) == []
    assert codes("delete from events.event where name = 'x'", BY_DAY) == ["partition_filter"]
    assert codes("delete from events.event where at = date '2026-09-01'", BY_DAY) == []


@pytest.mark.parametrize(
    ("join", "is_bounded"),
    [
        ("join events.event as e on e.tenant_id = t.id and e.at >= current_date", True),
        ("left join events.event as e on e.tenant_id = t.id and e.at >= current_date", True),
        ("right join events.event as e on e.tenant_id = t.id and e.at >= current_date", False),
        ("full join events.event as e on e.tenant_id = t.id and e.at >= current_date", False),
        ("join app.day as d on true join events.event as e on e.at = d.at", True),
    ],
)
def test_a_condition_of_a_join_counts_for_the_side_that_it_leaves_rows_out_of(
    join: str, is_bounded: bool
) -> None:
    found = codes(f"select count(*) from app.tenant as t {join}", BY_DAY)
    assert found == ([] if is_bounded else ["partition_filter"])


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 from app.tenant as t, events.event as e",
        "select 1 from app.tenant as t cross join events.event as e",
        "select 1 from app.tenant as t join events.event as e on true",
        "select 1 from app.tenant as t join events.event as e on 1 = 1",
        "select 1 from app.tenant as t join events.event as e on t.plan = 'x'",
        "select 1 from app.tenant as t, events.event as e where t.id = e.tenant_id or 1 = 1",
        "select 1 from app.tenant as t, events.event as e where t.id <> e.tenant_id",
        "select 1 from app.tenant as t, events.event as e where not t.id = e.tenant_id",
        "select 1 from (app.tenant as t cross join events.event as e)",
        "with t as (select id from app.tenant) select 1 from t, events.event as e",
        "select 1 from a as a join b as b on a.x = b.x, c as c",
    ],
)
def test_what_nothing_ties_together_is_multiplied(sql: str) -> None:
    assert codes(sql, TIED) == ["cross_join"]


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 from app.tenant as t join events.event as e on e.tenant_id = t.id",
        "select 1 from app.tenant as t, events.event as e where e.tenant_id = t.id and plan = 'x'",
        "select 1 from app.tenant join events.event using (id)",
        "select 1 from app.tenant natural join events.event",
        "select 1 from app.tenant, events.event where plan = name",
        "select 1 from app.tenant as t cross join (select max(at) as a from events.event) as m",
        "with m as (select count(*) as n from events.event) select 1 from app.tenant, m",
        "select 1 from app.tenant as t, unnest([1, 2]) as u(x)",
        "select 1 from app.tenant as t cross join lateral (select 1 from b where b.x = t.id) as l",
        "select 1 from a as a, b as b where exists (select 1 from c where c.x = a.x and a.y = b.y)",
        "select 1 from a as a join b as b on a.x between b.low and b.high",
        "select 1 from app.tenant where id in (select tenant_id from events.event)",
        "select 1 from app.tenant cross join (values (1)) as v(x)",
    ],
)
def test_what_is_tied_or_is_one_row_is_not(sql: str) -> None:
    assert codes(sql, TIED) == []


@pytest.mark.parametrize(
    ("sql", "is_starred"),
    [
        ("select * from app.tenant", True),
        ("select t.* from app.tenant as t join events.event as e on e.tenant_id = t.id", True),
        ("select e.* from app.tenant as t join events.event as e on e.tenant_id = t.id", False),
        ("from app.tenant", True),
        ("select columns(*) from app.tenant", True),
        ("select t from app.tenant as t", True),
        ("select * exclude (email) from app.tenant", False),
        ("select * from app.tenant where email = 'x'", True),
        ("select count(*) from app.tenant", False),
        ("select id, email from app.tenant", False),
        ("select * from (select id, email from app.tenant) as t", False),
        ("select id from app.tenant as t where exists (select * from app.tenant)", False),
        ("insert into x select * from app.tenant", True),
    ],
)
def test_a_star_may_not_bring_labeled_columns(sql: str, is_starred: bool) -> None:
    assert codes(sql, NO_STAR) == (["star"] if is_starred else [])


def test_a_star_says_what_it_brings() -> None:
    (found,) = tripped("select * from app.tenant", NO_STAR)
    assert found.sentence == "The star brings email of app.tenant."
    assert found.fix == "Name the columns that you need."


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select id from app.tenant order by random()", ["function"]),
        ("select id from app.tenant order by RAND()", ["function"]),
        ("select pg_sleep(10)", ["function"]),
        ("select id from app.tenant where 'random()' = plan", []),
    ],
)
def test_functions_that_are_not_to_be_used_are_found(sql: str, found: list[str]) -> None:
    assert codes(sql, brake(functions=frozenset({"random", "pg_sleep"}))) == found


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("select id from app.tenant", ["row_limit"]),
        ("select id from app.tenant limit 100", []),
        ("select id from app.tenant limit 101", ["row_limit"]),
        ("select id from app.tenant limit ?", ["row_limit"]),
        ("select id from app.tenant fetch first 5 rows only", []),
        ("select count(*) from app.tenant", []),
        ("select plan, count(*) from app.tenant group by plan", []),
        ("select id, count(*) over () from app.tenant", ["row_limit"]),
        ("select id from app.tenant union all select id from app.tenant limit 5", []),
        ("select id from app.tenant union all select id from app.tenant", ["row_limit"]),
        ("insert into app.tenant select * from app.tenant", []),
    ],
)
def test_rows_are_looked_at_with_a_limit(sql: str, found: list[str]) -> None:
    assert codes(sql, LIMITED, dialect="postgres") == found


CONDITIONS = st.recursive(
    st.sampled_from(
        ["e.at >= date '2026-09-01'", "e.at = date '2026-09-01'", "e.name = 'x'", "e.at < e.at",
         "e.at < date '2026-09-01'", "true"]
    ),
    lambda inner: st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
    ),
    max_leaves=6,
)  # fmt: skip


@given(CONDITIONS, CONDITIONS)
def test_one_more_condition_never_takes_a_bound_away(one: str, other: str) -> None:
    sql = "select count(*) from events.event as e where "
    alone, both = codes(sql + one, BY_DAY), codes(f"{sql}{one} and {other}", BY_DAY)
    assert not both or alone
    either = codes(f"{sql}{one} or {other}", BY_DAY)
    assert either == sorted({*alone, *codes(sql + other, BY_DAY)})
