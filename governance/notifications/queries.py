"""Whom a stopped query concerns: whose it is at once, whoever answers for the brake once a day."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.models import Event, Person
from governance.addresses import agreement_address
from governance.agreements.selectors.in_force import in_force
from governance.notifications.kinds import BRAKE, STOPPED
from governance.notifications.services.messages import Message
from governance.permissions.selectors.exceptions import owner_ids

BRAKES_ADDRESS = "/access/brakes/"


def messages_of_brake(event: Event) -> Iterator[Message]:
    """A refusal was answered to whoever asked; a query that ran is told of to its person."""
    told = event.payload
    key = str(told.get("brake", ""))
    if told.get("what") == "stopped":
        person = Person.objects.filter(username=told.get("person", "")).first()
        if person is not None:
            yield Message(
                person_id=person.pk,
                kind=STOPPED,
                title="A brake stopped a query of yours",
                body=str(told.get("sentence", "")),
                url=agreement_address(key),
                dedupe=f"lease:{told.get('lease')}",
                subject_type="agreement",
                subject_key=key,
            )
    held = next((one for one in in_force("brake") if one.key == key), None)
    if held is None:
        return
    for owner in owner_ids(str(held.document.get("owner", "")), event.created_at):
        yield Message(
            person_id=owner,
            kind=BRAKE,
            title=f"{held.title} caught a query",
            body=str(told.get("sentence", "")),
            url=agreement_address(key),
            dedupe=f"{key}:{event.created_at:%Y-%m-%d}",
            subject_type="agreement",
            subject_key=key,
        )


def messages_of_stop(event: Event) -> Iterator[Message]:
    """The event is about the person whose query it was."""
    yield Message(
        person_id=event.subject_id,
        kind=STOPPED,
        title=f"{event.actor_name} stopped a query of yours",
        body=str(event.payload.get("reason", "")),
        url=BRAKES_ADDRESS,
        dedupe=f"lease:{event.payload.get('lease')}",
    )
