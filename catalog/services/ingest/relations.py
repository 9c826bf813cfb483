"""Relations between datasets. A target may come later in the run, or never."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from catalog.events import DatasetChanged
from catalog.models import Alias, Dataset, Relation, SourceRecord
from catalog.models.copying import as_json, insert_rows, update_rows
from catalog.services.event_log import Subject, append
from catalog.services.ingest.work import RunMemory, Waiting, Work
from catalog.types import RelationRecord, Severity

# target, kind, columns, target columns
RelationKey: TypeAlias = tuple[int, str, tuple[str, ...], tuple[str, ...]]

_COLUMNS = (
    "source_id",
    "target_id",
    "kind",
    "source_columns",
    "target_columns",
    "name",
    "is_declared",
)


def targets(names: Iterable[str]) -> dict[str, int]:
    """Keys of the datasets with these names or aliases; unknown names are missing."""
    wanted = set(names)
    if not wanted:
        return {}
    aliases = Alias.objects.filter(qualified_name__in=wanted)
    found = dict(aliases.values_list("qualified_name", "dataset_id"))
    datasets = Dataset.objects.filter(qualified_name__in=wanted)
    found.update(datasets.values_list("qualified_name", "pk"))
    return found


def relate(cursor: Any, works: Sequence[Work]) -> None:
    """Write the relations whose targets are known; the others are left in `waits_for`."""
    concerned = [w for w in works if w.checked.record.relations or w.stated_before.get("relations")]
    if not concerned:
        return
    known = targets(r.target for work in concerned for r in work.checked.record.relations)
    existing = _existing([work.dataset_id for work in concerned if work.before is not None])
    rows = []
    for work in concerned:
        record = work.checked.record
        now = {_key(r, known): r for r in record.relations if r.target in known}
        work.waits_for = tuple(r for r in record.relations if r.target not in known)
        before = {_tuple(item) for item in work.stated_before.get("relations", ())}
        there = existing[work.dataset_id]
        add = now.keys() - before - there.keys()
        remove = {key for key in before - now.keys() if there.get(key) is False}
        if now:
            work.stated["relations"] = sorted(_list(key) for key in now)
        rows += [_row(work.dataset_id, key, now[key].name) for key in sorted(add)]
        for key in remove:
            Relation.objects.filter(
                source=work.dataset_id,
                target=key[0],
                kind=key[1],
                source_columns=list(key[2]),
                target_columns=list(key[3]),
            ).delete()
        if add or remove:
            count = len(there)
            after = count + len(add) - len(remove)
            work.diff.fields["relations"] = (None if work.is_new else count, after)
    insert_rows(cursor, Relation, _COLUMNS, rows, conflict=_COLUMNS[:5])


def relate_waiting(cursor: Any, waiting: Sequence[Waiting], memory: RunMemory) -> None:
    """Write what can be resolved at the end of a run; what cannot becomes a notice.

    A dataset with an unresolved relation keeps its empty digest, so that the next run tries again.
    """
    known = targets(r.target for item in waiting for r in item.relations)
    existing = _existing([item.dataset_id for item in waiting])
    records = {
        row.dataset_id: row
        for row in SourceRecord.objects.filter(
            connection=memory.connection, dataset__in=[item.dataset_id for item in waiting]
        ).select_for_update()
    }
    rows, updates, events = [], [], []
    for item in waiting:
        resolved = [relation for relation in item.relations if relation.target in known]
        missing = [r for r in item.relations if r.target not in known]
        for relation in missing:
            if not (memory.is_dry_run and relation.target in memory.names):
                memory.report.note(
                    item.name,
                    f"It refers to {relation.target[:200]}, which no source has described yet.",
                    Severity.NOTICE,
                )
        if not resolved or item.dataset_id not in records:
            continue
        there = existing[item.dataset_id]
        now = {_key(relation, known): relation for relation in resolved}
        record = records[item.dataset_id]
        stated = [*map(_tuple, record.stated.get("relations", ())), *now]
        record.stated["relations"] = sorted(_list(key) for key in set(stated))
        digest = "" if missing else item.digest
        updates.append((record.pk, digest, as_json(record.stated)))
        add = now.keys() - there.keys()
        rows += [_row(item.dataset_id, key, now[key].name) for key in sorted(add)]
        if add:
            changed = DatasetChanged(fields=("relations",), source=memory.connection.name)
            events.append((changed, Subject("dataset", item.dataset_id, item.name)))
    insert_rows(cursor, Relation, _COLUMNS, rows, conflict=_COLUMNS[:5])
    update_rows(cursor, SourceRecord, ("id", "digest", "stated"), updates)
    append(events, acting=memory.acting)


def _existing(dataset_ids: Sequence[int]) -> dict[int, dict[RelationKey, bool]]:
    """By dataset: what is there, and whether a person declared it."""
    found: dict[int, dict[RelationKey, bool]] = defaultdict(dict)
    for source, target, kind, columns, target_columns, declared in Relation.objects.filter(
        source__in=dataset_ids
    ).values_list("source", "target", "kind", "source_columns", "target_columns", "is_declared"):
        found[source][target, kind, tuple(columns), tuple(target_columns)] = declared
    return found


def _key(relation: RelationRecord, known: dict[str, int]) -> RelationKey:
    return (
        known[relation.target],
        relation.kind.value,
        relation.columns,
        relation.target_columns,
    )


def _row(source: int, key: RelationKey, name: str) -> tuple[Any, ...]:
    target, kind, columns, target_columns = key
    return source, target, kind, list(columns), list(target_columns), name, False


def _list(key: RelationKey) -> list[Any]:
    return [key[0], key[1], list(key[2]), list(key[3])]


def _tuple(item: Sequence[Any]) -> RelationKey:
    return item[0], item[1], tuple(item[2]), tuple(item[3])
