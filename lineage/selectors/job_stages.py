"""The stage that holds, as a database expression: of datasets, and of jobs by what they write."""

from __future__ import annotations

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from catalog.types import Stage
from lineage.models import Job, JobDataset
from lineage.types import JobUse

STAGES = tuple(stage.value for stage in Stage)


def effective_stage(prefix: str = "") -> Case:
    """The stage that holds: declared by people, else said by the source, else derived. `prefix`
    leads to the dataset, such as `dataset__`."""
    return Case(
        When(~Q(**{f"{prefix}declared_stage": ""}), then=F(f"{prefix}declared_stage")),
        When(~Q(**{f"{prefix}stage": ""}), then=F(f"{prefix}stage")),
        default=F(f"{prefix}derived_stage"),
        output_field=CharField(),
    )


def with_stage(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Jobs with `stage`: the furthest that they write to; a job that only reads hands data out of
    the chain. Empty where neither is known."""
    order = Case(*(When(held=stage, then=n) for n, stage in enumerate(STAGES)), default=-1)
    written = (
        JobDataset.objects.filter(job=OuterRef("pk"), role=JobUse.WRITES)
        .annotate(held=effective_stage("dataset__"))
        .order_by(order.desc(), "pk")
        .values("held")[:1]
    )
    reads = JobDataset.objects.filter(job=OuterRef("pk"), role=JobUse.READS)
    nothing = Case(
        When(Exists(reads), then=Value(Stage.EGRESS.value)),
        default=Value(""),
        output_field=CharField(),
    )
    return jobs.annotate(stage=Coalesce(Subquery(written, output_field=CharField()), nothing))
