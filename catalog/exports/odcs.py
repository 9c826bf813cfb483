"""A dataset as a data contract of the Open Data Contract Standard 3.1.0 (bitol.io).

What the standard has a place for stands there; what it lacks stands in custom properties whose
names start with `gov.`, so that an import of the document brings the same facts (R-050).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from catalog.exports.described import DescribedColumn, DescribedDataset, DescribedRelation

API_VERSION = "v3.1.0"
VERSION = "1.0.0"  # of the contract: a dataset has facts with a history and no releases
STATUS = {
    "draft": "draft",
    "published": "active",
    "curated": "active",
    "deprecated": "deprecated",
    "archived": "retired",
}
OWN = "gov."
_REFERABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")  # what the standard's short references take
_LOGICAL = (
    (re.compile(r"bool"), "boolean"),
    (re.compile(r"timestamp|datetime"), "timestamp"),
    (re.compile(r"date"), "date"),
    (re.compile(r"^time"), "time"),
    (re.compile(r"\[\]|array|list"), "array"),
    (re.compile(r"struct|row\(|record|map|json|variant|object"), "object"),
    (re.compile(r"interval"), "string"),
    (re.compile(r"(?<![a-z])u?(big|small|tiny|medium|huge)?int|serial"), "integer"),
    (re.compile(r"num|dec|double|float|real|money"), "number"),
)


def contract(dataset: DescribedDataset) -> dict[str, Any]:
    """The document, in the standard's order; valid against its JSON schema."""
    described: dict[str, Any] = {"purpose": dataset.fact("meaning")}
    access = dataset.fact("access")
    return _filled(
        {
            "apiVersion": API_VERSION,
            "kind": "DataContract",
            "id": dataset.qualified_name,
            "version": VERSION,
            "status": STATUS.get(dataset.lifecycle, "active"),
            "name": dataset.display_name or dataset.name,
            "domain": dataset.domain,
            "tags": list(dataset.tags),
            "description": _filled(described),
            "servers": [_server(dataset)],
            "schema": [_schema(dataset)],
            "team": {"members": [_member(owner) for owner in dataset.owners]},
            "roles": [{"role": "reader", "access": "read", "description": access}]
            if access
            else [],
            "slaProperties": _service_levels(dataset),
            "customProperties": _custom(dataset),
        }
    )


def _server(dataset: DescribedDataset) -> dict[str, Any]:
    """Where it lies. Types of the standard ask for ports and accounts, which a catalog has not."""
    return _filled(
        {
            "server": "source",
            "type": "custom",
            "host": dataset.system,
            "database": dataset.place[0] if dataset.place else "",
            "schema": dataset.place[-1] if len(dataset.place) > 1 else "",
            "customProperties": properties(
                {f"{OWN}platform": dataset.platform, f"{OWN}system": dataset.system}
            ),
        }
    )


def _schema(dataset: DescribedDataset) -> dict[str, Any]:
    return _filled(
        {
            "name": dataset.name,
            "physicalName": ".".join((*dataset.place, dataset.name)),
            "physicalType": dataset.kind,
            "businessName": dataset.display_name,
            "description": dataset.fact("meaning"),
            "tags": list(dataset.tags),
            "properties": nested(dataset.columns),
            "relationships": [
                found
                for relation in dataset.relations
                if (found := _foreign_key(dataset, relation))
            ],
            "customProperties": properties(
                {
                    f"{OWN}relations": [_relation(relation) for relation in dataset.relations],
                    f"{OWN}classifications": list(dataset.classifications),
                }
            ),
        }
    )


def nested(columns: Sequence[DescribedColumn]) -> list[dict[str, Any]]:
    """Columns as the standard nests them: what lies in a field stands among its properties."""
    roots: list[dict[str, Any]] = []
    known: dict[tuple[str, ...], dict[str, Any]] = {}
    for column in columns:
        entry = _property(column)
        known[column.path] = entry
        above = known.get(column.path[:-1])
        if above is None:
            if len(column.path) > 1:  # its parent is no column of its own
                entry["name"] = ".".join(column.path)
            roots.append(entry)
            continue
        above["logicalType"] = "object"
        above.setdefault("properties", []).append(entry)
    return roots


