"""Giving one's vote and signature to somebody for a time, and taking them back (3.3)."""

from __future__ import annotations

import datetime as dt

from catalog.access import Action, require
from catalog.dates import exact_day
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import RecordChanged
from catalog.models import Domain, Person
from catalog.services.actors import person_of
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import EmploymentKind, Principal
from governance import clock
from governance.agreements.kinds.charter import CharterRules, rules_in_force
from governance.council.rules.delegation import Obstacle, Proxy, obstacle
from governance.council.selectors.seats import is_chair
from governance.council.services.council_lock import hold_council
from governance.council.services.words import active_person, chosen, text_of
from governance.models import Delegation


def delegate(
    *,
    acting: Principal,
    taker_id: int,
    until: dt.datetime,
    since: dt.datetime | None = None,
    domain_id: int | None = None,
    reason: str = "",
) -> Delegation:
    """Give one's own vote and signature to another, for one domain or for everything.

    Only the giver can: nobody gives away another's vote. Raises InvalidInput for a time in the
    past or longer than the charter allows, Conflict for a circle, a chain, a second delegation of
    the same, and a taker who holds as many proxies as the charter allows.
    """
    require(acting, Action.PROPOSE)
    giver = person_of(acting)
    taker = active_person(taker_id, field="username")
    if taker.employment_kind in (EmploymentKind.SERVICE, EmploymentKind.EXTERNAL):
        raise InvalidInput(f"{taker} is no employee: choose a colleague.", field="username")
    words = text_of(reason, field="reason", limit=1000)
    domain = None if domain_id is None else chosen(Domain, [domain_id], field="domain_id")[0]
    with writing(acting):
        hold_council()
        now = clock.now()
        start = since or now
        if start < now:
            raise InvalidInput("A vote is given from now on, not for the past.", field="since")
        rules = rules_in_force(now)
        wanted = Proxy(giver.pk, taker.pk, start, until, domain_id)
        found = obstacle(
            wanted,
            _standing(now),
            days_max=rules.delegation_days_max,
            proxies_max=rules.proxies_max,
        )
        if found is not None:
            raise _refusal(found, taker, rules)
        delegation = Delegation.objects.create(
            giver=giver, taker=taker, domain=domain, since=start, until=until, reason=words
        )
        record(RecordChanged(change="created"), delegation, acting=acting)
    return delegation


def end_delegation(*, acting: Principal, delegation_id: int) -> Delegation:
    """End a delegation at once: its giver takes it back, or its taker gives it back; the chair
    and administrators may too. Raises Conflict for one that is over."""
    require(acting, Action.PROPOSE)
    with writing(acting):
        hold_council()
        delegation = (
            Delegation.objects.select_related("giver", "taker").filter(pk=delegation_id).first()
        )
        own = delegation is not None and acting.person_id in (
            delegation.giver_id,
            delegation.taker_id,
        )
        if delegation is None or not (own or acting.is_administrator or is_chair(acting)):
            raise NotFound("You have no such delegation.")
        now = clock.now()
        if delegation.ended_at is not None or delegation.until <= now:
            raise Conflict("This delegation is over already.")
        delegation.ended_at = now
        delegation.save(update_fields=["ended_at"])
        record(RecordChanged(fields=("ended_at",)), delegation, acting=acting)
    return delegation


def _standing(now: dt.datetime) -> list[Proxy]:
    """Every delegation in force now or later."""
    rows = Delegation.objects.filter(ended_at__isnull=True, until__gt=now)
    return [Proxy(d.giver_id, d.taker_id, d.since, d.until, d.domain_id) for d in rows]


def _refusal(found: Obstacle, taker: Person, rules: CharterRules) -> InvalidInput | Conflict:
    other = found.other
    until = f"until {exact_day(other.until)}" if other else ""
    holder = Person.objects.get(pk=other.taker) if other else None
    match found.code:
        case "length":
            return InvalidInput(
                f"A delegation ends after it begins and lasts {rules.delegation_days_max} days at "
                "most: choose an earlier end.",
                field="until",
            )
        case "self":
            return InvalidInput("Choose somebody else: this is yourself.", field="username")
        case "twice":
            return Conflict(f"You gave this to {holder} {until}: end that first.", field="username")
        case "circle":
            return Conflict(
                f"You act for {taker} {until}: two people cannot stand in for each other.",
                field="username",
            )
        case "taker_gave":
            return Conflict(
                f"{taker} gave their own vote to {holder} {until}, and a delegation is not passed "
                "on: choose somebody else.",
                field="username",
            )
        case "giver_holds":
            return Conflict(
                f"You act for somebody else {until}, and a delegation is not passed on: give that "
                "back first.",
                field="username",
            )
        case _:
            return Conflict(
                f"{taker} would act for more than {rules.proxies_max} people: choose somebody "
                "else.",
                field="username",
            )
