"""The event log and its consumers; the search index. They name everything, hidden or not, so they
are for administrators, as on the service's own pages."""

from __future__ import annotations

from functools import partial

from django.contrib.admin import action, register
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.access import Action
from catalog.admin.base import ReadOnlyAdmin, acting_in
from catalog.admin.site import site
from catalog.models import (
    ConsumerOffset,
    Event,
    ParkedEvent,
    RefusedDocument,
    SearchGeneration,
)
from catalog.services.consumers import retry_parked
from catalog.services.search import retry_refused


class OperationsAdmin(ReadOnlyAdmin):
    """What only administrators read."""

    view_action = Action.ADMINISTER


@register(Event, site=site)
class EventAdmin(OperationsAdmin):
    """What happened, newest first."""

    list_display = ["id", "type", "subject_type", "subject_name", "actor_name", "created_at"]
    list_filter = ["type", "subject_type"]
    search_fields = ["subject_name"]
    ordering = ["-id"]


@register(ConsumerOffset, site=site)
class ConsumerOffsetAdmin(OperationsAdmin):
    """How far each consumer has come."""

    list_display = ["consumer", "event_id", "attempts", "last_error", "retry_at", "updated_at"]


@register(ParkedEvent, site=site)
class ParkedEventAdmin(OperationsAdmin):
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


@register(SearchGeneration, site=site)
class SearchGenerationAdmin(OperationsAdmin):
    """Builds of the search index in Elasticsearch."""

    list_display = ["name", "state", "documents", "error", "started_at", "ended_at"]
    ordering = ["-id"]


@register(RefusedDocument, site=site)
class RefusedDocumentAdmin(OperationsAdmin):
    """Documents that the search index will not take as they are."""

    list_display = ["kind", "object_id", "error", "attempts", "refused_at"]
    actions = ["try_again"]

    @action(description="Try again")
    def try_again(self, request: HttpRequest, queryset: QuerySet[RefusedDocument]) -> None:
        """One by one; each failure is told."""
        for refused in queryset:
            self.each(
                request,
                refused,
                partial(retry_refused, acting=acting_in(request), refused_id=refused.pk),
            )
