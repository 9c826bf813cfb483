"""Asking for an exception from one opt-out, deciding about it, ending it (3.10).

Anybody asks, for themselves or for somebody else. Whoever holds the opt-out's owner seat decides,
in person, and never about an exception that they asked for or that covers them: in person, through
a team of theirs, or by way of somebody who acts for them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Person, Team
from catalog.services.actors import person_id_of
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal
from catalog.written import MOST_REASON, bounded
from governance.clock import now
from governance.events import OptOutExceptionChanged
from governance.models import Agreement, OptOutException
from governance.permissions.selectors.exceptions import answers_for, stood_for
from governance.permissions.types import ExceptionState
from governance.types import AgreementState

LONGEST = dt.timedelta(days=366)
MOST_NAMES = 50
_KIND = "permission_policy"
_LIVE = (ExceptionState.REQUESTED, ExceptionState.APPROVED)


def request_exception(
    *,
    acting: Principal,
    agreement: str,
    reason: str,
    ends_at: dt.datetime,
    begins_at: dt.datetime | None = None,
    username: str = "",
    team: str = "",
    datasets: Sequence[str] = (),
) -> OptOutException:
    """Ask that an opt-out does not hold for oneself, or for the person or team named.

    Raises NotFound for what is no opt-out in force and InvalidInput for no reason, no end, an end
    that is past or more than a year away, or a subject that is nobody.
    """
    require(acting, Action.PROPOSE)
    at = now()
    begins = begins_at or at
    words = _reason(reason)
    _span(begins, ends_at, at)
    names = [name.strip() for name in datasets]
    if not all(names):
        # Without names an exception is from all that the opt-out covers: nobody asks for that by
        # a name that was left empty.
        raise InvalidInput("One of the names of datasets is empty.", field="datasets")
    if len(names) > MOST_NAMES:
        raise InvalidInput(f"Name at most {MOST_NAMES} datasets or patterns.", field="datasets")
    person, group = _subject(acting, username, team)
    with writing(acting, reason=words):
        row = OptOutException.objects.create(
            agreement=opt_out_in_force(agreement),
            person=person,
            team=group,
            datasets=names,
            reason=words,
            begins_at=begins,
            ends_at=ends_at,
            requested_by_id=person_id_of(acting),
            requested_at=at,
        )
        _tell(row, "requested", acting)
    return row


def decide_exception(
    *, acting: Principal, exception_id: int, approve: bool, note: str = ""
) -> OptOutException:
    """Approve or refuse a request; refusing needs a sentence.

    Raises AccessRefused for whoever does not hold the owner seat, asked for it, or benefits.
    """
    require(acting, Action.PROPOSE)
    if not approve and not note.strip():
        raise InvalidInput("Say in a sentence why it is refused.", field="note")
    bounded(note, "note", MOST_REASON)
    at = now()
    with writing(acting, reason=note):
        row = _locked(exception_id)
        if row.state != ExceptionState.REQUESTED:
            raise Conflict(f"This exception is {row.state} already.")
        _require_decider(acting, row, at)
        if approve and row.ends_at <= at:
            raise Conflict("Its end has passed; ask anew.")
        row.state = ExceptionState.APPROVED if approve else ExceptionState.REFUSED
        row.decided_by_id, row.decided_at, row.decision_note = (
            person_id_of(acting),
            at,
            note.strip(),
        )
        row.save(update_fields=["state", "decided_by", "decided_at", "decision_note"])
        _tell(row, str(row.state), acting)
    return row


def end_exception(*, acting: Principal, exception_id: int, reason: str) -> OptOutException:
    """Withdraw a request, or revoke an exception at once.

    Whoever asked or is its subject may, and the owner seat: ending one only ever closes.
    """
    require(acting, Action.PROPOSE)
    words = _reason(reason)
    at = now()
    with writing(acting, reason=words):
        row = _locked(exception_id)
        if row.state not in _LIVE:
            raise Conflict(f"This exception is {row.state} already.")
        concerned = acting.person_id in (row.requested_by_id, row.person_id)
        if not (concerned or acting.is_administrator or answers_for(acting, row.agreement, at)):
            raise _refused("Only who asked for it, its subject and the opt-out's owner may end it.")
        was_asked = row.state == ExceptionState.REQUESTED
        row.state = ExceptionState.WITHDRAWN if was_asked else ExceptionState.REVOKED
        row.decision_note = words
        row.save(update_fields=["state", "decision_note"])
        _tell(row, str(row.state), acting)
    return row


def _require_decider(acting: Principal, row: OptOutException, at: dt.datetime) -> None:
    if not answers_for(acting, row.agreement, at):
        raise _refused("Only the holder of the opt-out's owner seat decides about its exceptions.")
    if row.requested_by_id == acting.person_id:
        raise _refused("Whoever asked for an exception does not decide about it.")
    require_uncovered(acting, at, person_id=row.person_id, team_id=row.team_id)


def require_uncovered(
    acting: Principal, at: dt.datetime, *, person_id: int | None = None, team_id: int | None = None
) -> None:
    """Refuse whoever would approve what is for themselves or for somebody they act for.

    `person_id` or `team_id` is whom it is for. Raises AccessRefused.
    """
    covered = {person_id}
    if team_id is not None:
        covered = set(Person.objects.filter(teams=team_id).values_list("pk", flat=True))
    if acting.person_id in covered:
        raise _refused("Nobody approves an exception that covers themselves.")
    if covered & stood_for(acting, at):
        raise _refused("You act for somebody whom this exception covers.")


def _refused(reason: str) -> AccessRefused:
    return AccessRefused(Verdict(False, "not_its_owner", reason, "the chair of the council"))


def opt_out_in_force(key: str) -> Agreement:
    """The opt-out of that key. Raises NotFound for what is none, Conflict for one that ended."""
    found = Agreement.objects.filter(key=key, kind=_KIND).first()
    if found is None:
        raise NotFound(f"There is no opt-out {key[:100]}.")
    if found.state not in (AgreementState.ACTIVE, AgreementState.DEPRECATED):
        raise Conflict("This opt-out is not in force, so nothing is to be excepted.")
    return found


def _subject(acting: Principal, username: str, team: str) -> tuple[Person | None, Team | None]:
    if username and team:
        raise InvalidInput("Name a person or a team, one of the two.", field="team")
    if team:
        group = Team.objects.filter(name=team).first()
        if group is None:
            raise InvalidInput(f"There is no team {team[:100]}.", field="team")
        return None, group
    name = username or acting.username
    person = Person.objects.filter(username=name, is_active=True).first()
    if person is None:
        raise InvalidInput(f"Nobody active has the user name {name[:100]}.", field="username")
    return person, None


def _span(begins: dt.datetime, ends: dt.datetime, at: dt.datetime) -> None:
    for instant, field in ((begins, "begins_at"), (ends, "ends_at")):
        if instant.tzinfo is None:
            raise InvalidInput("Say in which time zone the instant is.", field=field)
    if ends <= at or ends <= begins:
        raise InvalidInput("An exception ends after it begins, and after now.", field="ends_at")
    if ends - max(begins, at) > LONGEST:
        raise InvalidInput("An exception lasts a year at most.", field="ends_at")


def _reason(text: str) -> str:
    words = text.strip()
    if not words:
        raise InvalidInput("Say in a sentence why.", field="reason")
    return bounded(words, "reason", MOST_REASON)


def _locked(pk: int) -> OptOutException:
    found = OptOutException.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such exception.")
    return found


def _tell(row: OptOutException, what: str, acting: Principal) -> None:
    record(
        OptOutExceptionChanged(
            what=what, agreement=row.agreement.key, ends=row.ends_at.isoformat()
        ),
        row,
        acting=acting,
    )
