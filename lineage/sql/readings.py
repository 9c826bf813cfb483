"""Remembers readings together with what they were told of the schema.

A text that differs only in white space and comments has the same answer as long as the schema
would say the same again about every table that was asked for. So nobody has to number the
versions of a schema of which each reading sees a few tables, and an answer from here equals a
fresh one, places in the text included.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from threading import Lock
from typing import TypeAlias

from lineage.sql.analysis import analyze, statements_of
from lineage.sql.dialects import DialectRules, dialect_of, rules_of
from lineage.sql.lexer import Kind, tokens
from lineage.sql.schema import SchemaProvider
from lineage.types import ColumnEdge, ScriptLineage, StatementLineage, TableName

ENTRIES = 5_000

_Key: TypeAlias = tuple[
    bytes, str, str | None, str | None, TableName | None, tuple[str, ...] | None
]
_Told: TypeAlias = dict[tuple[TableName, str | None], tuple[str, ...] | None]
"""What was said of the columns of a table, or of the fields of a column of it."""


@dataclass(frozen=True, slots=True)
class _Reading:
    script: ScriptLineage
    told: _Told


class _Listening:
    """A schema that notes what it is asked, and what it says."""

    def __init__(self, schema: SchemaProvider | None) -> None:
        self._schema = schema
        self.told: _Told = {}

    def columns_of(self, table: TableName) -> Sequence[str] | None:
        """See SchemaProvider."""
        names = _asked(self._schema, table, None)
        self.told[table, None] = names
        return names

    def fields_of(self, table: TableName, column: str) -> list[str] | None:
        """See MappingSchema."""
        names = _asked(self._schema, table, column)
        self.told[table, column] = names
        return None if names is None else list(names)


class Readings:
    """Recent readings; the one that was not asked for longest is forgotten first."""

    def __init__(self, entries: int = ENTRIES) -> None:
        self._entries = entries
        self._kept: OrderedDict[_Key, _Reading] = OrderedDict()
        self._lock = Lock()
        self.hits = 0

    def analyze(
        self,
        sql: str,
        *,
        dialect: str,
        schema: SchemaProvider | None = None,
        default_database: str | None = None,
        default_schema: str | None = None,
        target: TableName | None = None,
        target_columns: Sequence[str] | None = None,
    ) -> ScriptLineage:
        """As ``lineage.sql.analyze``."""
        columns = tuple(target_columns) if target_columns is not None else None
        rules = rules_of(dialect_of(dialect))
        key = (_digest(sql, rules), dialect, default_database, default_schema, target, columns)
        with self._lock:
            known = self._kept.get(key)
        if known is not None and _still_told(known.told, schema):
            answer = _placed(known.script, sql, rules)
            if answer is not None:
                with self._lock:
                    self.hits += 1
                    if key in self._kept:
                        self._kept.move_to_end(key)
                return answer
        listening = _Listening(schema)
        script = analyze(
            sql,
            dialect=dialect,
            schema=listening,
            default_database=default_database,
            default_schema=default_schema,
            target=target,
            target_columns=target_columns,
        )
        with self._lock:
            self._kept[key] = _Reading(script, listening.told)
            self._kept.move_to_end(key)
            if len(self._kept) > self._entries:
                self._kept.popitem(last=False)
        return script


def _digest(sql: str, rules: DialectRules) -> bytes:
    """Equal for texts of the same words, literals and signs."""
    digest = blake2b(rules.name.encode(), digest_size=16)
    for token in tokens(sql, rules):
        if token.kind is not Kind.COMMENT:
            digest.update(token.text.encode("utf-8", "surrogatepass") + b"\x00")
    return digest.digest()


def _asked(
    schema: SchemaProvider | None, table: TableName, column: str | None
) -> tuple[str, ...] | None:
    if column is None:
        names = schema.columns_of(table) if schema is not None else None
    else:
        fields_of = getattr(schema, "fields_of", None)
        names = fields_of(table, column) if fields_of is not None else None
    return None if names is None else tuple(names)


def _still_told(told: _Told, schema: SchemaProvider | None) -> bool:
    return all(_asked(schema, table, column) == before for (table, column), before in told.items())


def _placed(script: ScriptLineage, sql: str, rules: DialectRules) -> ScriptLineage | None:
    """The script's lineage with every place moved to where this text has it."""
    texts = statements_of(sql, rules)
    if len(texts) != len(script.statements):
        return None
    statements: list[StatementLineage] = []
    for statement, text in zip(script.statements, texts, strict=True):
        moved = statement if statement.sql == text else _moved(statement, text, rules)
        if moved is None:
            return None
        statements.append(moved)
    return replace(script, statements=tuple(statements))


def _moved(statement: StatementLineage, text: str, rules: DialectRules) -> StatementLineage | None:
    before, after = (
        [token for token in tokens(sql, rules) if token.kind is not Kind.COMMENT]
        for sql in (statement.sql, text)
    )
    if len(before) != len(after):
        return None
    starts = {token.start: other.start for token, other in zip(before, after, strict=True)}
    ends = {token.end: other.end for token, other in zip(before, after, strict=True)}
    edges: list[ColumnEdge] = []
    for edge in statement.column_edges:
        if edge.span is not None:
            start, end = starts.get(edge.span[0]), ends.get(edge.span[1])
            if start is None or end is None:
                return None  # a place inside a string: read the text itself
            edge = replace(edge, span=(start, end))
        edges.append(edge)
    return replace(statement, sql=text, column_edges=tuple(edges))
