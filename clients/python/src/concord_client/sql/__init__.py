"""Whole statements: allowed, refused, or rewritten so that masks and filters are part of the SQL.

    from concord_client.sql import guarded_duckdb, guarded_postgres

    session = guarded_duckdb(duckdb_connection, client, user="dana", purpose="analytics")
    session.execute("SELECT * FROM hr.salary").fetchall()

The check is the one that the service's own page runs; what a table is called, its columns and the
text of views come from the session itself. Needs the extra `sql`.
"""

from concord_client.sql.duckdb_tables import guarded_duckdb
from concord_client.sql.guard import Guard
from concord_client.sql.postgres_tables import guarded_postgres

__all__ = ["Guard", "guarded_duckdb", "guarded_postgres"]
