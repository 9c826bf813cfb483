"""Connections: listed with their last and next import, made, changed, switched, deleted."""

from __future__ import annotations

from typing import Any, BinaryIO

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import Action, gate, require
from catalog.errors import CatalogError, NotFound
from catalog.models import Connection
from catalog.registries.connectors import Connector, connectors
from catalog.selectors import ingestion as selector
from catalog.services.connections import change_connection, create_connection, delete_connection
from catalog.services.ingestion_runs import request_run
from catalog.types import Principal
from catalog.web.downloads import csv_response
from catalog.web.ingestion.forms import ConnectionForm, files_field
from catalog.web.ingestion.wording import run_sentence
from catalog.web.middleware import principal_from
from catalog.web.paging import exported, page_of
from catalog.web.presentation.shapes import Link

RUNS_SHOWN = 10


@require_GET
def connections(request: HttpRequest) -> HttpResponse:
    """`/ingestion/`"""
    principal = principal_from(request)
    page = page_of(request, selector.visible_connections(principal))
    context = {
        "page": page,
        "overviews": selector.connection_overviews(principal, page.object_list),
        "recent": list(selector.visible_runs(principal)[:RUNS_SHOWN]),
        "may_import": gate().authorize(principal, Action.INGEST).allowed,
        "may_add": gate().authorize(principal, Action.ADMINISTER).allowed,
    }
    return render(request, "catalog/ingestion/connections.html", context)


@require_GET
def connections_csv(request: HttpRequest) -> HttpResponse:
    """`/ingestion/connections.csv`"""
    principal = principal_from(request)
    rows = selector.connection_overviews(
        principal, exported(selector.visible_connections(principal))
    )
    header = ("connection", "connector", "enabled", "every_minutes", "next_import", "last_import")
    return csv_response(
        "connections.csv",
        header,
        [
            (
                row.connection.name,
                row.connection.connector,
                row.connection.is_enabled,
                row.connection.interval_minutes,
                row.connection.next_run_at,
                run_sentence(row.last_run) if row.last_run else "",
            )
            for row in rows
        ],
    )


@require_GET
def choose(request: HttpRequest) -> HttpResponse:
    """`/ingestion/new/`: which kind of source."""
    principal = principal_from(request)
    require(principal, Action.ADMINISTER)
    context = {
        "connectors": selector.known_connectors(principal),
        "breadcrumb": (Link("Ingestion", reverse("catalog:ingestion")), Link("Connect a source")),
    }
    return render(request, "catalog/ingestion/choose.html", context)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, connector: str) -> HttpResponse:
    """`/ingestion/new/<connector>/`: its form; saving looks first what an import would change."""
    principal = principal_from(request)
    require(principal, Action.ADMINISTER)
    chosen = _connector(connector)
    form = ConnectionForm(request.POST or None, request.FILES or None, connector=chosen)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_connection(acting=principal, connector=chosen.name, **form.values())
        except CatalogError as error:
            form.explain(error)
        else:
            if "only" in request.POST:
                messages.success(request, f"{made.name} is saved; nothing was imported yet.")
                return redirect("catalog:connection", made.pk)
            return _start(request, principal, made, form.cleaned_data.get("files") or [], True)
    context = {
        "form": form,
        "connector": chosen,
        "breadcrumb": (
            Link("Ingestion", reverse("catalog:ingestion")),
            Link("Connect a source", reverse("catalog:choose_connector")),
            Link(chosen.label),
        ),
    }
    status = 400 if form.errors else 200
    return render(request, "catalog/ingestion/new.html", context, status=status)


@require_GET
def connection(request: HttpRequest, connection_id: int) -> HttpResponse:
    """`/ingestion/<id>/`"""
    return _connection_page(
        request, selector.get_connection(principal_from(request), connection_id)
    )


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, connection_id: int) -> HttpResponse:
    """`/ingestion/<id>/edit/`"""
    principal = principal_from(request)
    require(principal, Action.ADMINISTER)
    found = selector.get_connection(principal, connection_id)
    chosen = _connector(found.connector)
    form = ConnectionForm(request.POST or None, connector=chosen, connection=found)
    if request.method == "POST" and form.is_valid():
        try:
            change_connection(acting=principal, connection_id=found.pk, changes=form.values())
        except CatalogError as error:
            form.explain(error)
        else:
            messages.success(request, "The connection is changed; the next import uses it.")
            return redirect("catalog:connection", found.pk)
    context = {
        "form": form,
        "connector": chosen,
        "connection": found,
        "breadcrumb": _steps(found, "Edit"),
    }
    status = 400 if form.errors else 200
    return render(request, "catalog/ingestion/edit.html", context, status=status)


