"""Dated exceptions: those that hold, as the engine takes them, and those somebody may look at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from catalog.access import Action, gate
from catalog.errors import NotFound
from catalog.models import Person, TeamMembership
from catalog.names import lookup_key
from catalog.types import Principal
from catalog.whole_numbers import whole
from governance import clock
from governance.council.models import Seat
from governance.council.selectors.seats import council_at, delegations_in_force, sitter
from governance.models import Agreement, AgreementVersion, BreakGlassTemplate, OptOutException
from governance.permissions import engine
from governance.permissions.types import REVIEWED_WITHIN, ExceptionState, ReviewState


def exceptions_in_force(at: dt.datetime) -> tuple[engine.DatedException, ...]:
    """Every approved exception that is not over at an instant; the engine minds when it begins."""
    rows = OptOutException.objects.filter(
        state=ExceptionState.APPROVED, ends_at__gt=at
    ).values_list(
        "pk", "agreement__key", "begins_at", "ends_at", "person_id", "team__name", "datasets",
        "reason", "template_id",
    )  # fmt: skip
    return tuple(
        engine.DatedException(
            id=str(pk),
            rule=key,
            begins=begins.timestamp(),
            ends=ends.timestamp(),
            people=frozenset() if person is None else frozenset({person}),
            groups=frozenset() if team is None else frozenset({team}),
            names=tuple(map(lookup_key, names)),
            reason=reason,
            is_break_glass=template is not None,
        )
        for pk, key, begins, ends, person, team, names, reason, template in rows
    )


def exceptions_seen(
    principal: Principal, *, state: str = "", review: str = ""
) -> QuerySet[OptOutException]:
    """All exceptions: who was excepted, why and by whom is open to every employee (R-081).

    `review` narrows them to broken glass whose review stands so.
    """
    if not gate().authorize(principal, Action.SEE).allowed:
        return OptOutException.objects.none()
    found = OptOutException.objects.select_related(
        "agreement", "person", "team", "requested_by", "decided_by", "template", "reviewed_by"
    )
    if review:
        found = found.filter(_reviewed(ReviewState(review), clock.now()))
    return found.filter(state=state) if state else found


def _reviewed(state: ReviewState, at: dt.datetime) -> Q:
    late = Q(ends_at__lte=at - REVIEWED_WITHIN)
    if state is ReviewState.OVERDUE:
        return unreviewed(at) & late
    return unreviewed(at) & ~late if state is ReviewState.DUE else Q(review=state)


def unreviewed(at: dt.datetime) -> Q:
    """Broken glass that is over, and that nobody has reviewed."""
    return Q(template__isnull=False, review="", ends_at__lte=at)


def review_state(row: OptOutException, at: dt.datetime) -> ReviewState | None:
    """Where the review of broken glass stands; None for what is not broken glass, or not over."""
    if row.review:
        return ReviewState(row.review)
    if row.template_id is None or row.ends_at > at:
        return None
    return ReviewState.OVERDUE if row.ends_at <= at - REVIEWED_WITHIN else ReviewState.DUE


def review_due(row: OptOutException) -> dt.datetime | None:
    """Until when broken glass is to be reviewed; None for every other exception."""
    return None if row.template_id is None else row.ends_at + REVIEWED_WITHIN


def get_exception(principal: Principal, pk: int) -> OptOutException:
    """One exception; raises NotFound."""
    found = exceptions_seen(principal).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such exception.")
    return found


def exceptions_called(principal: Principal, ids: Sequence[str]) -> list[OptOutException]:
    """The exceptions that a record of the audit names; those that are gone are left out."""
    numbers = [number for one in ids if (number := whole(one)) is not None]
    return list(exceptions_seen(principal).filter(pk__in=numbers).order_by("pk"))


def templates_seen(principal: Principal) -> QuerySet[BreakGlassTemplate]:
    """The templates that break glass, ended ones too."""
    if not gate().authorize(principal, Action.SEE).allowed:
        return BreakGlassTemplate.objects.none()
    return BreakGlassTemplate.objects.select_related("agreement", "team", "approved_by")


def owner_of(agreement: Agreement) -> str:
    """Who answers for an opt-out, as its version in force says it; empty once there is none."""
    return owners_of([agreement.pk]).get(agreement.pk, "")


def owners_of(agreements: Iterable[int]) -> dict[int, str]:
    """Who answers for each of these opt-outs, by their ids; not of those that ended."""
    versions = AgreementVersion.objects.filter(agreement__in=agreements, valid_to__isnull=True)
    found = versions.values_list("agreement_id", "document__owner")
    return {agreement: owner or "" for agreement, owner in found}


def owner_ids(owner: str, at: dt.datetime) -> tuple[int, ...]:
    """Who answers for an opt-out of that owner: the person, the team's members, whoever sits on the
    seat, and where nobody does whoever chairs the council."""
    return holders_of([owner], at)[owner]


def holders_of(owners: Iterable[str], at: dt.datetime) -> dict[str, tuple[int, ...]]:
    """The same for many owners, in as many queries as for one."""
    parts = {owner: owner.partition(":") for owner in owners}
    names: dict[str, set[str]] = {"person": set(), "team": set(), "seat": set()}
    for prefix, _, name in parts.values():
        names[prefix if prefix in names else "seat"].add(name)
    people = dict(Person.objects.filter(username__in=names["person"]).values_list("username", "pk"))
    members: dict[str, list[int]] = {}
    teams = TeamMembership.objects.filter(team__name__in=names["team"])
    for team, person in teams.values_list("team__name", "person_id"):
        members.setdefault(team, []).append(person)
    seats = Seat.objects.filter(
        Q(slug__in=names["seat"]) | Q(name__in=names["seat"]), closed_at__isnull=True
    )
    sitters: dict[str, int | None] = {}
    for one in council_at(at, seats):
        for name in (one.seat.slug, one.seat.name):
            sitters.setdefault(name, one.sitter.pk if one.sitter else None)
    found: dict[str, tuple[int, ...]] = {}
    vacant: list[str] = []
    for owner, (prefix, _, name) in parts.items():
        if prefix == "person":
            found[owner] = (people[name],) if name in people else ()
        elif prefix == "team":
            found[owner] = tuple(members.get(name, ()))
        elif (holder := sitters.get(name)) is not None:
            found[owner] = (holder,)
        else:
            vacant.append(owner)
    return found | dict.fromkeys(vacant, chair_ids(at) if vacant else ())


def chair_ids(at: dt.datetime) -> tuple[int, ...]:
    """Who chairs the council."""
    chairs = Seat.objects.filter(is_chair=True, committee__isnull=True, closed_at__isnull=True)
    return tuple(one.pk for chair in chairs if (one := sitter(chair, at)) is not None)


def answers_for(principal: Principal, agreement: Agreement, at: dt.datetime) -> bool:
    """Whether the principal holds the owner seat of an opt-out in person, never as a delegate.

    Where the seat is vacant who sits on the chair of the council answers for it, in person too.
    """
    if principal.person_id is None:
        return False
    owner = owner_of(agreement)
    prefix, _, name = owner.partition(":")
    if prefix == "person":
        return principal.username == name
    if prefix == "team":
        return name in principal.teams
    seat = Seat.objects.filter(Q(slug=name) | Q(name=name), closed_at__isnull=True).first()
    holder = sitter(seat, at) if seat else None
    if holder is None:
        return principal.person_id in chair_ids(at)
    return holder.pk == principal.person_id


def stood_for(principal: Principal, at: dt.datetime) -> frozenset[int]:
    """The principal and everybody they act for: none of them is who they may decide about."""
    if principal.person_id is None:
        return frozenset()
    given = delegations_in_force(at).filter(taker=principal.person_id)
    return frozenset({principal.person_id, *given.values_list("giver", flat=True)})
