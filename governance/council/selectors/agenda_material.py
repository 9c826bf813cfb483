"""What could stand on the agenda of a meeting, gathered in a fixed number of queries (3.6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.db.models import Count, QuerySet

from catalog.dates import exact_day
from governance.agreements.selectors.uses import as_told, ending
from governance.council.health import signals
from governance.council.rules.agenda import MINUTES, Line
from governance.council.selectors.agenda_proposals import (
    Material,
    proposal_lines,
    settled_conflicts,
)
from governance.council.selectors.seats import SeatAt, voting_seats
from governance.models import (
    ActionItem,
    AgreementVersion,
    Conflict,
    Meeting,
    OptOutException,
    UseCount,
)
from governance.permissions.types import REVIEWED_WITHIN
from governance.types import (
    AgendaSection,
    AgreementState,
    ConflictKind,
    ConflictState,
    MeetingState,
)

NOTICE = dt.timedelta(days=30)
_LISTED = 20  # actions named in one item
_NAMED = 5  # uses named in one item


def gather(meeting: Meeting, following: dt.datetime | None, now: dt.datetime) -> list[Material]:
    """Every line that the meeting could deal with, unordered.

    `following` is when the meeting after it begins: final calls that end before then are on the
    consent agenda.
    """
    lines = proposal_lines(meeting, following)
    settled = settled_conflicts(lines)
    return [
        *lines,
        *_conflicts(meeting, settled),
        *_standing(meeting, now),
        *_expiring(meeting),
        *_unreviewed(meeting),
    ]


def _conflicts(meeting: Meeting, settled: set[int]) -> Iterator[Material]:
    """Open conflicts that no decision of the agenda settles, by how much they touch."""
    if meeting.committee_id is not None:
        return
    rows = (
        Conflict.objects.filter(state=ConflictState.OPEN)
        .exclude(kind=ConflictKind.PENDING)
        .exclude(pk__in=settled)
        .annotate(touched=Count("datasets", distinct=True))
        .select_related("owner")
        .order_by("pk")
    )
    for conflict in rows:
        consumers = conflict.touched + sum(
            int(count) for count in conflict.counts.values() if isinstance(count, int)
        )
        yield Material(
            line=Line(
                key=f"conflict:{conflict.pk}",
                section=AgendaSection.CONFLICTS,
                title=conflict.title,
                minutes=MINUTES[AgendaSection.CONFLICTS],
                rank=(-float(consumers), conflict.found_at.timestamp()),
            ),
            detail={
                "relation": conflict.kind,
                "witness": conflict.witness,
                "counts": conflict.counts,
                "parties": conflict.parties,
                "owner": str(conflict.owner) if conflict.owner else "",
                "affected": consumers,
            },
            conflict_id=conflict.pk,
        )


def _standing(meeting: Meeting, now: dt.datetime) -> Iterator[Material]:
    """Items that a meeting has whatever is proposed."""
    places = voting_seats(meeting.starts_at, meeting.committee_id)
    yield _section_item(AgendaSection.QUORUM, "Quorum call and recusals", _seats(places))
    last = previous_meeting(meeting)
    if last is not None and last.state == MeetingState.CLOSED:
        yield _section_item(
            AgendaSection.LAST_MINUTES,
            f"Minutes of {exact_day(last.starts_at)}",
            {"meeting": last.pk, "objection": last.objection},
        )
    answers = [signal(now) for signal in signals]
    yield _section_item(
        AgendaSection.HEALTH,
        "Health",
        {
            "signals": [
                {
                    "number": answer.number,
                    "sentence": answer.sentence,
                    "is_alarming": answer.is_alarming,
                }
                for answer in answers
            ]
        },
    )
    actions = list(
        ActionItem.objects.filter(
            done_at__isnull=True, meeting__in=meetings_of(meeting.committee_id)
        ).select_related("owner")
    )
    if actions:
        late = sum(1 for one in actions if one.due_on and one.due_on < meeting.starts_at.date())
        yield _section_item(
            AgendaSection.ACTIONS,
            f"Open actions: {len(actions)}" + (f", {late} overdue" if late else ""),
            {
                "actions": [
                    {
                        "id": one.pk,
                        "text": one.text,
                        "owner": str(one.owner),
                        "due_on": one.due_on.isoformat() if one.due_on else "",
                    }
                    for one in actions[:_LISTED]
                ]
            },
        )


def _seats(places: list[SeatAt]) -> dict[str, Any]:
    return {
        "seats": len(places),
        "vacant": [place.seat.name for place in places if place.is_vacant],
        "delegated": [
            {"seat": place.seat.name, "giver": str(place.sitter), "taker": str(place.delegate)}
            for place in places
            if place.delegate is not None
        ],
    }


def _expiring(meeting: Meeting) -> Iterator[Material]:
    """Opt-outs and deprecations that end within thirty days, what should be gone and is still used,
    and what comes to review by then or is overdue for it (R-081); the earliest first."""
    if meeting.committee_id is not None:
        return
    start = meeting.starts_at.date()
    end = start + NOTICE
    rows: list[tuple[dt.date, str, str, str]] = []
    counts: dict[str, UseCount] = {}
    for agreement in ending().filter(sunset_on__lte=end).prefetch_related("use_counts"):
        newest = next(iter(agreement.use_counts.all()), None)
        is_late = agreement.sunset_on is not None and agreement.sunset_on < start
        if agreement.sunset_on is None or (is_late and newest is None):
            continue
        if newest is not None:
            counts[agreement.key] = newest
        verb = "is still used and was to go" if is_late else "is taken away"
        rows.append((agreement.sunset_on, agreement.key, agreement.title, verb))
    for version in AgreementVersion.objects.filter(
        agreement__kind="permission_policy",
        valid_to__isnull=True,
        document__when__to__gte=start.isoformat(),
        document__when__to__lte=end.isoformat(),
    ).select_related("agreement"):
        day = dt.date.fromisoformat(str(version.document["when"]["to"])[:10])
        rows.append((day, version.agreement.key, version.title, "ends"))
    rows += _to_review(start, end, {key for _, key, _, _ in rows})
    for day, key, title, verb in sorted(rows):
        yield Material(
            line=Line(
                key=f"expiring:{key}",
                section=AgendaSection.EXPIRING,
                title=f"{title} {verb} on {exact_day(day)}"[:400],
                minutes=MINUTES[AgendaSection.EXPIRING],
                rank=(float(day.toordinal()),),
            ),
            detail={"agreement": key, "on": day.isoformat(), **_uses(counts.get(key))},
        )


def _to_review(
    start: dt.date, end: dt.date, ending: Collection[str]
) -> Iterator[tuple[dt.date, str, str, str]]:
    """What is to be reviewed by `end`, but for what is on the agenda since it ends, and for what
    ends before it would be reviewed."""
    for version in (
        AgreementVersion.objects.filter(
            agreement__state__in=(AgreementState.ACTIVE, AgreementState.DEPRECATED),
            valid_to__isnull=True,
            document__review_by__lte=end.isoformat(),
        )
        .exclude(agreement__key__in=ending)
        .select_related("agreement")
    ):
        day = dt.date.fromisoformat(str(version.document["review_by"])[:10])
        last = (version.document.get("when") or {}).get("to")
        if last and dt.date.fromisoformat(str(last)[:10]) <= day:
            continue
        verb = "holds on, its review was due" if day < start else "comes to review"
        yield day, version.agreement.key, version.title, verb


def _unreviewed(meeting: Meeting) -> Iterator[Material]:
    """Glass that was broken and that nobody reviewed in time; the oldest first."""
    if meeting.committee_id is not None:
        return
    for row in OptOutException.objects.filter(
        template__isnull=False, review="", ends_at__lte=meeting.starts_at - REVIEWED_WITHIN
    ).select_related("agreement", "person"):
        day = row.ends_at.date()
        title = f"{row.person} broke the glass of {row.agreement.title} on {exact_day(day)}"
        yield Material(
            line=Line(
                key=f"glass:{row.pk}",
                section=AgendaSection.EXPIRING,
                title=f"{title}, and nobody reviewed it"[:400],
                minutes=MINUTES[AgendaSection.EXPIRING],
                rank=(float(day.toordinal()),),
            ),
            detail={"agreement": row.agreement.key, "on": day.isoformat(), "glass": row.pk},
        )


def _uses(newest: UseCount | None) -> dict[str, Any]:
    if newest is None:
        return {}
    newest = as_told(newest)
    return {"uses": newest.number, "used_by": [use["name"] for use in newest.content[:_NAMED]]}


def _section_item(section: AgendaSection, title: str, detail: Mapping[str, Any]) -> Material:
    return Material(
        line=Line(
            key=f"section:{section.value}", section=section, title=title, minutes=MINUTES[section]
        ),
        detail=detail,
    )


def meetings_of(committee_id: int | None) -> QuerySet[Meeting]:
    """The meetings of the council, or of a committee."""
    if committee_id is None:
        return Meeting.objects.filter(committee__isnull=True)
    return Meeting.objects.filter(committee=committee_id)


def previous_meeting(meeting: Meeting) -> Meeting | None:
    """The last meeting of the same body that was held before this one."""
    held = [MeetingState.CLOSED, MeetingState.APPROVED]
    return (
        meetings_of(meeting.committee_id)
        .filter(starts_at__lt=meeting.starts_at, state__in=held)
        .order_by("-starts_at")
        .first()
    )