@require_POST
def switch(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Switch a connection on (`on`) or off."""
    is_on = "on" in request.POST
    changed = change_connection(
        acting=principal_from(request),
        connection_id=connection_id,
        changes={"is_enabled": is_on},
    )
    words = "on: it imports again" if is_on else "off: nothing is imported until it is on again"
    messages.success(request, f"{changed.name} is {words}.")
    return redirect("catalog:connection", connection_id)


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, connection_id: int) -> HttpResponse:
    """`/ingestion/<id>/delete/`: the consequence in numbers, then gone."""
    principal = principal_from(request)
    require(principal, Action.ADMINISTER)
    found = selector.get_connection(principal, connection_id)
    refusal = ""
    if request.method == "POST":
        try:
            delete_connection(acting=principal, connection_id=connection_id)
        except CatalogError as error:
            refusal = error.message
        else:
            messages.success(request, f"{found.name} is deleted; its datasets stay.")
            return redirect("catalog:ingestion")
    context = {
        "connection": found,
        "consequences": selector.deletion_consequences(principal, found),
        "refusal": refusal,
        "breadcrumb": _steps(found, "Delete"),
    }
    status = 409 if refusal else 200
    return render(request, "catalog/ingestion/delete.html", context, status=status)


@require_POST
def start(request: HttpRequest, connection_id: int) -> HttpResponse:
    """Start an import now, or a dry run (`look`), with the files given."""
    principal = principal_from(request)
    found = selector.get_connection(principal, connection_id)
    return _start(request, principal, found, request.FILES.getlist("files"), "look" in request.POST)


def _start(
    request: HttpRequest,
    principal: Principal,
    connection: Connection,
    files: list[UploadedFile],
    dry_run: bool,
) -> HttpResponse:
    uploads: dict[str, BinaryIO] = {}
    try:
        for file in files:
            name = file.name or "file"
            if name in uploads:
                raise CatalogError(f"Two of the files are named {name[:80]}: rename one.")
            uploads[name] = file.open("rb")  # type: ignore[assignment]
        run = request_run(
            acting=principal, connection_id=connection.pk, dry_run=dry_run, uploads=uploads
        )
    except NotFound:
        raise
    except CatalogError as error:
        return _connection_page(request, connection, error)
    return redirect("catalog:run", run.pk)


def _connection_page(
    request: HttpRequest, connection: Connection, refusal: CatalogError | None = None
) -> HttpResponse:
    principal = principal_from(request)
    connector: Any = connectors.get(connection.connector) if _is_known(connection) else None
    context = {
        "connection": connection,
        "connector": connector,
        "settings": _shown_settings(connection, connector),
        "takes": files_field(connector, required=False).help_text
        if connector and connector.accepts
        else "",
        "page": page_of(request, selector.visible_runs(principal, connection_id=connection.pk)),
        "refusal": refusal.message if refusal else "",
        "may_edit": gate().authorize(principal, Action.ADMINISTER).allowed,
        "breadcrumb": (Link("Ingestion", reverse("catalog:ingestion")), Link(connection.name)),
    }
    status = refusal.status if refusal else 200
    return render(request, "catalog/ingestion/connection.html", context, status=status)


def _shown_settings(connection: Connection, connector: Connector | None) -> list[tuple[str, str]]:
    """What was set, by the words of the form."""
    titles = {}
    if connector is not None:
        properties = connector.settings.model_json_schema().get("properties", {})
        titles = {key: stated.get("title", key) for key, stated in properties.items()}
    shown = []
    for key, value in connection.settings.items():
        if isinstance(value, list):
            value = ", ".join(str(item) for item in value)
        elif isinstance(value, bool):
            value = "Yes" if value else "No"
        if value not in ("", None):
            shown.append((titles.get(key, key), str(value)))
    return shown


def _is_known(connection: Connection) -> bool:
    return connection.connector in connectors


def _connector(name: str) -> Connector:
    if name not in connectors:
        raise NotFound("There is no such kind of source.")
    return connectors.get(name)


def _steps(connection: Connection, last: str) -> tuple[Link, ...]:
    return (
        Link("Ingestion", reverse("catalog:ingestion")),
        Link(connection.name, reverse("catalog:connection", args=[connection.pk])),
        Link(last),
    )
