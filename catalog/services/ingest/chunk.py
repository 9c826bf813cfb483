"""One chunk of datasets in one transaction: recognised, merged, written, with its events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from catalog.diff import DatasetDiff
from catalog.events import DatasetChanged, DatasetCreated, EventType
from catalog.models import Alias, Column, Dataset, SourceRecord
from catalog.models.copying import as_json, copy_rows, insert_rows, new_ids, table_of, update_rows
from catalog.names import QualifiedName
from catalog.services.event_log import Subject, append
from catalog.services.ingest import merging
from catalog.services.ingest.attachments import add_profiles, attach
from catalog.services.ingest.checking import (
    Checked,
    Identified,
    RecordRefused,
    check,
    checked_names,
)
from catalog.services.ingest.hooks import tell_stored
from catalog.services.ingest.media import keep_media
from catalog.services.ingest.owners import Owners
from catalog.services.ingest.places import Places
from catalog.services.ingest.relations import relate
from catalog.services.ingest.rows import dataset_defaults, load_columns, lock_datasets
from catalog.services.ingest.work import RunMemory, Waiting, Work
from catalog.services.transaction import writing
from catalog.types import ContainerRecord, DatasetKind, ProfileRecord, Severity, SystemRecord

UNKNOWN = "No other source lists it, and this one only describes: it was left out."


class ConcurrentChange(Exception):  # noqa: N818 - not an error: the chunk is simply done again
    """Another writer changed the same names meanwhile."""


@dataclass(slots=True)
class Chunk:
    """What is written together."""

    places: list[tuple[SystemRecord | ContainerRecord, QualifiedName]] = field(default_factory=list)
    datasets: list[Identified] = field(default_factory=list)
    columns: int = 0

    def __bool__(self) -> bool:
        return bool(self.places or self.datasets)


@dataclass(slots=True)
class _Known:
    """What the catalog knows of a dataset that a record names."""

    dataset_id: int
    is_alias: bool
    has_disappeared: bool
    own_name: str
    digest: str | None = None
    is_gone: bool = False


@dataclass(slots=True)
class Outcome:
    """What a chunk did; merged into the run's memory once it is committed."""

    unchanged: int = 0
    unknown: list[str] = field(default_factory=list)
    dataset_ids: set[int] = field(default_factory=set)
    works: list[Work] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)


def apply_chunk(memory: RunMemory, chunk: Chunk) -> None:
    """Write a chunk; nothing of it stays when this raises. A dry run takes all of it back."""
    outcome = Outcome()
    places = Places(memory.acting, memory.places)
    owners = Owners(memory.acting, memory.owners)
    labels = dict(memory.labels)
    with writing(memory.acting, reason=memory.reason):
        for record, name in chunk.places:
            if isinstance(record, SystemRecord):
                places.describe_system(record, name)
            else:
                places.describe_container(record, name)
        news = _sort_out(memory, chunk.datasets, outcome)
        with connection.cursor() as cursor:
            works = _begin(cursor, memory, news, outcome)
            places.make(
                (w.checked.name, DatasetKind(w.checked.record.kind))
                for w in works
                if not w.describes_only
            )
            _write_datasets(cursor, memory, works, places)
            _write_columns(cursor, memory, works)
            attach(cursor, works, memory, owners, labels)
            keep_media(works)
            relate(cursor, works)
            _write_source_records(cursor, memory, works)
            tell_stored(memory, works)
            append(_events(memory, works), acting=memory.acting)
        if memory.is_dry_run:
            transaction.set_rollback(True)
    outcome.works = works
    if not memory.is_dry_run:
        memory.places.update(places.known)
        memory.owners.update(owners.known)
        memory.labels.update(labels)
    _remember(memory, outcome)


