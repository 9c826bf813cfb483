"""Other engines, as far as they are installed, asked for the column lineage of a statement."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence

Engine = Callable[[str], bool]
"""Reads a statement; False when it could not."""


def peers(tables: Mapping[str, Sequence[str]], dialect: str) -> dict[str, Engine]:
    """The engines at hand, each with the schema it needs."""
    engines: dict[str, Engine] = {"sqlglot.lineage": _sqlglot(tables, dialect)}
    if importlib.util.find_spec("sqllineage") is not None:
        engines["sqllineage"] = _sqllineage(tables, dialect)
    if importlib.util.find_spec("datahub") is not None:
        engines["DataHub"] = _datahub(tables, dialect)
    return engines


def _sqlglot(tables: Mapping[str, Sequence[str]], dialect: str) -> Engine:
    """The documented way: one call per output column."""
    from sqlglot import exp, parse_one
    from sqlglot.errors import SqlglotError
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify

    schema = {table: dict.fromkeys(columns, "int") for table, columns in tables.items()}

    def read(sql: str) -> bool:
        try:
            tree = qualify(parse_one(sql, dialect=dialect), schema=schema, dialect=dialect)
            assert isinstance(tree, exp.Query)
            for name in tree.named_selects:
                lineage(name, sql, schema=schema, dialect=dialect)
        except (SqlglotError, ValueError):
            return False
        return True

    return read


def _sqllineage(tables: Mapping[str, Sequence[str]], dialect: str) -> Engine:
    from sqllineage.core.metadata.dummy import DummyMetaDataProvider
    from sqllineage.exceptions import SQLLineageException
    from sqllineage.runner import LineageRunner

    provider = DummyMetaDataProvider({f"main.{t}": list(c) for t, c in tables.items()})

    def read(sql: str) -> bool:
        try:
            runner = LineageRunner(
                f"insert into main.result {sql}", dialect=dialect, metadata_provider=provider
            )
            return bool(runner.get_column_lineage())
        except SQLLineageException:
            return False

    return read


def _datahub(tables: Mapping[str, Sequence[str]], dialect: str) -> Engine:
    from datahub.sql_parsing.schema_resolver import SchemaResolver
    from datahub.sql_parsing.sqlglot_lineage import sqlglot_lineage

    resolver = SchemaResolver(platform=dialect, env="PROD")
    for table, columns in tables.items():
        urn = f"urn:li:dataset:(urn:li:dataPlatform:{dialect},db.main.{table},PROD)"
        resolver.add_raw_schema_info(urn, dict.fromkeys(columns, "int"))

    def read(sql: str) -> bool:
        answer = sqlglot_lineage(
            sql, schema_resolver=resolver, default_db="db", default_schema="main"
        )
        return bool(answer.column_lineage)

    return read
