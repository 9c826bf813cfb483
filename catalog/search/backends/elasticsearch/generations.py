"""Generations of the index: a new one is built beside the one that answers, then takes its place.

Nobody speaks to an index by its own name: the live aliases move from one generation to the next in
one step. While one is being built every write goes to both. Which generation is which stands in
the database, because a writer has to know it in the moment of writing.
"""

from __future__ import annotations

import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any

import structlog
from django.db import connection
from django.utils import timezone
from elasticsearch import NotFoundError

from catalog.errors import Conflict, Unavailable
from catalog.models import GenerationState, SearchGeneration
from catalog.search.backends.elasticsearch import cluster, layout, lengths
from catalog.search.backends.elasticsearch.bodies import (
    Body,
    column_bodies,
    document_body,
)
from catalog.search.backends.elasticsearch.bulk import (
    Operation,
    Refusal,
    Target,
    pieces,
    send,
)
from catalog.search.backends.elasticsearch.pace import Pace
from catalog.search.backends.elasticsearch.refusals import note_refused
from catalog.search.backends.terms import Terms, labelled
from catalog.search.documents import SearchDocument, Term

log = structlog.get_logger(__name__)

PATIENCE = 300.0  # seconds that a rebuild waits for a cluster that restarts or is full
SENDERS = 2  # pieces on their way at once
SEGMENTS = 4  # of an index that was built: every question asks each of them
_SEGMENT_BYTES = (
    4_000_000_000  # beyond it a segment keeps what is deleted, and a cluster merges less
)
SAMPLE = 200  # documents whose contents are compared before the swap
TOLERANCE = 0.02  # of them, and of their number, that may differ: what was written meanwhile
_MOST_REFUSED = 0.1  # of the documents sent; more is no fault of theirs
_FEW_REFUSED, _MANY_REFUSED = 5, 1_000  # what is borne at the end, and on the way
_LOCK = 7_301_865_115  # any number, the same in every process


def is_building() -> bool:
    """Whether writes have to go to a coming generation as well."""
    return SearchGeneration.objects.filter(state=GenerationState.BUILDING).exists()


def begin_empty() -> None:
    """The first generation, empty: for who writes before anything was built. Raises Conflict
    while another process begins one."""
    with connection.cursor() as cursor, _alone(cursor):
        if _holders(layout.live(layout.DOCUMENTS)):
            return
        generation = _new_generation(GenerationState.LIVE)
        _create(generation.name, {})
        _point(generation.name)
        log.warning("search_index_begun", generation=generation.name)


def write_beside(operations: Sequence[Operation], *, patience: float) -> None:
    """Write to the coming generation; what fails there fails the rebuild and not the writer."""
    try:
        refused = send(operations, patience=patience)
    except Unavailable as error:
        reason = error.message
    else:
        missing = [refusal for refusal in refused if refusal.is_missing]
        if not missing:
            return
        reason = missing[0].reason  # or it took its place between two statements
    SearchGeneration.objects.filter(state=GenerationState.BUILDING).update(error=reason)


def rebuild(
    batches: Iterable[Sequence[SearchDocument]],
    *,
    progress: Callable[[int], None],
    position: Callable[[], int],
) -> int:
    """See `Backend.rebuild`."""
    with connection.cursor() as cursor, _alone(cursor):
        drop_unfinished()
        generation = _new_generation(GenerationState.BUILDING)
        try:
            _create(generation.name, layout.WHILE_BUILDING)
            _begin_writing_beside(generation.name)
            # From here on everybody writes to both, so nothing after this position is missed.
            filling = _Filling(position())
            filling.run(batches, progress)
            _merge(generation.name)
            _finish(generation, filling)
            _point(generation.name)
        except BaseException as error:
            _fail(generation, error)
            raise
        _keep_one(generation, filling.count)
    return filling.count