def _sort_out(
    memory: RunMemory, datasets: Sequence[Identified], outcome: Outcome
) -> list[tuple[Identified, _Known | None]]:
    """Set aside what is unchanged since this connection last spoke; most of a repeated import."""
    known = _look_up(memory, [item.text for item in datasets])
    _free_names(memory, datasets, known)
    news: list[tuple[Identified, _Known | None]] = []
    profiles: list[tuple[int, ProfileRecord]] = []
    for item in datasets:
        found = known.get(item.text)
        is_unchanged = (
            found is not None
            and found.digest == item.digest
            and not found.is_gone
            and not found.has_disappeared
        )
        if found is None or not is_unchanged:
            news.append((item, found))
            continue
        outcome.unchanged += 1
        outcome.dataset_ids.add(found.dataset_id)
        if item.record.profile is not None:
            profiles.append((found.dataset_id, check(item).record.profile))  # type: ignore[arg-type]
    if profiles:
        _measure_again(profiles)
    return news


def _free_names(
    memory: RunMemory, datasets: Sequence[Identified], known: dict[str, _Known]
) -> None:
    """A dataset's former name belongs to another one where the source lists both names, unless it
    says itself that they are one."""
    listed = {item.text: item.record for item in datasets}
    freed = {
        name: found
        for name, found in known.items()
        if found.is_alias
        and found.own_name in listed
        and not listed[name].describes_only
        and name not in checked_names(listed[found.own_name].aliases)
    }
    if not freed:
        return
    Alias.objects.filter(qualified_name__in=freed).delete()
    changed = DatasetChanged(("aliases",), source=memory.connection.name, reason=memory.reason)
    append(
        [
            (changed, Subject("dataset", known.pop(name).dataset_id, found.own_name))
            for name, found in freed.items()
        ],
        acting=memory.acting,
    )


def _look_up(memory: RunMemory, names: Sequence[str]) -> dict[str, _Known]:
    rows = Dataset.objects.filter(qualified_name__in=names)
    known = {
        name: _Known(key, is_alias=False, has_disappeared=gone is not None, own_name=name)
        for name, key, gone in rows.values_list("qualified_name", "pk", "disappeared_at")
    }
    missing = [name for name in names if name not in known]
    if missing:
        aliases = Alias.objects.filter(qualified_name__in=missing)
        for name, key, gone, own in aliases.values_list(
            "qualified_name", "dataset_id", "dataset__disappeared_at", "dataset__qualified_name"
        ):
            known[name] = _Known(key, is_alias=True, has_disappeared=gone is not None, own_name=own)
    spoken = SourceRecord.objects.filter(
        connection=memory.connection, dataset__in={found.dataset_id for found in known.values()}
    )
    last = {key: (digest, gone) for key, digest, gone in
            spoken.values_list("dataset_id", "digest", "gone_at")}  # fmt: skip
    for found in known.values():
        if found.dataset_id in last:
            found.digest, gone = last[found.dataset_id]
            found.is_gone = gone is not None
    return known


def _measure_again(profiles: Sequence[tuple[int, ProfileRecord]]) -> None:
    """A new measurement with the old numbers: the series goes on, nothing else changes."""
    with connection.cursor() as cursor:
        add_profiles(cursor, profiles)
        update_rows(
            cursor,
            Dataset,
            ("id", "profiled_at"),
            sorted((key, profile.taken_at) for key, profile in profiles),
            only_where="AND target.profiled_at < stage.profiled_at",
        )


