"""Keeping documents true: always rebuilt from the database, never from an event's payload.

Three ways lead here: the event log's consumer, the writer's own commit (so that the next page
shows the change), and the rebuild. Each takes a position of the database before it reads, and
the backend keeps the highest one, so that late writes lose.
"""

from __future__ import annotations

import gc
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import NamedTuple, Protocol

import structlog
from django.db import connection, transaction

from catalog.search import spelling
from catalog.search.backends import backend
from catalog.search.backends.base import Key
from catalog.search.documents import SearchDocument, spelled
from catalog.search.registry import SearchKind, kinds

log = structlog.get_logger(__name__)

BATCH = 500  # documents read and written at once
REBUILT_AT_ONCE = 2_000  # the same where nobody waits for one of them
MAX_INLINE_SUBJECTS = 20
MAX_INLINE_DOCUMENTS = 100


class _Event(Protocol):
    subject_type: str
    subject_id: int


class Subject(NamedTuple):
    """What changed, as the event log names it: the model's name and the row's key."""

    type: str
    id: int


class _Pending(threading.local):
    subjects: set[Subject]

    def __init__(self) -> None:
        self.subjects = set()


_pending = _Pending()


def position() -> int:
    """How much of the database's history is visible now: grows with every commit.

    Ids of transactions do not commit in their order, so neither they nor event ids tell which of
    two readers saw more; the number of finished transactions does.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmax(now.snapshot)::text::bigint"
            " - (SELECT count(*) FROM pg_snapshot_xip(now.snapshot))"
            " FROM (SELECT pg_current_snapshot() AS snapshot) now"
        )
        (version,) = cursor.fetchone()
    return int(version)


def digest(events: Sequence[_Event]) -> None:
    """The event log's consumer: make the documents new that these events touch."""
    refresh(Subject(event.subject_type, event.subject_id) for event in events)


def refresh(subjects: Iterable[Subject]) -> None:
    """Make every document new that a change of `subjects` touches, however many they are."""
    for kind, ids in _touched(subjects):
        for batch in _batches(sorted(ids)):
            _refresh_batch(kind, batch)


def note_written(subjects: Iterable[tuple[str, int]]) -> None:
    """Remember what the running transaction writes; `refresh_written` follows its commit."""
    if not any(hook is refresh_written for _, hook, *_ in connection.run_on_commit):
        _pending.subjects = set()  # what is left is of a transaction that was rolled back
    room = MAX_INLINE_SUBJECTS + 1 - len(_pending.subjects)
    _pending.subjects.update(Subject(*subject) for subject in islice(subjects, max(room, 0)))


def refresh_written() -> None:
    """Show the writer their own change at once. A failure only means that it shows a moment
    later, for the consumer does the same work; so does a change too large to wait for."""
    subjects, _pending.subjects = _pending.subjects, set()
    if not subjects or len(subjects) > MAX_INLINE_SUBJECTS:
        return
    try:
        touched = _touched(subjects)
        if sum(len(ids) for _, ids in touched) <= MAX_INLINE_DOCUMENTS:
            for kind, ids in touched:
                _refresh_batch(kind, sorted(ids), at_once=True)
    except Exception as error:  # noqa: BLE001 - the change is committed; the consumer repeats this
        log.warning("search_refresh_failed", error=f"{type(error).__name__}: {error}"[:500])


def rebuild(progress: Callable[[int], None] = lambda done: None) -> int:
    """Build every document anew beside those that answer meanwhile, then swap.

    `progress` is told the number of documents built so far. Returns how many there are.
    """
    words: Counter[str] = Counter()
    newest = spelling.newest()

    def batches() -> Iterator[Sequence[SearchDocument]]:
        for kind in kinds:
            for ids in _batches(kind.all_ids(), REBUILT_AT_ONCE):
                documents = _loaded(kind, ids)
                words.update(chain.from_iterable(map(spelled, documents)))
                yield documents

    with _uncollected():
        count = backend().rebuild(batches(), progress=progress, position=position)
    with transaction.atomic():
        spelling.replace_all(words, since=newest)
    return count


@contextmanager
def _uncollected() -> Iterator[None]:
    """Documents hold no cycles: looking for some among hundred thousands is a tenth of the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def heal() -> int:
    """Compare every document with what is stored, and make new those that differ; returns how
    many did. A stretch of ids is read from the database first and from the index after it, so a
    change in between only means that it is made new twice."""
    healed = 0
    for kind in kinds:
        above = 0
        for ids in _batches(kind.all_ids()):
            healed += _heal_stretch(kind, above, ids[-1], ids)
            above = ids[-1]
        healed += _heal_stretch(kind, above, None, ())
    if healed:
        log.warning("search_drift_healed", documents=healed)
    return healed


def tend() -> bool:
    """Rebuild where there is no index, or one of another layout or another history; returns
    whether that was needed."""
    if backend().is_current(position):
        return False
    rebuild()
    return True


def total_to_build() -> int:
    """How many objects a rebuild reads, for its progress."""
    return sum(1 for kind in kinds for _ in kind.all_ids())


def renew(kind: str, ids: Sequence[int]) -> None:
    """Make the documents of these objects new, whether they changed or not."""
    _refresh_batch(kinds.get(kind), ids)


def _heal_stretch(kind: SearchKind, above: int, up_to: int | None, ids: Sequence[int]) -> int:
    different = backend().differing(kind.name, above, up_to, kind.load(ids) if ids else [])
    for batch in _batches(sorted(different)):
        _refresh_batch(kind, batch)
    return len(different)


def _batches(ids: Iterable[int], size: int = BATCH) -> Iterator[list[int]]:
    rest = iter(ids)
    while batch := list(islice(rest, size)):
        yield batch


def _touched(subjects: Iterable[Subject]) -> list[tuple[SearchKind, set[int]]]:
    by_type: dict[str, set[int]] = defaultdict(set)
    for subject in subjects:
        by_type[subject.type].add(subject.id)
    touched = []
    for kind in kinds:
        ids: set[int] = set()
        for subject_type, find in kind.touched_by.items():
            if by_type.get(subject_type):
                ids.update(find(by_type[subject_type]))
        if kind.visible_by == "parent_id" and by_type.get(kind.visible._meta.model_name or ""):
            # Also what was deleted, and so is found no more by looking from the parent.
            ids |= backend().children(kind.name, by_type[kind.visible._meta.model_name or ""])
        if ids:
            touched.append((kind, ids))
    return touched


def _loaded(kind: SearchKind, ids: Sequence[int]) -> list[SearchDocument]:
    """In the order of ids: what is alike in everything is shown in the order it was written."""
    return sorted(kind.load(ids), key=lambda document: document.id)


def _refresh_batch(kind: SearchKind, ids: Sequence[int], *, at_once: bool = False) -> None:
    version = position()
    documents = _loaded(kind, ids)
    gone: list[Key] = [
        (kind.name, pk) for pk in sorted(set(ids) - {document.id for document in documents})
    ]
    backend().write(documents, gone, version=version, at_once=at_once)
    spelling.learn(word for document in documents for word in spelled(document))
