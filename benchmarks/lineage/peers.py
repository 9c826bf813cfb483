"""Other engines, as far as they are installed, asked for the column lineage of a statement.

They need other versions of the same parser, so they can live in an environment of their own:

    PYTHON -m benchmarks.lineage.peers < QUESTION.json

answers there for ``timed``, which a run of ours asks with the interpreter that it is given.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Engine = Callable[[str], bool]
"""Reads a statement; False when it could not."""


@dataclass(frozen=True, slots=True)
class Timed:
    """An engine's processor seconds for one statement, and how many it failed on."""

    seconds: float
    failed: int


def timed(
    tables: Mapping[str, Sequence[str]],
    dialect: str,
    statements: Sequence[str],
    python: str | None = None,
) -> dict[str, Timed]:
    """Each engine's time for these statements, in this interpreter or in ``python``."""
    if python is not None:
        question = {"tables": tables, "dialect": dialect, "statements": statements}
        done = subprocess.run(
            [python, "-m", "benchmarks.lineage.peers"],
            input=json.dumps(question),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return {name: Timed(*entry) for name, entry in json.loads(done.stdout).items()}
    found: dict[str, Timed] = {}
    for name, run in peers(tables, dialect).items():
        run(statements[0])  # what is set up once is not the statements'
        started = time.process_time()
        failed = sum(not run(sql) for sql in statements)
        found[name] = Timed((time.process_time() - started) / len(statements), failed)
    return found


def peers(tables: Mapping[str, Sequence[str]], dialect: str) -> dict[str, Engine]:
    """The engines at hand, each with the schema it needs."""
    engines: dict[str, Engine] = {"sqlglot.lineage": _sqlglot(tables, dialect)}
    if importlib.util.find_spec("sqllineage") is not None:
        engines["sqllineage"] = _sqllineage(tables, dialect)
    if importlib.util.find_spec("datahub") is not None:
        engines["DataHub"] = _datahub(tables, dialect)
    if importlib.util.find_spec("openlineage_sql") is not None:
        engines["openlineage-sql, without a schema"] = _openlineage(dialect)
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


def _openlineage(dialect: str) -> Engine:
    """It takes no schema, so a bare column of a join goes to a table by guess or is left out."""
    from openlineage_sql import parse

    def read(sql: str) -> bool:
        answer = parse([f"insert into main.result {sql}"], dialect=dialect)
        return answer is not None and bool(answer.column_lineage)

    return read


def main() -> None:
    """Answer for the interpreter that this runs in."""
    asked = json.load(sys.stdin)
    found = timed(asked["tables"], asked["dialect"], asked["statements"])
    print(json.dumps({name: [entry.seconds, entry.failed] for name, entry in found.items()}))


if __name__ == "__main__":
    main()
