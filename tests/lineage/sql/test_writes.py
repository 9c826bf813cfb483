"""What statements write: CREATE, INSERT, UPDATE, DELETE, MERGE."""

import pytest

from lineage.types import StatementStatus, TableName
from tests.lineage.sql.reading import edges, expected, lines, names, statement

CASES = [
    pytest.param(
        "postgres", "create table v as select a from t", "v.a <- t.a IDENTITY", id="create as"
    ),
    pytest.param(
        "postgres",
        "create or replace view v (p, q) as select a, b from t where c",
        "v.p <- t.a IDENTITY\nv.q <- t.b IDENTITY\nv.(rows) <- t.c FILTER",
        id="view with a column list",
    ),
    pytest.param(
        "postgres", "create materialized view s.v as select a from t", "s.v.a <- t.a IDENTITY"
    ),
    pytest.param("postgres", "select a into v from t", "v.a <- t.a IDENTITY", id="select into"),
    pytest.param(
        "snowflake",
        "create table v as with c as (select a from t) select * from c",
        "v.a <- t.a IDENTITY",
        id="with inside create",
    ),
    pytest.param(
        "snowflake",
        "create table v clone known",
        "v.p <- known.p IDENTITY\nv.q <- known.q IDENTITY",
        id="clone",
    ),
    pytest.param(
        "clickhouse", "create materialized view m to v as select a from t", "v.a <- t.a IDENTITY"
    ),
    pytest.param(
        "postgres",
        "insert into v (x, y) select a, b from t",
        "v.x <- t.a IDENTITY\nv.y <- t.b IDENTITY",
        id="insert with a column list",
    ),
    pytest.param(
        "postgres",
        "insert into known select a, b from t",
        "known.p <- t.a IDENTITY\nknown.q <- t.b IDENTITY",
        id="insert by position",
    ),
    pytest.param(
        "postgres",
        "insert into v select a as x from t",
        "v.x <- t.a IDENTITY",
        id="insert into an unknown table keeps the select's names",
    ),
    pytest.param(
        "postgres",
        "insert into known select * from t",
        "known.p <- t.p IDENTITY ~0.50\nknown.q <- t.q IDENTITY ~0.50",
        id="an unknown star by position is a guess by name",
    ),
    pytest.param(
        "postgres",
        "insert into wide select a, t.*, b from t",
        "wide.p <- t.a IDENTITY\nwide.q <- t.q IDENTITY ~0.50\nwide.r <- t.b IDENTITY",
        id="columns around an unknown star keep their positions",
    ),
    pytest.param(
        "spark",
        "insert overwrite table known partition (p = '1') select a from t",
        "known.q <- t.a IDENTITY",
        id="a static partition takes no column",
    ),
    pytest.param(
        "spark",
        "insert into wide partition (p) select a, b, c from t",
        "wide.q <- t.a IDENTITY\nwide.r <- t.b IDENTITY\nwide.p <- t.c IDENTITY",
        id="a dynamic partition comes last",
    ),
    pytest.param(
        "duckdb",
        "insert into known by name select b as q, a as p from t",
        "known.q <- t.b IDENTITY\nknown.p <- t.a IDENTITY",
        id="insert by name",
    ),
    pytest.param(
        "snowflake",
        "insert into v with c as (select a from t) select a from c",
        "v.a <- t.a IDENTITY",
        id="with after into",
    ),
    pytest.param(
        "tsql",
        "with c as (select a from t) insert into v (x) select a from c",
        "v.x <- t.a IDENTITY",
        id="with before insert",
    ),
    pytest.param(
        "postgres",
        "insert into v (x) values ((select max(a) from t))",
        "v.x <- t.a AGGREGATION",
        id="a subquery among values",
    ),
    pytest.param(
        "postgres",
        "insert into v (k, x) select a, b from t on conflict (k) do update "
        "set x = excluded.x || v.x where v.z",
        """
        v.k <- t.a IDENTITY
        v.x <- t.b IDENTITY
        v.x <- t.b TRANSFORMATION
        v.x <- v.x TRANSFORMATION
        v.(rows) <- v.z FILTER
        """,
        id="on conflict",
    ),
    pytest.param(
        "mysql",
        "insert into v (k, x) select a, b from t on duplicate key update x = values(x) + 1",
        "v.k <- t.a IDENTITY\nv.x <- t.b IDENTITY\nv.x <- t.b TRANSFORMATION",
        id="on duplicate key",
    ),
    pytest.param("mysql", "replace into v (x) select a from t", "v.x <- t.a IDENTITY"),
    pytest.param(
        "oracle",
        "insert all into v (x) values (b) into known select a, b from t",
        "v.x <- t.b IDENTITY\nknown.p <- t.a IDENTITY\nknown.q <- t.b IDENTITY",
        id="insert all",
    ),
    pytest.param(
        "snowflake",
        "insert first when a > 1 then into v (x) values (b) else into w (y) values (b) "
        "select a, b from t",
        """
        v.x <- t.b IDENTITY
        w.y <- t.b IDENTITY
        v.(rows) <- t.a CONDITIONAL
        w.(rows) <- t.a CONDITIONAL
        """,
        id="insert first",
    ),
    pytest.param(
        "hive",
        "from t insert overwrite table v select a insert into w select b where c = 1",
        "v.a <- t.a IDENTITY\nw.b <- t.b IDENTITY\nw.(rows) <- t.c FILTER",
        id="hive multi insert",
    ),
    pytest.param(
        "postgres",
        "update v set x = s.a, y = 1 from t s where v.id = s.id",
        "v.x <- t.a IDENTITY\nv.(rows) <- v.id FILTER\nv.(rows) <- t.id FILTER",
        id="update from",
    ),
    pytest.param(
        "tsql",
        "update x set a = s.b from v x join t s on x.id = s.id",
        "v.a <- t.b IDENTITY\nv.(rows) <- v.id JOIN\nv.(rows) <- t.id JOIN",
        id="update through an alias",
    ),
    pytest.param(
        "mysql",
        "update v join t on v.id = t.id set v.x = t.a, t.b = v.y",
        """
        v.x <- t.a IDENTITY
        t.b <- v.y IDENTITY
        v.(rows) <- v.id JOIN
        v.(rows) <- t.id JOIN
        t.(rows) <- v.id JOIN
        t.(rows) <- t.id JOIN
        """,
        id="update of two tables",
    ),
    pytest.param(
        "postgres",
        "update v set x = (select max(a) from t where t.id = v.id)",
        "v.x <- t.a AGGREGATION\nv.x <- t.id FILTER\nv.x <- v.id FILTER",
        id="update from a correlated subquery",
    ),
    pytest.param(
        "postgres",
        "update v set (x, y) = (select a, b from t where k) where z",
        """
        v.x <- t.a IDENTITY
        v.x <- t.k FILTER
        v.y <- t.b IDENTITY
        v.y <- t.k FILTER
        v.(rows) <- v.z FILTER
        """,
        id="update of a row",
    ),
    pytest.param(
        "postgres",
        "delete from v using t where v.id = t.id and t.x",
        "v.(rows) <- v.id FILTER\nv.(rows) <- t.id FILTER\nv.(rows) <- t.x FILTER",
        id="delete",
    ),
    pytest.param(
        "tsql",
        "delete x from v x join t on x.id = t.id",
        "v.(rows) <- v.id JOIN\nv.(rows) <- t.id JOIN",
        id="delete through an alias",
    ),
    pytest.param(
        "snowflake",
        """
        merge into v using t on v.id = t.id
        when matched and t.f > 1 then update set x = t.a, v.y = v.y + t.b
        when not matched then insert (id, x) values (id, a)
        """,
        """
        v.x <- t.a IDENTITY
        v.x <- t.f CONDITIONAL
        v.y <- v.y TRANSFORMATION
        v.y <- t.b TRANSFORMATION
        v.y <- t.f CONDITIONAL
        v.id <- t.id IDENTITY
        v.(rows) <- v.id JOIN
        v.(rows) <- t.id JOIN
        """,
        id="merge",
    ),
    pytest.param(
        "databricks",
        "merge into known using (select p, q, r from t) s on known.p = s.p "
        "when matched then update set * when not matched then insert *",
        """
        known.p <- t.p IDENTITY
        known.q <- t.q IDENTITY
        known.(rows) <- known.p JOIN
        known.(rows) <- t.p JOIN
        """,
        id="merge of all columns",
    ),
    pytest.param(
        "databricks",
        "merge into known using (select p, q, r from t) s on known.p = s.p "
        "when matched and s.r then update *",
        """
        known.p <- t.p IDENTITY
        known.p <- t.r CONDITIONAL
        known.q <- t.q IDENTITY
        known.q <- t.r CONDITIONAL
        known.(rows) <- known.p JOIN
        known.(rows) <- t.p JOIN
        """,
        id="merge of all columns on a condition",
    ),
    pytest.param(
        "bigquery",
        "merge into known using t on known.p = t.a when not matched then insert row",
        """
        known.p <- t.p IDENTITY ~0.50
        known.q <- t.q IDENTITY ~0.50
        known.(rows) <- known.p JOIN
        known.(rows) <- t.a JOIN
        """,
        id="merge of a row",
    ),
    pytest.param(
        "tsql",
        "merge into v using t on v.id = t.id when not matched by source and v.old then delete",
        "v.(rows) <- v.id JOIN\nv.(rows) <- t.id JOIN\nv.(rows) <- v.old CONDITIONAL",
        id="merge that deletes",
    ),
    pytest.param(
        "postgres",
        "with moved as (delete from t where old returning a, b) insert into v (x) "
        "select b from moved",
        "v.x <- t.b IDENTITY\nv.(rows) <- t.old FILTER\nt.(rows) <- t.old FILTER",
        id="delete inside with",
    ),
    pytest.param(
        "postgres",
        "with added as (insert into w (y) select a from t returning y) select y from added",
        "w.y <- t.a IDENTITY\ny <- t.a IDENTITY",
        id="insert inside with",
    ),
]
TABLES = {"known": "p q", "wide": "p q r"}


