"""Legal holds: placed with a reason, lifted by somebody, never forgotten."""

from __future__ import annotations

import datetime as dt

from catalog.access import AccessRefused, Action, Verdict, require
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Dataset, Person
from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.audit.selectors.records import dataset_of, is_auditor
from governance.models import AuditHold


def place_hold(
    *,
    acting: Principal,
    reason: str,
    person: str = "",
    dataset: str = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> AuditHold:
    """Keep months with such rows beyond their retention. Raises InvalidInput, AccessRefused."""
    _require_auditor(acting)
    words = reason.strip()
    if not words:
        raise InvalidInput("Say why the rows are held.", field="reason")
    if since and until and until <= since:
        raise InvalidInput("A hold ends after it begins.", field="until")
    held = None
    if person:
        held = Person.objects.filter(username=person).first()
        if held is None:
            raise InvalidInput(f"There is nobody called {person[:150]!r}.", field="person")
    about = Dataset.objects.filter(pk=dataset_of(dataset)).first() if dataset else None
    if dataset and about is None:
        raise InvalidInput(f"There is no dataset {dataset[:200]!r}.", field="dataset")
    with writing(acting, reason=words):
        return AuditHold.objects.create(
            reason=words,
            person=held,
            dataset=about,
            dataset_name=about.name if about else "",
            since=since,
            until=until,
            placed_by_id=acting.person_id,
            placed_at=clock.now(),
        )


def lift_hold(*, acting: Principal, hold_id: int) -> AuditHold:
    """End a hold. Raises NotFound, Conflict where it is lifted already, AccessRefused."""
    _require_auditor(acting)
    with writing(acting, reason="The hold is lifted."):
        hold = AuditHold.objects.select_for_update().filter(pk=hold_id).first()
        if hold is None:
            raise NotFound("There is no such hold.")
        if hold.lifted_at is not None:
            raise Conflict("This hold is lifted already.")
        hold.lifted_at = clock.now()
        hold.lifted_by_id = acting.person_id
        hold.save(update_fields=["lifted_at", "lifted_by"])
    return hold


def _require_auditor(acting: Principal) -> None:
    require(acting, Action.PROPOSE)
    if not is_auditor(acting):
        raise AccessRefused(
            Verdict(
                False,
                "not_auditor",
                "Only administrators and the seats of security and audit hold the log.",
                "an administrator",
            )
        )
