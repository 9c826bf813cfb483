"""Remembers lineage, so that a statement that comes again is not read again.

The same text is answered at once; a text that differs only in what lineage does not depend on is
answered by its fingerprint. The key holds all else that decides the answer: dialect, how names
are folded, defaults, the state of the session, and the version of the schema.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import replace
from typing import Generic, TypeVar

from lineage.sql.analysis import read_script, statements_of
from lineage.sql.fingerprint import fingerprint
from lineage.sql.schema import SchemaProvider
from lineage.sql.session import Session
from lineage.sql.spelling import rules_for
from lineage.types import ScriptLineage, StatementLineage

ENTRIES = 10_000
_RESULT = re.compile(r"\bRESULT_SCAN\b", re.IGNORECASE)
"""What a statement before it showed, which no key holds."""
V = TypeVar("V")


class LineageCache:
    """Lineage of recent texts, the least recently asked for is forgotten first.

    ``schema_version`` must change whenever a column of any table changes. Not for several threads
    at once.
    """

    def __init__(self, entries: int = ENTRIES) -> None:
        self._texts: _Recent[ScriptLineage] = _Recent(entries)
        self._fingerprints: _Recent[ScriptLineage] = _Recent(entries)

    def analyze(
        self,
        sql: str,
        *,
        dialect: str,
        schema: SchemaProvider | None = None,
        schema_version: Hashable = None,
        default_database: str | None = None,
        default_schema: str | None = None,
        portable: bool = False,
    ) -> ScriptLineage:
        """As ``lineage.sql.analyze``, in a session that ends with the script."""
        setting = (dialect, schema_version, default_database, default_schema, portable)
        known = self._texts.get((sql, setting))
        if known is not None:
            return known
        rules = rules_for(sql, dialect, portable=portable)
        session = Session(rules, schema, default_database, default_schema)
        return self._read(sql, session, setting, may_keep=True)

    def read(self, sql: str, session: Session, schema_version: Hashable = None) -> ScriptLineage:
        """The lineage of a text in a session that goes on.

        What changes the session is read every time, since the change has to happen again.
        """
        if _RESULT.search(sql) is not None:
            return read_script(sql, session)
        rules = session.rules
        setting = (
            rules.name,
            rules.table_case,
            rules.spelled,
            schema_version,
            session.fingerprint(),
        )
        known = self._texts.get((sql, setting))
        if known is None:
            return self._read(sql, session, setting, may_keep=False)
        _forget_results(session, known)
        return known

    def _read(
        self, sql: str, session: Session, setting: Hashable, *, may_keep: bool
    ) -> ScriptLineage:
        print_key = (fingerprint(sql, dialect=session.rules.name), setting)
        alike = self._fingerprints.get(print_key)
        if alike is not None:
            answer = _retold(alike, statements_of(sql, session.rules))
            _forget_results(session, answer)
            self._texts.put((sql, setting), answer)
            return answer
        before = None if may_keep else session.fingerprint()
        script = read_script(sql, session)
        if may_keep or session.fingerprint() == before:
            self._texts.put((sql, setting), script)
            self._fingerprints.put(print_key, script)
        return script


def _forget_results(session: Session, script: ScriptLineage) -> None:
    """What these statements showed is not known, since they were not read."""
    for _ in script.statements:
        session.keep_result(None)


def _retold(script: ScriptLineage, texts: list[str]) -> ScriptLineage:
    """The lineage of statements with the same fingerprint: places in their text are not known."""
    statements = zip(script.statements, texts, strict=True)
    return replace(script, statements=tuple(_without_places(s, text) for s, text in statements))


def _without_places(statement: StatementLineage, sql: str) -> StatementLineage:
    edges = tuple(
        edge if edge.span is None else replace(edge, span=None) for edge in statement.column_edges
    )
    return replace(statement, sql=sql, column_edges=edges)


class _Recent(Generic[V]):
    """A mapping that forgets what was not asked for longest."""

    def __init__(self, entries: int) -> None:
        self._entries = entries
        self._kept: OrderedDict[Hashable, V] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        value = self._kept.get(key)
        if value is not None:
            self._kept.move_to_end(key)
        return value

    def put(self, key: Hashable, value: V) -> None:
        self._kept[key] = value
        if len(self._kept) > self._entries:
            self._kept.popitem(last=False)
