"""The quarterly report: how long decisions take, what was reversed, what rests on data (C6)."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from django.db.models import Count, Q

from catalog.access import Action, gate
from catalog.errors import InvalidInput, NotFound
from catalog.types import Principal
from governance import clock
from governance.models import Attendance, Decision, Meeting, Proposal, Step
from governance.types import MeetingState, Outcome, ProposalState

_MONTHS = 3
_ADOPTED = frozenset({Outcome.ADOPTED, Outcome.RATIFIED})


@dataclass(frozen=True, slots=True)
class LeadTime:
    """From submission to decision for one kind of agreement, in days."""

    kind: str
    decided: int
    median_days: float
    longest_days: float


@dataclass(frozen=True, slots=True)
class Reversal:
    """An adoption that was put back, with when."""

    key: str
    title: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class QuarterlyReport:
    """The council's quarter in numbers.

    `with_evidence` of `decided` decisions rest on evidence (R-022); `without` are the keys of
    those that do not. Shares are None where there is nothing to share.
    """

    since: dt.datetime
    until: dt.datetime
    decided: int
    outcomes: Sequence[tuple[str, int]]
    classes: Sequence[tuple[str, int]]
    lead_times: Sequence[LeadTime]
    reversals: Sequence[Reversal]
    with_evidence: int
    without: Sequence[str]
    dissents: int
    meetings_held: int
    meetings_canceled: int
    median_attendance: float | None
    open_now: int

    @property
    def evidence_share(self) -> float | None:
        """Which part of the decisions rests on evidence, from 0 to 1."""
        return self.with_evidence / self.decided if self.decided else None


def quarter_of(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """The calendar quarter that the day lies in, its end excluded, in UTC."""
    first = (day.month - 1) // _MONTHS * _MONTHS + 1
    year, month = (day.year + 1, 1) if first + _MONTHS > 12 else (day.year, first + _MONTHS)
    return (
        dt.datetime(day.year, first, 1, tzinfo=dt.UTC),
        dt.datetime(year, month, 1, tzinfo=dt.UTC),
    )


def report_of(principal: Principal, quarter: str = "") -> QuarterlyReport:
    """The report of a quarter by its name, such as 2026-3; the running one for none.

    Raises InvalidInput for what is no quarter, NotFound for who may see nothing.
    """
    found = quarterly_report(principal, _first_day(quarter))
    if found is None:
        raise NotFound("There is no report.")
    return found


def quarterly_report(principal: Principal, day: dt.date | None = None) -> QuarterlyReport | None:
    """The report of the quarter of `day`, of the running one by default; None for who may see
    nothing. Editorial and local decisions count like all others."""
    if not gate().authorize(principal, Action.SEE).allowed:
        return None
    now = clock.now()
    since, until = quarter_of(day or now.date())
    decisions = list(
        Decision.objects.filter(decided_at__gte=since, decided_at__lt=until)
        .select_related("proposal")
        .order_by("number")
    )
    attendance = list(
        Attendance.objects.filter(meeting__opened_at__gte=since, meeting__opened_at__lt=until)
        .values("meeting")
        .annotate(there=Count("pk"))
        .values_list("there", flat=True)
    )
    meetings = Meeting.objects.filter(starts_at__gte=since, starts_at__lt=until)
    held = [MeetingState.CLOSED, MeetingState.APPROVED]
    return QuarterlyReport(
        since=since,
        until=until,
        decided=len(decisions),
        outcomes=_counted([one.outcome for one in decisions]),
        classes=_counted([one.klass for one in decisions]),
        lead_times=_lead_times(decisions),
        reversals=_reversals(since, until),
        with_evidence=sum(1 for one in decisions if one.evidence_share),
        without=[one.key for one in decisions if not one.evidence_share],
        dissents=sum(1 for one in decisions if one.dissent),
        meetings_held=meetings.filter(state__in=held).count(),
        meetings_canceled=meetings.filter(state=MeetingState.CANCELED).count(),
        median_attendance=float(median(attendance)) if attendance else None,
        open_now=Proposal.objects.filter(Q(state__in=_OPEN), created_at__lt=until).count(),
    )


_OPEN = (
    ProposalState.TRIAGE,
    ProposalState.DISCUSSION,
    ProposalState.FINAL_CALL,
    ProposalState.COUNCIL_VOTE,
    ProposalState.CONFLICTED,
    ProposalState.DEFERRED,
)


def _first_day(name: str) -> dt.date | None:
    if not name:
        return None
    found = re.fullmatch(r"([12][0-9]{3})-([1-4])", name)
    if found is None:
        raise InvalidInput(
            f"{name[:20]!r} is no quarter: write a year and a number from 1 to 4, such as 2026-3.",
            field="quarter",
        )
    return dt.date(int(found[1]), 3 * int(found[2]) - 2, 1)


def _counted(names: Sequence[str]) -> list[tuple[str, int]]:
    """How often each name occurs, the most frequent first."""
    counts: dict[str, int] = defaultdict(int)
    for name in names:
        counts[name] += 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _lead_times(decisions: Sequence[Decision]) -> list[LeadTime]:
    """From the first submission to the first final outcome in the span, by kind."""
    submitted: dict[int, dt.datetime] = {}
    for proposal, at in (
        Step.objects.filter(
            proposal__in={one.proposal_id for one in decisions},
            before=ProposalState.DRAFT,
            after__in=[ProposalState.TRIAGE, ProposalState.ACTIVE],
        )
        .order_by("-at", "-pk")
        .values_list("proposal_id", "at")
    ):
        submitted[proposal] = at
    days: dict[str, list[float]] = defaultdict(list)
    for decision in decisions:
        start = submitted.get(decision.proposal_id)
        is_final = decision.outcome in (*_ADOPTED, Outcome.REJECTED)
        if start is not None and is_final:
            days[decision.proposal.kind].append(
                (decision.decided_at - start) / dt.timedelta(days=1)
            )
    return [
        LeadTime(kind, len(spans), round(median(spans), 1), round(max(spans), 1))
        for kind, spans in sorted(days.items())
    ]


def _reversals(since: dt.datetime, until: dt.datetime) -> list[Reversal]:
    steps = Step.objects.filter(
        after=ProposalState.REVERTED, at__gte=since, at__lt=until
    ).select_related("proposal")
    return [
        Reversal(step.proposal.key, step.proposal.title, step.at)
        for step in steps.order_by("at", "pk")
    ]
