"""Replaying the access log under a draft: asked for, run in the background, watched."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import structlog
from celery import current_app
from django.db import connection, transaction
from django.utils import timezone

from catalog.errors import Conflict, InvalidInput
from catalog.names import lookup_key
from catalog.services.transaction import writing
from catalog.types import Principal
from governance.audit.services.recording import (
    AccessOutcome,
    AccessRecord,
    Keeping,
    record_decision_here,
)
from governance.permissions.gateways.authzen.words import Words
from governance.permissions.gateways.trino.operations import (
    GET_COLUMN_MASK,
    GET_ROW_FILTERS,
    OPERATIONS,
    Asks,
)
from governance.permissions.trial.models import OptOutReplay
from governance.permissions.trial.replay import Asked, Comparing, Counts
from governance.permissions.trial.selectors.drafting import Draft, draft_of
from governance.permissions.trial.selectors.standing import proposal_to_try
from governance.permissions.trial.selectors.trial import changes_opt_outs
from governance.permissions.types import DataAction, Purpose, TrialState
from governance.proposals.models import Proposal

log = structlog.get_logger(__name__)

REPLAY_TASK = "governance.replay_decisions"
MOST_DAYS = 400
MOST_TOLD = 200
MOST_LATE = 86_400.0
"""Seconds by which decisions of others may be told late and still be put together exactly."""
SILENT_AFTER = dt.timedelta(minutes=10)
_UNDER_WAY = (TrialState.WAITING, TrialState.RUNNING)
_WORDS = Words()
_NO_DATA = frozenset({"read_audit", "read_readers", "export_audit", "replay_decisions"})
_PURPOSES = frozenset(Purpose) - {Purpose.ANY}

# A question may hold a NUL, which the database reads in no text: it counts as an unknown character.
_QUESTIONS = r"""
SELECT person_id, gateway, action, purpose, datasets,
       coalesce(said -> 'columns', '[]')::text,
       coalesce(said ->> 'environment', ''),
       extract(epoch FROM min(moment))::float8, count(*)
FROM governance_auditrow, LATERAL (
    SELECT replace(body, '\u0000', '\ufffd')::json AS said OFFSET 0
) AS spoken, LATERAL (
    SELECT CASE WHEN gateway LIKE 'opa:%%' THEN coalesce(
        to_timestamp((said ->> 'decided')::float8 / 1e6), at) ELSE at END AS moment
) AS told
WHERE at >= %(since)s AND at < %(until)s AND keeping IN ('restricted', 'open')
  AND person_id IS NOT NULL AND datasets <> '{}'
GROUP BY 1, 2, 3, 4, 5, 6, 7, width_bucket(moment, %(edges)s::timestamptz[]),
         CASE WHEN %(by_hour)s THEN date_trunc('hour', moment) END
"""


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
        _finish(row, TrialState.FAILED, problem=problem)
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
        "differing": {change.value: count for change, count in counts.differing.items()},
        "people": len({person for person, _ in counts.by_person}),
        "datasets": len({dataset for dataset, _ in counts.by_dataset}),
        "by_person": _most(counts.by_person),
        "by_dataset": _most(counts.by_dataset),
        "by_purpose": _most(counts.by_purpose),
    }


def questions_in(since: dt.datetime, until: dt.datetime, comparing: Comparing) -> Iterator[Asked]:
    """The questions about data that the log holds of a time, each with how often it was asked.

    Questions alike are put together while the same opt-outs hold; where the age of data matters,
    by the hour. A call about several datasets is a question about each. What an OPA decided by
    other policies is a question of the instant at which it did.
    """
    edges = _edges(comparing, since.timestamp() - MOST_LATE, until.timestamp())
    by_hour = any(index.parts.slots.aged for index in (comparing.base, comparing.draft))
    with connection.cursor() as cursor:
        cursor.execute(
            _QUESTIONS, {"since": since, "until": until, "edges": edges, "by_hour": by_hour}
        )
        for person, gateway, action, purpose, datasets, used, place, at, count in cursor:
            meant = data_action(gateway, action)
            if meant is None:
                continue
            columns = _columns(gateway, used, datasets)
            asked_for = purpose if purpose in _PURPOSES else None
            for dataset in datasets:
                yield Asked(person, meant, dataset, columns, asked_for, place or None, at, count)


def data_action(gateway: str, action: str) -> str | None:
    """What an action of a door does with data; None where it does nothing with any."""
    if gateway.startswith("trino:"):
        return _of_trino(action)
    if gateway.startswith("opa:"):
        return _of_opa(action)
    if gateway == "authzen":
        return _WORDS.action(action)
    if action in _NO_DATA:
        return None
    return action if action in frozenset(DataAction) else DataAction.READ


def _of_trino(operation: str) -> str | None:
    asks = OPERATIONS.get(operation)
    if asks in (Asks.READING, Asks.SHOWING):
        return DataAction.READ
    return DataAction.WRITE if asks in (Asks.WRITING, Asks.RENAMING, Asks.ALTERING) else None


def _of_opa(action: str) -> str | None:
    """Trino's operations as at its own door, any other word where it is known."""
    if action in OPERATIONS or action in (GET_ROW_FILTERS, GET_COLUMN_MASK):
        return _of_trino(action)
    meant = _WORDS.action(action.lower())
    return meant if meant in frozenset(DataAction) else None


def _columns(gateway: str, used: str, datasets: list[int]) -> tuple[str, ...] | None:
    """The columns of a question about one dataset; the doors keep none of several."""
    if not gateway.startswith(("trino:", "opa:")) or len(datasets) != 1:
        return None
    return tuple(map(lookup_key, json.loads(used))) or None


def _counted(row: OptOutReplay, draft: Draft) -> Counts:
    comparing, counts = Comparing(draft.base, draft.always), Counts()
    for day in range(row.days):
        since = row.until - dt.timedelta(days=row.days - day)
        comparing.count(questions_in(since, since + dt.timedelta(days=1), comparing), counts)
        OptOutReplay.objects.filter(pk=row.pk).update(days_done=day + 1, beat_at=timezone.now())
    return counts


def _edges(comparing: Comparing, since: float, until: float) -> list[dt.datetime]:
    """The instants between which the same opt-outs and exceptions hold."""
    found = {since}
    for index in (comparing.base, comparing.draft):
        found |= set(index.parts.slots.edges)
        for exception in index.parts.exceptions.values():
            found |= {exception.begins, exception.ends}
    inside = sorted(edge for edge in found if since <= edge < until)
    return [dt.datetime.fromtimestamp(edge, dt.UTC) for edge in inside]


def _most(found: Counter[Any]) -> list[list[Any]]:
    return [[what, change.value, count] for (what, change), count in found.most_common(MOST_TOLD)]


def _finish(row: OptOutReplay, state: TrialState, **fields: Any) -> None:
    now = timezone.now()
    OptOutReplay.objects.filter(pk=row.pk).update(
        state=state, beat_at=now, finished_at=now, **fields
    )


def _end_silent(now: dt.datetime) -> None:
    OptOutReplay.objects.filter(state=TrialState.RUNNING, beat_at__lt=now - SILENT_AFTER).update(
        state=TrialState.FAILED, finished_at=now, problem="Its process ended before it was done."
    )


def _send(replay_id: int) -> None:
    """Put it into the queue; a queue that does not answer only delays it."""
    try:
        current_app.send_task(REPLAY_TASK, args=[replay_id], retry=False, ignore_result=True)
    except Exception as error:  # noqa: BLE001 - whatever the queue's transport raises
        log.warning("queue_unreachable", error=f"{type(error).__name__}: {error}"[:300])
