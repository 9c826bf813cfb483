"""The record of a meeting, from which its minutes are drafted."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping

from catalog.dates import exact_day
from catalog.models import Person
from catalog.whole_numbers import whole
from governance.council.rules.appeals import AppealCount
from governance.council.rules.minutes import (
    AttendedSeat,
    MinutedDecision,
    MinutedItem,
    MinutesRecord,
    SaidPosition,
)
from governance.council.selectors.rooms import Chair, chairs, quorum_in, rules_of_body
from governance.models import AgendaItem, Appeal, Decision, Meeting, Position
from governance.proposals.selectors.recusals import rulings_on
from governance.types import AgendaSection, PositionValue


def record_of(meeting: Meeting, at: dt.datetime) -> MinutesRecord:
    """Attendance, positions, decisions and notes of a meeting, as they stand at the instant."""
    room = chairs(meeting, at)
    items = list(meeting.items.select_related("proposal").order_by("position", "pk"))
    positions = _positions(items, at)
    decisions = _decisions(meeting)
    carried = [item for item in items if item.done_at is None]
    return MinutesRecord(
        body=str(meeting.committee) if meeting.committee else "council",
        starts_at=meeting.starts_at,
        opened_at=meeting.opened_at,
        closed_at=meeting.closed_at,
        place=meeting.place,
        quorum=quorum_in(room, rules_of_body(meeting, at)).sentence,
        attended=[_attended(one) for one in room if one.attendance is not None],
        absent=[
            f"{one.place.sitter} ({one.place.seat})"
            for one in room
            if one.attendance is None and one.place.sitter is not None
        ],
        vacant=[str(one.place.seat) for one in room if one.place.is_vacant],
        recused=_recused(items, positions),
        items=[
            _item(item, positions, decisions)
            for item in items
            if item.started_at is not None or item.done_at is not None
        ],
        appeals=[_appeal(appeal) for appeal in _appeals(meeting)],
        actions=[
            f"{action.owner}: {action.text}"
            + (f" (until {exact_day(action.due_on)})" if action.due_on else "")
            for action in meeting.actions.select_related("owner").order_by("pk")
        ],
        notes=meeting.secretary_notes,
        carried=[item.title for item in carried],
    )


def _appeals(meeting: Meeting) -> list[Appeal]:
    rows = Appeal.objects.filter(meeting=meeting).select_related(
        "concern__proposal", "concern__ruled_by", "raiser"
    )
    return list(rows.order_by("decided_at", "pk"))


def _appeal(appeal: Appeal) -> str:
    concern = appeal.concern
    ruled = "a valid block" if appeal.was_valid else "no valid block"
    count = AppealCount(appeal.sustain, appeal.overturn, appeal.abstain)
    return (
        f"{concern.proposal.key}, {concern.title}: {concern.ruled_by} had ruled that it is {ruled} "
        f"({appeal.ruling}). {appeal.raiser} appealed: {appeal.reason} {count.sentence}"
    )


def _attended(one: Chair) -> AttendedSeat:
    attendance = one.attendance
    if attendance is None:
        raise ValueError("Nobody attended on this seat.")
    return AttendedSeat(
        seat=str(one.place.seat),
        person=str(attendance.person),
        on_behalf_of=str(one.place.sitter) if attendance.is_delegate else "",
        left_at=attendance.left_at,
    )


def _positions(items: list[AgendaItem], at: dt.datetime) -> Mapping[int, list[Position]]:
    """By proposal, the last position of each voice on the current logic."""
    proposals = [item.proposal for item in items if item.proposal is not None]
    current = {proposal.pk: proposal.current_id for proposal in proposals if proposal.current_id}
    last: dict[tuple[int, int], Position] = {}
    for row in (
        Position.objects.filter(proposal__in=current, at__lte=at)
        .select_related("person", "on_behalf_of", "revision", "proposal__current")
        .order_by("at", "pk")
    ):
        now = row.proposal.current
        if now is not None and row.revision.logic_digest == now.logic_digest:
            last[row.proposal_id, row.on_behalf_of_id or row.person_id] = row
    found: dict[int, list[Position]] = defaultdict(list)
    for (proposal_id, _), row in last.items():
        found[proposal_id].append(row)
    return found


def _recused(items: list[AgendaItem], positions: Mapping[int, list[Position]]) -> list[str]:
    said = {
        f"{row.on_behalf_of or row.person} from {item.proposal}"
        for item in items
        for row in positions.get(item.proposal_id or 0, [])
        if row.value == PositionValue.RECUSED
    }
    ruled = {
        f"{row.person} from {item.proposal} (by ruling of {row.ruled_by})"
        for item in items
        if item.proposal is not None
        for row in rulings_on(item.proposal).values()
        if row.stands_aside
    }
    return sorted(said | ruled)


def _decisions(meeting: Meeting) -> Mapping[int, list[Decision]]:
    found: dict[int, list[Decision]] = defaultdict(list)
    for decision in Decision.objects.filter(meeting=meeting).order_by("number"):
        found[decision.proposal_id].append(decision)
    return found


def _item(
    item: AgendaItem,
    positions: Mapping[int, list[Position]],
    decisions: Mapping[int, list[Decision]],
) -> MinutedItem:
    of_item = decisions.get(item.proposal_id or 0, [])
    return MinutedItem(
        section=AgendaSection(item.section),
        title=item.title,
        ask=str(item.detail.get("ask", "")),
        is_done=item.done_at is not None,
        is_carried_over=item.is_carried_over,
        is_pulled=item.is_pulled,
        positions=[
            SaidPosition(
                person=str(row.person),
                value=row.value,
                on_behalf_of=str(row.on_behalf_of) if row.on_behalf_of else "",
                block_kind=row.block_kind,
                reason=row.reason,
            )
            for row in positions.get(item.proposal_id or 0, [])
        ],
        decisions=[
            MinutedDecision(
                key=decision.key,
                outcome=decision.outcome,
                sentence=decision.sentence,
                rule=decision.rule,
                dissent=_dissent(decision, positions.get(decision.proposal_id, [])),
            )
            for decision in of_item
        ],
        notes=item.notes,
    )


def _dissent(decision: Decision, positions: list[Position]) -> list[str]:
    """The blocks that were outvoted, with their reasons, by the people whose voice they were."""
    said = (whole(str(row.get("person", ""))) for row in decision.dissent)
    people = {person for person in said if person is not None}
    names = dict(Person.objects.filter(pk__in=people).values_list("pk", "display_name"))
    reasons = {(row.on_behalf_of_id or row.person_id): row.reason for row in positions}
    return [f"{names.get(pk, 'Somebody')}: {reasons.get(pk, '')}".rstrip(": ") for pk in people]
