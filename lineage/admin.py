"""Run events in the administration: how far they are projected, and what could not be."""

from __future__ import annotations

from functools import partial

from django.contrib.admin import action, display, register
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.access import Action
from catalog.admin.base import ReadOnlyAdmin, acting_in
from catalog.admin.site import site
from lineage.models import ParkedRunEvent, RunEventOffset
from lineage.services.run_events.feeding import retry_parked_run_event


@register(RunEventOffset, site=site)
class RunEventOffsetAdmin(ReadOnlyAdmin):
    """How far received events are projected."""

    view_action = Action.ADMINISTER
    list_display = ["name", "event_id", "attempts", "last_error", "retry_at", "updated_at"]


@register(ParkedRunEvent, site=site)
class ParkedRunEventAdmin(ReadOnlyAdmin):
    """Events that could not be projected. A body names whatever its job touched, also what is
    hidden from those who look after the catalog."""

    view_action = Action.ADMINISTER
    list_display = ["event_id", "error", "attempts", "parked_at", "resolved_at"]
    exclude = ["body"]
    readonly_fields = ["event"]
    actions = ["try_again"]

    @display(description="Event as it came")
    def event(self, parked: ParkedRunEvent) -> str:
        """The body, readable."""
        return bytes(parked.body).decode("utf-8", "replace")[:100_000]

    @action(description="Try again")
    def try_again(self, request: HttpRequest, queryset: QuerySet[ParkedRunEvent]) -> None:
        """One by one; each failure is told."""
        for parked in queryset:
            self.each(
                request,
                parked,
                partial(retry_parked_run_event, acting=acting_in(request), parked_id=parked.pk),
            )