def _begin(
    cursor: Any,
    memory: RunMemory,
    news: Sequence[tuple[Identified, _Known | None]],
    outcome: Outcome,
) -> list[Work]:
    """Check what is new, find renamed datasets, lock what exists, give keys to the rest."""
    accepted: list[tuple[Checked, _Known | None]] = []
    for item, found in news:
        if found is None and item.record.describes_only:
            outcome.unknown.append(item.text)
            continue
        try:
            accepted.append((check(item), found))
        except RecordRefused as error:
            outcome.refused.append((item.text, str(error)))
            if found is not None:
                outcome.dataset_ids.add(found.dataset_id)
    accepted = _find_renamed(memory, accepted)
    # What is listed by its own name goes before what is listed by another name of the same.
    accepted.sort(key=lambda pair: (bool(pair[1] and pair[1].is_alias), pair[0].text))
    rows = lock_datasets(cursor, [found.dataset_id for _, found in accepted if found])
    if len(rows) < len({found.dataset_id for _, found in accepted if found}):
        raise ConcurrentChange
    spoken = {
        key: (pk, stated)
        for pk, key, stated in SourceRecord.objects.filter(
            connection=memory.connection, dataset__in=rows
        ).values_list("pk", "dataset_id", "stated")
    }
    fresh = iter(new_ids(cursor, Dataset, sum(found is None for _, found in accepted)))
    works: list[Work] = []
    for checked, found in accepted:
        key = found.dataset_id if found else next(fresh)
        if key in memory.dataset_ids or key in outcome.dataset_ids:
            outcome.refused.append(
                (checked.text, "This run described the same dataset before, by another name.")
            )
            continue
        outcome.dataset_ids.add(key)
        record_id, stated = spoken.get(key, (None, {}))
        before = rows.get(key)
        diff = DatasetDiff(checked.text, "changed" if before else "created")
        works.append(Work(checked, key, record_id, before, stated, diff))
        works[-1].after = {"is_alias": bool(found and found.is_alias)}
    return works


def _find_renamed(
    memory: RunMemory, accepted: Sequence[tuple[Checked, _Known | None]]
) -> list[tuple[Checked, _Known | None]]:
    """A dataset that is new by its name may be known by a former one."""
    wanted = {a for checked, found in accepted if found is None for a in checked.aliases}
    if not wanted:
        return list(accepted)
    former = _look_up(memory, sorted(wanted))
    taken: set[int] = set()
    settled: list[tuple[Checked, _Known | None]] = []
    for checked, found in accepted:
        candidates = [] if found else [former[a] for a in checked.aliases if a in former]
        for candidate in candidates:
            # A name that this very run lists belongs to a dataset of its own.
            if candidate.dataset_id not in taken and not memory.names.intersection(
                a for a in checked.aliases if former.get(a) is candidate
            ):
                taken.add(candidate.dataset_id)
                candidate.is_alias = False
                found = candidate
                break
        settled.append((checked, found))
    return settled


def _write_datasets(cursor: Any, memory: RunMemory, works: Sequence[Work], places: Places) -> None:
    created: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    names, constants = dataset_defaults(memory.now)
    for work in works:
        if work.describes_only:
            _describe_dataset(work, changed)
            continue
        name = work.checked.name
        above = name.parent
        assert above is not None
        place = (
            places.key(QualifiedName(name.platform, name.instance)),
            places.key(above) if above.parts else None,
        )
        work.after = merging.merge_dataset(
            work.before,
            work.checked,
            place=place,
            stated_before=work.stated_before,
            keeps_name=work.after["is_alias"],
        )
        work.diff.name = work.after["qualified_name"]
        if memory.is_dry_run or work.before is not None:  # an event of a new one tells no fields
            work.diff.fields.update(merging.shown_fields(work.before, work.after))
        values = _values(work.after)
        if work.before is None:
            created.append((work.dataset_id, *values, *constants))
        elif work.before != work.after:
            changed.append((work.dataset_id, *values))
    columns = ("id", *merging.DATASET_FIELDS)
    if created:
        copy_rows(cursor, table_of(Dataset), (*columns, *names), created)
    update_rows(cursor, Dataset, columns, changed)


def _describe_dataset(work: Work, changed: list[tuple[Any, ...]]) -> None:
    assert work.before is not None
    words = work.stated_before.get("words", {})
    work.after = merging.describe_dataset(work.before, work.checked, words)
    work.diff.name = work.after["qualified_name"]
    work.diff.fields.update(merging.shown_fields(work.before, work.after))
    if work.before != work.after:
        changed.append((work.dataset_id, *_values(work.after)))


def _values(row: merging.Row) -> list[Any]:
    return [
        as_json(value) if field in merging.JSON_FIELDS else value for field, value in row.items()
    ]


