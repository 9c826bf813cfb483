"""What every edge offers of the council: a vote, and the steps of a meeting by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.errors import InvalidInput
from catalog.types import Principal
from governance.council.services.decisions import record_vote
from governance.council.services.meetings import (
    actions,
    agendas,
    attendance,
    minutes,
    planning,
    room,
)
from governance.council.services.meetings.voting import decide
from governance.models import Decision
from governance.proposals.incoming import named_person, person_id_from


@dataclass(frozen=True, slots=True)
class Given:
    """What a step may need: an item or a seat by id, a person by user name, words, a day."""

    item: int | None = None
    seat: int | None = None
    username: str = ""
    words: str = ""
    due_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class MeetingStep:
    """One step: what it does, and which of `Given` it reads."""

    act: Callable[[Principal, int, Given], Any]
    reads: tuple[str, ...] = ()


def vote(*, meeting_id: int | None, **stated: Any) -> Decision:
    """Record how a vote ended: what an open meeting decided, where one is named, else what the
    council did between meetings. See `services.decisions.record_vote`."""
    if meeting_id is None:
        return record_vote(**stated)
    return decide(meeting_id=meeting_id, **stated)


def _plain(act: Callable[..., Any]) -> MeetingStep:
    return MeetingStep(lambda acting, pk, given: act(acting=acting, meeting_id=pk))


def _with_words(act: Callable[..., Any], name: str) -> MeetingStep:
    return MeetingStep(
        lambda acting, pk, given: act(acting=acting, meeting_id=pk, **{name: given.words}),
        ("words",),
    )


def _on_item(act: Callable[..., Any], words: str = "") -> MeetingStep:
    def run(acting: Principal, pk: int, given: Given) -> Any:
        item = _needed(given.item, "item")
        more = {words: given.words} if words else {}
        return act(acting=acting, meeting_id=pk, item_id=item, **more)

    return MeetingStep(run, ("item", "words") if words else ("item",))


def _advance(acting: Principal, pk: int, given: Given) -> Any:
    return room.advance(acting=acting, meeting_id=pk, to_item_id=given.item)


def _attend(acting: Principal, pk: int, given: Given) -> Any:
    person = person_id_from(acting, given.username)
    return attendance.attend(acting=acting, meeting_id=pk, seat_id=given.seat, person_id=person)


def _leave(acting: Principal, pk: int, given: Given) -> Any:
    seat = _needed(given.seat, "seat")
    return attendance.leave(acting=acting, meeting_id=pk, seat_id=seat)


def _add_action(acting: Principal, pk: int, given: Given) -> Any:
    owner = named_person(acting, given.username)
    return actions.add_action(
        acting=acting, meeting_id=pk, owner_id=owner, text=given.words, due_on=given.due_on
    )


def _needed(value: int | None, name: str) -> int:
    if value is None:
        raise InvalidInput(f"Say which {name} is meant.", field=name)
    return value


MEETING_STEPS: Mapping[str, MeetingStep] = {
    "make-agenda": _plain(agendas.make_agenda),
    "send-agenda": _plain(agendas.send_agenda),
    "drop-item": _on_item(agendas.drop_item),
    "postpone-item": _on_item(agendas.postpone_item),
    "pull-item": _on_item(agendas.pull_item, "reason"),
    "open": _plain(room.open_meeting),
    "advance": MeetingStep(_advance, ("item",)),
    "attend": MeetingStep(_attend, ("seat", "username")),
    "leave": MeetingStep(_leave, ("seat",)),
    "note": _with_words(room.note_meeting, "notes"),
    "note-item": _on_item(room.note_item, "notes"),
    "add-action": MeetingStep(_add_action, ("username", "words", "due_on")),
    "close": _plain(room.close_meeting),
    "cancel": _with_words(planning.cancel_meeting, "reason"),
    "draft-minutes": _plain(minutes.draft_minutes),
    "write-minutes": _with_words(minutes.write_minutes, "text"),
    "approve-minutes": _plain(minutes.approve_minutes),
    "object-to-minutes": _with_words(minutes.object_to_minutes, "reason"),
    "correct-minutes": _with_words(minutes.correct_minutes, "text"),
}
