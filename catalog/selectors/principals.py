"""From a signed-in person to the principal that services and selectors take."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from catalog.models import Person, TeamMembership
from catalog.types import EmploymentKind, Principal, PrincipalKind, TokenScope


def principal_of(
    person: Any,
    *,
    request_id: uuid.UUID | None = None,
    scopes: frozenset[TokenScope] | None = None,
    ends_at: dt.datetime | None = None,
) -> Principal:
    """The principal for a person as the sign-in knows them; anybody else is anonymous."""
    if not isinstance(person, Person) or person.pk is None:
        return Principal.anonymous().during(request_id or uuid.uuid4())
    employment = EmploymentKind(person.employment_kind)
    teams = TeamMembership.objects.filter(person=person).values_list("team__name", flat=True)
    return Principal(
        kind=(
            PrincipalKind.SERVICE if employment is EmploymentKind.SERVICE else PrincipalKind.PERSON
        ),
        person_id=person.pk,
        username=person.username,
        display_name=str(person),
        is_active=person.is_active,
        employment_kind=employment,
        is_administrator=person.is_superuser,
        department=person.department,
        location=person.location,
        teams=frozenset(teams),
        scopes=scopes,
        ends_at=ends_at,
        request_id=request_id or uuid.uuid4(),
    )
