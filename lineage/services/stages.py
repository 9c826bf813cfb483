"""Writing the derived stage of datasets: worked out from lineage, never over anybody's word."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.db.models import Q

from catalog.access import Action, require
from catalog.events import DatasetChanged
from catalog.models import Dataset
from catalog.services.event_log import Subject, append
from catalog.services.transaction import writing
from catalog.types import DatasetKind, Motion, Principal
from lineage.models import DatasetEdge
from lineage.stages import Position, stage_of

FIELD = "derived_stage"
BATCH = 2_000
_SHOWS = (DatasetKind.DASHBOARD.value, DatasetKind.METRIC.value, DatasetKind.APPLICATION.value)
_FIELDS = (
    *("pk", "qualified_name", "kind", "name", "motion", "capture_kind", "system_id"),
    *("container__name", "system__is_system_of_record", "system__is_external"),
)
_DERIVED = ("derived_stage", "stage_reason")


def derive_stages(*, acting: Principal, near: Collection[int] | None = None) -> int:
    """Work out the stage of every dataset, or of those `near` and one step around them, and write
    those that differ, each that moves with its event; how many differed. A batch of 2,000 is one
    transaction."""
    require(acting, Action.INGEST)
    return sum(_derive(ids, acting) for ids in _batches(near))


def _batches(near: Collection[int] | None) -> Iterator[list[int]]:
    if near is None:
        last = 0
        while ids := list(
            Dataset.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
        ):
            yield ids
            last = ids[-1]
        return
    around = set(near)
    edges = DatasetEdge.objects.filter(Q(source__in=near) | Q(target__in=near))
    for pair in edges.values_list("source_id", "target_id").distinct():
        around.update(pair)
    ordered = sorted(around)
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]


def _derive(ids: list[int], acting: Principal) -> int:
    """Only what differs is locked: a pass that finds nothing new writes nothing. The keys stay
    as they are, so that whoever refers to these datasets need not wait for this to end."""
    with writing(acting, reason="Worked out from lineage"):
        found = {pk: stage_of(position) for pk, position in _positions(ids).items()}
        held = Dataset.objects.filter(pk__in=ids).values_list("pk", *_DERIVED)
        differing = [pk for pk, *before in held if pk in found and tuple(before) != found[pk]]
        rows = Dataset.objects.filter(pk__in=differing).order_by("pk")
        changed, moved = [], []
        for dataset in rows.select_for_update(of=("self",), no_key=True).only(
            "pk", "qualified_name", "stage", "declared_stage", *_DERIVED
        ):
            stage, reason = found[dataset.pk]
            is_shown = not (dataset.declared_stage or dataset.stage)
            if is_shown and dataset.derived_stage != stage:
                moved.append(dataset)
            dataset.derived_stage, dataset.stage_reason = stage.value, reason
            changed.append(dataset)
        Dataset.objects.bulk_update(changed, [*_DERIVED], batch_size=500)
        # Nobody hears of a derived stage that another one stands before.
        event = DatasetChanged(fields=(FIELD,))
        append(
            ((event, Subject("dataset", one.pk, one.qualified_name)) for one in moved),
            acting=acting,
        )
    return len(changed)


def _positions(ids: list[int]) -> dict[int, Position]:
    """Where each dataset stands, in three queries."""
    rows = {row["pk"]: row for row in Dataset.objects.filter(pk__in=ids).values(*_FIELDS)}
    fed_by: dict[int, set[tuple[int, int]]] = {}
    for target, source, system in (
        DatasetEdge.objects.filter(target__in=ids, source__disappeared_at__isnull=True)
        .order_by()
        .values_list("target_id", "source_id", "source__system_id")
        .distinct()
    ):
        fed_by.setdefault(target, set()).add((source, system))
    feeds: dict[int, set[tuple[int, str]]] = {}
    for source, target, kind in (
        DatasetEdge.objects.filter(source__in=ids, target__disappeared_at__isnull=True)
        .order_by()
        .values_list("source_id", "target_id", "target__kind")
        .distinct()
    ):
        feeds.setdefault(source, set()).add((target, kind))
    return {
        pk: Position(
            kind=row["kind"],
            name=row["name"],
            container=row["container__name"] or "",
            is_source=bool(
                row["system__is_system_of_record"]
                or row["system__is_external"]
                or row["capture_kind"]
                or row["motion"] == Motion.IN_MOTION
            ),
            feeds_from=len(fed_by.get(pk, ())),
            feeds_from_here=sum(s == row["system_id"] for _, s in fed_by.get(pk, ())),
            feeds=sum(kind not in _SHOWS for _, kind in feeds.get(pk, ())),
            is_shown=any(kind in _SHOWS for _, kind in feeds.get(pk, ())),
        )
        for pk, row in rows.items()
    }
