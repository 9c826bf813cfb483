"""Committees and the register of flows (R-098)."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from catalog.access import Action, gate
from catalog.errors import NotFound
from catalog.types import Principal
from governance.models import Committee, Flow


def committees(principal: Principal) -> QuerySet[Committee]:
    """Committees by name, with `seat_count` of their open seats."""
    rows = Committee.objects.annotate(
        seat_count=Count("seats", filter=Q(seats__closed_at__isnull=True))
    ).order_by("name")
    return gate().scope(principal, Action.SEE, rows)


def committee(principal: Principal, slug: str) -> Committee:
    """One committee; raises NotFound."""
    found = committees(principal).filter(slug=slug).first()
    if found is None:
        raise NotFound("There is no such committee.")
    return found


def committees_for(principal: Principal, kind: str) -> QuerySet[Committee]:
    """The committees to which a proposal of this kind of agreement can be routed."""
    return committees(principal).filter(kinds__contains=[kind])


def get_flow(principal: Principal, flow_id: int) -> Flow:
    """One flow; raises NotFound."""
    found = flows(principal).filter(pk=flow_id).first()
    if found is None:
        raise NotFound("There is no such flow.")
    return found


def flows(principal: Principal, *, system_id: int | None = None, query: str = "") -> QuerySet[Flow]:
    """The register of flows, by source, target and what flows.

    `system_id` keeps those that touch a system, `query` those whose entity, method or note holds
    the words.
    """
    rows = Flow.objects.select_related("source", "target", "owner", "owner_team").order_by(
        "source__qualified_name", "target__qualified_name", "entity", "pk"
    )
    if system_id is not None:
        rows = rows.filter(Q(source=system_id) | Q(target=system_id))
    if query:
        rows = rows.filter(
            Q(entity__icontains=query) | Q(method__icontains=query) | Q(note__icontains=query)
        )
    return gate().scope(principal, Action.SEE, rows)
