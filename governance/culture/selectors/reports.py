"""Data that somebody could not get: what and how often, for the council; answers, for all."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, QuerySet
from django.db.models.functions import Lower

from catalog.access import AccessRefused, Action, Verdict, gate, require
from catalog.models import Dataset
from catalog.types import Principal, PrincipalKind
from governance import clock
from governance.council.selectors.seats import is_chair, is_member, is_secretary
from governance.culture.models import DataReport, ReportAnswer

SAMPLES = 5
OLD = dt.timedelta(days=14)


@dataclass(frozen=True, slots=True)
class AskedFor:
    """Reports without an answer that ask for the same: a dataset, or the same words. `report` is
    one of them, to answer all by; `words` are the most frequent that came with them."""

    report: int
    dataset: Dataset | None
    words: tuple[str, ...]
    count: int
    first_day: dt.date
    last_day: dt.date


@dataclass(frozen=True, slots=True)
class ReportCounts:
    """What everybody may know: how many came, wait and were answered."""

    reported: int
    unanswered: int
    oldest: dt.date | None


def may_answer(principal: Principal) -> bool:
    """The chair and the secretary of the council."""
    return principal.kind is PrincipalKind.SYSTEM or is_chair(principal) or is_secretary(principal)


def may_read_reports(principal: Principal) -> bool:
    """Who reads reports as they were written: the members of the council."""
    return may_answer(principal) or is_member(principal)


def report_counts(principal: Principal) -> ReportCounts:
    """The counts; zero for whoever may see nothing."""
    if not gate().authorize(principal, Action.SEE).allowed:
        return ReportCounts(0, 0, None)
    open_days = DataReport.objects.filter(answer__isnull=True).order_by("day")
    return ReportCounts(
        DataReport.objects.count(),
        open_days.count(),
        open_days.values_list("day", flat=True).first(),
    )


def asked_for(principal: Principal) -> list[AskedFor]:
    """What was asked for and not answered, the most frequent first; for members of the council.
    Raises AccessRefused."""
    require(principal, Action.SEE)
    if not may_read_reports(principal):
        raise AccessRefused(
            Verdict(
                allowed=False,
                code="not_member",
                reason="Only members of the council read reports before they are answered.",
                ask="a member of the council",
            )
        )
    waiting = DataReport.objects.filter(answer__isnull=True).select_related("dataset")
    waiting = gate().scope(principal, Action.SEE, waiting)
    groups: dict[tuple[int | None, str], list[DataReport]] = {}
    for one in waiting.order_by("day", "pk"):
        groups.setdefault(_key(one), []).append(one)
    found = [_group(rows) for rows in groups.values()]
    return sorted(found, key=lambda each: (-each.count, each.first_day, each.report))


def answers(principal: Principal) -> QuerySet[ReportAnswer]:
    """What was answered, the newest first, each with `report_count`; for everybody."""
    rows = ReportAnswer.objects.select_related("dataset", "answered_by").annotate(
        report_count=Count("reports")
    )
    return gate().scope(principal, Action.SEE, rows).order_by("-answered_at", "-pk")


def same_thing(report: DataReport) -> QuerySet[DataReport]:
    """The unanswered reports that ask for what this one asks for, itself included."""
    waiting = DataReport.objects.filter(answer__isnull=True)
    if report.dataset_id is not None:
        return waiting.filter(dataset=report.dataset_id)
    return waiting.annotate(folded=Lower("words")).filter(
        dataset__isnull=True, folded=report.words.lower()
    )


def is_old(counts: ReportCounts) -> bool:
    """Whether one waits for longer than two weeks."""
    return counts.oldest is not None and clock.now().date() - counts.oldest > OLD


def _key(report: DataReport) -> tuple[int | None, str]:
    return report.dataset_id, "" if report.dataset_id is not None else report.words.lower()


def _group(rows: Sequence[DataReport]) -> AskedFor:
    said = Counter(one.words for one in rows if one.words)
    return AskedFor(
        report=rows[0].pk,
        dataset=rows[0].dataset,
        words=tuple(words for words, _ in said.most_common(SAMPLES)),
        count=len(rows),
        first_day=rows[0].day,
        last_day=rows[-1].day,
    )
