"""The thirteen facts of R-050 for one dataset, each with its value and where it comes from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from catalog.access import Action, gate
from catalog.models import Column, Dataset
from catalog.selectors.datasets import relations_of
from catalog.types import Lifecycle, MetadataField, Origin, Principal


@dataclass(frozen=True, slots=True)
class Fact:
    """One of the thirteen; `value` None means that nobody knows.

    `by` and `at` tell who declared it and when, or what it was derived from.
    """

    field: MetadataField
    value: str | int | dt.datetime | None
    origin: Origin | None
    by: str = ""
    at: dt.datetime | None = None


def thirteen_facts(principal: Principal, dataset: Dataset) -> tuple[Fact, ...]:
    """All thirteen in S4's order; a declared value wins over a harvested, that over a derived."""
    derived = _derived(principal, dataset)
    return tuple(stated_fact(dataset, field) or derived[field] for field in MetadataField)


def stated_fact(dataset: Dataset, field: MetadataField) -> Fact | None:
    """What people declared or sources state of a field, no query; None when neither says it."""
    return _declared(dataset, field) or _harvested(dataset, field)


def completeness(facts: tuple[Fact, ...]) -> int:
    """How many of the thirteen are known, 0 to 13."""
    return sum(fact.value not in (None, "") for fact in facts)


def _declared(dataset: Dataset, field: MetadataField) -> Fact | None:
    if field is MetadataField.MEANING:
        text = dataset.declared_description
        return Fact(field, text, Origin.DECLARED) if text else None
    entry = dataset.declared_metadata.get(field)
    if not entry:
        return None
    return Fact(
        field,
        entry["value"],
        Origin.DECLARED,
        by=entry.get("by", ""),
        at=dt.datetime.fromisoformat(entry["at"]) if entry.get("at") else None,
    )


def _harvested(dataset: Dataset, field: MetadataField) -> Fact | None:
    columns = {
        MetadataField.MEANING: dataset.harvested_description,
        MetadataField.CREATED_AT: dataset.source_created_at,
        MetadataField.MODIFIED_AT: dataset.source_modified_at,
    }
    value = columns.get(field) or dataset.harvested_metadata.get(field)
    return Fact(field, value, Origin.HARVESTED) if value else None


def owner_names(dataset: Dataset) -> list[str]:
    """Who owns it, each once, whatever they answer for; the owners are prefetched."""
    return list(dict.fromkeys(str(ownership.owner) for ownership in dataset.ownerships.all()))


def _derived(principal: Principal, dataset: Dataset) -> dict[MetadataField, Fact]:
    def fact(field: MetadataField, value: str | int | dt.datetime | None, by: str = "") -> Fact:
        return Fact(field, value or None, Origin.DERIVED if value else None, by=by)

    live = list(
        Column.objects.filter(dataset=dataset, disappeared_at__isnull=True)
        .order_by("ordinal")
        .values_list("name", "key_position")
    )
    key = [name for name, position in sorted(live, key=lambda c: c[1] or 0) if position]
    names = ", ".join(name for name, _ in live[:6])
    count = f"{len(live):,} column{'s' if len(live) > 1 else ''}"
    contents = f"{count}: {names}{' …' if len(live) > 6 else ''}" if live else None
    relations = relations_of(principal, dataset).count()
    owners = owner_names(dataset)
    archived = dataset.disappeared_at or (
        _lifecycle_moment(dataset) if dataset.lifecycle == Lifecycle.ARCHIVED else None
    )
    verdict = gate().authorize(principal, Action.READ, dataset)
    read = "You may read it" if verdict.allowed else f"You may not read it: {verdict.reason}"
    place = dataset.container.qualified_name if dataset.container else None
    F = MetadataField  # noqa: N806 - thirteen short lines read better
    return {
        F.MEANING: fact(F.MEANING, None),
        F.OWNER: _owner_fact(dataset, owners),
        F.CONTENTS: fact(F.CONTENTS, contents, "its columns"),
        F.PUBLISHED_AT: fact(F.PUBLISHED_AT, dataset.created_at, "its first day in the catalog"),
        F.RELATIONS: fact(
            F.RELATIONS,
            f"{relations:,} relation{'s' if relations > 1 else ''}" if relations else None,
            "keys and relations",
        ),
        F.ORGANISATION: fact(
            F.ORGANISATION,
            f"{dataset.kind.replace('_', ' ')} in {place}" if place else None,
            "its place",
        ),
        F.KEY: fact(F.KEY, ", ".join(key), "the primary key"),
        F.SORT_ORDER: fact(F.SORT_ORDER, None),
        F.CREATED_AT: fact(F.CREATED_AT, None),
        F.MODIFIED_AT: fact(F.MODIFIED_AT, dataset.profiled_at, "its latest profile"),
        F.ARCHIVED_AT: fact(F.ARCHIVED_AT, archived, "its lifecycle"),
        F.ACCESS: fact(F.ACCESS, read, "the policies in force"),
        F.SIZE: fact(F.SIZE, _size(dataset), "its latest profile"),
    }


def _owner_fact(dataset: Dataset, owners: list[str]) -> Fact:
    if not owners:
        return Fact(MetadataField.OWNER, None, None)
    origins = {ownership.origin for ownership in dataset.ownerships.all()}
    origin = Origin.DECLARED if Origin.DECLARED in origins else Origin(min(origins))
    return Fact(MetadataField.OWNER, ", ".join(owners), origin)


def _size(dataset: Dataset) -> str | None:
    parts = []
    if dataset.latest_rows is not None:
        parts.append(f"{dataset.latest_rows:,} rows")
    if dataset.latest_bytes is not None:
        parts.append(f"{dataset.latest_bytes:,} bytes")
    return ", ".join(parts) or None


def _lifecycle_moment(dataset: Dataset) -> dt.datetime | None:
    return (
        dataset.history.filter(lifecycle=Lifecycle.ARCHIVED)  # type: ignore[attr-defined]
        .order_by("-pgh_id")
        .values_list("pgh_created_at", flat=True)
        .first()
    )
