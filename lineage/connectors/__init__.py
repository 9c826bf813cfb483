"""Connectors that lineage adds to the catalog: the logs of what systems ran."""

from __future__ import annotations

from catalog.registries.connectors import Connector, connectors
from lineage.connectors.bigquery import BigQueryLogConnector
from lineage.connectors.clickhouse import ClickHouseLogConnector
from lineage.connectors.json_lines import QueryLogConnector
from lineage.connectors.postgres_statements import PostgresStatementsConnector
from lineage.connectors.snowflake import SnowflakeLogConnector
from lineage.connectors.trino import TrinoLogConnector


def register_connectors() -> None:
    """Fill the catalog's registry; called once when the application starts."""
    shipped: tuple[Connector, ...] = (
        PostgresStatementsConnector(),
        TrinoLogConnector(),
        SnowflakeLogConnector(),
        BigQueryLogConnector(),
        ClickHouseLogConnector(),
        QueryLogConnector(),
    )
    for connector in shipped:
        connectors.add(connector.name, connector)
