"""One contract as records of the catalog."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from catalog.connectors.source_values import text_of
from catalog.exports.odcs import OWN
from catalog.moments import storable
from catalog.names import parse_name, qualified_name
from catalog.types import (
    ColumnRecord,
    DataKind,
    DatasetKind,
    DatasetRecord,
    MetadataField,
    Motion,
    OwnerRecord,
    OwnershipKind,
    ProfileRecord,
    RelationKind,
    RelationRecord,
    Stage,
    SystemRecord,
)

MOST_DEPTH = 20  # of nested properties
_KINDS = {
    "table": DatasetKind.TABLE,
    "view": DatasetKind.VIEW,
    "topic": DatasetKind.TOPIC,
    "file": DatasetKind.FILE,
    "document": DatasetKind.FILE,
    "object": DatasetKind.FILE,
}
# These follow from what else is imported, or from this catalog's own policies and people.
_WORKED_OUT = frozenset({"meaning", "owner", "contents", "relations", "organisation", "key",
                         "access", "size", "modified_at", "created_at"})  # fmt: skip
_NEVER = frozenset({"meaning", "owner", "access"})
_ROLES = {
    "steward": OwnershipKind.STEWARD,
    "data steward": OwnershipKind.STEWARD,
    "curator": OwnershipKind.CURATOR,
    "owner": OwnershipKind.BUSINESS_OWNER,
    "data owner": OwnershipKind.BUSINESS_OWNER,
    "business owner": OwnershipKind.BUSINESS_OWNER,
}


_USUAL_LEVELS = ("catalog", "database", "schema")
_LEVELS = {"bigquery": ("project", "dataset")}
_DEFAULT_PORTS = {
    "postgres": "5432",
    "postgresql": "5432",
    "redshift": "5439",
    "mysql": "3306",
    "mariadb": "3306",
    "sqlserver": "1433",
    "oracle": "1521",
}


class ContractRefused(ValueError):  # noqa: N818 - reads as the refusal it is
    """A document that is no contract; the message is a plain sentence."""


def records_of(
    document: Any, platform: str, instance: str
) -> Iterator[SystemRecord | DatasetRecord]:
    """The system and datasets of a contract; raises ContractRefused, NameRefused."""
    if not isinstance(document, Mapping) or document.get("kind", "DataContract") != "DataContract":
        raise ContractRefused("It is no data contract: its kind is not DataContract.")
    own = _custom(document)
    schema = _list(document.get("schema") or document.get("dataset"))
    if not schema:
        raise ContractRefused("It has no schema, so it describes no dataset.")
    base = _place(document, platform, instance)
    stated = text_of(str(own.get(f"{OWN}qualifiedName") or ""))
    names = {
        str(part.get("name") or part.get("table")): str(
            parse_name(stated) if stated and len(schema) == 1 else _name_of(base, part)
        )
        for part in schema
    }
    first = parse_name(next(iter(names.values())))
    yield SystemRecord(first.platform, first.instance)
    for part in schema:
        name = names[str(part.get("name") or part.get("table"))]
        yield _dataset(name, document, part, own, names)


def _place(document: Mapping[str, Any], platform: str, instance: str) -> tuple[str, str, list[str]]:
    server = next(iter(_list(document.get("servers"))), {})
    kind = text_of(str(server.get("type") or "")) or platform
    parts = [
        text_of(str(server.get(level) or "")) for level in _LEVELS.get(kind.lower(), _USUAL_LEVELS)
    ]
    return kind, _host(server, kind) or instance, [part for part in parts if part]


def _host(server: Mapping[str, Any], kind: str) -> str | None:
    """What sets the systems of a platform apart, written as other sources write it."""
    if kind.lower() == "bigquery":
        return "default" if server else None
    host = text_of(str(server.get("host") or ""))
    port = text_of(str(server.get("port") or ""))
    if host and port and port != _DEFAULT_PORTS.get(kind.lower()):
        return f"{host}:{port}"
    return host or text_of(str(server.get("account") or server.get("server") or ""))


def _name_of(base: tuple[str, str, list[str]], part: Mapping[str, Any]) -> Any:
    written = text_of(str(part.get("physicalName") or part.get("name") or part.get("table") or ""))
    if not written:
        raise ContractRefused("An object of its schema has no name.")
    kind, host, place = base
    own = [piece for piece in written.split(".") if piece] if kind != "kafka" else [written]
    return qualified_name(kind, host, [*place[: max(0, 3 - len(own))], *own])


def _dataset(
    name: str,
    document: Mapping[str, Any],
    part: Mapping[str, Any],
    own: Mapping[str, Any],
    names: Mapping[str, str],
) -> DatasetRecord:
    of_part = _custom(part)
    description = document.get("description")
    purpose = description.get("purpose") if isinstance(description, Mapping) else description
    facts, origins = _facts(document)
    physical = str(own.get(f"{OWN}kind") or part.get("physicalType") or "table").lower()
    kind = DatasetKind(physical) if physical in set(DatasetKind) else _KINDS.get(physical)
    levels = {
        str(one.get("property")): one.get("value") for one in _list(document.get("slaProperties"))
    }
    declared_size = origins.get("size", "derived") != "derived"
    return DatasetRecord(
        qualified_name=name,
        kind=kind or DatasetKind.TABLE,
        display_name=text_of(str(part.get("businessName") or "")),
        description=text_of(str(part.get("description") or purpose or "")),
        columns=tuple(_numbered(_columns(_list(part.get("properties") or part.get("columns")), ())))
        or None,
        columns_complete=bool(part.get("properties") or part.get("columns")),
        owners=tuple(_owners(document)),
        tags=tuple(
            dict.fromkeys(
                str(tag) for tag in (*_texts(document.get("tags")), *_texts(part.get("tags")))
            )
        ),
        classifications=tuple(_texts(of_part.get(f"{OWN}classifications"))),
        relations=tuple(_relations(part, of_part, names)),
        profile=_profile(own),
        stage=_member(Stage, own.get(f"{OWN}stage")),
        data_kind=_member(DataKind, own.get(f"{OWN}dataKind")),
        motion=_member(Motion, own.get(f"{OWN}motion")),
        topic=text_of(str(own.get(f"{OWN}topic") or "")),
        retention=_duration(levels.get("retention")),
        lateness=_duration(levels.get(f"{OWN}lateness")),
        url=text_of(str(own.get(f"{OWN}url") or "")),
        source_created_at=_moment(facts.get("created_at")),
        source_modified_at=_moment(facts.get("modified_at"))
        if origins.get("modified_at") != "derived"
        else None,
        metadata={
            field: value
            for field, value in facts.items()
            if field in set(MetadataField)
            and field not in _NEVER
            and (origins.get(field) != "derived" or field not in _WORKED_OUT)
            and not (field in {"created_at", "modified_at"} and _moment(value))
            and not (field == "size" and not declared_size)
        },
        custom={
            key: value
            for key, value in own.items()
            if not key.startswith(OWN) and isinstance(value, str | int | float | bool)
        },
    )


def _facts(document: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """What Concord itself exported of the thirteen facts: values and origins."""
    values: dict[str, str] = {}
    origins: dict[str, str] = {}
    start = f"{OWN}fact."
    for entry in _list(document.get("customProperties")):
        name = str(entry.get("property"))
        if name.startswith(start) and entry.get("value") not in (None, ""):
            field = name.removeprefix(start)
            values[field] = str(entry["value"])
            origins[field] = str(entry.get("description") or "").partition(" ")[0]
    return values, origins


def _numbered(columns: Iterator[ColumnRecord]) -> Iterator[ColumnRecord]:
    """Keys with a position each; those whose contract gives none count on in its order."""
    last = 0
    for column in columns:
        if column.key_position is not None:
            last = column.key_position or last + 1
            column = replace(column, key_position=last)
        yield column


def _columns(
    properties: Sequence[Mapping[str, Any]], above: tuple[str, ...]
) -> Iterator[ColumnRecord]:
    if len(above) > MOST_DEPTH:
        raise ContractRefused(f"Its properties nest deeper than {MOST_DEPTH} levels.")
    for number, entry in enumerate(properties):
        written = text_of(str(entry.get("name") or entry.get("column") or ""))
        if not written:
            raise ContractRefused(f"Property {number + 1} of its schema has no name.")
        own = _custom(entry)
        items = entry.get("items")
        inner = entry.get("properties") or (
            items.get("properties") if isinstance(items, Mapping) else None
        )
        path = (*above, written)
        required = entry.get("required")
        key = entry.get("primaryKey") or entry.get("isPrimaryKey")
        position = entry.get("primaryKeyPosition")
        classified = _texts(own.get(f"{OWN}classifications")) or _texts(entry.get("classification"))
        yield ColumnRecord(
            path=path,
            physical_type=text_of(str(entry.get("physicalType") or entry.get("logicalType") or "")),
            nullable=None if required is None else not required,
            description=text_of(str(entry.get("description") or "")),
            default=text_of(str(own.get(f"{OWN}default") or "")),
            key_position=(position if isinstance(position, int) and position > 0 else 0)
            if key
            else None,
            tags=tuple(_texts(entry.get("tags"))),
            classifications=tuple(classified),
        )
        yield from _columns(_list(inner), path)


def _owners(document: Mapping[str, Any]) -> Iterator[OwnerRecord]:
    team = document.get("team")
    members = team.get("members") if isinstance(team, Mapping) else team
    for member in _list(members):
        if member.get("dateOut"):
            continue
        username = text_of(str(member.get("username") or ""))
        name = text_of(str(member.get("name") or "")) or username
        if not name:
            continue
        role = str(member.get("role") or "").lower()
        kind = _member(OwnershipKind, role) or _ROLES.get(role, OwnershipKind.TECHNICAL_OWNER)
        email = username if username and "@" in username else None
        is_team = bool(_custom(member).get(f"{OWN}isTeam", False))
        yield OwnerRecord(name, email, is_team, kind)


def _relations(
    part: Mapping[str, Any], of_part: Mapping[str, Any], names: Mapping[str, str]
) -> Iterator[RelationRecord]:
    """Concord's own list where there is one; else foreign keys of the object or its columns."""
    own = _list(of_part.get(f"{OWN}relations"))
    for one in own:
        yield RelationRecord(
            target=str(one.get("target")),
            kind=_member(RelationKind, one.get("kind")) or RelationKind.FOREIGN_KEY,
            columns=tuple(_texts(one.get("columns"))),
            target_columns=tuple(_texts(one.get("targetColumns"))),
            name=str(one.get("name") or ""),
        )
    if own:
        return
    stated = [(one.get("from"), one.get("to")) for one in _list(part.get("relationships"))]
    for column in _list(part.get("properties")):
        name = str(column.get("name"))
        stated += [(f".{name}", one.get("to")) for one in _list(column.get("relationships"))]
    for source, target in stated:
        ends = [str(end).rpartition(".")[2] for end in _texts(source)]
        others = [str(end).rpartition(".") for end in _texts(target)]
        tables = {table for table, _, _ in others}
        if len(tables) == 1 and (known := names.get(tables.pop())) and len(ends) == len(others):
            yield RelationRecord(
                known, columns=tuple(ends), target_columns=tuple(o[2] for o in others)
            )


def _profile(own: Mapping[str, Any]) -> ProfileRecord | None:
    rows, size = own.get(f"{OWN}rows"), own.get(f"{OWN}byteSize")
    taken_at = _moment(own.get(f"{OWN}measuredAt"))
    if taken_at is None or not (isinstance(rows, int) or isinstance(size, int)):
        return None
    return ProfileRecord(
        taken_at,
        rows if isinstance(rows, int) else None,
        size if isinstance(size, int) else None,
    )


def _custom(part: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(entry.get("property")): entry.get("value")
        for entry in _list(part.get("customProperties"))
    }


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    if value in (None, ""):
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _member(enum: Any, value: Any) -> Any:
    return enum(value) if isinstance(value, str) and value in set(enum) else None


def _duration(value: Any) -> str | None:
    """Only what is written as a duration; "3" of a unit elsewhere says another thing."""
    return value if isinstance(value, str) and value.startswith("P") else None


def _moment(value: Any) -> dt.datetime | None:
    """A whole moment; a day alone stays a text, so that it is not told more exactly than it was."""
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError:
        return None
    return storable(found)
