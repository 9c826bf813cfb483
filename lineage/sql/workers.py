"""Lineage in several processes, with a timer that no statement outlives.

Requests come and answers leave as text, which nobody between a worker and the file has to take
apart: one process would otherwise do that for all. A text that takes too long is answered from a
scan of its words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from lineage.sql.crew import Crew
from lineage.sql.report import as_line, report_line
from lineage.sql.spelling import rules_for
from lineage.sql.token_scan import token_scan

Line: TypeAlias = tuple[int, str]
"""A request as JSON, with its number in the file, for the sentence that refuses it."""


def reports(
    requests: Iterable[Mapping[str, Any]], *, workers: int, seconds: float
) -> Iterator[dict[str, Any]]:
    """Answers as ``report`` gives them, in the order of the requests.

    A request that takes more than ``seconds`` of one process is answered with the tables that a
    scan of its words finds.
    """
    lines = ((number, json.dumps(request)) for number, request in enumerate(requests, start=1))
    for answer in report_lines(lines, workers=workers, seconds=seconds):
        yield json.loads(answer)


def report_lines(lines: Iterable[Line], *, workers: int, seconds: float) -> Iterator[str]:
    """As ``reports``, from JSON to JSON."""
    with Crew(_answered, scanned_line, workers=workers, seconds=seconds) as crew:
        yield from crew.answers(lines)


def _answered(line: Line) -> str:
    number, text = line
    return report_line(text, number)


def scanned_line(line: Line, reason: str) -> str:
    """What a scan of the words says of a text that could not be read in time."""
    try:
        request = json.loads(line[1])
    except (ValueError, RecursionError):
        request = None
    if not isinstance(request, dict):
        request = {}
    return as_line(scanned_report(request, reason))


def scanned_report(request: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """What a scan of the words says of a text that could not be read in time."""
    sql = str(request.get("sql") or "")
    scanned = token_scan(sql, rules_for(sql, str(request.get("dialect") or ""), portable=True))
    sources = [".".join(parts) for parts in scanned.sources]
    return {
        "id": request.get("id"),
        "sources": sources,
        "targets": [".".join(parts) for parts in scanned.targets],
        "column_edges": [],
        "output_columns": [],
        "indirect_dataset": [],
        "mentioned": sources,
        "errors": [reason],
        "unresolved": [],
        "assumed": [],
    }