def _write_columns(cursor: Any, memory: RunMemory, works: Sequence[Work]) -> None:
    told = [work for work in works if work.checked.columns is not None]
    before = load_columns(cursor, [work.dataset_id for work in told if not work.is_new])
    new: list[tuple[Any, ...]] = []
    updates: list[tuple[Any, ...]] = []
    for work in told:
        there = before.get(work.dataset_id, {})
        if work.describes_only:
            work.leave_out_unknown(there)
        columns = work.checked.columns or []
        if work.is_new:
            writes = merging.new_columns(columns)
        elif work.describes_only:
            words = work.stated_before.get("words", {})
            writes = merging.describe_columns(there, columns, words)
        else:
            writes = merging.merge_columns(
                there,
                columns,
                is_complete=work.checked.record.columns_complete,
                now=memory.now,
            )
        key = work.dataset_id
        new += [(key, "", *row) for row in writes.new]
        updates += writes.updates
        work.diff.columns = writes.diff
    if new:
        names = ("dataset_id", "declared_description", *merging.COLUMN_FIELDS)
        copy_rows(cursor, table_of(Column), names, new)
    update_rows(cursor, Column, ("id", *merging.COLUMN_FIELDS), updates)


def _stated(work: Work) -> Mapping[str, Any]:
    """What this connection answers for; see `SourceRecord.stated`."""
    record = work.checked.record
    facts = {name: str(value) for name in merging.SHARED_FACTS if (value := getattr(record, name))}
    lineage = [{name: getattr(edge, name) for name in edge.__slots__} for edge in record.lineage]
    more = {
        "facts": facts,
        "custom": sorted(record.custom),
        "upstream": list(record.upstream),
        "lineage": lineage,
    }
    stated = {**work.stated, **{name: value for name, value in more.items() if value}}
    if work.describes_only:
        stated["words"] = {**work.stated_before.get("words", {}), **work.words()}
    return stated


def _write_source_records(cursor: Any, memory: RunMemory, works: Sequence[Work]) -> None:
    columns = ("connection_id", "dataset_id", "digest", "stated", "last_run_id", "gone_at")
    new: list[tuple[Any, ...]] = []
    known: list[tuple[Any, ...]] = []
    for work in works:
        digest = "" if work.waits_for else work.checked.digest
        row = (
            memory.connection.pk,
            work.dataset_id,
            digest,
            as_json(_stated(work)),
            memory.run.pk,
            None,
        )
        (new if work.is_new else known).append(row)
    if new:
        copy_rows(cursor, table_of(SourceRecord), columns, new)
    insert_rows(cursor, SourceRecord, columns, known, conflict=columns[:2], replace=columns[2:])


def _events(memory: RunMemory, works: Sequence[Work]) -> Iterable[tuple[EventType, Subject]]:
    source = memory.connection.name
    for work in works:
        subject = Subject("dataset", work.dataset_id, work.after["qualified_name"])
        if work.is_new:
            yield DatasetCreated(source=source), subject
        elif work.diff:
            fields = tuple(sorted(work.diff.fields))
            yield DatasetChanged(fields, bool(work.diff.columns), source, memory.reason), subject


def _remember(memory: RunMemory, outcome: Outcome) -> None:
    report = memory.report
    memory.dataset_ids |= outcome.dataset_ids
    report.unchanged += outcome.unchanged
    for name, sentence in outcome.refused:
        report.refuse(name, sentence)
    for name in outcome.unknown:
        report.note(name, UNKNOWN, Severity.NOTICE)
    for work in outcome.works:
        for notice in work.checked.notices:
            report.note(work.checked.text, notice, Severity.NOTICE)
        if work.waits_for:
            checked = work.checked
            memory.waiting.append(
                Waiting(work.dataset_id, work.diff.name, checked.digest, work.waits_for)
            )
        if work.is_new:
            report.created += 1
        elif work.diff:
            report.updated += 1
        else:
            report.unchanged += 1
            continue
        if memory.is_dry_run:
            report.keep_diff(work.diff)