@pytest.mark.parametrize(("dialect", "sql", "text"), CASES)
def test_a_statement_writes(dialect: str, sql: str, text: str) -> None:
    assert edges(sql, dialect, TABLES) == expected(text)


@pytest.mark.parametrize(
    ("dialect", "sql", "sources", "targets"),
    [
        ("postgres", "update v set x = s.a from t s where v.id = s.id", ["t"], ["v"]),
        ("postgres", "update v set x = x + 1", ["v"], ["v"]),
        ("postgres", "update v set x = 1 where y = 2", [], ["v"]),
        ("postgres", "delete from v where id in (select id from t)", ["t"], ["v"]),
        (
            "snowflake",
            "merge into v using t on v.id = t.id when matched then update set a = t.a",
            ["t"],
            ["v"],
        ),
        (
            "oracle",
            "insert all into v (x) values (b) into w (y) values (a) select a, b from t",
            ["t"],
            ["v", "w"],
        ),
        ("postgres", "insert into v values (1)", [], ["v"]),
        ("snowflake", "copy into v from @stage/path", ["@stage/path"], ["v"]),
        ("postgres", "copy t to '/somewhere'", ["t"], ["/somewhere"]),
        ("postgres", "drop table t", [], []),
        ("postgres", "create table v (a int)", [], ["v"]),
        ("postgres", "set search_path = s", [], []),
    ],
)
def test_tables_read_and_written(
    dialect: str, sql: str, sources: list[str], targets: list[str]
) -> None:
    lineage = statement(sql, dialect)

    assert names(lineage.sources_read) == sources
    assert names(lineage.targets) == targets


