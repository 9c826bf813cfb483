"""Writing documents: the newest version wins, whatever the order in which writes arrive.

A document and its columns lie in two indices. Writers of one document take turns, by a lock in the
database, so that its columns are always those of its newest version; and it says that they are only
when they are, for a cluster may take the one and not the other.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from django.db import connection, transaction

from catalog.errors import Conflict, Unavailable
from catalog.search.backends.base import Key
from catalog.search.backends.elasticsearch import cluster, generations, layout
from catalog.search.backends.elasticsearch.bodies import (
    Body,
    column_bodies,
    document_body,
    id_of,
    unfinished_body,
)
from catalog.search.backends.elasticsearch.bulk import Operation, Refusal, Target, send
from catalog.search.backends.elasticsearch.refusals import note_refused
from catalog.search.backends.terms import Terms, labelled
from catalog.search.documents import SearchDocument, digest_of_columns

PATIENCE = 5.0  # seconds that a job waits for a busy cluster before it comes again later
REFRESHES = False  # whether every write is found at once, not only that which a person waits for
_LOCKS = 730_186_511  # any number, the same in every process


@dataclass(frozen=True, slots=True)
class _Change:
    """An entry of a part of the index that is stored or, by its id, deleted."""

    part: str
    body: Body
    is_stored: bool = True


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the index has of a document."""

    version: int = -1
    columns_digest: str = ""
    column_ids: frozenset[int] = field(default_factory=frozenset)


def write(
    documents: Sequence[SearchDocument], gone: Iterable[Key], *, version: int, at_once: bool
) -> None:
    """See `Backend.write`."""
    gone = list(gone)
    keys = sorted({*((document.kind, document.id) for document in documents), *gone})
    if not keys:
        return
    with transaction.atomic():
        _take_turns(keys, is_waited_for=at_once)
        _know_terms(documents)
        stored = _stored(keys, is_waited_for=at_once)
        is_building = generations.is_building()
        if stored is None and not is_building:
            _begin()
        patience, refresh = (0.0 if at_once else PATIENCE), at_once or REFRESHES
        steps = _steps(documents, gone, version, stored or {})
        if stored is not None or not is_building:
            refused: list[Refusal] = []
            for step in filter(None, steps):
                operations = _under(layout.live, step, version)
                refused += send(operations, patience=patience, refresh=refresh)
            note_refused(keys, refused)
        if is_building:
            operations = _under(layout.coming, chain.from_iterable(steps[1:]), version)
            generations.write_beside(operations, patience=patience)


def _begin() -> None:
    try:
        generations.begin_empty()
    except Conflict as error:
        raise Unavailable("The search index is being built.") from error


def _under(
    alias: Callable[[str], str], changes: Iterable[_Change], version: int
) -> list[Operation]:
    targets = {part: Target(alias(part), version) for part in layout.PARTS}
    return [
        targets[change.part].stored(change.body)
        if change.is_stored
        else targets[change.part].deleted(change.body.id, change.body.key)
        for change in changes
    ]


def _know_terms(documents: Sequence[SearchDocument]) -> None:
    labels: dict[tuple[str, str], str] = {}
    for document in documents:
        labels |= labelled(document.terms)
        for column in document.columns:
            labels |= labelled(column.terms)
    Terms().ids(labels)


def _take_turns(keys: Sequence[Key], *, is_waited_for: bool) -> None:
    """Until the transaction ends nobody else writes these; locked in one order everywhere."""
    locks = sorted({zlib.crc32(id_of(*key).encode()) - 2**31 for key in keys})
    with connection.cursor() as cursor:
        if is_waited_for:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, lock) FROM unnest(%s::int[]) AS lock",
            [_LOCKS, locks],
        )
        if is_waited_for:
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


def _stored(keys: Sequence[Key], *, is_waited_for: bool) -> Mapping[Key, _Stored] | None:
    """What stands in the index now, written a moment ago or not; None without an index."""
    by_id = {id_of(*key): key for key in keys}
    with cluster.asking(patiently=not is_waited_for) as client:
        answer = client.mget(
            index=layout.live(layout.DOCUMENTS),
            ids=list(by_id),
            source_includes=["columns_digest", "column_ids"],
        )
    if any("index_not_found" in cluster.reason_of(one) for one in answer["docs"]):
        return None
    return {by_id[one["_id"]]: _stored_in(one) for one in answer["docs"] if one.get("found")}


def _stored_in(answer: Mapping[str, Any]) -> _Stored:
    source = answer["_source"]
    return _Stored(answer["_version"], source["columns_digest"], frozenset(source["column_ids"]))


def _steps(
    documents: Sequence[SearchDocument],
    gone: Sequence[Key],
    version: int,
    stored: Mapping[Key, _Stored],
) -> tuple[list[_Change], list[_Change], list[_Change]]:
    """What has to be written, one list after the other: that columns are about to be, the columns,
    the documents. Nothing of a document that is stored with a higher version."""
    begun: list[_Change] = []
    columns: list[_Change] = []
    finished: list[_Change] = []
    for document in documents:
        key = (document.kind, document.id)
        before = stored.get(key, _Stored())
        if before.version > version:
            continue
        finished.append(_Change(layout.DOCUMENTS, document_body(document, version)))
        if before.columns_digest == digest_of_columns(document):
            continue
        now = {column.id for column in document.columns}
        body = unfinished_body(document, version, before.column_ids | now)
        begun.append(_Change(layout.DOCUMENTS, body))
        columns += [_Change(layout.COLUMNS, column) for column in column_bodies([document])]
        columns += [_gone(layout.COLUMNS, str(pk), key) for pk in sorted(before.column_ids - now)]
    for key in gone:
        before = stored.get(key, _Stored())
        if before.version > version:
            continue
        columns += [_gone(layout.COLUMNS, str(pk), key) for pk in sorted(before.column_ids)]
        finished.append(_gone(layout.DOCUMENTS, id_of(*key), key))
    return begun, columns, finished


def _gone(part: str, pk: str, key: Key) -> _Change:
    return _Change(part, Body(pk, b"", key), is_stored=False)