@contextmanager
def apart() -> Iterator[None]:
    """See `Backend.apart`; nothing is left of it in the cluster."""
    with layout.apart(f"apart{secrets.token_hex(4)}"):
        try:
            yield
        finally:
            _forget_all_but()
            with cluster.asking(patiently=True) as client:
                client.options(ignore_status=404).indices.delete_index_template(name=_template())


def drop_unfinished() -> None:
    """Take away what a rebuild that died has left; only for who rebuilds alone."""
    for generation in SearchGeneration.objects.filter(state=GenerationState.BUILDING):
        _fail(generation, Conflict("The rebuild ended before it was complete."))


def is_current(position: Callable[[], int]) -> bool:
    """See `Backend.is_current`."""
    with cluster.asking(patiently=True) as client:
        holders = [_holders(layout.live(part)) for part in layout.PARTS]
        if not all(holders):
            return False
        indices = client.indices.get_mapping(index=[name for some in holders for name in some])
        answer = client.search(
            index=layout.live(layout.DOCUMENTS),
            size=0,
            aggs={"newest": {"max": {"field": "version"}}},
        )
    hashes = {index["mappings"].get("_meta", {}).get("hash") for index in indices.values()}
    newest = answer["aggregations"]["newest"]["value"] or 0
    # A database from a backup is behind the index: what is written now would lose against it.
    return hashes == {layout.mapping_hash()} and newest <= position()