def test_each_target_has_its_own_dataset_edges() -> None:
    sql = "with d as (delete from t returning a) insert into v select a from d"

    pairs = [(e.source.text, e.target and e.target.text) for e in statement(sql).dataset_edges]

    assert pairs == [("t", "v")]


def test_changing_an_inserted_column_leaves_its_siblings_alone() -> None:
    # both columns come from the same column of one CTE
    sql = """
        insert into v (x, y) with c as (select a from t) select a, a from c
        on conflict do update set x = v.z
    """

    assert [line for line in edges(sql) if line.startswith("v.y")] == ["v.y <- t.a IDENTITY"]


VIEW = TableName(("db", "s", "v"))


def test_a_bare_select_defines_the_given_target() -> None:
    lineage = statement("select a, b from t", target=VIEW, target_columns=["a", "b"])

    assert lines(lineage) == ["db.s.v.a <- t.a IDENTITY", "db.s.v.b <- t.b IDENTITY"]
    assert lineage.targets == (VIEW,)


def test_a_view_may_rename_its_columns_by_position() -> None:
    assert edges("select a, b from t", target=VIEW, target_columns=["p", "q"]) == [
        "db.s.v.p <- t.a IDENTITY",
        "db.s.v.q <- t.b IDENTITY",
    ]


def test_a_table_may_order_its_columns_otherwise_than_its_query() -> None:
    assert edges("select a, b from t", target=VIEW, target_columns=["b", "a", "older"]) == [
        "db.s.v.a <- t.a IDENTITY",
        "db.s.v.b <- t.b IDENTITY",
    ]


def test_the_given_columns_open_a_star() -> None:
    lineage = statement("select *, 1 as one from t", target=VIEW, target_columns=["a", "b", "one"])

    assert lines(lineage) == ["db.s.v.a <- t.a IDENTITY", "db.s.v.b <- t.b IDENTITY"]
    assert lineage.unresolved == ()


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("select 1", "SELECT"),
        ("select 1 union select 2", "SELECT"),
        ("create view v as select 1 as a", "CREATE VIEW"),
        ("create table v as select 1 as a", "CREATE TABLE"),
        ("insert into v select 1", "INSERT"),
        ("update v set a = 1", "UPDATE"),
        ("delete from v", "DELETE"),
        ("drop table v", "DROP TABLE"),
        ("alter table v add column a int", "ALTER TABLE"),
    ],
)
def test_statement_types(sql: str, kind: str) -> None:
    assert statement(sql).statement_type == kind


def test_an_update_that_adds_to_a_column_reads_what_the_column_held() -> None:
    sql = "update r set r.total += o.amount from sales.region as r join orders as o on o.r = r.id"

    lineage = statement(sql, "tsql")

    assert lineage.status is StatementStatus.PARSED
    assert names(lineage.targets) == ["sales.region"]
    assert [(edge.source_column, edge.target_column) for edge in lineage.column_edges] == [
        ("total", "total"),
        ("amount", "total"),
    ]
