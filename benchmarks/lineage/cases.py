"""The cases by construction: small scripts of every class, each with the lineage it has.

`cases/NN_name.txt` holds a class. A case is a line ``== name | dialect | tables | defaults``, the
SQL, a line ``--`` and what is expected: ``target.column <- source.column ... KIND, ... KIND`` for
column edges, ``(rows)`` in place of the column for what decides all rows, and ``sources:``,
``targets:``, ``mentioned:``, ``calls:``, ``outputs:``, ``unresolved:``, ``errors:`` and
``assumed:`` (how many), ``confidence: column value``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from lineage.sql import analyze
from lineage.sql.detection import detect_dialect
from lineage.sql.schema import MappingSchema
from lineage.sql.summary import summarize
from lineage.sql.templates.arguments import without_texts
from lineage.sql.templates.rendering import Rendered, render
from lineage.types import LineageSummary, ScriptLineage

FOLDER = Path(__file__).parent / "cases"
KINDS = {
    "ID": "IDENTITY",
    "TR": "TRANSFORMATION",
    "AGG": "AGGREGATION",
    "JOIN": "JOIN",
    "GROUP": "GROUP_BY",
    "FILTER": "FILTER",
    "SORT": "SORT",
    "WINDOW": "WINDOW",
    "COND": "CONDITIONAL",
}


@dataclass(slots=True)
class Case:
    """A script and what its lineage is."""

    group: str
    name: str
    dialect: str
    tables: dict[str, list[str]]
    defaults: dict[str, str]
    sql: str = ""
    edges: set[tuple[str, str, str]] = field(default_factory=set)
    facts: dict[str, list[str]] = field(default_factory=dict)


def read_cases() -> list[Case]:
    """All cases, in the order of the classes."""
    cases: list[Case] = []
    for path in sorted(FOLDER.glob("*.txt")):
        for block in re.split(r"^== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            cases.append(_case(path.stem, block))
    return cases


def _case(group: str, block: str) -> Case:
    header, _, rest = block.partition("\n")
    sql, _, expected = rest.partition("\n--\n")
    name, dialect, tables, defaults = (*(part.strip() for part in header.split("|")), "", "")[:4]
    case = Case(
        group,
        name,
        dialect,
        {t: c.split() for t, c in re.findall(r"([^\s(]+)\(([^)]*)\)", tables)},
        dict(entry.split("=") for entry in defaults.split()),
        sql,
    )
    for line in expected.strip().splitlines():
        if " <- " in line:
            case.edges |= _edges(line)
        elif line.strip():
            fact, _, values = line.partition(":")
            case.facts.setdefault(fact, []).append(values.strip())
    return case


def _edges(line: str) -> set[tuple[str, str, str]]:
    """``t.c <- a.x a.y TR, a.k COND`` as (target, source, kind)."""
    target, _, rest = line.partition(" <- ")
    found: set[tuple[str, str, str]] = set()
    for group in rest.split(", "):
        *sources, last = group.split()
        masked = last == "masked"
        if masked:
            last = sources.pop()
        text = " ".join(sources)
        listed = [text] if "a b" in text else sources
        found |= {(target, s, KINDS[last] + (" masked" if masked else "")) for s in listed}
    return found


def lineage_of(case: Case) -> tuple[ScriptLineage, LineageSummary, Rendered]:
    """What the engine says of a case, and what its template became."""
    rendered = render(case.sql, dialect="" if case.dialect == "?" else case.dialect)
    dialect = detect_dialect(rendered.sql) if case.dialect == "?" else case.dialect
    script = analyze(
        rendered.sql,
        dialect=dialect,
        schema=MappingSchema(case.tables),
        default_database=case.defaults.get("db"),
        default_schema=case.defaults.get("schema"),
    )
    script = without_texts(script, rendered)
    return script, summarize(script), rendered


def said(summary: LineageSummary) -> set[tuple[str, str, str]]:
    """A summary's edges in the form of a case's."""
    edges = set()
    for edge in summary.column_edges:
        target = f"{edge.target_table.text}." if edge.target_table is not None else ""
        source = f"{edge.source_table.text}.{edge.source_column}"
        masked = " masked" if edge.masking else ""
        edges.add((f"{target}{edge.target_column}", source, f"{edge.subtype}{masked}"))
    for condition in summary.indirect_edges:
        target = f"{condition.target_table.text}." if condition.target_table is not None else ""
        source = f"{condition.source_table.text}.{condition.source_column}"
        edges.add((f"{target}(rows)", source, str(condition.subtype)))
    return edges


def complaints(case: Case) -> list[str]:
    """What the engine gets wrong on a case; nothing when all is right."""
    script, summary, rendered = lineage_of(case)
    found = said(summary)
    wrong = [f"missing {edge}" for edge in sorted(case.edges - found)]
    wrong += [f"too much {edge}" for edge in sorted(found - case.edges)]
    told = {
        "sources": [table.text for table in summary.sources],
        "targets": [table.text for table in summary.targets],
        "mentioned": [table.text for table in summary.mentioned],
        "calls": [table.text for s in script.statements for table in s.calls],
        "outputs": list(summary.output_columns),
        "unresolved": [name for s in script.statements for name in s.unresolved],
    }
    for fact, values in told.items():
        if fact in case.facts and sorted(case.facts[fact][0].split()) != sorted(values):
            wrong.append(f"{fact} {values}")
    stated = {*summary.sources, *summary.targets}
    named = {edge.source_table for edge in (*summary.column_edges, *summary.indirect_edges)}
    wrong += [f"an edge of {t.text}, neither source nor target" for t in named - stated]
    counted = {"errors": [*summary.errors, *rendered.doubts], "assumed": rendered.assumed}
    for fact, sentences in counted.items():
        if len(sentences) != int(case.facts.get(fact, ["0"])[0]):
            wrong.append(f"{fact} {sentences}")
    for entry in case.facts.get("confidence", []):
        column, value = entry.split()
        seen = {round(e.confidence, 4) for e in summary.column_edges if e.target_column == column}
        if seen != {float(value)}:
            wrong.append(f"confidence {column} {sorted(seen)}")
    return wrong
