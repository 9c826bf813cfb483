"""The tables of our catalog as an engine names them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from catalog.names import NameRefused, lookup_key, parse_name
from governance.permissions.engine import Index
from governance.permissions.gateways.registered import GatewayRecord


@dataclass(frozen=True, slots=True, order=True)
class EngineTable:
    """A table as an engine calls it, in lower case."""

    catalog: str
    schema: str
    name: str


def tables_of(gateway: GatewayRecord, index: Index) -> Mapping[int, EngineTable]:
    """Every dataset that the gateway's engine can name: by its own name where it can, or else by
    the first of its others."""
    own: dict[int, EngineTable] = {}
    others: dict[int, EngineTable] = {}
    records = index.parts.records
    for name, pk, table in _tables(gateway, index):
        if records[pk].name == name:
            own[pk] = table
        else:
            others[pk] = min(table, others.get(pk, table))
    return others | own


def _tables(gateway: GatewayRecord, index: Index) -> Iterator[tuple[str, int, EngineTable]]:
    places = {catalog: lookup_key(within.prefix) for catalog, within in gateway.catalogs.items()}
    elsewhere = lookup_key(gateway.elsewhere.prefix)
    for name, pk in index.parts.by_name.items():
        for catalog, prefix in places.items():
            parts = _rest(name, prefix)
            if len(parts) == 2:
                yield name, pk, EngineTable(catalog.lower(), *parts)
        parts = _rest(name, elsewhere)
        if len(parts) == 3 and parts[0] not in places:
            yield name, pk, EngineTable(*parts)


def _rest(name: str, prefix: str) -> tuple[str, ...]:
    """The parts of a name after a prefix; none where it begins otherwise or cannot be read."""
    if not name.startswith(prefix):
        return ()
    try:
        parts = parse_name(name).parts
        before = parse_name(prefix.rstrip("./")).parts
    except NameRefused:
        return ()
    return tuple(part.lower() for part in parts[len(before) :])


def grouped(tables: Iterable[EngineTable]) -> dict[tuple[str, str], list[str]]:
    """The names of tables by catalog and schema."""
    found: dict[tuple[str, str], list[str]] = {}
    for table in sorted(set(tables)):
        found.setdefault((table.catalog, table.schema), []).append(table.name)
    return found
