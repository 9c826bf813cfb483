"""PostgreSQL's own catalog views, judged by PostgreSQL's own record of what each one uses.

The server notes every column that a view reads, but not for its built-in tables. So the built-in
tables and views are created once more in a schema of their own, and those are compared.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from lineage.types import StatementLineage, StatementStatus, TableName
from tests.lineage.sql.reading import statement

pytestmark = pytest.mark.servers

NOT_PARSED = {"pg_stats_ext"}
"""Views whose text cannot be parsed."""

IMPOSSIBLE_COPIES = (psycopg.errors.UndefinedFunction, psycopg.errors.DatatypeMismatch)
"""Two views call functions over a built-in row type, two depend on the pseudo-type anyarray."""

TABLES = """
    select c.relname, string_agg(
        quote_ident(a.attname) || ' ' ||
        replace(format_type(a.atttypid, a.atttypmod), 'anyarray', 'text[]'), ', ' order by a.attnum)
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'r'
    group by c.relname
"""
VIEWS = """
    select case n.nspname when 'information_schema' then 'is_' else '' end || c.relname,
        string_agg(quote_ident(a.attname), ', ' order by a.attnum), pg_get_viewdef(c.oid)
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    where c.relkind = 'v' and n.nspname in ('pg_catalog', 'information_schema')
    group by c.oid, c.relname, n.nspname order by c.oid
"""
COPIES = """
    select c.relname, pg_get_viewdef(c.oid), array_agg(a.attname::text order by a.attnum)
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    where c.relnamespace = 'x'::regnamespace and c.relkind = 'v'
    group by c.oid, c.relname
"""
COLUMNS = """
    select n.nspname || '.' || c.relname, string_agg(a.attname, ' ' order by a.attnum)
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
    where c.relkind in ('r', 'v') and n.nspname in ('x', 'pg_catalog', 'information_schema')
    group by 1
"""
USES = """
    select distinct v.relname, t.relname, a.attname
    from pg_rewrite r
    join pg_depend d on d.objid = r.oid and d.classid = 'pg_rewrite'::regclass
        and d.refclassid = 'pg_class'::regclass and d.refobjsubid <> 0
    join pg_class v on v.oid = r.ev_class
    join pg_class t on t.oid = d.refobjid and t.oid <> v.oid
    join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
    where v.relnamespace = 'x'::regnamespace and t.relnamespace = 'x'::regnamespace
"""


@dataclass
class View:
    lineage: StatementLineage
    columns: list[str]
    uses: set[tuple[str, str]]
    """(table, column), as the server records them."""


@pytest.fixture(scope="module")
def connection(postgres_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres_url) as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="module")
def views(connection: psycopg.Connection) -> dict[str, View]:
    tables, originals = connection.execute(TABLES).fetchall(), connection.execute(VIEWS).fetchall()
    assert len(originals) >= 140
    connection.execute("create schema x; set local search_path = x, pg_catalog")
    for name, columns in tables:
        connection.execute(f"create table x.{name} ({columns})")
    for name, columns, body in originals:
        with contextlib.suppress(*IMPOSSIBLE_COPIES), connection.transaction():
            connection.execute(f"create view x.{name} ({columns}) as {body}")
    connection.execute("set local search_path = pg_catalog")
    known = dict(connection.execute(COLUMNS).fetchall())
    uses: dict[str, set[tuple[str, str]]] = {}
    for view, table, column in connection.execute(USES).fetchall():
        uses.setdefault(view, set()).add((table, column))
    return {
        name: View(
            statement(
                body,
                tables=known,
                default_schema="pg_catalog",
                target=TableName(("x", name)),
                target_columns=columns,
            ),
            columns,
            uses.get(name, set()),
        )
        for name, body, columns in connection.execute(COPIES).fetchall()
    }


def test_all_but_one_are_parsed(views: dict[str, View]) -> None:
    assert len(views) >= 130
    parsed = {n for n, v in views.items() if v.lineage.status is StatementStatus.PARSED}

    assert set(views) - parsed == NOT_PARSED & set(views)


def test_what_is_not_parsed_has_a_reason_and_its_tables(views: dict[str, View]) -> None:
    for name in NOT_PARSED & set(views):
        view = views[name]
        assert view.lineage.status is StatementStatus.UNPARSED, name
        assert view.lineage.reason is not None, name
        assert view.lineage.confidence == 0.2, name
        scanned = {t.parts[1] for t in view.lineage.sources_read if t.parts[0] == "x"}
        assert scanned == {table for table, _ in view.uses}, name


def test_tables_are_those_the_server_records(views: dict[str, View]) -> None:
    for name, view in views.items():
        read = {t.parts[1] for t in view.lineage.sources_read if t.parts[0] == "x"}
        assert read == {table for table, _ in view.uses}, name


def test_output_columns_are_the_views(views: dict[str, View]) -> None:
    for name, view in views.items():
        if view.lineage.status is StatementStatus.PARSED:
            assert list(view.lineage.output_columns) == view.columns, name
            assert view.lineage.unresolved == (), name


def test_columns_are_those_the_server_records(views: dict[str, View]) -> None:
    recorded = missing = 0
    for name, view in views.items():
        if view.lineage.status is not StatementStatus.PARSED:
            continue
        edges = (*view.lineage.column_edges, *view.lineage.indirect_edges)
        found = {
            (edge.source_table.parts[1], edge.source_column)
            for edge in edges
            if edge.source_table.parts[0] == "x"
        }
        assert found <= view.uses, name
        recorded += len(view.uses)
        missing += len(view.uses - found)
    # the server also records columns that a subquery selects and nobody takes
    assert recorded > 900
    assert missing / recorded < 0.01
