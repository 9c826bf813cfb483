"""Statements over a small warehouse in memory: tables with sizes, read as brakes read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlglot
from sqlglot import exp

from governance.brakes.engine import (
    Brake,
    Estimate,
    Form,
    Limits,
    Shape,
    Span,
    Table,
    Trip,
    estimate_of,
    shape_of,
    trips_of,
)
from governance.permissions.engine import Dataset, Resources, Subjects

NOW = dt.datetime(2026, 9, 7, 9, tzinfo=dt.UTC)
YEAR = Span(dt.date(2025, 9, 8), dt.date(2026, 9, 7))  # 365 days
PII = "7"


def table(
    number: int,
    name: str,
    *columns: str,
    labeled: Sequence[str] = (),
    measured: int = 1,
    span: Mapping[str, Span] | None = None,
    **size: Any,
) -> Table:
    """A table that was measured some days ago; `labeled` columns carry the label PII."""
    held = {column: frozenset({PII}) if column in labeled else frozenset() for column in columns}
    known = bool(size)
    return Table(
        dataset=Dataset(number, f"duckdb://lake/{name}", columns=held),
        columns=columns,
        measured_at=NOW - dt.timedelta(days=measured) if known else None,
        spans=span or {},
        **size,
    )


EVENTS = table(
    1, "events.event", "id", "tenant_id", "at", "name",
    rows=3_650_000, bytes=365 * 10**9, span={"at": YEAR},
)  # fmt: skip
TENANTS = table(2, "app.tenant", "id", "email", "plan", labeled=["email"], rows=900, bytes=10**6)
CLICKS = table(3, "events.click", "id", "tenant_id", "at", rows=1_000_000, bytes=10**9)
NOTES = table(4, "app.note", "id", "tenant_id", "text")  # nobody measured it
TABLES = {one.name.rpartition("/")[2]: one for one in (EVENTS, TENANTS, CLICKS, NOTES)}


def shape(sql: str, dialect: str = "duckdb") -> Shape:
    """A statement over the warehouse."""
    tree = sqlglot.parse_one(sql, dialect=dialect)
    found = {
        id(node): TABLES[name]
        for node in tree.find_all(exp.Table)
        if (name := ".".join(part.name for part in node.parts)) in TABLES
    }
    return shape_of(tree, found)


def brake(name: str = "the-brake", **fields: Any) -> Brake:
    """A brake for everybody."""
    limits = {k: fields.pop(k) for k in ("bytes", "rows", "partitions", "cost", "price", "seconds")
              if k in fields}  # fmt: skip
    form = {k: fields.pop(k) for k in ("partition_filter", "cross_join", "labels", "functions",
                                       "row_limit") if k in fields}  # fmt: skip
    names = fields.pop("names", ())
    return Brake(
        key=f"brake:{name}", name=name, version=1, title=name.replace("-", " ").capitalize(),
        subjects=Subjects(everybody=True), limits=Limits(**limits), form=Form(**form),
        resources=Resources(names=names) if names else None, **fields,
    )  # fmt: skip


def estimated(*sql: str, lying_by: Callable[[Table], frozenset[str]] | None = None) -> Estimate:
    """The estimate of statements whose tables lie by `at`."""
    by_day = lying_by or (lambda _: frozenset({"at"}))
    return estimate_of([shape(one) for one in sql], by_day, now=NOW)


def tripped(sql: str, *brakes: Brake, dialect: str = "duckdb") -> list[Trip]:
    """What brakes have against a statement."""
    shapes = [shape(sql, dialect)]
    found = estimate_of(shapes, lambda _: frozenset({"at"}), now=NOW)
    return trips_of(brakes, shapes, found)


def codes(sql: str, *brakes: Brake, dialect: str = "duckdb") -> list[str]:
    """Why brakes stop a statement."""
    return [trip.code.value for trip in tripped(sql, *brakes, dialect=dialect)]
