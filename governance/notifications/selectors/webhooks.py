"""Webhooks and their deliveries, for administrators."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from catalog.access import Action, gate
from catalog.types import Principal
from governance.models import Webhook, WebhookDelivery


def webhooks(principal: Principal) -> QuerySet[Webhook]:
    """All webhooks, annotated `waiting` and `failed`; none for who does not administer."""
    if not gate().authorize(principal, Action.ADMINISTER).allowed:
        return Webhook.objects.none()
    return Webhook.objects.select_related("owner").annotate(
        waiting=Count("deliveries", filter=Q(deliveries__next_attempt_at__isnull=False)),
        failed=Count("deliveries", filter=Q(deliveries__failed_at__isnull=False)),
    )


def deliveries(principal: Principal, webhook_id: int) -> QuerySet[WebhookDelivery]:
    """A webhook's deliveries, newest first."""
    return WebhookDelivery.objects.filter(
        webhook__in=webhooks(principal).filter(pk=webhook_id).values("pk")
    ).order_by("-position")
