"""Replaying the access log under a draft: asked for, run in the background, watched."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import structlog
from celery import current_app
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from catalog.errors import Conflict, InvalidInput
from catalog.services.transaction import writing
from catalog.types import Principal
from governance.audit.services.recording import (
    AccessOutcome,
    AccessRecord,
    Keeping,
    record_decision_here,
)
from governance.permissions.trial.models import OptOutReplay
from governance.permissions.trial.replay import Comparing, Counts
from governance.permissions.trial.selectors.drafting import Draft, draft_of
from governance.permissions.trial.selectors.recorded import days, questions_in
from governance.permissions.trial.selectors.standing import proposal_to_try
from governance.permissions.trial.selectors.trial import changes_opt_outs
from governance.permissions.types import TrialState
from governance.proposals.models import Proposal

log = structlog.get_logger(__name__)

REPLAY_TASK = "governance.replay_decisions"
MOST_DAYS = 400
MOST_TOLD = 200
BEAT_SECONDS = 5.0
SILENT_AFTER = dt.timedelta(minutes=10)
_UNDER_WAY = (TrialState.WAITING, TrialState.RUNNING)


def request_replay(*, acting: Principal, key: str, days: int) -> OptOutReplay:
    """Ask for the decisions of the last days to be decided once more under a proposal's opt-outs.

    Whoever may try the proposal may; that they asked is on record in the log which is read. Raises
    InvalidInput for a time that is none, Conflict while a replay of the proposal is under way.
    """
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput(f"Replay 1 to {MOST_DAYS} days.", field="days")
    proposal = proposal_to_try(acting, key)
    revision = proposal.current
    if revision is None or not changes_opt_outs(proposal):
        raise InvalidInput(f"{proposal.key} changes no opt-out.", field="key")
    now = timezone.now()
    with writing(acting):
        Proposal.objects.select_for_update().get(pk=proposal.pk)
        _end_silent(now)
        if OptOutReplay.objects.filter(proposal=proposal, state__in=_UNDER_WAY).exists():
            raise Conflict("A replay is under way: wait until it has ended.")
        asked = OptOutReplay.objects.create(
            proposal=proposal,
            revision=revision,
            days=days,
            requested_by_id=acting.person_id,
            requested_at=now,
            until=now,
            beat_at=now,
        )
        transaction.on_commit(lambda: _send(asked.pk), robust=True)
    record_decision_here(
        AccessRecord(
            gateway="concord",
            username=acting.username,
            person=acting.person_id,
            action="replay_decisions",
            outcome=AccessOutcome.ALLOWED,
            policy_version=0,
            keeping=Keeping.RESTRICTED,
            request_id=str(acting.request_id),
            note=f"{proposal.key}: {days} days",
        )
    )
    return asked


def run_replay(replay_id: int) -> None:
    """Run a replay that waits; one that runs or has ended is left alone."""
    now = timezone.now()
    waiting = OptOutReplay.objects.filter(pk=replay_id, state=TrialState.WAITING)
    if not waiting.update(state=TrialState.RUNNING, beat_at=now):
        return
    row = OptOutReplay.objects.select_related("revision").get(pk=replay_id)
    try:
        draft = draft_of(row.revision)
        counts = _counted(row, draft)
    except Exception as failure:
        log.exception("replay_failed", replay=replay_id)
        problem = f"It failed unexpectedly ({type(failure).__name__}); the log has the details."
        _finish(row, TrialState.FAILED, problem=problem, result={})
    else:
        _finish(
            row,
            TrialState.FINISHED,
            policy_version=draft.base.version,
            result=result_of(counts),
        )


def run_waiting() -> None:
    """Run what waits and was not taken, and end what died; for the clock."""
    now = timezone.now()
    _end_silent(now)
    waiting = OptOutReplay.objects.filter(
        state=TrialState.WAITING, requested_at__lt=now - dt.timedelta(minutes=1)
    )
    for pk in list(waiting.values_list("pk", flat=True)):
        run_replay(pk)


def result_of(counts: Counts) -> dict[str, Any]:
    """What a replay found, as it is kept: people and data by their ids, most first."""
    return {
        "asked": counts.asked,
        "left_out": dict(counts.left_out),
        "differing": {change.value: count for change, count in counts.differing.items()},
        "people": len({person for person, _ in counts.by_person}),
        "datasets": len({dataset for dataset, _ in counts.by_dataset}),
        "by_person": _most(counts.by_person),
        "by_dataset": _most(counts.by_dataset),
        "by_purpose": _most(counts.by_purpose),
    }


def _counted(row: OptOutReplay, draft: Draft) -> Counts:
    comparing, counts = Comparing(draft.base, draft.always), Counts()
    since = row.until - dt.timedelta(days=row.days)
    # Days begin at midnight, so that one more than were asked for are touched
    with _told_of(row.pk, counts):
        for number, (begins, ends) in enumerate(days(since, row.until), 1):
            comparing.count(questions_in(begins, ends, comparing, counts.left_out), counts)
            done = min(number, row.days)
            OptOutReplay.objects.filter(pk=row.pk).update(days_done=done, beat_at=timezone.now())
    return counts


@contextmanager
def _told_of(replay_id: int, counts: Counts) -> Iterator[None]:
    """Meanwhile say every few seconds how far it is: a day may hold ten million decisions. From a
    thread of its own, since a day is read in one transaction, of which nobody else sees anything.
    """
    ended = Event()

    def tell() -> None:
        try:
            while not ended.wait(BEAT_SECONDS):
                running = OptOutReplay.objects.filter(pk=replay_id, state=TrialState.RUNNING)
                running.update(beat_at=timezone.now(), result={"asked": counts.asked})
        except DatabaseError as error:
            log.warning("replay_not_told", replay=replay_id, error=str(error)[:300])
        finally:
            connection.close()

    thread = Thread(target=tell, name="replay", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _most(found: Counter[Any]) -> list[list[Any]]:
    return [[what, change.value, count] for (what, change), count in found.most_common(MOST_TOLD)]


def _finish(row: OptOutReplay, state: TrialState, **fields: Any) -> None:
    now = timezone.now()
    OptOutReplay.objects.filter(pk=row.pk).update(
        state=state, beat_at=now, finished_at=now, **fields
    )


def _end_silent(now: dt.datetime) -> None:
    OptOutReplay.objects.filter(state=TrialState.RUNNING, beat_at__lt=now - SILENT_AFTER).update(
        state=TrialState.FAILED,
        finished_at=now,
        problem="Its process ended before it was done.",
        result={},
    )


def _send(replay_id: int) -> None:
    """Put it into the queue; a queue that does not answer only delays it."""
    try:
        current_app.send_task(REPLAY_TASK, args=[replay_id], retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - whatever the queue's transport raises
        log.warning("queue_unreachable", error=f"{type(error).__name__}: {error}"[:300])
