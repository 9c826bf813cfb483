"""What the names of a statement mean in the catalog, as the native check asks for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from catalog.dates import exact_time
from catalog.durations import seconds_of
from catalog.errors import InvalidInput
from catalog.models import Alias, Column, Dataset, System
from catalog.names import lookup_key, parse_name
from catalog.promises import promise_sentence
from catalog.selectors.promises import own_promise
from catalog.types import DatasetKind, Lifecycle
from governance.clock import now
from governance.permissions.native import KnownColumn, KnownDataset
from lineage.places import Place
from lineage.sql.dialects import dialect_of
from lineage.types import TableName

_MOST_SYSTEMS = 1_000
"""Where one name is looked up at most: in more a statement says which it means."""
_NAMED = ("lookup_name", "pk", "qualified_name")
_FEDERATING = frozenset({"trino", "presto"})


class KnownTables:
    """Implements `governance.permissions.native.Catalog` with the datasets of the catalog.

    Names are looked up in one system, or in all that speak the dialect (Trino: in all). A name
    that means several datasets raises InvalidInput, and so does one that may stand in more systems
    than are looked through. `may_know` says which names may be known of.
    """

    def __init__(
        self,
        dialect: str,
        system: str,
        may_know: Callable[[int], bool],
    ) -> None:
        self._systems = _systems(dialect, system)
        self._is_chosen = bool(system)
        self._may_know = may_know
        self._found: dict[
            tuple[tuple[str, ...], str | None, str | None], tuple[KnownDataset, ...]
        ] = {}

    def find(
        self,
        parts: tuple[str, ...],
        database: str | None,
        schema: str | None,
        *,
        is_inside: bool = False,
    ) -> KnownDataset | None:
        """See `Catalog`."""
        key = (parts, database, schema)
        if key not in self._found:
            self._found[key] = tuple(self._look_up(parts, database, schema))
        found = [one for one in self._found[key] if is_inside or self._may_know(one.id)]
        if len({one.id for one in found}) > 1:
            names = " and ".join(sorted(one.name for one in found)[:3])
            field = "default_schema" if self._is_chosen else "system"
            raise InvalidInput(
                f"{'.'.join(parts)} may be {names}: name the {field.replace('default_', '')}.",
                field=field,
            )
        return found[0] if found else None

    def _look_up(
        self, parts: tuple[str, ...], database: str | None, schema: str | None
    ) -> Iterable[KnownDataset]:
        """The datasets that a name means in each of the systems, and what each is called there:
        what the engine tries first, then what ends so. All systems are asked at once."""
        if len(self._systems) > _MOST_SYSTEMS:
            raise InvalidInput(
                f"{'.'.join(parts)[:200]} may stand in more than {_MOST_SYSTEMS:,} systems: name"
                " the system.",
                field="system",
            )
        written = parts
        if len(parts) == 1 and schema:
            written = (schema, *parts)
        if len(written) == 2 and database:
            written = (database, *written)
        table = TableName(written)
        candidates = {
            system.pk: list(
                map(lookup_key, Place(system.platform, system.instance).candidates(table))
            )
            for system in self._systems
        }
        ids = _ids({key for keys in candidates.values() for key in keys})
        found: dict[int, dict[int, str]] = {}
        for system, keys in candidates.items():
            first = next((ids[key] for key in keys if key in ids), None)
            found[system] = dict([first]) if first else {}
        lacking = [system for system, named in found.items() if not named]
        for system, pk, name in _ending(lacking, written):
            found[system][pk] = name
        return _known(found)


def _ending(systems: list[int], written: tuple[str, ...]) -> Iterable[tuple[int, int, str]]:
    """The datasets of these systems whose names end so: system, dataset and name."""
    ending = tuple(map(lookup_key, written))
    named = Dataset.objects.filter(
        system__in=systems, name__iexact=written[-1], disappeared_at__isnull=True
    )
    for system, pk, name in named.values_list("system_id", "pk", "qualified_name"):
        if _parts(name)[-len(ending) :] == ending:
            yield system, pk, name


def _parts(name: str) -> tuple[str, ...]:
    return tuple(map(lookup_key, parse_name(name).parts))


def _systems(dialect: str, named: str) -> list[System]:
    if named:
        found = list(System.objects.filter(lookup_name=lookup_key(named)))
        if not found:
            raise InvalidInput(f"Concord knows no system {named[:200]!r}.", field="system")
        return found
    asked = System.objects.order_by("pk")
    if dialect not in _FEDERATING:
        platforms = set(System.objects.values_list("platform", flat=True).distinct())
        speaking = [one for one in platforms if dialect_of(one) == dialect]
        asked = asked.filter(platform__in=speaking) if speaking else asked
    return list(asked[: _MOST_SYSTEMS + 1])  # one more tells that there are too many


def _ids(keys: Collection[str]) -> dict[str, tuple[int, str]]:
    """Datasets by lookup name or alias, each with that name as it is written. What is attached to
    a warehouse has a second one there."""
    rows = Dataset.objects.filter(lookup_name__in=keys, disappeared_at__isnull=True)
    found = {key: (pk, name) for key, pk, name in rows.values_list(*_NAMED)}
    aliases = Alias.objects.filter(
        lookup_name__in=[key for key in keys if key not in found],
        dataset__disappeared_at__isnull=True,
    )
    others = aliases.values_list("lookup_name", "dataset_id", "qualified_name")
    return found | {key: (pk, name) for key, pk, name in others}


def _known(found: Mapping[int, Mapping[int, str]]) -> Iterable[KnownDataset]:
    """The datasets found in each system, each by its own name where it belongs to the system,
    however it was asked."""
    asked = {pk for named in found.values() for pk in named}
    datasets = Dataset.objects.in_bulk(asked)
    columns: dict[int, list[KnownColumn]] = {}
    for owner, name, kind, path in (
        Column.objects.filter(dataset__in=asked, parent_path="", disappeared_at__isnull=True)
        .order_by("ordinal", "pk")
        .values_list("dataset_id", "name", "physical_type", "path")
    ):
        columns.setdefault(owner, []).append(KnownColumn(name, kind, lookup_key(path)))
    for system, named in found.items():
        for pk in sorted(named.keys() & datasets.keys()):
            dataset = datasets[pk]
            here = dataset.qualified_name if dataset.system_id == system else named[pk]
            yield _known_dataset(dataset, here, columns.get(pk, ()))


def _known_dataset(dataset: Dataset, here: str, columns: Iterable[KnownColumn]) -> KnownDataset:
    is_view = dataset.kind == DatasetKind.VIEW
    defaults = dataset.definition_defaults or {}
    parts = parse_name(dataset.qualified_name).parts
    return KnownDataset(
        id=dataset.pk,
        name=dataset.qualified_name,
        here=here,
        parts=parse_name(here).parts,
        columns=tuple(columns),
        is_view=is_view,
        definition=dataset.definition_sql if is_view else "",
        definition_dialect=dialect_of(dataset.definition_platform) or "",
        definition_database=defaults.get("database") or (parts[-3] if len(parts) > 2 else None),
        definition_schema=defaults.get("schema") or (parts[-2] if len(parts) > 1 else None),
        note=_note(dataset),
        freshness=_freshness(dataset),
    )


def _note(dataset: Dataset) -> str:
    if dataset.lifecycle not in (Lifecycle.DEPRECATED, Lifecycle.ARCHIVED):
        return ""
    said = f" {dataset.deprecation_note}" if dataset.deprecation_note else ""
    return f"{dataset.qualified_name} is {dataset.lifecycle}.{said}"


def _freshness(dataset: Dataset) -> str:
    """What was promised of the data, and when it changed last where its source tells; empty where
    nothing was promised (R-064)."""
    promise = own_promise(dataset)
    said = promise_sentence(promise)
    changed = dataset.source_modified_at
    if not said or changed is None:
        return f"{dataset.qualified_name}: {said}" if said else ""
    latest = seconds_of(promise.expected_latency)
    is_late = latest > 0 and (now() - changed).total_seconds() > latest
    late = ", longer ago than that" if is_late else ""
    return f"{dataset.qualified_name}: {said} It changed last on {exact_time(changed)}{late}."
