"""The connectors that come with Concord; each is one small file or folder against the contract."""

from __future__ import annotations

from catalog.connectors.data_dictionary.connector import DataDictionaryConnector
from catalog.connectors.dbt.connector import DbtConnector
from catalog.connectors.files.connector import FilesConnector
from catalog.connectors.odcs.connector import OdcsConnector
from catalog.connectors.openlineage.connector import OpenLineageConnector
from catalog.connectors.sql_database.connector import SqlDatabaseConnector
from catalog.registries.connectors import Connector, connectors


def register_connectors() -> None:
    """Fill the registry; called once when the application starts."""
    shipped: tuple[Connector, ...] = (
        DbtConnector(),
        SqlDatabaseConnector(),
        FilesConnector(),
        OpenLineageConnector(),
        DataDictionaryConnector(),
        OdcsConnector(),
    )
    for connector in shipped:
        connectors.add(connector.name, connector)
