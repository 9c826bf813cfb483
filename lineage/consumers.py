"""Keeping edges and suggested classes current: consumers of the catalog's events."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.events import DatasetChanged, DatasetCreated
from catalog.models import Alias, Dataset, Event
from catalog.types import Principal
from lineage.models import Statement
from lineage.services.declared import DECLARED_KINDS, resolve_declared
from lineage.services.detecting import detect_classes
from lineage.services.queries.waiting import let_queries_wait
from lineage.services.reading import DEFINITION_KINDS, read_definitions
from lineage.services.stages import derive_stages

# Facts that say in which stage a dataset stands, and lineage that people draw.
_PLACING = ("definition", "qualified_name", "alias", "lineage", "kind", "motion", "capture_kind")


def digest(events: Sequence[Event]) -> None:
    """Read again what a batch of events may have changed: the definitions of the datasets
    themselves, and the statements that read from them or wait for their names."""
    acting = Principal.system("lineage")
    created = {event.subject_id for event in events if event.type == DatasetCreated.name}
    changed = [event for event in events if event.type == DatasetChanged.name]
    redefined = created | {event.subject_id for event in changed if _redefines(event)}
    reshaped = created | {event.subject_id for event in changed if event.payload.get("columns")}
    waiting = _waiting_for(redefined, reshaped)
    definitions = redefined | {
        dataset_id for _, kind, dataset_id in waiting if kind in DEFINITION_KINDS
    }
    if definitions:
        read_definitions(definitions, acting=acting)
    declared = [pk for pk, kind, _ in waiting if kind in DECLARED_KINDS]
    if declared:
        resolve_declared(declared, acting=acting)
    moved = {event.subject_id for event in changed if _moves(event)}
    near = created | definitions | moved | {dataset_id for _, _, dataset_id in waiting}
    if near:
        derive_stages(acting=acting, near=near)
    if redefined or reshaped:
        let_queries_wait(reshaped, _names_of(redefined), acting=acting)


def _redefines(event: Event) -> bool:
    """Whether the text may differ, or the columns that it fills."""
    fields = event.payload.get("fields") or ()
    return bool(event.payload.get("columns")) or any(
        field.startswith(("definition", "qualified_name", "alias")) for field in fields
    )


def _moves(event: Event) -> bool:
    """Whether its place in the supply chain may be another."""
    return bool(event.payload.get("columns")) or any(
        field.startswith(_PLACING) for field in event.payload.get("fields") or ()
    )


def _waiting_for(renamed: set[int], reshaped: set[int]) -> set[tuple[int, str, int]]:
    """Statements (id, kind, dataset) that read from, fill, or miss what changed."""
    names = _names_of(renamed)
    found = (
        Statement.objects.filter(dataset_edges__source__in=reshaped),
        Statement.objects.filter(dataset__in=reshaped),
        Statement.objects.filter(missing__overlap=names),
    )
    return {row for rows in found for row in rows.values_list("pk", "kind", "dataset_id")}


def _names_of(dataset_ids: set[int]) -> list[str]:
    """The lookup names of datasets, former ones too."""
    return [
        *Dataset.objects.filter(pk__in=dataset_ids).values_list("lookup_name", flat=True),
        *Alias.objects.filter(dataset__in=dataset_ids).values_list("lookup_name", flat=True),
    ]


def digest_classes(events: Sequence[Event]) -> None:
    """Detect classes again in the datasets whose columns or names a batch of events changed."""
    wanted = {event.subject_id for event in events if event.type == DatasetCreated.name}
    wanted |= {
        event.subject_id
        for event in events
        if event.type == DatasetChanged.name and (event.payload.get("columns") or _renames(event))
    }
    if wanted:
        detect_classes(wanted, acting=Principal.system("suggested classes"))


def _renames(event: Event) -> bool:
    return any(field.startswith("qualified_name") for field in event.payload.get("fields") or ())
