"""The event log and its consumers."""

from __future__ import annotations

from functools import partial

from django.contrib.admin import action, register
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.base import ReadOnlyAdmin, acting_in
from catalog.admin.site import site
from catalog.models import ConsumerOffset, Event, ParkedEvent
from catalog.services.consumers import retry_parked


@register(Event, site=site)
class EventAdmin(ReadOnlyAdmin):
    """What happened, newest first."""

    list_display = ["id", "type", "subject_type", "subject_name", "actor_name", "created_at"]
    list_filter = ["type", "subject_type"]
    search_fields = ["subject_name"]
    ordering = ["-id"]


@register(ConsumerOffset, site=site)
class ConsumerOffsetAdmin(ReadOnlyAdmin):
    """How far each consumer has come."""

    list_display = ["consumer", "event_id", "attempts", "last_error", "retry_at", "updated_at"]


@register(ParkedEvent, site=site)
class ParkedEventAdmin(ReadOnlyAdmin):
    """Events that a consumer could not digest."""

    list_display = ["consumer", "event", "error", "attempts", "parked_at", "resolved_at"]
    list_select_related = ["event"]
    actions = ["try_again"]

    @action(description="Try again")
    def try_again(self, request: HttpRequest, queryset: QuerySet[ParkedEvent]) -> None:
        """One by one; each failure is told."""
        for parked in queryset:
            self.each(
                request,
                parked,
                partial(retry_parked, acting=acting_in(request), parked_id=parked.pk),
            )
