"""The stages of the supply chain with what stands in each: how much, how fresh, what fails."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q
from django.db.models.functions import Greatest
from django.utils import timezone

from catalog.models import KnownProblem, TestResult
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal, TestStatus
from lineage.selectors.job_stages import STAGES, effective_stage, with_stage
from lineage.selectors.jobs import visible_jobs
from lineage.types import JobRunState

FRESH_FOR = dt.timedelta(days=7)
_FAILING = (TestStatus.FAILED.value, TestStatus.ERRORED.value)
_STOPPED = (JobRunState.FAIL.value, JobRunState.ABORT.value)


@dataclass(frozen=True, slots=True)
class StageCounts:
    """One stage; `stage` is empty for what has none yet. `declared`, `harvested` and `derived`
    count the datasets to which a person, a source or lineage gave it. Of the datasets `fresh` were
    measured or changed within seven days, `stale` before; of the rest nothing is known."""

    stage: str
    datasets: int = 0
    declared: int = 0
    harvested: int = 0
    derived: int = 0
    fresh: int = 0
    stale: int = 0
    newest: dt.datetime | None = None
    failing: int = 0  # datasets with a test that fails
    problems: int = 0  # datasets with a known problem
    jobs: int = 0
    failing_jobs: int = 0  # whose last run failed or was aborted

    @property
    def unknown(self) -> int:
        """Datasets that nobody measured and no source dated."""
        return self.datasets - self.fresh - self.stale


def stage_board(principal: Principal) -> Sequence[StageCounts]:
    """Every stage in order, and last what has none where there is any; in two queries."""
    counts = {stage: StageCounts(stage) for stage in (*STAGES, "")}
    for row in _dataset_counts(principal):
        counts[row["held"]] = StageCounts(
            stage=row["held"],
            datasets=row["datasets"],
            declared=row["declared"],
            harvested=row["harvested"],
            derived=row["derived"],
            fresh=row["fresh"],
            stale=row["stale"],
            newest=row["newest"],
            failing=row["failing"],
            problems=row["problems"],
        )
    jobs: Any = with_stage(visible_jobs(principal))  # the annotation is no field of the model
    for row in (
        jobs.order_by()
        .values("stage")
        .annotate(jobs=Count("pk"), failing=Count("pk", filter=Q(last_state__in=_STOPPED)))
    ):
        held = row["stage"]
        counts[held] = replace(counts[held], jobs=row["jobs"], failing_jobs=row["failing"])
    unstaged = counts[""]
    staged = [counts[stage] for stage in STAGES]
    return [*staged, unstaged] if unstaged.datasets or unstaged.jobs else staged


def _dataset_counts(principal: Principal) -> Iterable[dict[str, Any]]:
    limit = timezone.now() - FRESH_FOR
    touched = Greatest("profiled_at", "source_modified_at", "watermark")
    tests = TestResult.objects.filter(dataset=OuterRef("pk"), status__in=_FAILING)
    problems = KnownProblem.objects.filter(dataset=OuterRef("pk"), solved_at__isnull=True)
    counts: Any = (
        visible_datasets(principal)
        .filter(disappeared_at__isnull=True)
        .annotate(
            held=effective_stage(), touched=touched, fails=Exists(tests), has=Exists(problems)
        )
        .order_by()
        .values("held")
        .annotate(
            datasets=Count("pk"),
            declared=Count("pk", filter=~Q(declared_stage="")),
            harvested=Count("pk", filter=Q(declared_stage="") & ~Q(stage="")),
            derived=Count("pk", filter=Q(declared_stage="", stage="") & ~Q(derived_stage="")),
            fresh=Count("pk", filter=Q(touched__gte=limit)),
            stale=Count("pk", filter=Q(touched__lt=limit)),
            newest=Max("touched"),
            failing=Count("pk", filter=Q(fails=True)),
            problems=Count("pk", filter=Q(has=True)),
        )
    )
    rows: Iterable[dict[str, Any]] = counts
    return rows