def _property(column: DescribedColumn) -> dict[str, Any]:
    own = {
        f"{OWN}nullable": column.nullable,
        f"{OWN}default": column.default or None,
        f"{OWN}classifications": list(column.classifications) or None,
    }
    return _filled(
        {
            "name": column.path[-1],
            "logicalType": _logical_type(column.physical_type),
            "physicalType": column.physical_type,
            "description": column.description,
            "primaryKey": True if column.key_position else None,
            "primaryKeyPosition": column.key_position,
            "required": None if column.nullable is None else not column.nullable,
            "classification": column.classifications[0] if column.classifications else "",
            "tags": list(column.tags),
            "customProperties": properties(own),
        }
    )


def _logical_type(physical: str) -> str:
    lowered = physical.lower()
    if not lowered:
        return ""
    return next((logical for said, logical in _LOGICAL if said.search(lowered)), "string")


def _foreign_key(dataset: DescribedDataset, relation: DescribedRelation) -> dict[str, Any] | None:
    """A relation in the standard's own words, where its short references can name the ends."""
    table = relation.target.rpartition(".")[2]
    names = (dataset.name, table, *relation.columns, *relation.target_columns)
    is_pair = relation.columns and len(relation.columns) == len(relation.target_columns)
    if not is_pair or not all(_REFERABLE.fullmatch(name) for name in names):
        return None
    if relation.kind != "foreign_key":
        return None
    ends = [f"{dataset.name}.{column}" for column in relation.columns]
    others = [f"{table}.{column}" for column in relation.target_columns]
    is_single = len(ends) == 1
    return {
        "type": "foreignKey",
        "from": ends[0] if is_single else ends,
        "to": others[0] if is_single else others,
        "customProperties": properties({f"{OWN}target": relation.target}),
    }


def _relation(relation: DescribedRelation) -> dict[str, Any]:
    return {
        "kind": relation.kind,
        "target": relation.target,
        "columns": list(relation.columns),
        "targetColumns": list(relation.target_columns),
        "name": relation.name,
    }


def _member(owner: Any) -> dict[str, Any]:
    return _filled(
        {
            "username": owner.email or owner.username,
            "name": owner.name,
            "role": owner.kind,
            "customProperties": properties({f"{OWN}isTeam": owner.is_team}),
        }
    )


def _service_levels(dataset: DescribedDataset) -> list[dict[str, Any]]:
    promise = dataset.promise
    said = {
        "latency": promise.expected_latency,
        "retention": dataset.retention,
        f"{OWN}finalityLag": promise.finality_lag,
        f"{OWN}consistency": promise.consistency,
        f"{OWN}lateness": dataset.lateness,
    }
    levels: list[dict[str, Any]] = [
        {"property": name, "value": value} for name, value in said.items() if value
    ]
    if archived := dataset.fact("archived_at"):
        levels.append({"property": "endOfLife", "value": archived})
    return levels


def _custom(dataset: DescribedDataset) -> list[dict[str, Any]]:
    own: dict[str, Any] = {
        f"{OWN}qualifiedName": dataset.qualified_name,
        f"{OWN}kind": dataset.kind,
        f"{OWN}lifecycle": dataset.lifecycle,
        f"{OWN}dataKind": dataset.data_kind,
        f"{OWN}motion": dataset.motion,
        f"{OWN}topic": dataset.topic,
        f"{OWN}stage": dataset.stage,
        f"{OWN}rows": dataset.rows,
        f"{OWN}byteSize": dataset.size_bytes,
        f"{OWN}measuredAt": dataset.measured_at.isoformat() if dataset.measured_at else None,
        f"{OWN}url": dataset.url,
        f"{OWN}distributions": [
            {
                "system": one.system,
                "location": one.location,
                "mediaType": one.media_type,
                "byteSize": one.size_bytes,
                "freshAt": one.fresh_at.isoformat() if one.fresh_at else None,
            }
            for one in dataset.distributions
        ],
    }
    facts = [
        {
            "property": f"{OWN}fact.{name}",
            "value": fact.value,
            "description": f"{fact.origin} by {fact.by}" if fact.by else fact.origin,
        }
        for name, fact in dataset.facts.items()
    ]
    return [*properties(own), *facts, *properties(dataset.custom)]


def properties(values: Any) -> list[dict[str, Any]]:
    """Custom properties of what is said; what is empty says nothing."""
    return [
        {"property": name, "value": value}
        for name, value in values.items()
        if value not in (None, "", [])
    ]


def _filled(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}
