"""Breaking glass: an exception that was approved in advance, for minutes, that pages the owner."""

from __future__ import annotations

import datetime as dt

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.dates import exact_time
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Team
from catalog.services.actors import person_id_of
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal
from catalog.written import MOST_REASON, bounded
from governance.clock import now
from governance.events import OptOutExceptionChanged
from governance.models import BreakGlassTemplate, OptOutException
from governance.permissions.selectors.exceptions import answers_for
from governance.permissions.selectors.reviews import reviewer_ids
from governance.permissions.services.exceptions import opt_out_in_force, require_uncovered
from governance.permissions.types import ExceptionState, ReviewOutcome

MOST_MINUTES = 240
LONGEST = dt.timedelta(days=366)


def approve_template(
    *,
    acting: Principal,
    agreement: str,
    team: str,
    minutes: int,
    reason: str,
    ends_at: dt.datetime,
) -> BreakGlassTemplate:
    """Let a team break an opt-out's glass for minutes at a time, until an end within a year.

    Only the holder of the owner seat may, and not for a team of theirs or of somebody they act
    for. Raises NotFound and Conflict for what is no opt-out in force, InvalidInput for a team,
    minutes or an end that is none.
    """
    require(acting, Action.PROPOSE)
    at = now()
    found = opt_out_in_force(agreement)
    group = Team.objects.filter(name=team).first()
    if group is None:
        raise InvalidInput(f"There is no team {team[:100]}.", field="team")
    if not 1 <= minutes <= MOST_MINUTES:
        raise InvalidInput(f"Give from 1 to {MOST_MINUTES} minutes.", field="minutes")
    if not reason.strip():
        raise InvalidInput("Say in a sentence what it is for.", field="reason")
    if ends_at.tzinfo is None:
        raise InvalidInput("Say in which time zone the instant is.", field="ends_at")
    if not at < ends_at <= at + LONGEST:
        raise InvalidInput("A template ends in the future, within a year.", field="ends_at")
    if not answers_for(acting, found, at):
        raise AccessRefused(
            Verdict(
                False,
                "not_its_owner",
                "Only the holder of the opt-out's owner seat approves a template.",
                "the chair of the council",
            )
        )
    require_uncovered(acting, at, team_id=group.pk)
    with writing(acting, reason=reason):
        row = BreakGlassTemplate.objects.create(
            agreement=found,
            team=group,
            minutes=minutes,
            reason=reason.strip(),
            approved_by_id=person_id_of(acting),
            approved_at=at,
            ends_at=ends_at,
        )
        record(OptOutExceptionChanged(what="template", agreement=found.key), row, acting=acting)
    return row


def end_template(*, acting: Principal, template_id: int, reason: str) -> BreakGlassTemplate:
    """End a template at once: nobody breaks its glass any more. What was broken by it holds for
    its minutes, or until that exception is revoked.

    Whoever answers for the opt-out may, and administrators: ending one only ever closes.
    """
    require(acting, Action.PROPOSE)
    words = reason.strip()
    if not words:
        raise InvalidInput("Say in a sentence why.", field="reason")
    at = now()
    with writing(acting, reason=words):
        row = BreakGlassTemplate.objects.select_for_update().filter(pk=template_id).first()
        if row is None:
            raise NotFound("There is no such template.")
        if not (acting.is_administrator or answers_for(acting, row.agreement, at)):
            raise AccessRefused(
                Verdict(
                    False,
                    "not_its_owner",
                    "Only the holder of the opt-out's owner seat ends a template.",
                    "the chair of the council",
                )
            )
        if row.ended_at is not None or row.ends_at <= at:
            raise Conflict("This template has ended.")
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        record(
            OptOutExceptionChanged(what="template_ended", agreement=row.agreement.key),
            row,
            acting=acting,
        )
    return row


