"""The register as a person reads it."""

from __future__ import annotations

from django.db.models import F, QuerySet

from catalog.access import Action, gate
from catalog.errors import NotFound
from catalog.types import Principal
from governance.models import Conflict
from governance.types import ConflictState


def conflicts(principal: Principal, *, state: str = "", kind: str = "") -> QuerySet[Conflict]:
    """Conflicts that may be seen, the open and newest first."""
    found = gate().scope(principal, Action.SEE, Conflict.objects.select_related("owner"))
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    return found.order_by(F("settled_at").desc(nulls_first=True), "-found_at", "pk")


def get_conflict(principal: Principal, conflict_id: int) -> Conflict:
    """One conflict; raises NotFound."""
    found = (
        conflicts(principal)
        .select_related("resolved_by")
        .prefetch_related("agreements", "proposals")
        .filter(pk=conflict_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such conflict.")
    return found


def open_conflicts_of(principal: Principal, proposal_id: int) -> QuerySet[Conflict]:
    """Open conflicts that a proposal is a party of, or an agreement it changes."""
    return conflicts(principal, state=ConflictState.OPEN).filter(proposals=proposal_id)
