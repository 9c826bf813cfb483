"""From the owners that a source names to people and teams, found or made."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from django.contrib.auth.hashers import make_password

from catalog.events import RecordChanged
from catalog.models import Person, Team
from catalog.services.event_log import record
from catalog.types import OwnerRecord, Principal

OwnerKey: TypeAlias = tuple[bool, str, str]  # is a team, e-mail, name
OwnerIds: TypeAlias = tuple[int | None, int | None]  # person, team


def key_of(owner: OwnerRecord) -> OwnerKey:
    """What makes two mentions the same owner."""
    return owner.is_team, owner.email or "", "" if owner.email else owner.name.casefold()


class Owners:
    """Keys of owners, found or made once; one object serves one transaction."""

    def __init__(self, acting: Principal, known: Mapping[OwnerKey, OwnerIds]) -> None:
        self._acting = acting
        self._known = dict(known)

    @property
    def known(self) -> Mapping[OwnerKey, OwnerIds]:
        """Every owner met so far."""
        return self._known

    def ids(self, owner: OwnerRecord) -> OwnerIds:
        """(person, team) of an owner that `make` has seen; one of them is None."""
        return self._known[key_of(owner)]

    def make(self, owners: Iterable[OwnerRecord]) -> None:
        """Find or make each, in the order of their names so that two imports never deadlock."""
        wanted = {key_of(owner): owner for owner in owners if key_of(owner) not in self._known}
        for key in sorted(wanted):
            owner = wanted[key]
            if owner.is_team:
                self._known[key] = (None, self._team(owner))
            else:
                self._known[key] = (self._person(owner), None)

    def _team(self, owner: OwnerRecord) -> int:
        by_email = Team.objects.filter(email__iexact=owner.email) if owner.email else None
        team = by_email.order_by("pk").first() if by_email is not None else None
        team = team or Team.objects.filter(name__iexact=owner.name).order_by("pk").first()
        if team is None:
            team, created = Team.objects.get_or_create(
                name=owner.name, defaults={"email": owner.email or ""}
            )
            if created:
                record(RecordChanged(change="created"), team, acting=self._acting)
        return team.pk

    def _person(self, owner: OwnerRecord) -> int:
        """Somebody only named by a source has no usable password and cannot sign in with one."""
        known = Person.objects.order_by("-is_active", "pk")
        person = known.filter(email__iexact=owner.email).first() if owner.email else None
        if person is None and not owner.email:
            person = (
                known.filter(username__iexact=owner.name).first()
                or known.filter(display_name__iexact=owner.name).first()
            )
        if person is None:
            person, created = Person.objects.get_or_create(
                username=_username(owner),
                defaults={
                    "display_name": owner.name,
                    "email": owner.email or "",
                    "password": make_password(None),
                },
            )
            if created:
                record(RecordChanged(change="created"), person, acting=self._acting)
        return person.pk


def _username(owner: OwnerRecord) -> str:
    """The e-mail address where there is one, else the name in characters of a user name."""
    plain = unicodedata.normalize("NFKC", owner.email or owner.name).casefold()
    return re.sub(r"[^\w.@+-]+", ".", plain).strip(".")[:150] or "owner"
