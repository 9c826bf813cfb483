"""Real databases: SQLite and DuckDB files, and PostgreSQL's own catalogue."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from django.conf import settings as django_settings
from pydantic import ValidationError
from sqlalchemy.engine import URL

from catalog.connectors.sql_database.connecting import APPLICATION, explain
from catalog.connectors.sql_database.connector import SqlDatabaseConnector
from catalog.connectors.sql_database.settings import SqlDatabaseSettings
from catalog.registries.connectors import ReadContext, SourceUnreadable
from catalog.types import (
    DatasetKind,
    DatasetRecord,
    ProblemRecord,
    RelationRecord,
    Severity,
)
from tests.catalog.connectors.reading import Read, read_all

SOURCE = f"connector_source_{os.getpid()}"  # a database of our own beside the service's
SECRET = "correct horse battery staple"


def postgres() -> dict[str, Any]:
    """The server of this test run."""
    return django_settings.DATABASES["default"]


def postgres_url(**changes: str) -> str:
    server = {**postgres(), "NAME": SOURCE, **changes}
    return (
        f"postgresql:///{server['NAME']}?host={server['HOST']}&port={server['PORT']}"
        f"&user={server['USER']}"
    )


def connected(database: str) -> psycopg.Connection[Any]:
    server = postgres()
    return psycopg.connect(
        host=server["HOST"],
        port=server["PORT"],
        user=server["USER"],
        password=server["PASSWORD"],
        dbname=database,
        autocommit=True,
    )


@pytest.fixture(scope="module", autouse=True)
def source() -> Iterator[None]:
    """The database with a schema of orders."""
    with connected(postgres()["NAME"]) as connection:
        connection.execute(f"CREATE DATABASE {SOURCE}")
    with connected(SOURCE) as connection:
        connection.execute("""
            CREATE SCHEMA orders; SET search_path TO orders;
            CREATE TABLE customers (
                region text, id integer, email varchar(200) NOT NULL DEFAULT 'none',
                tags text[], balance numeric(10, 2), PRIMARY KEY (region, id));
            COMMENT ON TABLE customers IS 'Who buys';
            COMMENT ON COLUMN customers.email IS 'Where bills go';
            CREATE TABLE "Odd ""orders"".🛒" (
                number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                region text, customer integer,
                CONSTRAINT buyer FOREIGN KEY (region, customer) REFERENCES customers (region, id));
            CREATE VIEW buyers AS SELECT id, lower(email) AS email FROM customers;
            CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM customers;
            INSERT INTO customers SELECT 'eu', n FROM generate_series(1, 500) n;
            ANALYZE customers;
        """)
    yield
    with connected(postgres()["NAME"]) as connection:
        connection.execute(f"DROP DATABASE {SOURCE} WITH (FORCE)")


@pytest.fixture(scope="module")
def context() -> ReadContext:
    return ReadContext(secret=postgres()["PASSWORD"])


@pytest.fixture(scope="module")
def own(context: ReadContext) -> Read:
    return read_all(
        SqlDatabaseConnector(),
        context,
        url=postgres_url(),
        instance="test",
        include_schemas=("orders",),
    )


class TestPostgres:
    name = f"postgres://test/{SOURCE}.orders"

    def test_every_relation_with_its_kind(self, own: Read) -> None:
        assert {d.qualified_name: d.kind for d in own.datasets.values()} == {
            f"{self.name}.customers": DatasetKind.TABLE,
            f'{self.name}."Odd ""orders"".🛒"': DatasetKind.TABLE,
            f"{self.name}.buyers": DatasetKind.VIEW,
            f"{self.name}.totals": DatasetKind.MATERIALIZED_VIEW,
        }
        assert own.expected == 4
        assert own.problems == []

    def test_columns_with_types_keys_defaults_and_comments(self, own: Read) -> None:
        customers = own.dataset(f"{self.name}.customers")
        assert customers.description == "Who buys"
        assert [
            (c.path[0], c.physical_type, c.nullable, c.key_position)
            for c in customers.columns or ()
        ] == [
            ("region", "text", False, 1),
            ("id", "integer", False, 2),
            ("email", "character varying(200)", False, None),
            ("tags", "text[]", True, None),
            ("balance", "numeric(10,2)", True, None),
        ]
        email = (customers.columns or ())[2]
        assert email.description == "Where bills go"
        assert email.default == "'none'::character varying"

    def test_a_foreign_key_over_two_columns(self, own: Read) -> None:
        assert own.dataset(f'{self.name}."Odd ""orders"".🛒"').relations == (
            RelationRecord(
                f"{self.name}.customers",
                columns=("region", "customer"),
                target_columns=("region", "id"),
                name="buyer",
            ),
        )

    def test_views_have_their_sql_and_where_it_runs(self, own: Read) -> None:
        view = own.dataset(f"{self.name}.buyers").definition
        assert view is not None
        assert "email::text) AS email" in view.sql
        assert (view.platform, view.default_database, view.default_schema) == (
            "postgres",
            SOURCE,
            "orders",
        )
        assert own.dataset(f"{self.name}.totals").definition is not None
        assert own.dataset(f"{self.name}.customers").definition is None

    def test_estimates_and_sizes(self, own: Read) -> None:
        profile = own.dataset(f"{self.name}.customers").profile
        assert profile is not None
        assert profile.estimated is True
        assert profile.rows == 500
        assert profile.size_bytes is not None
        assert profile.size_bytes >= 8192

    def test_its_own_catalogue(self, context: ReadContext) -> None:
        read = read_all(
            SqlDatabaseConnector(),
            context,
            url=postgres_url(),
            include_schemas=("pg_catalog", "information_schema"),
        )
        columns = [c for d in read.datasets.values() for c in d.columns or ()]
        views = [d for d in read.datasets.values() if d.kind is DatasetKind.VIEW]
        assert len(read.datasets) >= 200
        assert len(columns) >= 1990
        assert all(column.physical_type for column in columns)
        assert len(views) >= 138
        assert all(view.definition for view in views)
        pg_class = read.dataset(f"postgres://localhost/{SOURCE}.pg_catalog.pg_class")
        assert (pg_class.columns or ())[0].path == ("oid",)
        assert (pg_class.columns or ())[0].key_position == 1

    def test_system_schemas_are_left_out_unless_asked_for(self, context: ReadContext) -> None:
        read = read_all(
            SqlDatabaseConnector(), context, url=postgres_url(), exclude_schemas=("ord*", "public")
        )
        assert read.datasets == {}

    def test_a_wrong_password_is_one_sentence_without_it(self) -> None:
        server = postgres()
        url = f"postgresql://{server['USER']}@localhost/{SOURCE}?host={server['HOST']}"
        wrong = ReadContext(secret=SECRET)
        with pytest.raises(SourceUnreadable) as refusal:
            read_all(SqlDatabaseConnector(), wrong, url=f"{url}&port={server['PORT']}")
        assert "refused the user" in refusal.value.message
        assert SECRET not in refusal.value.message

    def test_an_unknown_database(self, context: ReadContext) -> None:
        with pytest.raises(SourceUnreadable, match="has no database 'nowhere'"):
            read_all(SqlDatabaseConnector(), context, url=postgres_url(NAME="nowhere"))

    def test_a_server_that_goes_away_leaves_what_was_read(self, context: ReadContext) -> None:
        settings = SqlDatabaseSettings(
            url=postgres_url(), include_schemas=("information_schema", "pg_catalog")
        )
        records = iter(SqlDatabaseConnector().read(settings, context))
        first = next(record for record in records if isinstance(record, DatasetRecord))
        with connected(SOURCE) as administrator:
            ended = administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = %s AND datname = %s",
                [APPLICATION, SOURCE],
            ).fetchall()
        assert ended == [(True,)]
        rest = list(records)
        assert ".information_schema." in first.qualified_name
        assert isinstance(rest[-1], ProblemRecord)
        assert rest[-1].severity is Severity.ERROR
        assert "closed the connection in the middle of reading" in rest[-1].message
        assert not [
            r for r in rest if isinstance(r, DatasetRecord) and ".pg_catalog." in r.qualified_name
        ]

    def test_nothing_can_be_written_through_it(self, context: ReadContext) -> None:
        from sqlalchemy.exc import DBAPIError

        from catalog.connectors.sql_database.connecting import open_engine

        address = SqlDatabaseSettings(url=postgres_url()).address
        engine = open_engine(address, context.secret, context.limits)
        with engine.connect() as connection, pytest.raises(DBAPIError, match="read-only"):
            connection.exec_driver_sql("CREATE TABLE never (id int)")


class TestSqlite:
    @pytest.fixture
    def shop(self, tmp_path: Path) -> Path:
        path = tmp_path / "shop ?#1.db"
        with sqlite3.connect(path) as connection:
            connection.executescript("""
                CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'x');
                CREATE TABLE orders (
                    id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers (id),
                    price DECIMAL(8, 2));
                CREATE VIEW spend AS SELECT customer, sum(price) AS total FROM orders GROUP BY 1;
                CREATE TABLE bare (key TEXT PRIMARY KEY) WITHOUT ROWID;
            """)
            connection.executemany(
                "INSERT INTO customers VALUES (?, 'n')", [(n,) for n in range(7)]
            )
        connection.close()
        return path

    def read(self, path: Path, **settings: Any) -> Read:
        url = URL.create("sqlite", database=str(path)).render_as_string()
        return read_all(SqlDatabaseConnector(), url=url, instance="shop", **settings)

    def test_tables_views_keys_and_counts(self, shop: Path) -> None:
        read = self.read(shop)
        customers = read.dataset("sqlite://shop/main.customers")
        orders = read.dataset("sqlite://shop/main.orders")
        view = read.dataset("sqlite://shop/main.spend")
        assert len(read.datasets) == 4
        assert customers.profile is not None
        assert (customers.profile.rows, customers.profile.estimated) == (7, False)
        assert (orders.columns or ())[2].physical_type == "DECIMAL(8, 2)"
        assert orders.relations[0].target == "sqlite://shop/main.customers"
        assert orders.relations[0].columns == ("customer",)
        assert view.kind is DatasetKind.VIEW
        assert view.definition is not None
        assert view.definition.sql.startswith("CREATE VIEW spend AS SELECT customer")

    def test_a_large_table_is_not_counted_to_its_end(
        self, shop: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("catalog.connectors.sql_database.details.COUNTED_ROWS", 3)
        profile = self.read(shop).dataset("sqlite://shop/main.customers").profile
        assert profile is not None
        assert (profile.rows, profile.estimated) == (6, True)  # the greatest row id

    def test_a_missing_file_is_not_created(self, tmp_path: Path) -> None:
        with pytest.raises(SourceUnreadable, match="There is no file"):
            self.read(tmp_path / "none.db")
        assert list(tmp_path.iterdir()) == []

    def test_what_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "text.db").write_text("not a database" * 100)
        with pytest.raises(SourceUnreadable, match="is no database file"):
            self.read(tmp_path / "text.db")

    def test_wide_tables_and_names_in_many_scripts(self, tmp_path: Path) -> None:
        names = ["naïve", "заказ", "注文", "طلب", "a.b", 'a"b', "a/b", "a b", "🛒"]
        with sqlite3.connect(tmp_path / "odd.db") as connection:
            for name in names:
                quoted = name.replace('"', '""')
                connection.execute(f'CREATE TABLE "{quoted}" ("{quoted}" TEXT)')
            columns = ", ".join(f"c{n}" for n in range(1999))
            connection.execute(f"CREATE TABLE wide ({columns})")
        connection.close()
        read = self.read(tmp_path / "odd.db")
        assert len(read.datasets) == len(names) + 1
        assert {d.columns[0].path[0] for d in read.datasets.values() if d.columns} == {*names, "c0"}
        assert len(read.columns("sqlite://shop/main.wide")) == 1999


class TestDuckdb:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        with duckdb.connect(str(tmp_path / "lab.duckdb")) as connection:
            connection.execute("""
                CREATE SCHEMA raw;
                CREATE TABLE raw.sites (id INTEGER PRIMARY KEY, name VARCHAR);
                CREATE TABLE raw.samples (
                    id INTEGER, part INTEGER, site INTEGER REFERENCES raw.sites (id),
                    reading STRUCT(unit VARCHAR, points STRUCT(x DOUBLE, y DOUBLE)[]),
                    labels MAP(VARCHAR, INTEGER), grade ENUM('a', 'b'),
                    price DECIMAL(5, 2) DEFAULT 3 NOT NULL, PRIMARY KEY (part, id));
                COMMENT ON TABLE raw.samples IS 'What was measured';
                COMMENT ON COLUMN raw.samples.price IS 'In euro';
                INSERT INTO raw.sites VALUES (1, 'a'), (2, 'b');
                CREATE VIEW main.dear AS SELECT id, price FROM raw.samples WHERE price > 5;
            """)
        return tmp_path / "lab.duckdb"

    def read(self, path: Path, **settings: Any) -> Read:
        return read_all(SqlDatabaseConnector(), url=f"duckdb:///{path}", **settings)

    def test_tables_nested_columns_keys_and_comments(self, file: Path) -> None:
        read = self.read(file)
        samples = read.dataset("duckdb://lab/lab.raw.samples")
        columns = {c.path: c for c in samples.columns or ()}
        assert len(read.datasets) == read.expected == 3
        assert samples.description == "What was measured"
        assert columns[("price",)].description == "In euro"
        assert (columns[("price",)].nullable, columns[("price",)].default) == (False, "3")
        assert (columns[("part",)].key_position, columns[("id",)].key_position) == (1, 2)
        assert columns[("reading", "unit")].physical_type == "VARCHAR"
        assert columns[("reading", "points", "x")].physical_type == "DOUBLE"
        assert columns[("labels", "value")].physical_type == "INTEGER"
        assert samples.relations == (
            RelationRecord(
                "duckdb://lab/lab.raw.sites",
                columns=("site",),
                target_columns=("id",),
                name="samples_site_id_fkey",
            ),
        )

    def test_views_and_row_estimates(self, file: Path) -> None:
        read = self.read(file)
        view = read.dataset("duckdb://lab/lab.main.dear")
        sites = read.dataset("duckdb://lab/lab.raw.sites")
        assert view.kind is DatasetKind.VIEW
        assert view.definition is not None
        assert "price > 5" in view.definition.sql
        assert sites.profile is not None
        assert (sites.profile.rows, sites.profile.estimated) == (2, True)

    def test_only_the_schemas_asked_for(self, file: Path) -> None:
        assert list(self.read(file, include_schemas=("ma*",)).datasets) == [
            "duckdb://lab/lab.main.dear"
        ]

    def test_missing_or_damaged(self, tmp_path: Path) -> None:
        with pytest.raises(SourceUnreadable, match="There is no file"):
            self.read(tmp_path / "none.duckdb")
        (tmp_path / "text.duckdb").write_bytes(b"hello" * 10_000)
        with pytest.raises(SourceUnreadable, match="no database file"):
            self.read(tmp_path / "text.duckdb")


class TestAddresses:
    @pytest.mark.parametrize(
        ("url", "sentence"),
        [
            (f"postgresql://a:{SECRET.replace(' ', '%20')}@db/x", "holds a password"),
            ("postgresql://db/x?options=-csearch_path%3Dx", "holds the option 'options'"),
            ("mysql://db/x?read_default_file=/etc/passwd", "holds the option"),
            ("postgresql://db/x?password=hunter2", "holds the option 'password'"),
            ("sqlite://", "names no file"),
            ("duckdb:///:memory:", "names no file"),
            ("not an address", "no database address"),
        ],
    )
    def test_addresses_that_are_refused(self, url: str, sentence: str) -> None:
        with pytest.raises(ValidationError, match=sentence) as refusal:
            SqlDatabaseSettings(url=url)
        assert "correct" not in str(refusal.value)
        assert "hunter2" not in str(refusal.value)

    def test_a_driver_that_is_not_installed(self) -> None:
        with pytest.raises(SourceUnreadable, match="No driver for oracle"):
            read_all(SqlDatabaseConnector(), url="oracle://scott@db/x")
        with pytest.raises(SourceUnreadable, match="No driver for nosuchsql"):
            read_all(SqlDatabaseConnector(), url="nosuchsql://db/x")

    def test_nobody_answers(self) -> None:
        with pytest.raises(SourceUnreadable, match=r"Nothing answers at 127\.0\.0\.1:1"):
            read_all(SqlDatabaseConnector(), url="postgresql://a@127.0.0.1:1/x")
        with pytest.raises(SourceUnreadable, match=r"Nothing answers at 127\.0\.0\.1:1"):
            read_all(SqlDatabaseConnector(), url="mariadb://a@127.0.0.1:1/x")

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            ("[Errno -2] Name or service not known", "There is no host 'db.example.org'"),
            ("failed to resolve host 'x'", "There is no host"),
            (
                "(1045, \"Access denied for user 'a'@'b' (using password: YES)\")",
                "refused the user",
            ),
            ("(2013, 'Lost connection to MySQL server during query')", "in the middle of reading"),
            (
                f"strange words with {SECRET} inside",
                "strange words with *** inside",
            ),
        ],
    )
    def test_what_drivers_say_becomes_a_sentence(self, said: str, sentence: str) -> None:
        url = SqlDatabaseSettings(url="mariadb://a@db.example.org/x").address
        assert sentence in explain(RuntimeError(said), url, SECRET)
        assert SECRET not in explain(RuntimeError(said), url, SECRET)