class _Filling:
    """The documents on their way into the coming generation, some pieces at once."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.count = 0
        self.columns = 0
        self.sample: dict[str, str] = {}  # digests by id
        self._seen = 0
        self._refused: list[Refusal] = []
        self._terms = Terms()
        self._pace = Pace()
        self._chance = random.Random(version)  # noqa: S311 - a sample, no secret

    def run(
        self, batches: Iterable[Sequence[SearchDocument]], progress: Callable[[int], None]
    ) -> None:
        """Send everything; returns when it is written."""
        waiting: set[Future[list[Refusal]]] = set()
        with ThreadPoolExecutor(SENDERS) as senders:
            try:
                for documents in batches:
                    for piece in pieces(self._operations(documents)):
                        while len(waiting) > SENDERS:  # the cluster sets the pace
                            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                            self._take(done)
                        waiting.add(senders.submit(self._send, piece))
                    self.count += len(documents)
                    progress(self.count)
            finally:
                done, _ = wait(waiting)
            self._take(done)
        self._check_refused(min(max(_FEW_REFUSED, self.count * _MOST_REFUSED), self.count - 1))
        note_refused([], self._refused)

    @property
    def refused(self) -> int:
        """How many documents the index will not take."""
        return len({refusal.operation.key for refusal in self._refused})

    def _send(self, operations: Sequence[Operation]) -> list[Refusal]:
        with self._pace.turn():
            return send(operations, patience=PATIENCE)

    def _take(self, done: Iterable[Future[list[Refusal]]]) -> None:
        for future in done:
            if refused := future.result():
                self._refused += refused
                self._check_refused(max(_MANY_REFUSED, self.count * _MOST_REFUSED))

    def _check_refused(self, most: float) -> None:
        """Raise Conflict where the index is not what takes documents: that is said once, and not
        of every document."""
        if any(refusal.is_missing for refusal in self._refused):
            raise Conflict("The new search index was taken away while it was being built.")
        refused = self.refused
        if refused > max(most, 0):
            reasons = Counter(refusal.reason for refusal in self._refused)
            ((reason, _),) = reasons.most_common(1)
            raise Conflict(
                f"The new search index refuses {refused:,} of {self.count:,} documents, so it is"
                f" given up and the old one stays: {reason}"
            )

    def _operations(self, documents: Sequence[SearchDocument]) -> Iterator[Operation]:
        # Whatever anybody wrote since this position is newer, even in the same transaction.
        into_documents, into_columns = (
            Target(layout.coming(part), self.version, "external") for part in layout.PARTS
        )
        terms: set[Term] = set()
        for document in documents:
            terms.update(document.terms)
            for column in document.columns:
                if column.terms:
                    terms.update(column.terms)
            body = document_body(document, self.version)
            self._remember(body)
            self.columns += len(document.columns)
            yield into_documents.stored(body)
        yield from map(into_columns.stored, column_bodies(documents))
        self._terms.ids(labelled(terms))

    def _remember(self, body: Body) -> None:
        """A fair sample of everything sent, whose size nobody knew before."""
        self._seen += 1
        if len(self.sample) < SAMPLE:
            self.sample[body.id] = body.digest
        elif self._chance.random() < SAMPLE / self._seen:
            del self.sample[self._chance.choice(list(self.sample))]
            self.sample[body.id] = body.digest


def _merge(name: str) -> None:
    """Bring what was written into few segments. It comes in some thirty, and most of what a search
    costs a cluster is to look its words up in each; to merge takes a fiftieth of the build."""
    names = [layout.physical(part, name) for part in layout.PARTS]
    with cluster.asking(patiently=True) as client:
        found = client.indices.stats(index=names, metric="store")["indices"]
    for index in names:
        size = found[index]["primaries"]["store"]["size_in_bytes"]
        segments = max(SEGMENTS, size // _SEGMENT_BYTES)
        try:
            with cluster.asking(patiently=True) as client:
                patient = client.options(request_timeout=PATIENCE, max_retries=0)
                patient.indices.forcemerge(index=index, max_num_segments=segments)
        except Unavailable as error:  # searches are slower until the cluster has merged by itself
            log.warning("search_index_not_merged", index=index, error=error.message)


def _finish(generation: SearchGeneration, filling: _Filling) -> None:
    """Make the coming generation as good as a live one, and make sure that it holds what it was
    sent. Raises Conflict when it does not: the one in use stays."""
    names = [layout.physical(part, generation.name) for part in layout.PARTS]
    with cluster.asking(patiently=True) as client:
        client.indices.put_settings(
            index=names,
            settings={
                "number_of_replicas": 0,
                "auto_expand_replicas": layout.SETTINGS["auto_expand_replicas"],
                "refresh_interval": layout.SETTINGS["refresh_interval"],
            },
        )
        client.options(request_timeout=PATIENCE).indices.refresh(index=names)
        found = [client.count(index=name)["count"] for name in names]
        sampled = (
            client.mget(
                index=names[0], ids=list(filling.sample), source_includes=["digest", "version"]
            )["docs"]
            if filling.sample
            else []
        )
    generation.refresh_from_db()
    if generation.error:
        raise Conflict(f"The new search index missed a write: {generation.error}")
    for count, sent in zip(found, (filling.count, filling.columns), strict=True):
        is_empty = count == 0 and sent > filling.refused
        if is_empty or abs(count - sent + filling.refused) > sent * TOLERANCE + 5:
            raise Conflict(
                f"The new search index holds {count:,} of {sent:,} documents: the old one stays."
            )
    other = [
        one["_id"]
        for one in sampled
        if not one.get("found")
        or (
            one["_source"]["version"] <= filling.version
            and one["_source"]["digest"] != filling.sample[one["_id"]]
        )
    ]
    if len(other) > len(sampled) * TOLERANCE + filling.refused + 5:
        raise Conflict(
            f"{len(other)} of {len(sampled)} documents in the new search index are not what was"
            " sent: the old one stays."
        )


def _create(name: str, while_building: dict[str, Any]) -> None:
    with cluster.asking(patiently=True) as client:
        # A write that comes too late for an index must never make one of the same name.
        client.indices.put_index_template(
            name=_template(),
            index_patterns=[f"{layout.live(part)}*" for part in layout.PARTS],
            priority=500,
            allow_auto_create=False,
        )
        for part in layout.PARTS:
            client.indices.create(
                index=layout.physical(part, name),
                settings={**layout.SETTINGS, **while_building},
                mappings={**layout.mappings(part), "_meta": {"hash": layout.mapping_hash()}},
                wait_for_active_shards=1,
            )


def _template() -> str:
    return layout.live("indices")


def _begin_writing_beside(name: str) -> None:
    """The coming aliases to a generation; away from one that a database no longer knows of, which
    was restored from a backup or is another one."""
    actions: list[dict[str, Any]] = []
    for part in layout.PARTS:
        alias = layout.coming(part)
        actions += [{"remove": {"index": holder, "alias": alias}} for holder in _holders(alias)]
        actions.append(_add(part, name, alias))
    _update_aliases(actions)


def _point(name: str) -> None:
    """The live aliases to a generation, away from any other, in one step."""
    actions: list[dict[str, Any]] = []
    for part in layout.PARTS:
        for alias in (layout.live(part), layout.coming(part)):
            actions += [{"remove": {"index": holder, "alias": alias}} for holder in _holders(alias)]
        actions.append(_add(part, name, layout.live(part)))
    _update_aliases(actions)
    lengths.forget()


def _add(part: str, name: str, alias: str) -> dict[str, Any]:
    return {"add": {"index": layout.physical(part, name), "alias": alias}}


def _update_aliases(actions: list[dict[str, Any]]) -> None:
    with cluster.asking(patiently=True) as client:
        client.indices.update_aliases(actions=actions)


def _holders(alias: str) -> list[str]:
    with cluster.asking(patiently=True) as client:
        try:
            return sorted(client.indices.get_alias(name=alias).body)
        except NotFoundError:
            return []


def _new_generation(state: GenerationState) -> SearchGeneration:
    return SearchGeneration.objects.create(
        name=f"{timezone.now():%Y%m%d%H%M%S}-{time.time_ns() % 10**6:06d}",
        state=state,
        mapping_hash=layout.mapping_hash(),
    )


def _fail(generation: SearchGeneration, error: BaseException) -> None:
    """Nobody writes to it any more; its indices go as soon as the cluster can be asked."""
    generation.state = GenerationState.FAILED
    generation.error = str(error)[:2000] or type(error).__name__
    generation.ended_at = timezone.now()
    generation.save()
    try:
        _delete(generation.name)
    except Unavailable:
        log.warning("search_generation_left", generation=generation.name)


def _keep_one(generation: SearchGeneration, documents: int) -> None:
    """The new generation is live, the one before is kept, those before it go."""
    former = SearchGeneration.objects.filter(
        state__in=(GenerationState.LIVE, GenerationState.KEPT)
    ).order_by("-pk")
    for number, one in enumerate(former):
        one.state = GenerationState.DROPPED if number else GenerationState.KEPT
        one.save(update_fields=["state"])
    generation.state = GenerationState.LIVE
    generation.documents = documents
    generation.ended_at = timezone.now()
    generation.save()
    _forget_all_but(generation.name, former[0].name if former else "")


def _forget_all_but(*names: str) -> None:
    """Delete the indices of generations that nobody needs, whoever made them."""
    kept = {layout.physical(part, name) for part in layout.PARTS for name in names if name}
    for part in layout.PARTS:
        with cluster.asking(patiently=True) as client:
            found = client.indices.get(index=f"{layout.live(part)}-*", expand_wildcards="all")
            surplus = sorted(set(found.body) - kept)
            if surplus:
                client.indices.delete(index=surplus)


def _delete(name: str) -> None:
    with cluster.asking(patiently=True) as client:
        client.indices.delete(
            index=[layout.physical(part, name) for part in layout.PARTS], ignore_unavailable=True
        )


@contextmanager
def _alone(cursor: Any) -> Iterator[None]:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
    if not cursor.fetchone()[0]:
        raise Conflict("The search index is being rebuilt already: wait until that has ended.")
    try:
        yield
    finally:
        if connection.is_usable():
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
