"""Lineage as plain JSON, one object for a script: the form in which tools exchange it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lineage.sql.analysis import analyze
from lineage.sql.detection import detect_dialect
from lineage.sql.schema import MappingSchema
from lineage.sql.summary import summarize
from lineage.sql.templates import render
from lineage.types import LineageSummary

TEMPLATE_CONFIDENCE = 0.5
"""The most that an edge is believed when a part of its template was not understood."""


def report(request: Mapping[str, Any]) -> dict[str, Any]:
    """The lineage of ``request["sql"]``.

    Reads ``id``, ``sql``, ``dialect``, ``schema`` ({table: [columns] or {column: type}}),
    ``default_db`` and ``default_schema``; only ``sql`` must be there. Answers with ``id``,
    ``sources``, ``targets``, ``column_edges`` ([source table, source column, target table or
    null, target column, kind, subtype, confidence]), ``output_columns``, ``indirect_dataset``
    ([table, column, subtype] of what decides all rows) and ``errors``; beside them ``mentioned``
    (sources and the tables of unused common table expressions) and ``unresolved``. Never raises
    for what the request holds.
    """
    answer: dict[str, Any] = {"id": request.get("id")}
    sql = request.get("sql")
    if not isinstance(sql, str):
        reason = request.get("error") or "The field sql must be a text."
        return answer | _EMPTY | {"errors": [reason]}
    tables = request.get("schema")
    try:
        schema = MappingSchema(tables) if isinstance(tables, Mapping) and tables else None
    except (TypeError, AttributeError):
        return answer | _EMPTY | {"errors": ["The field schema must map tables to columns."]}
    rendered = render(sql)
    dialect = str(request.get("dialect") or "") or detect_dialect(rendered.sql)
    script = analyze(
        rendered.sql,
        dialect=dialect,
        schema=schema,
        default_database=_text(request.get("default_db")),
        default_schema=_text(request.get("default_schema")),
        portable=True,
    )
    summary = summarize(script)
    answer |= as_json(summary)
    if rendered.doubts:
        for edge in answer["column_edges"]:
            edge[-1] = min(edge[-1], TEMPLATE_CONFIDENCE)
    answer["unresolved"] = sorted({name for s in script.statements for name in s.unresolved})
    answer["errors"] = [*rendered.doubts, *answer["errors"]]
    return answer


def report_line(line: str, number: int) -> str:
    """As ``report``, from JSON to JSON; ``number`` is the line's in its file."""
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        request = None
    if not isinstance(request, dict):
        request = {"id": None, "error": f"Line {number} is not a JSON object."}
    return json.dumps(report(request), ensure_ascii=False)


_EMPTY: dict[str, Any] = {
    "sources": [],
    "targets": [],
    "column_edges": [],
    "output_columns": [],
    "indirect_dataset": [],
    "mentioned": [],
    "unresolved": [],
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
