"""The text of minutes, drafted from the record (3.6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from catalog.dates import exact_day
from governance.council.rules.agenda import NUMBER
from governance.types import AgendaSection

_TITLES = {
    AgendaSection.QUORUM: "Quorum call and recusals",
    AgendaSection.LAST_MINUTES: "Last minutes",
    AgendaSection.EMERGENCIES: "Emergencies to ratify",
    AgendaSection.DECISIONS: "Decisions due",
    AgendaSection.CONFLICTS: "Unresolved conflicts",
    AgendaSection.FINAL_CALLS: "Final calls (consent agenda)",
    AgendaSection.NEW_BUSINESS: "New business",
    AgendaSection.EXPIRING: "Ending soon",
    AgendaSection.HEALTH: "Health",
    AgendaSection.ACTIONS: "Actions",
}


@dataclass(frozen=True, slots=True)
class AttendedSeat:
    """A seat in the minutes: who was there, for whom, until when."""

    seat: str
    person: str
    on_behalf_of: str = ""
    left_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class SaidPosition:
    """What somebody said of an item's proposal."""

    person: str
    value: str
    on_behalf_of: str = ""
    block_kind: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MinutedDecision:
    """A decision that the meeting took, with the rule as it was applied."""

    key: str
    outcome: str
    sentence: str
    rule: str
    dissent: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class MinutedItem:
    """An item as the meeting dealt with it."""

    section: AgendaSection
    title: str
    ask: str = ""
    is_done: bool = False
    is_carried_over: bool = False
    is_pulled: bool = False
    positions: Sequence[SaidPosition] = ()
    decisions: Sequence[MinutedDecision] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True)
class MinutesRecord:
    """Everything minutes are drafted from; times are UTC."""

    body: str
    starts_at: dt.datetime
    opened_at: dt.datetime | None
    closed_at: dt.datetime | None
    place: str
    quorum: str
    attended: Sequence[AttendedSeat] = ()
    absent: Sequence[str] = ()
    vacant: Sequence[str] = ()
    recused: Sequence[str] = ()
    items: Sequence[MinutedItem] = ()
    appeals: Sequence[str] = ()
    actions: Sequence[str] = ()
    notes: str = ""
    carried: Sequence[str] = field(default_factory=tuple)


def minutes_text(record: MinutesRecord) -> str:
    """The minutes as Markdown: attendance, positions, decisions, notes, actions."""
    parts = [
        f"# Minutes of the {record.body}, {exact_day(record.starts_at)}",
        _head(record),
        "## Attendance\n\n" + _attendance(record),
    ]
    section: AgendaSection | None = None
    for item in record.items:
        if item.section is not section:
            section = item.section
            parts.append(f"## {NUMBER[section]}. {_TITLES[section]}")
        parts.append(_item(item))
    if record.appeals:
        parts.append("## Appeals against rulings of the chair\n\n" + _list(record.appeals))
    if record.carried:
        parts.append("## Carried over\n\n" + _list(record.carried))
    if record.actions:
        parts.append("## Actions agreed\n\n" + _list(record.actions))
    if record.notes:
        parts.append("## Notes\n\n" + record.notes)
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(record: MinutesRecord) -> str:
    opened = f"{record.opened_at:%H:%M}" if record.opened_at else "never"
    closed = f"{record.closed_at:%H:%M}" if record.closed_at else "not yet"
    place = f" Place: {record.place}." if record.place else ""
    return f"Opened {opened}, closed {closed} (UTC).{place}"


def _attendance(record: MinutesRecord) -> str:
    lines = []
    for one in record.attended:
        voice = f", for {one.on_behalf_of}" if one.on_behalf_of else ""
        left = f", until {one.left_at:%H:%M}" if one.left_at else ""
        lines.append(f"{one.seat}: {one.person}{voice}{left}")
    text = _list(lines) if lines else "Nobody."
    for title, names in (
        ("Absent", record.absent),
        ("Vacant", record.vacant),
        ("Recused", record.recused),
    ):
        if names:
            text += f"\n\n{title}: {', '.join(names)}."
    return f"{text}\n\n{record.quorum}"


def _item(item: MinutedItem) -> str:
    pulled = " (pulled from the consent agenda)" if item.is_pulled else ""
    parts = [f"### {item.title}{pulled}"]
    if item.ask:
        parts.append(item.ask)
    if item.positions:
        parts.append(_list([_position(one) for one in item.positions]))
    for decision in item.decisions:
        parts.append(
            f"**{decision.key}: {decision.outcome.replace('_', ' ')}.** {decision.sentence} "
            f"{decision.rule}".strip()
        )
        if decision.dissent:
            parts.append("Dissent:\n\n" + _list(decision.dissent))
    if item.section is AgendaSection.FINAL_CALLS and item.is_done and not item.is_pulled:
        parts.append(
            "Nobody pulled it: it is adopted when its final call ends, unless somebody blocks "
            "until then."
        )
    if item.notes:
        parts.append(item.notes)
    return "\n\n".join(parts)


def _position(one: SaidPosition) -> str:
    voice = f" on behalf of {one.on_behalf_of}" if one.on_behalf_of else ""
    kind = f" ({one.block_kind})" if one.block_kind else ""
    reason = f": {one.reason}" if one.reason else ""
    return f"{one.person}{voice}: {one.value.replace('_', ' ')}{kind}{reason}"


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {' '.join(line.split())}" for line in lines)
