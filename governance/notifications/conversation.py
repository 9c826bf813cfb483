"""Who hears of what people say about data: who is named in it, and who answers for the object."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q

from catalog.events import ConversationHeld
from catalog.models import Event, Person
from catalog.registries.subjects import Subject, subjects
from catalog.selectors.principals import principal_of
from governance.notifications.kinds import MENTION, QUESTION, MessageKind
from governance.notifications.services.messages import Message


def messages_of_talk(event: Event) -> Iterator[Message]:
    """A message to each person named who may see the object, and of a question to who answers for
    it; nobody hears of one remark twice."""
    about, about_id = _about(event)
    if about not in subjects:
        return
    kind = subjects.get(about)
    named = [str(name).lower() for name in event.payload.get("mentions") or ()]
    answering = kind.owners(about_id) if event.payload.get("what") == "question" else ()
    people = Person.objects.filter(is_active=True).filter(Q(pk__in=answering) | _is_called(named))
    for person in people.order_by("pk"):
        subject = kind.find(principal_of(person), about_id)
        if subject is not None:
            is_named = person.username.lower() in named
            yield _message(event, person, subject, MENTION if is_named else QUESTION)


def _about(event: Event) -> tuple[str, int]:
    if event.type == ConversationHeld.name:
        return "dataset", event.subject_id
    return str(event.payload.get("about", "")), int(event.payload.get("about_id") or 0)


def _is_called(names: list[str]) -> Q:
    condition = Q(pk__in=())
    for name in names:
        condition |= Q(username__iexact=name)
    return condition


def _message(event: Event, person: Person, subject: Subject, kind: MessageKind) -> Message:
    verb = "named you in what they wrote on" if kind is MENTION else "asked about"
    address = subject.address
    if event.type != ConversationHeld.name:
        address = f"/remarks/{subject.type}/{subject.id}/#remark-{event.subject_id}"
    elif event.payload.get("what") in {"question", "answer"}:
        address = f"{address}#questions"
    return Message(
        person_id=person.pk,
        kind=kind,
        title=f"{event.actor_name} {verb} {subject.title}",
        body=str(event.payload.get("text", "")),
        url=address,
        dedupe=f"talk:{event.pk}",
        subject_type=subject.type,
        subject_key=str(subject.id),
    )
