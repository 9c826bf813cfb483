"""Owners written as text, in forms and in spreadsheets: `ada` is a person by user name,
`team:Finance` a team by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from catalog.errors import InvalidInput
from catalog.models import Person, Team
from catalog.selectors.directory import visible
from catalog.types import Principal

TEAM_MARK = "team:"


@dataclass(frozen=True, slots=True)
class OwnerReference:
    """Exactly one of the ids is set."""

    person_id: int | None
    team_id: int | None
    name: str


def reference_of(owner: Person | Team) -> str:
    """How an owner is written."""
    return f"{TEAM_MARK}{owner.name}" if isinstance(owner, Team) else owner.username


def find_owners(principal: Principal, written: Iterable[str]) -> dict[str, OwnerReference]:
    """The owners that were written so, in two queries; what names nobody is absent."""
    texts = {text.strip() for text in written} - {""}
    teams = {text[len(TEAM_MARK) :].strip(): text for text in texts if _is_team(text)}
    usernames = {text for text in texts if not _is_team(text)}
    found = {
        person.username: OwnerReference(person.pk, None, str(person))
        for person in visible(principal, Person).filter(username__in=usernames, is_active=True)
    }
    for team in visible(principal, Team).filter(name__in=list(teams)):
        found[teams[team.name]] = OwnerReference(None, team.pk, team.name)
    return found


def find_owner(principal: Principal, written: str) -> OwnerReference:
    """One owner; raises InvalidInput that says how owners are written."""
    text = written.strip()
    found = find_owners(principal, [text]).get(text)
    if found is None:
        raise InvalidInput(nobody(text), field="owner")
    return found


def nobody(text: str) -> str:
    """The sentence for a text that names nobody."""
    return f"Nobody active is called {text[:80]!r}: write a user name, or team: and a team's name."


def known_references(principal: Principal, limit: int = 300) -> list[tuple[str, str]]:
    """(how it is written, name) of teams and active people, to complete from."""
    teams = visible(principal, Team).order_by("name")[:limit]
    people = visible(principal, Person).filter(is_active=True).order_by("display_name")[:limit]
    owners: list[Person | Team] = [*teams, *people]
    return [(reference_of(owner), str(owner)) for owner in owners[:limit]]


def _is_team(text: str) -> bool:
    return text.startswith(TEAM_MARK)
