"""What stands on a person's home page: what waits for them, what changed, where they were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Window
from django.utils import timezone

from catalog.access import Action, gate
from catalog.models import (
    Answer,
    Connection,
    Dataset,
    DatasetUse,
    Event,
    Follow,
    IngestionRun,
    Question,
    SavedSearch,
)
from catalog.registries.waiting import BarCount, Waiting, WaitingItem, waiting
from catalog.selectors.datasets import visible_datasets, with_header
from catalog.selectors.remarks import questions_for, unreplied_questions
from catalog.selectors.stewardship import asks_steward, gaps_of, stewardship_queue
from catalog.types import Lifecycle, Principal, RunState

CHANGES_WINDOW = dt.timedelta(days=14)
LISTED = 5  # gaps and imports
_UNANSWERED = ~Exists(Answer.objects.filter(question=OuterRef("pk")))
_FAILED = (RunState.FAILED, RunState.INTERRUPTED, RunState.SUCCEEDED_WITH_PROBLEMS)


@dataclass(frozen=True, slots=True)
class Gap:
    """A dataset the person stewards and what it lacks, in words."""

    dataset: Dataset
    lacks: tuple[str, ...]
    use_count: int


@dataclass(frozen=True, slots=True)
class FollowedChange:
    """A dataset the person follows and its latest changes by others, newest first."""

    dataset: Dataset
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """A dataset page the person opened, and the last day they did."""

    dataset: Dataset
    day: dt.date


def bar_count(principal: Principal) -> BarCount:
    """How many questions wait for an answer of this person, and what else the packages above
    know of; one query each."""
    if principal.person_id is None:
        return BarCount()
    counted = (source.count(principal) for source in waiting if source.count is not None)
    return sum(counted, BarCount(_questions_waiting(principal)))


def _questions_waiting(principal: Principal) -> int:
    """Whom a question waits for is a wide query, and every page asks: it is spared where nobody
    waits for anything."""
    anybody = Question.objects.filter(_UNANSWERED).values("pk")
    if not anybody.union(unreplied_questions().values("pk"), all=True).exists():
        return 0
    asked = open_questions(principal).order_by().values("pk")
    said = questions_for(principal).order_by().values("pk")
    return asked.union(said, all=True).count()


def waiting_elsewhere(principal: Principal) -> list[tuple[Waiting, Sequence[WaitingItem]]]:
    """What waits in the packages above, source by source; empty ones are left out."""
    if principal.person_id is None:
        return []
    found = [(source, source.items(principal)) for source in waiting]
    return [(source, items) for source, items in found if items]


def open_questions(principal: Principal) -> QuerySet[Question]:
    """Unanswered questions of others on what the principal owns or stewards, oldest first."""
    return (
        Question.objects.filter(asks_steward(principal), dataset__in=visible_datasets(principal))
        .filter(_UNANSWERED)
        .exclude(author_id=principal.person_id)
        .select_related("dataset", "author")
        .order_by("created_at", "id")
    )


def first_questions(principal: Principal, limit: int) -> tuple[Sequence[Question], int]:
    """The first of the open questions, and how many there are, in one query."""
    found = list(open_questions(principal).annotate(total=Window(Count("pk")))[:limit])
    return found, found[0].total if found else 0


def gaps(principal: Principal, limit: int = LISTED) -> tuple[Gap, ...]:
    """The gaps that matter most in what the principal stewards, by use x gaps (R-059); an
    unanswered question is listed by `open_questions` instead."""
    found: list[Gap] = []
    for dataset in stewardship_queue(principal, mine=True)[: limit * 3]:
        lacks = tuple(gap for gap in gaps_of(dataset) if "question" not in gap)
        if lacks:
            found.append(Gap(dataset, lacks, dataset.use_count))  # type: ignore[attr-defined]
    return tuple(found[:limit])


def troubled_imports(principal: Principal, limit: int = LISTED) -> Sequence[IngestionRun]:
    """The latest run of each connection where that run did not go well; empty for those who may
    not run imports."""
    if not gate().authorize(principal, Action.INGEST).allowed:
        return ()
    latest = (
        IngestionRun.objects.filter(connection=OuterRef("pk"), is_dry_run=False)
        .exclude(state__in=[RunState.WAITING, RunState.RUNNING])
        .order_by("-created_at", "-id")
        .values("pk")[:1]
    )
    return list(
        IngestionRun.objects.filter(
            pk__in=Connection.objects.values_list(Subquery(latest)), state__in=_FAILED
        )
        .select_related("connection")
        .order_by("-created_at")[:limit]
    )


def changed_in_followed(principal: Principal, limit: int = 6) -> tuple[FollowedChange, ...]:
    """What others changed in the last fourteen days in what the principal follows."""
    if principal.person_id is None:
        return ()
    followed = Follow.objects.filter(
        person_id=principal.person_id, dataset__in=visible_datasets(principal)
    ).values("dataset_id")
    events = list(
        Event.objects.filter(
            subject_type="dataset",
            subject_id__in=followed,
            created_at__gt=timezone.now() - CHANGES_WINDOW,
        )
        .exclude(actor_id=principal.person_id)
        .order_by("-id")[: limit * 10]
    )
    by_dataset: dict[int, list[Event]] = {}
    for event in events:
        by_dataset.setdefault(event.subject_id, []).append(event)
    ids = list(by_dataset)[:limit]
    datasets = with_header(visible_datasets(principal)).in_bulk(ids)
    return tuple(
        FollowedChange(datasets[key], tuple(by_dataset[key][:3])) for key in ids if key in datasets
    )


def recent_visits(principal: Principal, limit: int = 6) -> tuple[Visit, ...]:
    """The datasets the principal looked at last."""
    if principal.person_id is None:
        return ()
    rows: Any = (
        DatasetUse.objects.filter(
            person_id=principal.person_id, views__gt=0, dataset__in=visible_datasets(principal)
        )
        .values("dataset_id")
        .annotate(day=Max("day"), latest=Max("pk"))
        .order_by("-day", "-latest")[:limit]
    )
    days = {row["dataset_id"]: row["day"] for row in rows}
    datasets = visible_datasets(principal).select_related("system", "container").in_bulk(list(days))
    return tuple(Visit(datasets[key], day) for key, day in days.items() if key in datasets)


def opened_lately(principal: Principal, limit: int = 20) -> frozenset[int]:
    """The ids of the datasets the principal looked at last, those that are hidden by now as well:
    to order what may be seen, never to show."""
    if principal.person_id is None:
        return frozenset()
    uses = DatasetUse.objects.filter(person_id=principal.person_id, views__gt=0)
    return frozenset(uses.order_by("-day", "-pk").values_list("dataset_id", flat=True)[:limit])


def my_questions(principal: Principal, limit: int = 5) -> Sequence[Question]:
    """What the principal asked, newest first, with the answers."""
    return list(
        Question.objects.filter(
            author_id=principal.person_id,
            author_id__isnull=False,
            dataset__in=visible_datasets(principal),
        )
        .select_related("dataset")
        .prefetch_related("answers__author")[:limit]
    )


def saved_searches(principal: Principal) -> QuerySet[SavedSearch]:
    """The searches the principal keeps, by name."""
    own = Q(person_id=principal.person_id) & Q(person_id__isnull=False)
    return gate().scope(principal, Action.SEE, SavedSearch.objects.filter(own))


def often_used(principal: Principal, limit: int = 6) -> Sequence[Dataset]:
    """What others use most: where a new person can begin. Nothing that nobody used."""
    return list(
        with_header(visible_datasets(principal))
        .filter(disappeared_at__isnull=True, usage_score__gt=0)
        .order_by("-usage_score", "qualified_name")[:limit]
    )


def curated_here(principal: Principal, limit: int = 6) -> Sequence[Dataset]:
    """Datasets that somebody looks after: where one can begin as long as no use is known."""
    return list(
        with_header(visible_datasets(principal))
        .filter(disappeared_at__isnull=True, lifecycle=Lifecycle.CURATED)
        .order_by("qualified_name")[:limit]
    )
