"""People whom the company's directory vouches for: their first sign-in, and what it says later."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from catalog.events import RecordChanged
from catalog.models import Person
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal

DIRECTORY_FIELDS = frozenset({"display_name", "department", "location", "email"})
_ACTING = "directory"


def admit_from_directory(person: Person, *, store: Callable[[], object]) -> Person:
    """Store a new person; `store` saves them and ties them to the directory's subject."""
    acting = Principal.system(_ACTING)
    with writing(acting, reason="First sign-in through the directory"):
        store()
        record(RecordChanged(change="created"), person, acting=acting)
    return person


def refresh_from_directory(*, person_id: int, claims: Mapping[str, str]) -> Person:
    """Take over what the directory says now; keys of `DIRECTORY_FIELDS`, empty values keep what
    was there."""
    acting = Principal.system(_ACTING)
    with writing(acting, reason="Signed in through the directory"):
        person = Person.objects.select_for_update().get(pk=person_id)
        changed = tuple(
            name
            for name in sorted(DIRECTORY_FIELDS & set(claims))
            if claims[name] and getattr(person, name) != claims[name]
        )
        for name in changed:
            setattr(person, name, claims[name])
        if changed:
            person.save(update_fields=changed)
            record(RecordChanged(fields=changed), person, acting=acting)
    return person
