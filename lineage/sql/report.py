"""Lineage as plain JSON, one object for a script: the form in which tools exchange it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from lineage.sql.analysis import analyze
from lineage.sql.detection import detect_dialect
from lineage.sql.dialects import is_known
from lineage.sql.schema import MappingSchema, SchemaProvider
from lineage.sql.summary import summarize
from lineage.sql.templates.arguments import without_texts
from lineage.sql.templates.rendering import render
from lineage.types import LineageSummary


def report(request: Mapping[str, Any], schema: SchemaProvider | None = None) -> dict[str, Any]:
    """The lineage of ``request["sql"]``; ``schema`` is asked in place of the request's own.

    Reads ``id``, ``sql``, ``dialect``, ``schema`` ({table: [columns] or {column: type}}),
    ``default_db`` and ``default_schema``; only ``sql`` must be there. Answers with ``id``,
    ``sources``, ``targets``, ``column_edges`` ([source table, source column, target table or
    null, target column, kind, subtype, confidence]), ``output_columns``, ``indirect_dataset``
    ([table, column, subtype] of what decides all rows) and ``errors``; beside them ``mentioned``
    (sources and the tables of unused common table expressions), ``unresolved`` and ``assumed``
    (macros that were read as their packages write them). Never raises for what the request holds.
    """
    answer: dict[str, Any] = {"id": request.get("id")}
    sql = request.get("sql")
    if not isinstance(sql, str):
        reason = request.get("error") or "The field sql must be a text."
        return answer | _EMPTY | {"errors": [reason]}
    named = request.get("dialect")
    rendered = render(sql, dialect=_text(named) or "")
    given, doubts = _schema(request.get("schema"), sql)
    dialect = named if isinstance(named, str) and named else detect_dialect(rendered.sql)
    if named and (dialect != named or not is_known(dialect)):
        doubts.append(f"No SQL dialect is called {str(named)[:40]!r}: the text was read without.")
    doubts += [
        f"The field {field} must be a text."
        for field in ("default_db", "default_schema")
        if not isinstance(request.get(field), str | None)
    ]
    script = analyze(
        rendered.sql,
        dialect=dialect,
        schema=schema or given,
        default_database=_text(request.get("default_db")),
        default_schema=_text(request.get("default_schema")),
        portable=True,
    )
    script = without_texts(script, rendered)
    summary = summarize(script)
    answer |= as_json(summary)
    for edge in answer["column_edges"]:
        edge[-1] = min(edge[-1], rendered.confidence)
    answer["unresolved"] = sorted({name for s in script.statements for name in s.unresolved})
    answer["assumed"] = list(rendered.assumed)
    answer["errors"] = [*doubts, *rendered.doubts, *answer["errors"]]
    return answer


def report_line(line: str, number: int) -> str:
    """As ``report``, from JSON to JSON; ``number`` is the line's in its file.

    The line may hold bytes that were no UTF-8 as surrogates; they are replaced, and it is said.
    """
    text = _NO_CHARACTER.sub("\ufffd", line)
    try:
        request = json.loads(text, parse_constant=_refused)
    except (ValueError, RecursionError):
        request = None
    if not isinstance(request, dict):
        request = {"id": None, "error": f"Line {number} is not a JSON object."}
    answer = report(request)
    if text != line:
        answer["errors"].insert(
            0, f"Line {number} is not UTF-8: what is no character was replaced."
        )
    return as_line(answer)


def as_line(answer: Mapping[str, Any]) -> str:
    """An answer as one line of JSON that any file can hold."""
    line = json.dumps(answer, ensure_ascii=False)
    return line if _LONE.search(line) is None else json.dumps(answer)


def _refused(constant: str) -> None:
    """NaN and Infinity, which are no JSON."""
    raise ValueError(constant)


_NO_CHARACTER = re.compile("[\udc80-\udcff]")
"""What bytes become that are no UTF-8."""
_LONE = re.compile("[\ud800-\udfff]")


def _schema(tables: object, sql: str) -> tuple[MappingSchema | None, list[str]]:
    """The tables that come with a text; a complaint where they are none."""
    try:
        if not tables:
            return None, []
        if isinstance(tables, Mapping):
            return MappingSchema({name: _as_read(tables[name], sql) for name in tables}), []
    except (TypeError, AttributeError):
        pass
    return None, ["The field schema must map tables to columns: it was left out."]


def _as_read(columns: Any, sql: str) -> Any:
    """Columns in lower case, but for those that the text quotes as they are: whoever lists a
    schema may have it from an engine that writes all names in capitals."""
    if not isinstance(columns, list | tuple | Mapping):
        return columns
    names = {
        column: column
        if not isinstance(column, str) or any(mark.format(column) in sql for mark in _QUOTED)
        else column.lower()
        for column in columns
    }
    if len(set(names.values())) < len(names):
        return columns
    if isinstance(columns, Mapping):
        return {names[column]: columns[column] for column in columns}
    return list(names.values())


_QUOTED = ('"{}"', "`{}`", "[{}]")

_EMPTY: dict[str, Any] = {
    "sources": [],
    "targets": [],
    "column_edges": [],
    "output_columns": [],
    "indirect_dataset": [],
    "mentioned": [],
    "unresolved": [],
    "assumed": [],
}


def _text(value: object) -> str | None:
    return value.lower() if isinstance(value, str) and value else None


def as_json(summary: LineageSummary) -> dict[str, Any]:
    """A summary's fields as lists of texts and numbers; the same fact is told once."""
    edges: dict[tuple[Any, ...], float] = {}
    for edge in summary.column_edges:
        target = edge.target_table.text if edge.target_table is not None else None
        key = (
            edge.source_table.text,
            edge.source_column,
            target,
            edge.target_column,
            edge.kind.value,
            edge.subtype.value,
        )
        edges[key] = max(edges.get(key, 0.0), round(edge.confidence, 4))
    conditions = dict.fromkeys(
        (edge.source_table.text, edge.source_column, edge.subtype.value)
        for edge in summary.indirect_edges
    )
    return {
        "sources": [table.text for table in summary.sources],
        "targets": [table.text for table in summary.targets],
        "column_edges": [[*key, confidence] for key, confidence in edges.items()],
        "output_columns": list(summary.output_columns),
        "indirect_dataset": [list(key) for key in conditions],
        "mentioned": [table.text for table in summary.mentioned],
        "errors": list(summary.errors),
    }
