"""Making an agenda, making it anew with what changed, and editing it by hand (3.6, C1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.dates import exact_time
from catalog.errors import Conflict, InvalidInput
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.council.rules.agenda import (
    MINUTES,
    PULLED_MINUTES,
    Line,
    Placed,
    Shown,
    arrange,
    changes,
    needs_a_meeting,
)
from governance.council.selectors.agenda_material import gather, previous_meeting
from governance.council.selectors.agenda_proposals import Material
from governance.council.selectors.rooms import rules_of_body
from governance.council.selectors.seats import is_member
from governance.council.services.authority import may_run
from governance.council.services.meetings.planning import following_meeting
from governance.council.services.meetings.taking import take_item, take_meeting, told
from governance.council.services.words import needed_text
from governance.models import AgendaItem, Meeting
from governance.types import AgendaSection, MeetingState

BY_HAND = (
    AgendaSection.DECISIONS,
    AgendaSection.CONFLICTS,
    AgendaSection.NEW_BUSINESS,
    AgendaSection.EXPIRING,
    AgendaSection.HEALTH,
    AgendaSection.ACTIONS,
)
_POSTPONABLE = (
    AgendaSection.DECISIONS,
    AgendaSection.CONFLICTS,
    AgendaSection.NEW_BUSINESS,
    AgendaSection.EXPIRING,
)
_WRITTEN = (
    "section",
    "position",
    "title",
    "minutes_budget",
    "carried",
    "is_carried_over",
    "detail",
)
_KEPT_CHANGES = 50  # times an agenda was made anew that its page tells of


def make_agenda(*, acting: Principal, meeting_id: int, now: dt.datetime | None = None) -> Meeting:
    """Make the agenda, or make it anew and note how it differs; what was edited stays.

    Running it again without any change changes nothing. Raises Conflict once the agenda stands,
    by default two hours before the meeting.
    """
    at = now or clock.now()
    with writing(acting):
        meeting = take_meeting(acting, meeting_id, [MeetingState.PLANNED])
        stands = meeting.starts_at - dt.timedelta(
            hours=rules_of_body(meeting, at).agenda_final_hours
        )
        if at >= stands and meeting.agenda_made_at is not None:
            raise Conflict(f"The agenda stands since {exact_time(stands)}.")
        generate(acting, meeting, at)
    return meeting


def send_agenda(*, acting: Principal, meeting_id: int) -> Meeting:
    """Send the agenda to the members, making it first when there is none; again after edits."""
    with writing(acting):
        meeting = take_meeting(acting, meeting_id, [MeetingState.PLANNED])
        now = clock.now()
        if meeting.agenda_made_at is None:
            generate(acting, meeting, now)
        meeting.agenda_sent_at = now
        meeting.save(update_fields=["agenda_sent_at"])
        told(acting, meeting, "agenda_sent")
    return meeting


def add_item(
    *,
    acting: Principal,
    meeting_id: int,
    title: str,
    section: AgendaSection = AgendaSection.NEW_BUSINESS,
    minutes: int | None = None,
) -> AgendaItem:
    """Put something on the agenda that no proposal or conflict brings."""
    words = needed_text(title, field="title", what="what it is about", limit=400)
    if section not in BY_HAND:
        raise InvalidInput(
            "Such an item comes from the record; choose another part of the agenda.",
            field="section",
        )
    budget = MINUTES[section] if minutes is None else minutes
    _check_minutes(budget)
    with writing(acting):
        meeting = take_meeting(acting, meeting_id, [MeetingState.PLANNED, MeetingState.OPEN])
        item = AgendaItem.objects.create(
            meeting=meeting,
            section=section,
            position=meeting.items.count() + 1,
            title=words,
            minutes_budget=budget,
            is_added_by_hand=True,
        )
        rearrange(meeting)
        told(acting, meeting, "agenda")
        item.refresh_from_db()
    return item


def drop_item(*, acting: Principal, meeting_id: int, item_id: int) -> None:
    """Take away an item that was added by hand; what the record brings can only be postponed."""
    with writing(acting):
        meeting = take_meeting(acting, meeting_id, [MeetingState.PLANNED, MeetingState.OPEN])
        item = take_item(meeting, item_id)
        if not item.is_added_by_hand:
            raise Conflict("The record brings this item: postpone it to the next meeting instead.")
        if item.done_at is not None or meeting.current_item_id == item.pk:
            raise Conflict("The meeting has dealt with this item already.")
        source = item.detail.get("copied_from")
        if source:
            AgendaItem.objects.filter(pk=source).update(done_at=clock.now())
        item.delete()
        rearrange(meeting)
        told(acting, meeting, "agenda")


def postpone_item(
    *, acting: Principal, meeting_id: int, item_id: int, is_postponed: bool = True
) -> AgendaItem:
    """Leave an item to the next meeting, or take it back; it counts as carried over, so that it
    goes first after two times."""
    with writing(acting):
        meeting = take_meeting(acting, meeting_id, [MeetingState.PLANNED])
        item = take_item(meeting, item_id)
        if item.section not in _POSTPONABLE:
            raise Conflict("This item cannot wait for the next meeting.")
        item.is_postponed = is_postponed
        item.save(update_fields=["is_postponed"])
        rearrange(meeting)
        told(acting, meeting, "agenda")
        item.refresh_from_db()
    return item


def set_minutes(*, acting: Principal, meeting_id: int, item_id: int, minutes: int) -> AgendaItem:
    """Give an item another time box; what no longer fits is carried over."""
    _check_minutes(minutes)
    with writing(acting):
        meeting = take_meeting(acting, meeting_id, [MeetingState.PLANNED])
        item = take_item(meeting, item_id)
        item.minutes_budget = minutes
        item.detail = {**item.detail, "minutes_given": minutes}
        item.save(update_fields=["minutes_budget", "detail"])
        rearrange(meeting)
        told(acting, meeting, "agenda")
        item.refresh_from_db()
    return item


def pull_item(*, acting: Principal, meeting_id: int, item_id: int, reason: str) -> AgendaItem:
    """Take a final call out of the consent agenda, so that it is talked about by itself.

    Any member may. Raises Conflict for an item that is not on the consent agenda.
    """
    require(acting, Action.PROPOSE)
    words = needed_text(reason, field="reason", what="why it should be talked about", limit=1000)
    with writing(acting, reason=words):
        meeting = take_meeting(
            acting, meeting_id, [MeetingState.PLANNED, MeetingState.OPEN], only_runners=False
        )
        body = meeting.committee_id
        if not (is_member(acting, committee_id=body) or may_run(acting, body)):
            raise AccessRefused(
                Verdict(
                    allowed=False,
                    code="not_member",
                    reason="Only members pull an item out of the consent agenda.",
                    ask="a member of the council",
                )
            )
        item = take_item(meeting, item_id)
        if item.section != AgendaSection.FINAL_CALLS or item.is_pulled or item.done_at:
            raise Conflict("This item is not on the consent agenda.")
        item.is_pulled = True
        item.minutes_budget = PULLED_MINUTES
        note = f"Pulled by {acting.display_name}: {words}"
        item.notes = f"{item.notes}\n{note}".strip()
        item.save(update_fields=["is_pulled", "minutes_budget", "notes"])
        told(acting, meeting, "pulled")
    return item


def generate(acting: Principal, meeting: Meeting, at: dt.datetime) -> None:
    """Write the items of a locked meeting as its material stands now."""
    rules = rules_of_body(meeting, at)
    material = {one.line.key: one for one in gather(meeting, following_meeting(meeting, rules), at)}
    _bring_by_hand(meeting)
    items = {_key(item): item for item in meeting.items.order_by("position", "pk")}
    before = [_shown(item) for item in items.values()]
    carried = _carried(meeting)
    lines = [
        _kept(replace(one.line, carried=carried.get(key, 0)), items.get(key))
        for key, one in material.items()
    ]
    by_hand = {key: item for key, item in items.items() if item.is_added_by_hand}
    lines.extend(_line_of(item) for item in by_hand.values())
    gone = [item.pk for key, item in items.items() if key not in material and key not in by_hand]
    AgendaItem.objects.filter(pk__in=gone).delete()
    placed = arrange(lines, meeting.minutes_long)
    _write(meeting, placed, material, items)
    after = [
        Shown(one.line.key, one.line.section, one.line.title, one.is_carried_over) for one in placed
    ]
    _note(acting, meeting, changes(before, after), needs_a_meeting(lines), at)


def rearrange(meeting: Meeting) -> None:
    """Order the items of a locked meeting anew after an edit."""
    items = {_key(item): item for item in meeting.items.all()}
    for placed in arrange([_line_of(item) for item in items.values()], meeting.minutes_long):
        item = items[placed.line.key]
        if (item.position, item.is_carried_over) != (placed.position, placed.is_carried_over):
            item.position, item.is_carried_over = placed.position, placed.is_carried_over
            item.save(update_fields=["position", "is_carried_over"])


def _note(
    acting: Principal,
    meeting: Meeting,
    found: list[dict[str, Any]],
    is_needed: bool,
    at: dt.datetime,
) -> None:
    """Say what is new: a first agenda, the differences, an offer to cancel."""
    is_first = meeting.agenda_made_at is None
    meeting.agenda_made_at = at
    if found and not is_first:
        meeting.agenda_changes = [
            *meeting.agenda_changes,
            {"at": at.isoformat(), "changes": found},
        ][-_KEPT_CHANGES:]
    offers = not is_needed and meeting.cancel_offered_at is None
    if offers:
        meeting.cancel_offered_at = at
    elif is_needed:
        meeting.cancel_offered_at = None
    meeting.save(update_fields=["agenda_made_at", "agenda_changes", "cancel_offered_at"])
    if is_first or found:
        told(acting, meeting, "agenda")
    if offers:
        told(acting, meeting, "cancel_offered")


def _write(
    meeting: Meeting,
    placed: Sequence[Placed],
    material: Mapping[str, Material],
    items: Mapping[str, AgendaItem],
) -> None:
    """Write new items and those that differ, each kind in one statement."""
    new: list[AgendaItem] = []
    changed: list[AgendaItem] = []
    for one in placed:
        brought, item = material.get(one.line.key), items.get(one.line.key)
        facts = _facts(one, brought, item)
        if item is None and brought is not None:
            new.append(
                AgendaItem(
                    meeting=meeting,
                    proposal_id=brought.proposal_id,
                    conflict_id=brought.conflict_id,
                    **facts,
                )
            )
        elif item is not None and any(getattr(item, name) != facts[name] for name in facts):
            for name, value in facts.items():
                setattr(item, name, value)
            changed.append(item)
    AgendaItem.objects.bulk_create(new)
    AgendaItem.objects.bulk_update(changed, _WRITTEN)


def _facts(placed: Placed, material: Material | None, item: AgendaItem | None) -> dict[str, Any]:
    line = placed.line
    detail = dict(material.detail) if material else dict(item.detail) if item else {}
    if item is not None and "minutes_given" in item.detail:
        detail["minutes_given"] = item.detail["minutes_given"]
    return {
        "section": line.section.value,
        "position": placed.position,
        "title": line.title,
        "minutes_budget": line.minutes,
        "carried": line.carried,
        "is_carried_over": placed.is_carried_over,
        "detail": detail,
    }


def _kept(line: Line, item: AgendaItem | None) -> Line:
    """A line with what people did to its item."""
    if item is None:
        return line
    is_pulled = item.is_pulled and line.section is AgendaSection.FINAL_CALLS
    minutes = item.detail.get("minutes_given", PULLED_MINUTES if is_pulled else line.minutes)
    return replace(line, minutes=minutes, is_postponed=item.is_postponed, is_pulled=is_pulled)


def _line_of(item: AgendaItem) -> Line:
    return Line(
        key=_key(item),
        section=AgendaSection(item.section),
        title=item.title,
        minutes=item.minutes_budget,
        rank=(float(item.position),),
        carried=item.carried,
        is_postponed=item.is_postponed,
        is_pulled=item.is_pulled,
    )


def _key(item: AgendaItem) -> str:
    """What stays the same of an item from one making of the agenda to the next."""
    if item.is_added_by_hand:
        return f"hand:{item.pk}"
    if item.proposal_id is not None:
        return f"proposal:{item.proposal_id}"
    if item.conflict_id is not None:
        return f"conflict:{item.conflict_id}"
    if "glass" in item.detail:
        return f"glass:{item.detail['glass']}"
    if "agreement" in item.detail:
        return f"expiring:{item.detail['agreement']}"
    return f"section:{item.section}"


def _shown(item: AgendaItem) -> Shown:
    return Shown(_key(item), AgendaSection(item.section), item.title, item.is_carried_over)


def _carried(meeting: Meeting) -> Mapping[str, int]:
    """How often the meetings before did not reach what is asked now."""
    last = previous_meeting(meeting)
    if last is None:
        return {}
    undone = last.items.filter(done_at__isnull=True, is_added_by_hand=False)
    return {_key(item): item.carried + 1 for item in undone if item.section in _POSTPONABLE}


def _bring_by_hand(meeting: Meeting) -> None:
    """Copy what was added by hand to the last meeting and was not reached."""
    last = previous_meeting(meeting)
    if last is None:
        return
    brought = {item.detail.get("copied_from") for item in meeting.items.all()}
    for item in last.items.filter(done_at__isnull=True, is_added_by_hand=True):
        if item.pk not in brought:
            AgendaItem.objects.create(
                meeting=meeting,
                section=item.section,
                position=item.position,
                title=item.title,
                minutes_budget=item.minutes_budget,
                carried=item.carried + 1,
                is_added_by_hand=True,
                detail={"copied_from": item.pk},
            )


def _check_minutes(minutes: int) -> None:
    if not 0 <= minutes <= 240:
        raise InvalidInput("An item gets between 0 and 240 minutes.", field="minutes")
