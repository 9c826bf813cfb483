"""The pages of jobs and runs: what reads and writes datasets, when, and with which words."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.web.presentation.shapes import Link
from lineage.selectors.jobs import job_answer, run_answer, runs_of, visible_jobs
from lineage.types import JobRunState

MEANINGS = {
    JobRunState.START: "proposed",
    JobRunState.RUNNING: "proposed",
    JobRunState.OTHER: "unknown",
    JobRunState.COMPLETE: "agreed",
    JobRunState.FAIL: "broken",
    JobRunState.ABORT: "contested",
}
WORDS = {
    JobRunState.START: "Started",
    JobRunState.RUNNING: "Running",
    JobRunState.OTHER: "Heard of",
    JobRunState.COMPLETE: "Completed",
    JobRunState.FAIL: "Failed",
    JobRunState.ABORT: "Aborted",
}
RESULTS = {"pass": "agreed", "fail": "broken"}
RUNS_SHOWN = 25


def state_badge(state: str) -> tuple[str, str]:
    """How a badge shows the state of a run: its meaning and words."""
    known = JobRunState(state) if state else JobRunState.OTHER
    return MEANINGS[known], WORDS[known]


@require_GET
def jobs(request: HttpRequest) -> HttpResponse:
    """`/lineage/jobs/?find=`: every job, the latest heard first."""
    find = request.GET.get("find", "")[:200]
    page = page_of(request, visible_jobs(principal_from(request), find=find))
    context = {
        "page": page,
        "rows": [(job, *state_badge(job.last_state)) for job in page],
        "find": find,
        "breadcrumb": (Link("Jobs"),),
    }
    return render(request, "lineage/jobs/jobs.html", context)


@require_GET
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """`/lineage/jobs/<id>/`: what it reads and writes, its statement and its runs."""
    principal = principal_from(request)
    answer = job_answer(principal, job_id)
    runs = page_of(request, runs_of(principal, job_id), RUNS_SHOWN)
    context = {
        "answer": answer,
        "job": answer.job,
        "runs": runs,
        "rows": [(run, *state_badge(run.state)) for run in runs],
        "breadcrumb": (Link("Jobs", reverse("lineage:jobs")), Link(answer.job.name)),
    }
    return render(request, "lineage/jobs/job.html", context)


@require_GET
def run(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """`/lineage/runs/<id>/`: one run with its facets and its events as they came."""
    answer = run_answer(principal_from(request), run_id)
    meaning, words = state_badge(answer.run.state)
    context = {
        "answer": answer,
        "run": answer.run,
        "told": answer.told,
        "tests": [(test, RESULTS.get(test.status, "unknown")) for test in answer.told.tests],
        "meaning": meaning,
        "words": words,
        "breadcrumb": (
            Link("Jobs", reverse("lineage:jobs")),
            Link(answer.run.job.name, reverse("lineage:job", args=[answer.run.job_id])),
            Link("Run"),
        ),
    }
    return render(request, "lineage/jobs/run.html", context)
