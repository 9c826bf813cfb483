"""Systems and containers: made as the names of datasets need them, described where stated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from django.db import connection

from catalog.events import RecordChanged
from catalog.models import Container, System
from catalog.models.copying import new_ids
from catalog.names import QualifiedName, lookup_key
from catalog.services.event_log import record_all
from catalog.types import ContainerKind, ContainerRecord, DatasetKind, Principal, SystemRecord

NamedT = TypeVar("NamedT")

_OUTERMOST = {
    DatasetKind.FILE: ContainerKind.FILE_STORE,
    DatasetKind.MEDIA: ContainerKind.FILE_STORE,
    DatasetKind.TOPIC: ContainerKind.TOPIC_NAMESPACE,
    DatasetKind.DASHBOARD: ContainerKind.DASHBOARD_TOOL,
    DatasetKind.ML_MODEL: ContainerKind.MODEL_REGISTRY,
}
_INNER = {
    **_OUTERMOST,
    DatasetKind.FILE: ContainerKind.FOLDER,
    DatasetKind.MEDIA: ContainerKind.FOLDER,
}


def container_kind(depth: int, kind: DatasetKind) -> ContainerKind:
    """What a level that nobody described is likely to be, by what it contains."""
    if depth == 1:
        return _OUTERMOST.get(kind, ContainerKind.DATABASE)
    return _INNER.get(kind, ContainerKind.SCHEMA)


class Places:
    """Keys of systems and containers by name, looked up or made once.

    One object serves one transaction; it starts with what earlier ones have committed.
    """

    def __init__(self, acting: Principal, known: Mapping[str, int]) -> None:
        self._acting = acting
        self._known = dict(known)
        self._keys: dict[QualifiedName, int] = {}
        self._above: set[QualifiedName | None] = set()

    @property
    def known(self) -> Mapping[str, int]:
        """Every name met so far with its key."""
        return self._known

    def key(self, name: QualifiedName) -> int:
        """The key of a system or container that `make` has seen."""
        if name not in self._keys:
            self._keys[name] = self._known[str(name)]
        return self._keys[name]

    def make(self, needed: Iterable[tuple[QualifiedName, DatasetKind]]) -> None:
        """Make the systems and containers above the datasets named, outermost first."""
        systems: dict[str, QualifiedName] = {}
        levels: dict[int, dict[str, tuple[QualifiedName, ContainerKind]]] = {}
        for name, kind in needed:
            above = name.parent
            if above in self._above:
                continue
            self._above.add(above)
            while above is not None and str(above) not in self._known:
                if above.parts:
                    depth = len(above.parts)
                    found = container_kind(depth, kind)
                    levels.setdefault(depth, {}).setdefault(str(above), (above, found))
                else:
                    systems[str(above)] = above
                above = above.parent
        self._make_systems(systems)
        for depth in sorted(levels):
            self._make_containers(levels[depth])

    def describe_system(self, record: SystemRecord, name: QualifiedName) -> None:
        """Set what the source says of a system; None keeps what was there."""
        self._make_systems({str(name): name})
        stated = {
            "harvested_description": record.description,
            "environment": record.environment,
        }
        self._describe(System.objects.get(pk=self.key(name)), stated)

    def describe_container(self, record: ContainerRecord, name: QualifiedName) -> None:
        """Set what the source says of a container, made with what is above it."""
        self.make([(name.child("_"), DatasetKind.TABLE)])
        stated = {"harvested_description": record.description, "kind": record.kind}
        self._describe(Container.objects.get(pk=self.key(name)), stated)

    def _describe(self, place: System | Container, stated: Mapping[str, str | None]) -> None:
        changed = {
            field: value
            for field, value in stated.items()
            if value is not None and getattr(place, field) != value
        }
        if changed:
            for field, value in changed.items():
                setattr(place, field, value)
            place.save(update_fields=list(changed))
            event = RecordChanged(fields=tuple(f.removeprefix("harvested_") for f in changed))
            record_all([(event, place)], acting=self._acting)

    def _make_systems(self, names: Mapping[str, QualifiedName]) -> None:
        missing = self._find(System, names)
        self._insert(
            System,
            [
                System(
                    qualified_name=text,
                    lookup_name=lookup_key(text),
                    platform=name.platform,
                    instance=name.instance,
                )
                for text, name in sorted(missing.items())
            ],
        )

    def _make_containers(self, names: Mapping[str, tuple[QualifiedName, ContainerKind]]) -> None:
        missing = self._find(Container, names)
        self._insert(
            Container,
            [
                Container(
                    system_id=self._known[str(QualifiedName(name.platform, name.instance))],
                    parent_id=self._known[str(name.parent)] if len(name.parts) > 1 else None,
                    kind=kind,
                    name=name.name,
                    qualified_name=text,
                    lookup_name=lookup_key(text),
                )
                for text, (name, kind) in sorted(missing.items())
            ],
        )

    def _find(
        self, model: type[System | Container], names: Mapping[str, NamedT]
    ) -> dict[str, NamedT]:
        """Remember those that exist; return the others."""
        unknown = {text: value for text, value in names.items() if text not in self._known}
        if unknown:
            rows = model.objects.filter(qualified_name__in=list(unknown))
            self._known.update(rows.values_list("qualified_name", "pk"))
        return {text: value for text, value in unknown.items() if text not in self._known}

    def _insert(
        self, model: type[System | Container], places: Sequence[System] | Sequence[Container]
    ) -> None:
        """Each has its key beforehand: another import may make the same name first, and tells."""
        if not places:
            return
        with connection.cursor() as cursor:
            for place, key in zip(places, new_ids(cursor, model, len(places)), strict=True):
                place.pk = key
        model.objects.bulk_create(places, ignore_conflicts=True)  # type: ignore[arg-type]
        names = [place.qualified_name for place in places]
        stored = model.objects.filter(qualified_name__in=names)
        self._known.update(stored.values_list("qualified_name", "pk"))
        made = [place for place in places if self._known[place.qualified_name] == place.pk]
        record_all(
            [(RecordChanged(change="created"), place) for place in made], acting=self._acting
        )
