"""Whose opt-outs are whose to answer for, and what waits for whoever holds their seats."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet

from catalog.models import TeamMembership
from catalog.registries.waiting import BarCount
from catalog.types import Principal
from governance import clock
from governance.council.models import Membership
from governance.models import OptOutException
from governance.permissions.engine import Rule
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.exceptions import chair_ids, exceptions_seen, stood_for
from governance.permissions.selectors.register import WARNING_DAYS
from governance.permissions.selectors.reviews import to_review
from governance.permissions.types import ExceptionState

_SOON = dt.timedelta(days=WARNING_DAYS[0])


def answered_by(principal: Principal, at: dt.datetime) -> frozenset[str]:
    """The keys of the opt-outs in force whose owner seat the principal holds, as
    `exceptions.answers_for` decides it one by one; in two queries at most."""
    return _answered(principal, list(opt_outs.current().parts.rules.values()), at)


def to_decide(principal: Principal, at: dt.datetime) -> QuerySet[OptOutException]:
    """The requests that wait for the principal's decision, the oldest first: none of those that
    `services.exceptions.decide_exception` would not let them decide."""
    asked = exceptions_seen(principal, state=ExceptionState.REQUESTED)
    mine = answered_by(principal, at)
    if not mine:
        return asked.none()
    own = stood_for(principal, at)
    return (
        asked.filter(agreement__key__in=mine, ends_at__gt=at)
        .exclude(requested_by=principal.person_id)
        .exclude(person__in=own)
        .exclude(team__in=TeamMembership.objects.filter(person__in=own).values("team"))
        .order_by("requested_at", "id")
    )


def ending_soon(principal: Principal, at: dt.datetime) -> list[Rule]:
    """The opt-outs the principal answers for whose end or review is 30 days away at most; past
    its end one asks for nothing any more, past its review it does until it is reviewed."""
    today = at.date()
    soon = [
        rule
        for rule in opt_outs.current().parts.rules.values()
        if (rule.until is None or rule.until > today)
        and any(day is not None and day <= today + _SOON for day in (rule.until, rule.review_by))
    ]
    if not soon:
        return []
    mine = _answered(principal, soon, at)
    return sorted(
        (rule for rule in soon if rule.key in mine),
        key=lambda rule: (rule.until or dt.date.max, rule.number),
    )


def waiting_count(principal: Principal) -> BarCount:
    """How much waits: requests to decide, broken glass to review, and opt-outs that end or come to
    review."""
    if principal.person_id is None or not opt_outs.current().parts.rules:
        return BarCount()
    at = clock.now()
    asked = to_decide(principal, at).count() + len(to_review(principal, at))
    return BarCount(asked + len(ending_soon(principal, at)))


def _answered(principal: Principal, rules: list[Rule], at: dt.datetime) -> frozenset[str]:
    if principal.person_id is None or not rules:
        return frozenset()
    own = {f"person:{principal.username}", *(f"team:{name}" for name in principal.teams)}
    sitting = Membership.objects.filter(
        Q(until__isnull=True) | Q(until__gt=at), since__lte=at, seat__closed_at__isnull=True
    ).values_list("seat__slug", "seat__name", "person_id")
    filled: set[str] = set()
    for slug, name, person in sitting:
        names = {f"seat:{slug}", f"seat:{name}"}
        filled |= names
        if person == principal.person_id:
            own |= names
    found = {rule.key for rule in rules if rule.owner in own}
    vacant = {
        rule.key
        for rule in rules
        if rule.owner not in filled and not rule.owner.startswith(("person:", "team:"))
    }
    is_chair = bool(vacant) and principal.person_id in chair_ids(at)
    return frozenset(found | vacant if is_chair else found)