def break_glass(*, acting: Principal, template_id: int, reason: str) -> OptOutException:
    """Use a template now: for oneself, for its minutes, with a reason; the owner is paged.

    Raises AccessRefused for who is not in its team, or approved it before they were; Conflict for a
    template that has ended.
    """
    require(acting, Action.PROPOSE)
    words = reason.strip()
    if not words:
        raise InvalidInput("Say in a sentence what the emergency is.", field="reason")
    at = now()
    with writing(acting, reason=words):
        # Locked, so that nobody breaks the glass of a template that is being ended.
        template = (
            BreakGlassTemplate.objects.select_related("team", "agreement")
            .select_for_update(of=("self",))
            .filter(pk=template_id)
            .first()
        )
        if template is None:
            raise NotFound("There is no such template.")
        if template.team.name not in acting.teams or acting.person_id is None:
            raise AccessRefused(
                Verdict(
                    False,
                    "not_in_team",
                    f"Only members of {template.team.name} may break this glass.",
                    "the opt-out's owner",
                )
            )
        if template.approved_by_id == acting.person_id:
            raise AccessRefused(
                Verdict(
                    False,
                    "not_its_owner",
                    "Nobody approves an exception that covers themselves, and you approved this.",
                    f"somebody else of {template.team.name}",
                )
            )
        if template.ended_at is not None or template.ends_at <= at:
            raise Conflict("This template has ended.")
        row = OptOutException.objects.create(
            agreement=template.agreement,
            person_id=acting.person_id,
            reason=words,
            begins_at=at,
            ends_at=at + dt.timedelta(minutes=template.minutes),
            state=ExceptionState.APPROVED,
            requested_by_id=acting.person_id,
            requested_at=at,
            decided_by=template.approved_by,
            decided_at=at,
            decision_note=f"Approved in advance: {template.reason}",
            template=template,
        )
        record(
            OptOutExceptionChanged(
                what="break_glass", agreement=template.agreement.key, ends=row.ends_at.isoformat()
            ),
            row,
            acting=acting,
        )
    return row


def review_glass(
    *, acting: Principal, exception_id: int, outcome: str, note: str
) -> OptOutException:
    """Say of broken glass that is over whether what was done meanwhile was justified, and why.

    Whoever answers for the opt-out may, in person, or the chair of the council where that is who
    broke it. It is said once: what follows from it is decided about the opt-out or its template.
    Raises InvalidInput for no outcome or no sentence, Conflict for what is not broken glass, is
    not over, or was reviewed already.
    """
    require(acting, Action.PROPOSE)
    if outcome not in set(ReviewOutcome):
        raise InvalidInput(f"Choose one of {', '.join(ReviewOutcome)}.", field="outcome")
    words = note.strip()
    if not words:
        raise InvalidInput("Say in a sentence what you found.", field="note")
    bounded(words, "note", MOST_REASON)
    at = now()
    with writing(acting, reason=words):
        row = OptOutException.objects.select_for_update().filter(pk=exception_id).first()
        if row is None:
            raise NotFound("There is no such exception.")
        if row.template_id is None:
            raise Conflict("Only broken glass is reviewed; this exception was decided about.")
        if row.ends_at > at:
            raise Conflict(f"It is not over until {exact_time(row.ends_at)}.")
        if row.review:
            raise Conflict("Its review was done already.")
        if acting.person_id not in reviewer_ids(row, at):
            raise AccessRefused(
                Verdict(
                    False,
                    "not_its_owner",
                    "Only the holder of the opt-out's owner seat reviews broken glass, and never"
                    " who broke it or acts for them.",
                    "the chair of the council",
                )
            )
        row.review, row.review_note = outcome, words
        row.reviewed_by_id, row.reviewed_at = acting.person_id, at
        row.save(update_fields=["review", "review_note", "reviewed_by", "reviewed_at"])
        record(
            OptOutExceptionChanged(
                what=outcome, agreement=row.agreement.key, ends=row.ends_at.isoformat()
            ),
            row,
            acting=acting,
        )
    return row
