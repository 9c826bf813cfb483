"""Connections and their runs."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib.admin import action, register
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from catalog.access import Action
from catalog.admin.base import ReadOnlyAdmin, ServiceAdmin, acting_in
from catalog.admin.site import site
from catalog.models import Connection, IngestionProblem, IngestionRun
from catalog.services.connections import (
    change_connection,
    create_connection,
    delete_connection,
)
from catalog.services.ingestion_runs import request_run


@register(Connection, site=site)
class ConnectionAdmin(ServiceAdmin):
    """Sources; their pages in the product have typed forms, here the settings are JSON."""

    view_action = Action.INGEST
    change_action = Action.INGEST
    list_display = ["name", "connector", "is_enabled", "interval_minutes", "next_run_at"]
    list_filter = ["connector", "is_enabled"]
    search_fields = ["name"]
    fields = ["name", "connector", "settings", "secret_name", "interval_minutes", "is_enabled"]
    actions = ["run_now"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A connection keeps its connector."""
        return ["connector"] if obj else []

    def store(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Settings are checked by the connector's own model."""
        acting, given = acting_in(request), form.cleaned_data
        if change:
            change_connection(
                acting=acting,
                connection_id=obj.pk,
                changes={name: given[name] for name in form.changed_data},
            )
        else:
            obj.pk = create_connection(acting=acting, **given).pk

    def erase(self, request: HttpRequest, obj: Any) -> None:
        """Refused while an import runs."""
        delete_connection(acting=acting_in(request), connection_id=obj.pk)

    @action(description="Import now")
    def run_now(self, request: HttpRequest, queryset: QuerySet[Connection]) -> None:
        """Ask for an import of each; a refusal is told."""
        for connection in queryset:
            self.each(
                request,
                connection,
                partial(request_run, acting=acting_in(request), connection_id=connection.pk),
            )


@register(IngestionRun, site=site)
class IngestionRunAdmin(ReadOnlyAdmin):
    """What each run did."""

    view_action = Action.INGEST
    list_display = [
        "connection", "state", "is_dry_run", "created", "updated", "unchanged", "disappeared",
        "refused", "started_at", "finished_at",
    ]  # fmt: skip
    list_filter = ["state", "is_dry_run", "connection"]
    list_select_related = ["connection"]


@register(IngestionProblem, site=site)
class IngestionProblemAdmin(ReadOnlyAdmin):
    """What a run could not use."""

    view_action = Action.INGEST
    list_display = ["run", "severity", "location", "message"]
    list_filter = ["severity"]
    list_select_related = ["run"]
