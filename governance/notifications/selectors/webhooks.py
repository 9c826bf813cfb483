"""Webhooks and their deliveries, for administrators."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from catalog.access import Action, require
from catalog.errors import NotFound
from catalog.types import Principal
from governance.models import Webhook, WebhookDelivery


def webhooks(principal: Principal) -> QuerySet[Webhook]:
    """All webhooks, annotated `waiting` and `failed`; raises AccessRefused for who does not
    administer."""
    require(principal, Action.ADMINISTER)
    return (
        Webhook.objects.select_related("owner")
        .annotate(
            waiting=Count("deliveries", filter=Q(deliveries__next_attempt_at__isnull=False)),
            failed=Count("deliveries", filter=Q(deliveries__failed_at__isnull=False)),
        )
        .order_by("pk")
    )


def get_webhook(principal: Principal, webhook_id: int) -> Webhook:
    """One webhook, annotated as in the list; raises NotFound."""
    found = webhooks(principal).filter(pk=webhook_id).first()
    if found is None:
        raise NotFound("There is no such webhook.")
    return found


def deliveries(principal: Principal, webhook_id: int) -> QuerySet[WebhookDelivery]:
    """A webhook's deliveries with their events, newest first; raises NotFound."""
    found = get_webhook(principal, webhook_id)
    return found.deliveries.select_related("event").order_by("-position")
