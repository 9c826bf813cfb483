"""What follows from what processes say they run: since when a policy is everywhere, and who is
told that one lags."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from django.conf import settings
from django.db.models import Min
from django.urls import reverse

from catalog.models import Person
from catalog.services.transaction import writing
from catalog.types import Principal
from governance.models import AgreementVersion, EffectiveEpoch, EnforcementPoint, PolicyEpoch
from governance.notifications.kinds import LAGGING
from governance.notifications.services.messages import Message, write_messages
from governance.permissions.selectors.enforcement import (
    ASKING,
    EXPIRED,
    FORGOTTEN,
    RULES,
    PointState,
    living,
    state_of,
)
from governance.permissions.selectors.exceptions import holders_of
from governance.permissions.selectors.rules import KIND, rules_in_force

SYSTEM = Principal.system("governance")


def note_effective(at: dt.datetime) -> int | None:
    """Note the newest epoch that every process has by now, once; returns it where it is new."""
    since = at - dt.timedelta(seconds=settings.GATEWAY_OPEN_SECONDS)
    deciding = (
        EnforcementPoint.objects.filter(reported_at__gt=since, gateway__revoked_at__isnull=True)
        .exclude(door__in=ASKING)
        .exclude(door=RULES, reported_at__lt=at - EXPIRED)
    )
    least = deciding.aggregate(least=Min("epoch"))["least"]
    if not least or EffectiveEpoch.objects.filter(epoch__gte=least).exists():
        return None
    EffectiveEpoch.objects.get_or_create(
        epoch=least, defaults={"at": at, "points": deciding.count()}
    )
    return int(least)


def tell_of_lagging(at: dt.datetime) -> int:
    """Tell owners of the opt-outs that a process does not have yet, and administrators, once for
    each process and epoch; returns how many messages are new."""
    newest = PolicyEpoch.objects.first()
    if newest is None:
        return 0
    late = [row for row in living(at) if state_of(row, newest, at) is PointState.LAGGING]
    with writing(SYSTEM, reason="A process lags behind the opt-outs in force"):
        count = write_messages(_messages(late, newest, at))
        EnforcementPoint.objects.filter(pk__in=[row.pk for row in late], told_at=None).update(
            told_at=at
        )
        EnforcementPoint.objects.filter(reported_at__lt=at - FORGOTTEN).delete()
    return count


def _messages(
    late: Sequence[EnforcementPoint], newest: PolicyEpoch, at: dt.datetime
) -> Iterator[Message]:
    if not late:
        return
    owners = {rule.key: rule.owner for rule in rules_in_force(at)}
    versions = AgreementVersion.objects.filter(
        agreement__kind=KIND, valid_to__isnull=True, epoch__gt=min(row.epoch for row in late)
    ).values_list("epoch", "agreement__key")
    adopted = [(epoch, owners.get(key, "")) for epoch, key in versions]
    holders = holders_of({owner for _, owner in adopted}, at)
    administrators = set(
        Person.objects.filter(is_superuser=True, is_active=True).values_list("pk", flat=True)
    )
    for row in late:
        people = set(administrators)
        for owner in {owner for epoch, owner in adopted if epoch > row.epoch}:
            people.update(holders[owner])
        minutes = max(int((at - row.reported_at).total_seconds() // 60), 0)
        for person in sorted(people):
            yield Message(
                person_id=person,
                kind=LAGGING,
                title=f"{row.gateway.name} still decides by an older policy",
                body=f"One of its processes has epoch {row.epoch}; {newest.number} is in force."
                f" It last asked {minutes} min ago.",
                url=reverse("governance:enforcement"),
                dedupe=f"lagging:{row.pk}:{newest.number}",
                subject_type="gateway",
                subject_key=row.gateway.name,
            )
