"""The room of a meeting in GraphQL: what `meeting(id:)` and every step of one answer with."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLResolveInfo

from catalog.graphql.relations import plan, principal_of
from governance.council.selectors.meetings import room
from governance.council.selectors.rooms import Chair


def shown_room(info: GraphQLResolveInfo, meeting_id: int, *path: str) -> dict[str, Any]:
    """A meeting with its selected relations loaded; `path` leads to it from the field."""
    found = room(principal_of(info), meeting_id)
    agenda = found.agenda
    items = [
        *agenda.first,
        *(item for part in agenda.parts for item in part.items),
        *agenda.carried_over,
    ]
    plan(info, items, *path, "items")
    plan(info, found.actions, *path, "actions")
    plan(info, [found.meeting], *path, "meeting")
    return {
        "meeting": found.meeting,
        "items": items,
        "current": found.current.pk if found.current else None,
        "minutes": agenda.minutes,
        "quorum": found.quorum.sentence,
        "has_quorum": found.quorum.is_met,
        "chairs": [_chair(one) for one in found.chairs],
        "votes": [
            {
                "proposal": table.proposal.key,
                "sentence": table.tally.sentence,
                "passes": table.tally.passes,
                "missing": [one.place.seat.name for one in table.missing],
            }
            for table in found.votes
        ],
        "appeals": [
            {
                "appeal": view.appeal.pk,
                "proposal": view.appeal.concern.proposal.key,
                "concern": view.appeal.concern_id,
                "title": view.appeal.concern.title,
                "sentence": view.count.sentence,
                "may_vote": view.may_vote,
            }
            for view in found.appeals
        ],
        "actions": found.actions,
        "may_run": found.may_run,
        "may_attend": found.may_attend,
    }


def _chair(one: Chair) -> dict[str, Any]:
    sitter, attendance = one.place.sitter, one.attendance
    return {
        "seat": one.place.seat.pk,
        "name": one.place.seat.name,
        "sitter": sitter.username if sitter else None,
        "attends": attendance.person.username if attendance else None,
        "is_present": one.is_present,
    }
