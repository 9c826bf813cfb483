"""The SQL connector on a MariaDB: keys, comments, views, sizes, and its refusals."""

import pymysql
import pytest
from sqlalchemy.engine import URL, make_url

from catalog.connectors.sql_database.connector import SqlDatabaseConnector
from catalog.registries.connectors import ReadContext, SourceUnreadable
from catalog.types import DatasetKind, RelationRecord
from tests.catalog.connectors.reading import Read, read_all

pytestmark = pytest.mark.servers


def without_password(url: URL) -> str:
    return f"{url.drivername}://{url.username}@{url.host}:{url.port or 3306}/{url.database}"


@pytest.fixture(scope="module")
def shop(mariadb_url: str) -> Read:
    url = make_url(mariadb_url)
    with pymysql.connect(
        host=url.host, port=url.port or 3306, user=url.username, password=str(url.password),
        database=url.database,
    ) as connection, connection.cursor() as cursor:  # fmt: skip
        for statement in (
            "CREATE OR REPLACE TABLE customers (id INT PRIMARY KEY COMMENT 'Number of the card',"
            " grade ENUM('a', 'b') NOT NULL DEFAULT 'a', naïve VARCHAR(20)) COMMENT 'Who buys'",
            "CREATE OR REPLACE TABLE orders (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,"
            " customer INT, CONSTRAINT buyer FOREIGN KEY (customer) REFERENCES customers (id))",
            "CREATE OR REPLACE VIEW buyers AS SELECT customer, count(*) AS orders FROM orders"
            " GROUP BY customer",
            "INSERT INTO customers (id) VALUES (1), (2), (3)",
            "ANALYZE TABLE customers",
        ):
            cursor.execute(statement)
        connection.commit()
    return read_all(
        SqlDatabaseConnector(),
        ReadContext(secret=str(url.password)),
        url=without_password(url),
        instance="shop",
    )


def test_tables_and_views_of_the_database_named(shop: Read) -> None:
    assert {d.qualified_name: d.kind for d in shop.datasets.values()} == {
        "mysql://shop/source.customers": DatasetKind.TABLE,
        "mysql://shop/source.orders": DatasetKind.TABLE,
        "mysql://shop/source.buyers": DatasetKind.VIEW,
    }
    assert shop.problems == []


def test_columns_with_types_comments_and_keys(shop: Read) -> None:
    customers = shop.dataset("mysql://shop/source.customers")
    columns = {c.path[0]: c for c in customers.columns or ()}
    assert customers.description == "Who buys"
    assert columns["id"].description == "Number of the card"
    assert (columns["id"].key_position, columns["id"].nullable) == (1, False)
    assert columns["grade"].physical_type == "enum('a','b')"
    assert columns["naïve"].physical_type == "varchar(20)"
    assert customers.profile is not None
    assert (customers.profile.rows, customers.profile.estimated) == (3, True)
    assert customers.profile.size_bytes is not None
    assert customers.source_created_at is not None


def test_foreign_keys_and_view_sql(shop: Read) -> None:
    assert shop.dataset("mysql://shop/source.orders").relations == (
        RelationRecord(
            "mysql://shop/source.customers",
            columns=("customer",),
            target_columns=("id",),
            name="buyer",
        ),
    )
    view = shop.dataset("mysql://shop/source.buyers")
    assert view.description is None
    assert view.definition is not None
    assert "group by" in view.definition.sql.lower()


def test_a_wrong_password_is_one_sentence_without_it(mariadb_url: str) -> None:
    url = without_password(make_url(mariadb_url))
    with pytest.raises(SourceUnreadable, match="refused the user 'concord'") as refusal:
        read_all(SqlDatabaseConnector(), ReadContext(secret="not-it-at-all"), url=url)
    assert "not-it-at-all" not in refusal.value.message
