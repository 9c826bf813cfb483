"""Imports in words: their state with its meaning, what they did, how long they took."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from catalog.models import IngestionRun
from catalog.types import RunState
from catalog.web.presentation.times import duration_in_words

STATE_WORDS = {
    RunState.WAITING: ("proposed", "Waiting"),
    RunState.RUNNING: ("proposed", "Running"),
    RunState.SUCCEEDED: ("agreed", "Done"),
    RunState.SUCCEEDED_WITH_PROBLEMS: ("contested", "Done with problems"),
    RunState.FAILED: ("broken", "Stopped"),
    RunState.INTERRUPTED: ("broken", "Interrupted"),
}


def state_words(run: IngestionRun) -> tuple[str, str]:
    """(meaning, word) of a run's state."""
    return STATE_WORDS[RunState(run.state)]


def run_duration(run: IngestionRun) -> str:
    """How long it took, or has been taking; empty before it started."""
    if run.started_at is None:
        return ""
    ended = run.finished_at or timezone.now()
    span = max(ended - run.started_at, dt.timedelta(milliseconds=1))
    if span >= dt.timedelta(seconds=1):
        span = dt.timedelta(seconds=round(span.total_seconds()))
    return duration_in_words(span)


def run_sentence(run: IngestionRun) -> str:
    """What a run did or would do, in one sentence without its state."""
    verb = {
        True: ("would be created", "would change", "would be marked as gone"),
        False: ("created", "changed", "marked as gone"),
    }[run.is_dry_run]
    parts = [
        f"{count:,} {words}"
        for count, words in zip((run.created, run.updated, run.disappeared), verb, strict=True)
        if count
    ]
    if run.refused:
        parts.append(f"{run.refused:,} not usable")
    if not parts:
        return "Nothing would change" if run.is_dry_run else "Nothing was new"
    return ", ".join(parts)
