"""Whom an exception from an opt-out concerns: who decides about it, and whoever waits for that."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from catalog.dates import exact_day, exact_time
from catalog.models import Event, TeamMembership
from governance.addresses import agreement_address
from governance.models import OptOutException
from governance.notifications.kinds import (
    BREAK_GLASS,
    EXCEPTION_ANSWERED,
    EXCEPTION_ASKED,
    MessageKind,
)
from governance.notifications.services.messages import Message
from governance.permissions.selectors.exceptions import owner_ids, owner_of


def messages_of_exception(event: Event) -> Iterator[Message]:
    """A request and broken glass are told at once to whoever answers for the opt-out; an answer to
    who asked and to those excepted, a review to who broke the glass."""
    what = str(event.payload.get("what", ""))
    if event.subject_type != OptOutException._meta.model_name or what not in _TOLD:
        return
    row = (
        OptOutException.objects.filter(pk=event.subject_id)
        .select_related("agreement", "person", "team")
        .first()
    )
    if row is not None:
        yield from _TOLD[what](row, event, what)


def _of_glass(row: OptOutException, event: Event, what: str) -> Iterator[Message]:
    title = f"{event.actor_name} broke the glass of {row.agreement.title}"
    body = f"{row.reason}\nUntil {exact_time(row.ends_at)}."
    address = agreement_address(row.agreement.key)
    for person in owner_ids(owner_of(row.agreement), event.created_at):
        yield _message(row, person, BREAK_GLASS, title, body, address, what)


def _of_request(row: OptOutException, event: Event, what: str) -> Iterator[Message]:
    whom = row.person or row.team
    title = f"{event.actor_name} asks for an exception from {row.agreement.title} for {whom}"
    body = f"{row.reason}\nUntil {exact_day(row.ends_at)}."
    for person in owner_ids(owner_of(row.agreement), event.created_at):
        yield _message(row, person, EXCEPTION_ASKED, title, body, _place(row), what)


def _of_answer(row: OptOutException, event: Event, what: str) -> Iterator[Message]:
    people = {row.requested_by_id, row.person_id}
    if row.team_id is not None:
        team = TeamMembership.objects.filter(team=row.team_id)
        people.update(team.values_list("person_id", flat=True))
    title = f"{event.actor_name} {what} the exception from {row.agreement.title}"
    until = f"Until {exact_day(row.ends_at)}." if what == "approved" else ""
    body = "\n".join(line for line in (row.decision_note, until) if line)
    for person in sorted(one for one in people if one is not None):
        yield _message(row, person, EXCEPTION_ANSWERED, title, body, _place(row), what)


def _of_review(row: OptOutException, event: Event, what: str) -> Iterator[Message]:
    if row.person_id is None:
        return
    found = what.replace("_", " ")
    title = f"{event.actor_name} found it {found} to break the glass of {row.agreement.title}"
    yield _message(
        row, row.person_id, EXCEPTION_ANSWERED, title, row.review_note, _place(row), what
    )


def _place(row: OptOutException) -> str:
    return f"{reverse('governance:exceptions')}#exception-{row.pk}"


def _message(
    row: OptOutException, person: int, kind: MessageKind, title: str, body: str, url: str, what: str
) -> Message:
    return Message(
        person_id=person,
        kind=kind,
        title=title,
        body=body,
        url=url,
        dedupe=f"exception:{row.pk}:{what}",
        subject_type="agreement",
        subject_key=row.agreement.key,
    )


_TOLD = {
    "break_glass": _of_glass,
    "requested": _of_request,
    "approved": _of_answer,
    "refused": _of_answer,
    "revoked": _of_answer,
    "justified": _of_review,
    "not_justified": _of_review,
}
