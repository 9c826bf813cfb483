"""What a person may choose from while filling a form: owners, labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from catalog.models import Label, Person, Team
from catalog.selectors.directory import visible
from catalog.types import LabelKind, Principal


@dataclass(frozen=True, slots=True)
class OwnerChoice:
    """A person or a team that can be named; `key` is `person:4` or `team:7`."""

    key: str
    name: str
    detail: str


def owner_choices(principal: Principal, text: str, limit: int = 10) -> Sequence[OwnerChoice]:
    """Teams and active people whose name, user name or address holds `text`, teams first."""
    words = text.strip()
    teams = visible(principal, Team)
    people = visible(principal, Person).filter(is_active=True)
    if words:
        teams = teams.filter(name__icontains=words)
        people = people.filter(
            Q(display_name__icontains=words)
            | Q(username__icontains=words)
            | Q(email__icontains=words)
        )
    found = [OwnerChoice(f"team:{team.pk}", team.name, "team") for team in teams[:limit]]
    found += [
        OwnerChoice(f"person:{person.pk}", str(person), person.department or person.username)
        for person in people[: limit - len(found)]
    ]
    return found


def label_paths(principal: Principal, kind: LabelKind, limit: int = 200) -> Sequence[str]:
    """Existing labels of a kind, to complete from."""
    labels = visible(principal, Label).filter(kind=kind)
    return list(labels.order_by("path").values_list("path", flat=True)[:limit])
