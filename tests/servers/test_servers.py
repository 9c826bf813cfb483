"""The servers that other tests stand on answer as their fixtures promise."""

import psycopg
import pymysql
import pytest
from redis import Redis
from sqlalchemy.engine import make_url

from tests.servers.trino import Trino

pytestmark = pytest.mark.servers


def test_postgres_lets_its_user_write(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TEMPORARY TABLE t AS SELECT 7 AS n")
        assert connection.execute("SELECT n FROM t").fetchone() == (7,)


def test_redis_keeps_a_value(redis_url: str) -> None:
    with Redis.from_url(redis_url) as client:
        client.set("probe", "7")
        assert client.getdel("probe") == b"7"


def test_mariadb_lets_its_user_write(mariadb_url: str) -> None:
    url = make_url(mariadb_url)
    with pymysql.connect(
        host=url.host, port=url.port or 3306, user=url.username, password=str(url.password),
        database=url.database,
    ) as connection, connection.cursor() as cursor:  # fmt: skip
        cursor.execute("CREATE TEMPORARY TABLE t AS SELECT 7 AS n")
        cursor.execute("SELECT n FROM t")
        assert cursor.fetchone() == (7,)


def test_trino_computes(trino: Trino) -> None:
    assert trino.query("SELECT count(*) FROM tpch.tiny.region") == [[5]]
