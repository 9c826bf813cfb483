"""Who is told of opt-outs and exceptions: at once when glass is broken, ahead of every end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from catalog.models import TeamMembership
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.addresses import agreement_address
from governance.models import OptOutException
from governance.notifications.kinds import ENDING
from governance.notifications.services.messages import Message, write_messages
from governance.permissions.selectors.exceptions import owner_ids
from governance.permissions.selectors.rules import rules_in_force
from governance.permissions.types import ExceptionState

AHEAD_DAYS = (1, 7, 30)
SYSTEM = Principal.system("governance")


def tell_of_ends(*, now: dt.datetime | None = None) -> int:
    """Tell owners and those excepted what ends within 30, 7 and 1 days, once for each; returns how
    many messages are new. What lasts no longer than such a time is not told of that early."""
    at = now or clock.now()
    with writing(SYSTEM, reason="What ends soon"):
        return write_messages([*_exceptions(at), *_opt_outs(at)])


def _exceptions(at: dt.datetime) -> Iterator[Message]:
    ending = OptOutException.objects.filter(
        state=ExceptionState.APPROVED,
        ends_at__gt=at,
        ends_at__lte=at + dt.timedelta(days=max(AHEAD_DAYS)),
    ).select_related("agreement")
    owners = {rule.key: rule.owner for rule in rules_in_force(at)}
    for row in ending:
        days = _ahead(row.begins_at, row.ends_at, at)
        if days is None:
            continue
        people = set(owner_ids(owners.get(row.agreement.key, ""), at))
        if row.person_id is not None:
            people.add(row.person_id)
        team = TeamMembership.objects.filter(team=row.team_id)
        people.update(team.values_list("person_id", flat=True))
        for person in sorted(people):
            yield Message(
                person_id=person,
                kind=ENDING,
                title=f"An exception from {row.agreement.title} ends on {row.ends_at:%d %B %Y}",
                url=agreement_address(row.agreement.key),
                dedupe=f"exception:{row.pk}:{days}",
                subject_type="agreement",
                subject_key=row.agreement.key,
            )


def _opt_outs(at: dt.datetime) -> Iterator[Message]:
    for rule in rules_in_force(at):
        if rule.when.ends is None or rule.until is None:
            continue
        begins = dt.datetime.fromtimestamp(rule.when.begins, dt.UTC)
        days = _ahead(begins, dt.datetime.fromtimestamp(rule.when.ends, dt.UTC), at)
        for person in owner_ids(rule.owner, at) if days is not None else ():
            yield Message(
                person_id=person,
                kind=ENDING,
                title=f"{rule.number} ends on {rule.until:%d %B %Y}: {rule.title}",
                url=agreement_address(rule.key),
                dedupe=f"{rule.key}:{rule.until.isoformat()}:{days}",
                subject_type="agreement",
                subject_key=rule.key,
            )


def _ahead(begins: dt.datetime, ends: dt.datetime, at: dt.datetime) -> int | None:
    """The shortest of the times ahead that is due, None where none is."""
    left = ends - at
    return next(
        (
            days
            for days in AHEAD_DAYS
            if dt.timedelta() < left <= dt.timedelta(days=days) < ends - begins
        ),
        None,
    )
