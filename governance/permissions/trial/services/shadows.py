"""Shadows of a proposal: begun by who may try it, ended on a day, counted meanwhile."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from django.db import connection
from django.db.models import F
from django.utils import timezone

from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.services.transaction import writing
from catalog.types import Principal
from governance.permissions.engine import Index
from governance.permissions.trial.models import OptOutShadow
from governance.permissions.trial.selectors.drafting import draft_of
from governance.permissions.trial.selectors.standing import proposal_to_try
from governance.permissions.trial.selectors.trial import changes_opt_outs
from governance.permissions.trial.shadowing import Active, Key
from governance.proposals.models import Proposal, Revision
from governance.proposals.rules.transitions import OPEN

LONGEST = dt.timedelta(days=31)
MOST_AT_ONCE = 5

_ADD = """
INSERT INTO governance_optoutshadowcount
    (shadow_id, day, gateway, person_id, dataset_id, purpose, change, count)
SELECT %s, %s, %s, person.id, dataset.id, %s, %s, %s
FROM catalog_person AS person, catalog_dataset AS dataset
WHERE person.id = %s AND dataset.id = %s
ON CONFLICT (shadow_id, day, gateway, person_id, dataset_id, purpose, change)
DO UPDATE SET count = governance_optoutshadowcount.count + excluded.count
"""


def start_shadow(*, acting: Principal, key: str, until: dt.date) -> OptOutShadow:
    """Let the draft of a proposal stand beside live answers until the end of a day.

    Whoever may try the proposal may. Raises InvalidInput for a day that is over or too far,
    Conflict where one runs already or too many do.
    """
    proposal = proposal_to_try(acting, key)
    revision = proposal.current
    if revision is None or not changes_opt_outs(proposal):
        raise InvalidInput(f"{proposal.key} changes no opt-out.", field="key")
    if proposal.state not in OPEN:
        raise Conflict("It is decided: what holds is no longer tried.")
    now = timezone.now()
    ends = dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), dt.UTC)
    if not now < ends <= now + LONGEST + dt.timedelta(days=1):
        raise InvalidInput(
            f"A shadow ends today or later, and within {LONGEST.days} days.", field="until"
        )
    with writing(acting):
        Proposal.objects.select_for_update().get(pk=proposal.pk)
        running = OptOutShadow.objects.select_for_update().filter(ended_at__isnull=True)
        running.filter(ends_at__lte=now).update(ended_at=F("ends_at"))
        if running.filter(proposal=proposal).exists():
            raise Conflict("A shadow of it runs already: end it first.")
        if running.count() >= MOST_AT_ONCE:
            raise Conflict(f"{MOST_AT_ONCE} shadows run already: wait until one has ended.")
        return OptOutShadow.objects.create(
            proposal=proposal,
            revision=revision,
            started_by_id=acting.person_id,
            started_at=now,
            ends_at=ends,
        )


def end_shadow(*, acting: Principal, key: str) -> OptOutShadow:
    """End the shadow of a proposal now; what it counted stays. Raises NotFound where none runs."""
    proposal = proposal_to_try(acting, key)
    with writing(acting):
        row = (
            OptOutShadow.objects.select_for_update()
            .filter(proposal=proposal, ended_at__isnull=True)
            .first()
        )
        if row is None:
            raise NotFound("No shadow of it runs.")
        row.ended_at = timezone.now()
        row.save(update_fields=["ended_at"])
    return row


# --- for the processes that answer -----------------------------------------------------------


def active_shadows() -> Sequence[Active]:
    """The shadows that run now; those of proposals that were decided do not."""
    rows = OptOutShadow.objects.filter(
        ended_at__isnull=True, ends_at__gt=timezone.now(), proposal__state__in=list(OPEN)
    ).order_by("pk")
    return [
        Active(pk, revision, ends.timestamp())
        for pk, revision, ends in rows.values_list("pk", "revision_id", "ends_at")[:MOST_AT_ONCE]
    ]


def draft_on_now(revision_id: int) -> tuple[Index, Index]:
    """What holds, and what would hold if a revision's opt-outs had always held."""
    draft = draft_of(Revision.objects.get(pk=revision_id))
    return draft.base, draft.always


def store_counts(shadow: int, found: Counter[Key], seen: int, dropped: int) -> None:
    """Add up what was counted beside answers."""
    OptOutShadow.objects.filter(pk=shadow).update(
        seen=F("seen") + seen, dropped=F("dropped") + dropped
    )
    with connection.cursor() as cursor:
        for (day, gateway, person, dataset, purpose, change), count in found.items():
            cursor.execute(
                _ADD,
                [shadow, day, gateway, purpose, change.value, count, person, dataset],
            )
