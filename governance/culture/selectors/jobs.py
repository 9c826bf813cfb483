"""The three jobs that each role does most (R-011, R-015), one click from home.

A role orders the home page and grants nothing: every address is open to everybody, or says why not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.models import Person
from catalog.types import JobRole, Principal


@dataclass(frozen=True, slots=True)
class Job:
    """What somebody wants to do, where, and its icon."""

    label: str
    href: str
    icon: str


_FIND = Job("Find data", "/search/?kind=dataset", "search")
_WORDS = Job("Look up what a word means", "/glossary/", "term")
_SQL = Job("Check what my SQL may read", "/access/check/", "check")
_CLOSED = Job("See what is closed to me, and ask for it", "/access/mine/", "lock")
_COLUMN = Job("Change a column", "/proposals/new/?kind=schema_change", "edit")
_FLOWS = Job("See what flows between systems", "/council/flows/", "system")

JOBS: Mapping[JobRole, tuple[Job, Job, Job]] = {
    JobRole.ARCHITECT: (
        Job("Map the fields of two systems", "/mappings/", "system"),
        _FLOWS,
        Job("Agree on a schema rule", "/proposals/new/?kind=schema_rule", "agreed"),
    ),
    JobRole.DEVELOPER: (
        _COLUMN,
        _SQL,
        Job("Make a token for a program", "/account/tokens/", "lock"),
    ),
    JobRole.DATA_ENGINEER: (
        Job("Look after imports", "/ingestion/", "dataset"),
        _COLUMN,
        Job("Close gaps in what I answer for", "/stewardship/?mine=1", "edit"),
    ),
    JobRole.DATA_SCIENTIST: (_FIND, _SQL, _CLOSED),
    JobRole.ANALYST: (_FIND, _WORDS, _SQL),
    JobRole.STEWARD: (
        Job("Close gaps in what I answer for", "/stewardship/?mine=1", "edit"),
        Job("Follow proposals", "/proposals/?state=open", "proposed"),
        Job("Settle conflicts", "/conflicts/?state=open", "contested"),
    ),
    JobRole.BUSINESS_USER: (
        _WORDS,
        _FIND,
        Job("Say what data I could not get", "/council/missing-data/", "question"),
    ),
    JobRole.OPERATIONS: (
        _FLOWS,
        Job("See which changes are coming", "/council/calendar/", "calendar"),
        Job("Close data in an emergency", "/access/emergency/", "lock"),
    ),
    JobRole.EXECUTIVE: (
        Job("See how far goals are", "/council/goals/", "agreed"),
        Job("See how far data reaches", "/council/reach/", "follow"),
        Job("Read what was decided", "/decisions/", "calendar"),
    ),
}


def jobs_of(principal: Principal) -> tuple[Job, ...]:
    """The jobs of the principal's role; none for programs."""
    if principal.person_id is None:
        return ()
    role = Person.objects.filter(pk=principal.person_id).values_list("job_role", flat=True).first()
    return JOBS[JobRole(role)] if role in list(JobRole) else ()
