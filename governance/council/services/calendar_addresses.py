"""A person's secret address for calendar programs: made, replaced, ended."""

from __future__ import annotations

import secrets

from django.db.models import QuerySet

from catalog.access import Action, require
from catalog.errors import NotFound
from catalog.events import RecordChanged
from catalog.models.credentials import digest_of
from catalog.services.actors import person_of
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.models import CalendarAddress


def make_calendar_address(*, acting: Principal) -> str:
    """The secret of a new address, which cannot be read again; the one before ends."""
    require(acting, Action.KEEP)
    secret = secrets.token_urlsafe(32)
    with writing(acting):
        now = clock.now()
        _in_use(acting).update(revoked_at=now)
        address = CalendarAddress.objects.create(
            person=person_of(acting), digest=digest_of(secret), created_at=now
        )
        record(RecordChanged(change="created"), address, acting=acting)
    return secret


def end_calendar_address(*, acting: Principal) -> None:
    """End one's own address at once; raises NotFound without one."""
    require(acting, Action.KEEP)
    with writing(acting):
        address = _in_use(acting).select_for_update().first()
        if address is None:
            raise NotFound("You have no calendar address.")
        address.revoked_at = clock.now()
        address.save(update_fields=["revoked_at"])
        record(RecordChanged(fields=("revoked_at",)), address, acting=acting)


def _in_use(acting: Principal) -> QuerySet[CalendarAddress]:
    return CalendarAddress.objects.filter(person=acting.person_id, revoked_at__isnull=True)
