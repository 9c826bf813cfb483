"""The order of a meeting, its hour, and what changed between two agendas (3.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from governance.types import AgendaSection as S

ORDER: tuple[S, ...] = (
    S.QUORUM,
    S.LAST_MINUTES,
    S.EMERGENCIES,
    S.DECISIONS,
    S.CONFLICTS,
    S.FINAL_CALLS,
    S.NEW_BUSINESS,
    S.EXPIRING,
    S.HEALTH,
    S.ACTIONS,
)
NUMBER: Mapping[S, int] = {section: number for number, section in enumerate(ORDER, start=1)}

# What may be dealt with although too few are there (items 1, 2, 7 and 9).
WITHOUT_QUORUM = frozenset({S.QUORUM, S.LAST_MINUTES, S.NEW_BUSINESS, S.HEALTH})
# What needs a meeting: without any of it the meeting is offered for cancellation.
NEEDS_A_MEETING = frozenset({S.EMERGENCIES, S.DECISIONS, S.CONFLICTS})
# What a meeting always has time for. An emergency that is not reached would lapse.
_ALWAYS = frozenset({S.QUORUM, S.LAST_MINUTES, S.EMERGENCIES, S.FINAL_CALLS, S.HEALTH, S.ACTIONS})
_OPENING = frozenset({S.QUORUM, S.LAST_MINUTES})

# Minutes that an item gets unless somebody gives it others. Final calls are adopted together: the
# first of them carries the time of all.
MINUTES: Mapping[S, int] = {
    S.QUORUM: 2,
    S.LAST_MINUTES: 2,
    S.EMERGENCIES: 8,
    S.DECISIONS: 10,
    S.CONFLICTS: 8,
    S.FINAL_CALLS: 0,
    S.NEW_BUSINESS: 2,
    S.EXPIRING: 2,
    S.HEALTH: 3,
    S.ACTIONS: 3,
}
CONSENT_AGENDA_MINUTES = 3
PULLED_MINUTES = 5
TWICE = 2


@dataclass(frozen=True, slots=True)
class Line:
    """One item that could be on an agenda.

    `key` stays the same from agenda to agenda; `rank` orders inside its section. `carried` counts
    the meetings that did not reach it; `is_postponed` when somebody left it to the next meeting.
    """

    key: str
    section: S
    title: str
    minutes: int
    rank: tuple[float, ...] = ()
    carried: int = 0
    is_postponed: bool = False
    is_pulled: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A line with its place; one beyond the hour is carried over to the next meeting."""

    line: Line
    position: int
    is_carried_over: bool


def arrange(lines: Iterable[Line], limit: int) -> list[Placed]:
    """Put lines in the order of 3.6 and into `limit` minutes.

    What was carried over twice goes first, right after the opening. Items are taken in order while
    they fit; the first that does not and everything after it is carried over, except what a
    meeting always has time for.
    """
    ordered = sorted(lines, key=_place)
    left = limit - sum(line.minutes for line in ordered if _is_always(line))
    placed: list[Placed] = []
    is_full = False
    for position, line in enumerate(ordered, start=1):
        if _is_always(line):
            is_carried_over = False
        elif line.is_postponed:
            is_carried_over = True
        else:
            is_full = is_full or line.minutes > left
            left -= 0 if is_full else line.minutes
            is_carried_over = is_full
        placed.append(Placed(line, position, is_carried_over))
    return placed


def needs_a_meeting(lines: Iterable[Line]) -> bool:
    """Whether anything is to be ratified, decided or settled."""
    return any(line.section in NEEDS_A_MEETING for line in lines)


def without_quorum() -> str:
    """What a meeting may still do without quorum, in words."""
    numbers = [str(NUMBER[section]) for section in ORDER if section in WITHOUT_QUORUM]
    listed = ", ".join(numbers[:-1])
    return f"Without quorum only items {listed} and {numbers[-1]} of the agenda are dealt with."


@dataclass(frozen=True, slots=True)
class Shown:
    """An item as an agenda showed it, for the comparison with the next one."""

    key: str
    section: S
    title: str
    is_carried_over: bool


def changes(before: Sequence[Shown], after: Sequence[Shown]) -> list[dict[str, Any]]:
    """How `after` differs: items added, removed, moved to another section, carried over, brought
    back, renamed; in the order of the agenda, removed ones last."""
    old = {item.key: item for item in before}
    found: list[dict[str, Any]] = []
    for item in after:
        was = old.pop(item.key, None)
        what = "added" if was is None else _difference(was, item)
        if what:
            found.append(
                {
                    "what": what,
                    "key": item.key,
                    "title": item.title,
                    "section": item.section.value,
                    "before": was.section.value if was else "",
                }
            )
    found.extend(
        {
            "what": "removed",
            "key": item.key,
            "title": item.title,
            "section": item.section.value,
            "before": item.section.value,
        }
        for item in old.values()
    )
    return found


def _difference(was: Shown, item: Shown) -> str:
    if was.section is not item.section:
        return "moved"
    if was.is_carried_over is not item.is_carried_over:
        return "carried over" if item.is_carried_over else "brought back"
    return "renamed" if was.title != item.title else ""


def _is_always(line: Line) -> bool:
    return line.section in _ALWAYS and not line.is_postponed


def _place(line: Line) -> tuple[int, int, tuple[float, ...], str]:
    goes_first = line.carried >= TWICE and line.section not in _OPENING
    opening = 0 if line.section in _OPENING else 1 if goes_first else 2
    return opening, NUMBER[line.section], line.rank, line.key
