"""What the GraphQL planner loads for many parents at once, scoped like everything else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from catalog.access import Action, gate
from catalog.models import (
    Answer,
    Column,
    ColumnLabel,
    Dataset,
    DatasetLabel,
    ExampleQuery,
    IngestionProblem,
    IngestionRun,
    KnownProblem,
    Label,
    Media,
    Ownership,
    Profile,
    Question,
    SearchPlacement,
    TestResult,
)
from catalog.search.placing import today
from catalog.selectors.datasets import visible_columns, visible_datasets
from catalog.selectors.ingestion import may_see_details
from catalog.types import LabelKind, Principal


def datasets(principal: Principal) -> QuerySet[Dataset]:
    """Visible datasets."""
    return visible_datasets(principal)


def columns(principal: Principal) -> QuerySet[Column]:
    """Columns of visible datasets that the source still has."""
    return visible_columns(principal).filter(disappeared_at__isnull=True)


def ownerships(principal: Principal) -> QuerySet[Ownership]:
    """Owners of visible datasets."""
    return Ownership.objects.filter(dataset__in=visible_datasets(principal))


def profiles(principal: Principal) -> QuerySet[Profile]:
    """Measurements of datasets that may be read: they hold extreme values of all rows."""
    readable = gate().scope(principal, Action.READ_WHOLE, Dataset.objects.all())
    return Profile.objects.filter(dataset__in=readable)


def test_results(principal: Principal) -> QuerySet[TestResult]:
    """Test results of visible datasets."""
    return TestResult.objects.filter(dataset__in=visible_datasets(principal))


test_results.__test__ = False  # type: ignore[attr-defined]


def questions(principal: Principal) -> QuerySet[Question]:
    """Questions on visible datasets."""
    return Question.objects.filter(dataset__in=visible_datasets(principal))


def answers(principal: Principal) -> QuerySet[Answer]:
    """Answers to questions on visible datasets."""
    return Answer.objects.filter(question__dataset__in=visible_datasets(principal))


def problems(principal: Principal) -> QuerySet[KnownProblem]:
    """Known problems of visible datasets."""
    return KnownProblem.objects.filter(dataset__in=visible_datasets(principal))


def placements(principal: Principal) -> QuerySet[SearchPlacement]:
    """Where curators put visible datasets first in searches, as long as it holds."""
    return SearchPlacement.objects.filter(
        dataset__in=visible_datasets(principal), ends_on__gte=today()
    )


def examples(principal: Principal) -> QuerySet[ExampleQuery]:
    """Example queries of visible datasets."""
    return ExampleQuery.objects.filter(dataset__in=visible_datasets(principal))


def run_problems(principal: Principal) -> QuerySet[IngestionProblem]:
    """What runs could not use, for those who may import."""
    return gate().scope(principal, Action.INGEST, IngestionProblem.objects.all())


def run_diffs(
    principal: Principal, parents: Sequence[IngestionRun], arguments: Mapping[str, Any]
) -> Mapping[int, dict[str, Any]]:
    """What dry runs would change, by run, for those who may import."""
    if not may_see_details(principal):
        return {}
    runs = IngestionRun.objects.filter(pk__in=[parent.pk for parent in parents], is_dry_run=True)
    return dict(runs.values_list("pk", "diff"))


def media_of_datasets(
    principal: Principal, parents: Sequence[Dataset], arguments: Mapping[str, Any]
) -> Mapping[int, Media]:
    """Media facts by dataset, without transcripts; the parents were scoped when loaded."""
    rows = Media.objects.filter(dataset__in=[parent.pk for parent in parents])
    return {media.dataset_id: media for media in rows.defer("transcript")}


def tags_of_datasets(
    principal: Principal, parents: Sequence[Dataset], arguments: Mapping[str, Any]
) -> Mapping[int, list[Label]]:
    """Tags by dataset."""
    return _labels_of_datasets(LabelKind.TAG, parents, arguments)


def classifications_of_datasets(
    principal: Principal, parents: Sequence[Dataset], arguments: Mapping[str, Any]
) -> Mapping[int, list[Label]]:
    """Classifications by dataset."""
    return _labels_of_datasets(LabelKind.CLASSIFICATION, parents, arguments)


def labels_of_columns(
    principal: Principal, parents: Sequence[Column], arguments: Mapping[str, Any]
) -> Mapping[int, list[Label]]:
    """Labels by column; the parents were scoped when they were loaded."""
    held = ColumnLabel.objects.filter(column__in=[parent.pk for parent in parents]).select_related(
        "label"
    )
    found: dict[int, list[Label]] = defaultdict(list)
    for row in held.order_by("label__path"):
        found[row.column_id].append(row.label)
    return {key: rows[: arguments.get("first", 50)] for key, rows in found.items()}


def _labels_of_datasets(
    kind: LabelKind, parents: Sequence[Dataset], arguments: Mapping[str, Any]
) -> Mapping[int, list[Label]]:
    held = DatasetLabel.objects.filter(
        dataset__in=[parent.pk for parent in parents], label__kind=kind
    ).select_related("label")
    found: dict[int, list[Label]] = defaultdict(list)
    for row in held.order_by("label__path"):
        found[row.dataset_id].append(row.label)
    return {key: rows[: arguments.get("first", 50)] for key, rows in found.items()}
