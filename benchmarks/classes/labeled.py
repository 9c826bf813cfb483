"""Columns with the class that somebody said they have: by our labels, or by those of schemas."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from config.demo.larkfield.datasets import datasets
from lineage.classes import ColumnFacts, DataClass

HERE = Path(__file__).parent

_LARKFIELD = {
    "pii.name": DataClass.NAME, "pii.email": DataClass.EMAIL, "pii.phone": DataClass.PHONE,
    "pii.gov": DataClass.GOVERNMENT_ID, "pii.card": DataClass.CARD, "pii.ip": DataClass.IP,
    "pii.address": DataClass.ADDRESS, "pii.geo": DataClass.LOCATION, "pii.dob": DataClass.BIRTH,
    "pii.freeform": DataClass.FREE_TEXT, "pii.sensitive": DataClass.SENSITIVE,
    "pii.hash": DataClass.HASH, "hr.comp": DataClass.PAY, "fin": DataClass.AMOUNT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labeled:
    """A column with its class: None for none. `is_any` where a schema only says that it is one."""

    source: str
    facts: ColumnFacts
    truth: DataClass | None
    is_any: bool = False


def labeled(fixtures: Path | None, part: str) -> Iterator[Labeled]:
    """The columns of one part, `tune` or `judge`."""
    if part == "tune":
        yield from larkfield()
    if fixtures is None:
        return
    truths = _truths(part)
    for source, dataset, facts in _columns(fixtures):
        named = truths.get(source)
        if named is not None:
            found = named.get(dataset, {}) or named.get("*", {})
            name = facts.path.lower()
            yield Labeled(source, facts, found.get(name))
    if part == "judge":
        yield from _contracts(fixtures)


def larkfield() -> Iterator[Labeled]:
    """The demonstration's own classifications."""
    for dataset in datasets():
        for column in dataset.columns:
            facts = ColumnFacts(column.name, dataset.name, column.type, bool(column.target))
            yield Labeled("Larkfield", facts, _LARKFIELD.get(column.label))


def _truths(part: str) -> dict[str, dict[str, dict[str, DataClass]]]:
    found: dict[str, dict[str, dict[str, DataClass]]] = defaultdict(lambda: defaultdict(dict))
    section = ""
    for line in (HERE / "labels.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[] ")
        elif line and not line.startswith("#") and section == part:
            head, _, rest = line.partition(": ")
            source, _, dataset = head.partition(" ")
            for pair in rest.split():
                column, _, data_class = pair.partition("=")
                found[source][dataset][column.lower()] = DataClass(data_class)
    return found


def _columns(fixtures: Path) -> Iterator[tuple[str, str, ColumnFacts]]:
    lines = (fixtures / "spider2-sqlite" / "tables.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        table = json.loads(line)
        for column in table["columns"]:
            facts = ColumnFacts(column["name"], table["table"], column["type"])
            yield table["database"], table["table"], facts
    for source in ("dbt-jaffle-shop-duckdb", "dbt-fivetran-jira"):
        catalog = json.loads((fixtures / source / "catalog.json").read_text(encoding="utf-8"))
        for node in [*catalog["nodes"].values(), *catalog["sources"].values()]:
            name = node["metadata"]["name"]
            for column in node["columns"].values():
                yield source, name, ColumnFacts(column["name"], name, column["type"])
    path = fixtures / "omop-cdm" / "OMOP_CDMv5.4_Field_Level.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            facts = ColumnFacts(
                row["cdmFieldName"], row["cdmTableName"], row["cdmDatatype"],
                row["isForeignKey"] == "Yes",
            )  # fmt: skip
            yield "omop-cdm", row["cdmTableName"], facts


def _contracts(fixtures: Path) -> Iterator[Labeled]:
    """Data contracts say of a column that it is restricted or sensitive, and not of what kind; only
    columns with a statement count."""
    for path in sorted((fixtures / "odcs").glob("*.odcs.yaml")):
        contract: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        for table in contract.get("schema") or ():
            for column in table.get("properties") or ():
                said = column.get("classification")
                is_sensitive = "sensitive" in (column.get("tags") or ())
                if said or is_sensitive:
                    facts = ColumnFacts(
                        column["name"], table["name"], column.get("physicalType") or ""
                    )
                    is_closed = said == "restricted" or is_sensitive
                    truth = DataClass.NAME if is_closed else None
                    yield Labeled("odcs", facts, truth, is_any=True)
