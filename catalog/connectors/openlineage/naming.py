"""Names of datasets: OpenLineage's namespace and name as a qualified name of the catalog.

The rules are those of OpenLineage's naming specification; a namespace that follows none of them
becomes an instance of the platform `openlineage`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePosixPath

from catalog.names import QualifiedName, qualified_name
from catalog.types import DatasetKind

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(//)?(.*)", re.DOTALL)
_DEFAULT_PORTS = {
    "postgres": "5432",
    "redshift": "5439",
    "mysql": "3306",
    "mariadb": "3306",
    "sqlserver": "1433",
    "oracle": "1521",
}
_PLATFORMS = {
    "postgresql": "postgres",
    "mssql": "sqlserver",
    "awsathena": "athena",
    "abfs": "abfss",
    "s3a": "s3",
    "s3n": "s3",
    "wasb": "wasbs",
}
_FILE_STORES = {"file", "s3", "gs", "gcs", "abfss", "wasbs", "hdfs", "dbfs", "sftp"}
_STREAMS = {"kafka", "pubsub", "pulsar", "kinesis"}
_WITHOUT_INSTANCE = {"bigquery", "file"}  # namespaces without a host of their own


@lru_cache(maxsize=65_536)
def dataset_name(namespace: str, name: str) -> QualifiedName:
    """The qualified name; raises NameRefused.

    `postgres://db:5432` + `sales.public.orders` is `postgres://db/sales.public.orders`: the
    default port is left out, as in names that were read from the database itself.
    """
    platform, instance = _system(namespace.strip())
    if platform in _STREAMS:
        parts: list[str] = [name]
    elif platform in _FILE_STORES or name.startswith("/"):
        parts = [part for part in name.split("/") if part not in {"", "."}]
    elif platform == "glue":
        parts = [part for part in name.removeprefix("table/").split("/") if part]
    else:
        parts = [part for part in name.split(".") if part.strip()]
    return qualified_name(platform, instance, parts or [name])


def default_kind(name: QualifiedName) -> DatasetKind:
    """What a dataset of this platform is unless an event says otherwise."""
    if name.platform in _STREAMS:
        return DatasetKind.TOPIC
    return DatasetKind.FILE if name.platform in _FILE_STORES else DatasetKind.TABLE


def sql_platform(address: str) -> str | None:
    """The platform of a data source's address such as `jdbc:postgresql://user:secret@db/x`."""
    scheme = _SCHEME.fullmatch(address.removeprefix("jdbc:"))
    if not scheme:
        return None
    platform = scheme[1].lower()
    return _PLATFORMS.get(platform, platform)


def _system(namespace: str) -> tuple[str, str]:
    if namespace.startswith("arn:aws:glue:"):
        return "glue", namespace.removeprefix("arn:aws:glue:")
    if namespace in _WITHOUT_INSTANCE:
        return namespace, "local" if namespace == "file" else "default"
    scheme = _SCHEME.fullmatch(namespace)
    if scheme is None or not (scheme[2] or scheme[1].lower() in _FILE_STORES):
        return "openlineage", namespace
    platform = _PLATFORMS.get(scheme[1].lower(), scheme[1].lower())
    rest = scheme[3].rpartition("@")[2] if scheme[2] else scheme[3]  # never a user and password
    if platform == "file":
        return platform, rest.strip("/") or "local"
    if rest.startswith("/"):  # a file database, such as duckdb:///data/shop.duckdb
        return platform, PurePosixPath(rest).stem or "local"
    port = _DEFAULT_PORTS.get(platform)
    return platform, rest.rstrip("/").removesuffix(f":{port}") or "local"
