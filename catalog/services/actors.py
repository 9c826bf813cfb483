"""The person behind a principal, for what only people do: write, follow, own a token."""

from __future__ import annotations

from catalog.access import AccessRefused, Verdict
from catalog.models import Person
from catalog.types import Principal


def person_id_of(acting: Principal) -> int:
    """The acting person's id; raises AccessRefused for Concord's own jobs and for strangers."""
    if acting.person_id is None:
        raise AccessRefused(
            Verdict(
                allowed=False,
                code="not_a_person",
                reason="Only a person who is signed in can do this.",
            )
        )
    return acting.person_id


def person_of(acting: Principal) -> Person:
    """The acting person; raises AccessRefused as `person_id_of` does."""
    return Person.objects.get(pk=person_id_of(acting))
