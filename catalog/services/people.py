"""Who gets in and what they may change: invitations, roles, stewardship, deactivation."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Exists, OuterRef
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from catalog.access import Action, require
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import RecordChanged
from catalog.models import ApiToken, Domain, Invitation, Person
from catalog.models.credentials import digest_of
from catalog.services.actors import person_of
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import JobRole, Principal

INVITATION_LIFETIME = dt.timedelta(days=7)
PROFILE_FIELDS = frozenset(
    {
        "username",
        "display_name",
        "email",
        "department",
        "location",
        "employment_kind",
        "job_role",
        "manager",
        "is_active",
        "is_staff",
        "is_superuser",
        "is_demonstration",
    }
)
ADMINISTRATOR_FIELDS = frozenset({"is_active", "is_superuser"})


def invite(
    *,
    acting: Principal,
    email: str,
    job_role: JobRole = JobRole.ANALYST,
    is_administrator: bool = False,
    steward_of: Collection[Domain] = (),
) -> tuple[Invitation, str]:
    """An invitation and the secret of its link, shown once; an earlier open one is replaced."""
    require(acting, Action.ADMINISTER)
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidInput("This is not an e-mail address.", field="email") from error
    secret = secrets.token_urlsafe(32)
    with writing(acting):
        _, taken_by = _with_address(address)
        if taken_by is not None:
            raise Conflict(f"{taken_by} has an account with this address already.")
        Invitation.objects.filter(email=address, accepted_at__isnull=True).delete()
        invitation = Invitation.objects.create(
            email=address,
            digest=digest_of(secret),
            job_role=job_role,
            is_administrator=is_administrator,
            invited_by=person_of(acting),
            expires_at=timezone.now() + INVITATION_LIFETIME,
        )
        invitation.steward_of.set(steward_of)
        record(RecordChanged(change="created"), invitation, acting=acting)
    return invitation, secret


def renew_invitation(*, acting: Principal, invitation_id: int) -> tuple[Invitation, str]:
    """The same invitation with a new link and a new end; the old link is dead at once.

    Raises NotFound for one that was accepted or revoked.
    """
    require(acting, Action.ADMINISTER)
    open_one = _open_invitation(invitation_id)
    return invite(
        acting=acting,
        email=open_one.email,
        job_role=JobRole(open_one.job_role),
        is_administrator=open_one.is_administrator,
        steward_of=list(open_one.steward_of.all()),
    )


def revoke_invitation(*, acting: Principal, invitation_id: int) -> None:
    """Take an invitation back: its link is dead at once. Raises NotFound as `renew_invitation`."""
    require(acting, Action.ADMINISTER)
    with writing(acting):
        open_one = _open_invitation(invitation_id)
        record(RecordChanged(change="deleted"), open_one, acting=acting)
        open_one.delete()


def _open_invitation(invitation_id: int) -> Invitation:
    found = Invitation.objects.filter(pk=invitation_id, accepted_at__isnull=True).first()
    if found is None:
        raise NotFound("This invitation was accepted or taken back already.")
    return found


def accept_invitation(*, secret: str, username: str, display_name: str, password: str) -> Person:
    """Set up the account an invitation was for; raises NotFound when it is used up or over, and
    Conflict when somebody who comes in already has its address."""
    acting = Principal.system("invitation")
    with writing(acting):
        invitation = (
            Invitation.objects.select_for_update()
            .filter(digest=digest_of(secret), accepted_at__isnull=True)
            .first()
        )
        if invitation is None or invitation.expires_at <= timezone.now():
            raise NotFound("This invitation was used already or is over: ask for a new one.")
        named, taken_by = _with_address(invitation.email)
        if taken_by is not None:
            raise Conflict(
                "An account has this address already: ask an administrator to look at it."
            )
        person = named or Person(email=invitation.email)
        if Person.objects.filter(username=username).exclude(pk=person.pk).exists():
            raise InvalidInput("This user name is taken.", field="username")
        person.username = username
        person.display_name = display_name.strip() or username
        person.job_role = invitation.job_role
        person.is_active = True
        person.is_superuser = person.is_staff = invitation.is_administrator
        try:
            validate_password(password, person)
        except ValidationError as error:
            raise InvalidInput(" ".join(error.messages), field="password") from error
        person.set_password(password)
        _store(person)
        for domain in invitation.steward_of.all():
            assign_perm("catalog.steward_domain", person, domain)
        if invitation.steward_of.exists():
            Person.objects.filter(pk=person.pk).update(is_staff=True)
        invitation.accepted_by = person
        invitation.accepted_at = timezone.now()
        invitation.save()
        record(RecordChanged(change="created"), person, acting=acting)
    return person


def change_person(
    *, acting: Principal, person_id: int | None, changes: Mapping[str, Any], password: str = ""
) -> Person:
    """Create (`person_id` None) or change a person; inactive people lose their tokens at once.

    Raises Conflict when the last active administrator would be lost.
    """
    require(acting, Action.ADMINISTER)
    unknown = set(changes) - PROFILE_FIELDS
    if unknown:
        raise InvalidInput(f"Unknown field {min(unknown)}.", field=min(unknown))
    with writing(acting):
        if not ADMINISTRATOR_FIELDS.isdisjoint(changes):
            _hold_administrators()
        person = (
            Person()
            if person_id is None
            else Person.objects.select_for_update().filter(pk=person_id).first()
        )
        if person is None:
            raise NotFound("There is no such person.")
        for name, value in changes.items():
            setattr(person, name, value)
        if password:
            person.set_password(password)
        elif person_id is None:
            person.set_unusable_password()
        _store(person)
        if not Person.objects.filter(is_superuser=True, is_active=True).exists():
            raise Conflict("At least one active administrator has to remain.")
        if not person.is_active:
            ApiToken.objects.filter(person=person, revoked_at__isnull=True).update(
                revoked_at=timezone.now()
            )
        change = "created" if person_id is None else "changed"
        record(RecordChanged(change=change, fields=tuple(changes)), person, acting=acting)
    return person


def set_stewardship(
    *, acting: Principal, person_id: int, domain_id: int, is_steward: bool
) -> Domain:
    """Make a person a steward of a domain, or end it (guardian, on the domain)."""
    require(acting, Action.ADMINISTER)
    with writing(acting):
        person = Person.objects.filter(pk=person_id).first()
        domain = Domain.objects.filter(pk=domain_id).first()
        if person is None or domain is None:
            raise NotFound("There is no such person or domain.")
        change = assign_perm if is_steward else remove_perm
        change("catalog.steward_domain", person, domain)
        if is_steward and not person.is_staff:
            person.is_staff = True
            person.save(update_fields=["is_staff"])
        record(RecordChanged(fields=("stewards",)), domain, acting=acting)
    return domain


def _with_address(email: str) -> tuple[Person | None, Person | None]:
    """Somebody whom a source only named, and an active person who has an account of this address.

    Whoever signs in through the directory has no password either, and states an address that
    nobody has checked: only who never came in, by no way there is, may be given an account.
    """
    named: Person | None = None
    taken_by: Person | None = None
    people = Person.objects.select_for_update(of=("self",)).filter(email__iexact=email)
    accounts = Person.objects.filter(pk=OuterRef("pk"), socialaccount__isnull=False)
    for person in people.annotate(through_directory=Exists(accounts)).order_by("pk"):
        came_in = person.last_login is not None or person.through_directory
        if not came_in and not person.has_usable_password():
            named = named or person
        elif person.is_active:
            taken_by = taken_by or person
    return named, taken_by


def _hold_administrators() -> None:
    """Two who end each other's rights at once would each count on the other one: the second waits
    for the first, and counts then."""
    administrators = Person.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    list(administrators.select_for_update(no_key=True).values_list("pk"))


def _store(person: Person) -> None:
    try:
        person.full_clean(exclude=["password"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise InvalidInput(" ".join(messages), field=field) from error
    person.save()
