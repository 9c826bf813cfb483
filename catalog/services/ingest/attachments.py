"""What hangs on a dataset: owners, labels, test results, aliases and measurements.

A source adds what it newly states and takes back only what it alone stated. What a person put
there stays, and what a person took away does not come back on its own (law 5).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from catalog.models import (
    Alias,
    Column,
    ColumnLabel,
    DatasetLabel,
    Ownership,
    Profile,
    SourceRecord,
    TestResult,
)
from catalog.models.copying import as_json, insert_rows
from catalog.names import join_parts, lookup_key
from catalog.services.curation.labels import find_or_make_label
from catalog.services.ingest.owners import Owners
from catalog.services.ingest.work import RunMemory, Work
from catalog.types import LabelKind, Origin, Principal, ProfileRecord, TestStatus

Keys: TypeAlias = set[Any]
LabelIds: TypeAlias = dict[tuple[str, str], int]  # (kind, path) -> key
HARVESTED = Origin.HARVESTED.value


def came_and_went(
    now: Keys, before: Keys, existing: Mapping[Hashable, str], elsewhere: Keys
) -> tuple[Keys, Keys]:
    """(to add, to remove); `existing` maps what is there to its origin."""
    gone = {key for key in before - now if existing.get(key) == HARVESTED}
    return now - before - existing.keys(), gone - elsewhere


def attach(
    cursor: Any, works: Sequence[Work], memory: RunMemory, owners: Owners, labels: LabelIds
) -> None:
    """Write everything that hangs on the datasets of a chunk, and add it to their diffs.

    `labels` holds the keys of labels known so far and learns new ones.
    """
    _aliases(cursor, works, memory.now)
    elsewhere = _Elsewhere(works, memory.connection.pk)
    _owners(cursor, works, owners, elsewhere, memory.now)
    _label_ids(labels, works, memory.acting)
    _labels(cursor, works, labels, elsewhere)
    _column_labels(cursor, works, labels, elsewhere)
    _tests(cursor, works, elsewhere)
    add_profiles(
        cursor,
        [(w.dataset_id, w.checked.record.profile) for w in works if w.checked.record.profile],
    )


class _Elsewhere:
    """What other living sources state of the datasets in hand; asked for only when needed."""

    def __init__(self, works: Sequence[Work], connection_id: int) -> None:
        self._ids = [work.dataset_id for work in works if not work.is_new]
        self._connection_id = connection_id
        self._stated: dict[int, list[Mapping[str, Any]]] | None = None

    def keys(self, dataset_id: int, what: str) -> Keys:
        if self._stated is None:
            self._stated = defaultdict(list)
            rows = SourceRecord.objects.filter(dataset_id__in=self._ids, gone_at__isnull=True)
            for key, stated in rows.exclude(connection_id=self._connection_id).values_list(
                "dataset_id", "stated"
            ):
                self._stated[key].append(stated)
        return set().union(*(_keys(stated, what) for stated in self._stated.get(dataset_id, ())))


def _keys(stated: Mapping[str, Any], what: str) -> Keys:
    """What `stated` holds under a name, as keys: lists become tuples."""
    if what == "columns":
        return {(path, key) for path, keys in stated.get(what, {}).items() for key in keys}
    return {tuple(item) if isinstance(item, list) else item for item in stated.get(what, ())}


def _aliases(cursor: Any, works: Sequence[Work], now_at: dt.datetime) -> None:
    rows: dict[str, tuple[Any, ...]] = {}
    for work in works:
        former = work.before["qualified_name"] if work.before else None
        renamed = former is not None and former != work.after["qualified_name"]
        for name in (*work.checked.aliases, *((former,) if renamed else ())):
            if name != work.after["qualified_name"]:
                row = (work.dataset_id, name, lookup_key(name), work.checked.text)
                rows.setdefault(str(name), row)
    if not rows:
        return
    known = dict(
        Alias.objects.filter(qualified_name__in=rows).values_list("qualified_name", "dataset_id")
    )
    by_id = {work.dataset_id: work for work in works}
    fresh = []
    for name, (dataset_id, _, lookup, _) in rows.items():
        if name not in known:
            fresh.append((dataset_id, name, lookup))
            by_id[dataset_id].diff.fields.setdefault("aliases", ([], []))[1].append(name)
        elif known[name] != dataset_id:
            by_id[dataset_id].checked.notices.append(
                f"The alias {name[:80]} belongs to another dataset: left out."
            )
    insert_rows(
        cursor,
        Alias,
        ("dataset_id", "qualified_name", "lookup_name", "created_at"),
        [(*row, now_at) for row in fresh],
        conflict=("qualified_name",),
    )


def _owners(
    cursor: Any,
    works: Sequence[Work],
    owners: Owners,
    elsewhere: _Elsewhere,
    now_at: dt.datetime,
) -> None:
    owners.make(owner for work in works for owner in work.checked.record.owners)
    concerned = [w for w in works if w.checked.record.owners or w.stated_before.get("owners")]
    existing: dict[int, dict[Hashable, str]] = defaultdict(dict)
    words: dict[tuple[int, Hashable], str] = {}
    known = Ownership.objects.filter(dataset__in=[w.dataset_id for w in concerned if w.before])
    for row in known.select_related("person", "team"):
        key = (row.kind, row.person_id, row.team_id)
        existing[row.dataset_id][key] = row.origin
        words[row.dataset_id, key] = f"{row.kind}: {row.owner}"
    rows = []
    for work in concerned:
        now = set()
        for owner in work.checked.record.owners:
            key = (owner.kind.value, *owners.ids(owner))
            now.add(key)
            words.setdefault((work.dataset_id, key), f"{owner.kind.value}: {owner.name}")
        add, remove = _settle(work, "owners", now, existing[work.dataset_id], elsewhere)
        _tell(work, "owners", existing[work.dataset_id], add, remove, words)
        rows += [(work.dataset_id, *key, HARVESTED, now_at) for key in add]
        for kind, person, team in remove:
            Ownership.objects.filter(
                dataset=work.dataset_id, kind=kind, person=person, team=team
            ).delete()
    columns = ("dataset_id", "kind", "person_id", "team_id", "origin", "created_at")
    insert_rows(cursor, Ownership, columns, rows)


def _settle(
    work: Work, what: str, now: Keys, existing: Mapping[Hashable, str], elsewhere: _Elsewhere
) -> tuple[Keys, Keys]:
    """Decide, and remember what this source states."""
    before = _keys(work.stated_before, what)
    others = elsewhere.keys(work.dataset_id, what) if before - now else set()
    if now:
        work.stated[what] = sorted(now, key=str)
    return came_and_went(now, before, existing, others)


def _tell(
    work: Work,
    fact: str,
    existing: Mapping[Hashable, str],
    add: Keys,
    remove: Keys,
    words: Mapping[tuple[int, Hashable], str],
) -> None:
    if add or remove:
        named = {key: words.get((work.dataset_id, key), str(key)) for key in (*existing, *add)}
        before = sorted(named[key] for key in existing)
        after = sorted(named[key] for key in (existing.keys() | add) - remove)
        work.diff.fields[fact] = (None if work.is_new else before, after)


def _label_ids(known: LabelIds, works: Sequence[Work], acting: Principal) -> None:
    """Find or make labels, in the order of their paths so that two imports never deadlock."""
    wanted = {
        (kind.value, path)
        for work in works
        for record in _bearing(work)
        for kind, path in _stated_labels(record)
    }
    for kind, path in sorted(wanted - known.keys()):
        known[kind, path] = find_or_make_label(LabelKind(kind), path, acting=acting).pk


def _bearing(work: Work) -> Iterator[Any]:
    """What of a dataset may have labels, and has some."""
    records: list[Any] = [work.checked.record]
    records += [column.record for column in work.checked.columns or ()]
    return (record for record in records if record.tags or record.classifications)


def _stated_labels(record: Any) -> list[tuple[LabelKind, str]]:
    return [
        *((LabelKind.TAG, tag) for tag in record.tags),
        *((LabelKind.CLASSIFICATION, path) for path in record.classifications),
    ]


def _labels(cursor: Any, works: Sequence[Work], label_ids: LabelIds, elsewhere: _Elsewhere) -> None:
    stated = {work.dataset_id: _stated_labels(work.checked.record) for work in works}
    concerned = [w for w in works if stated[w.dataset_id] or w.stated_before.get("labels")]
    if not concerned:
        return
    existing: dict[int, dict[Hashable, str]] = defaultdict(dict)
    words: dict[tuple[int, Hashable], str] = {}
    ids = [work.dataset_id for work in concerned if work.before]
    known = DatasetLabel.objects.filter(dataset__in=ids)
    for dataset_id, label_id, origin, path in known.values_list(
        "dataset_id", "label_id", "origin", "label__path"
    ):
        existing[dataset_id][label_id] = origin
        words[dataset_id, label_id] = path
    rows = []
    for work in concerned:
        key = work.dataset_id
        now = set()
        for kind, path in stated[key]:
            label_id = label_ids[kind.value, path]
            now.add(label_id)
            words.setdefault((key, label_id), path)
        add, remove = _settle(work, "labels", now, existing[key], elsewhere)
        _tell(work, "labels", existing[key], add, remove, words)
        rows += [(key, label_id, HARVESTED) for label_id in sorted(add)]
        if remove:
            DatasetLabel.objects.filter(dataset=key, label__in=remove).delete()
    columns = ("dataset_id", "label_id", "origin")
    insert_rows(cursor, DatasetLabel, columns, rows, conflict=columns[:2])


def _column_labels(
    cursor: Any, works: Sequence[Work], label_ids: LabelIds, elsewhere: _Elsewhere
) -> None:
    stated = {
        work.dataset_id: {
            column.path: _stated_labels(column.record)
            for column in work.checked.columns or ()
            if column.record.tags or column.record.classifications
        }
        for work in works
    }
    concerned = [w for w in works if stated[w.dataset_id] or w.stated_before.get("columns")]
    if not concerned:
        return
    column_ids = _column_ids([work.dataset_id for work in concerned])
    existing: dict[int, dict[Hashable, str]] = defaultdict(dict)
    known = ColumnLabel.objects.filter(column__dataset__in=[w.dataset_id for w in concerned])
    for dataset_id, path, label_id, origin in known.values_list(
        "column__dataset_id", "column__path", "label_id", "origin"
    ):
        existing[dataset_id][path, label_id] = origin
    rows = []
    for work in concerned:
        key = work.dataset_id
        now = {
            (path, label_ids[kind.value, name])
            for path, labels in stated[key].items()
            for kind, name in labels
        }
        add, remove = _settle(work, "columns", now, existing[key], elsewhere)
        work.stated.pop("columns", None)
        for path, label_id in sorted(now):
            work.stated.setdefault("columns", {}).setdefault(path, []).append(label_id)
        for path, _ in sorted(add | remove):
            work.diff.columns.changed.setdefault(path, {}).setdefault("labels", (None, "changed"))
        rows += [(column_ids[key, path], label, HARVESTED) for path, label in sorted(add)]
        gone: dict[int, list[int]] = defaultdict(list)
        for path, label_id in remove:
            gone[label_id].append(column_ids[key, path])
        for label_id, bearing in gone.items():
            ColumnLabel.objects.filter(column__in=bearing, label=label_id).delete()
    columns = ("column_id", "label_id", "origin")
    insert_rows(cursor, ColumnLabel, columns, rows, conflict=columns[:2])


def _column_ids(dataset_ids: Sequence[int]) -> dict[tuple[int, str], int]:
    rows = Column.objects.filter(dataset__in=dataset_ids)
    return {(d, path): pk for d, path, pk in rows.values_list("dataset_id", "path", "pk")}


def _tests(cursor: Any, works: Sequence[Work], elsewhere: _Elsewhere) -> None:
    concerned = [w for w in works if w.checked.record.tests or w.stated_before.get("tests")]
    if not concerned:
        return
    column_ids = _column_ids([work.dataset_id for work in concerned])
    existing: dict[int, dict[Hashable, str]] = defaultdict(dict)
    known = TestResult.objects.filter(dataset__in=[w.dataset_id for w in concerned if w.before])
    fields = ("column_id", "status", "severity", "failures", "message", "description")
    state: dict[tuple[int, str], tuple[Any, ...]] = {}
    for dataset_id, name, *values in known.values_list(
        "dataset_id", "name", *fields, "executed_at"
    ):
        existing[dataset_id][name] = HARVESTED
        state[dataset_id, name] = tuple(values)
    rows = []
    for work in concerned:
        key = work.dataset_id
        names = {test.name for test in work.checked.record.tests}
        _, remove = _settle(work, "tests", names, existing[key], elsewhere)
        changes = {}
        for test in work.checked.record.tests:
            column = test.column and (
                column_ids.get((key, test.column))
                or column_ids.get((key, join_parts((test.column,))))
            )
            now = (column or None, test.status.value, test.severity.value, test.failures)
            values = (*now, test.message, test.description, test.executed_at)
            before = state.get((key, test.name))
            if before and test.status is TestStatus.SKIPPED and before[1] != TestStatus.SKIPPED:
                continue  # a test that did not run says nothing of its last result
            if before != values:
                rows.append((key, test.name, *values))
                changes[test.name] = (before[1] if before else None, test.status.value)
        changes.update({name: (state[key, name][1], None) for name in remove})
        if changes:
            work.diff.fields["tests"] = (
                {name: pair[0] for name, pair in changes.items()},
                {name: pair[1] for name, pair in changes.items()},
            )
        if remove:
            TestResult.objects.filter(dataset=key, name__in=remove).delete()
    insert_rows(
        cursor,
        TestResult,
        ("dataset_id", "name", *fields, "executed_at"),
        rows,
        conflict=("dataset_id", "name"),
        replace=(*fields, "executed_at"),
    )


def add_profiles(cursor: Any, profiles: Sequence[tuple[int, ProfileRecord]]) -> None:
    """Append measurements to their series; one that is there already stays."""
    insert_rows(
        cursor,
        Profile,
        ("dataset_id", "taken_at", "rows", "size_bytes", "arrival_rate", "estimated", "columns"),
        [
            (key, p.taken_at, p.rows, p.size_bytes, p.arrival_rate, p.estimated, as_json(p.columns))
            for key, p in profiles
        ],
        conflict=("dataset_id", "taken_at"),
    )
