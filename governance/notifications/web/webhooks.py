"""Webhooks for administrators: made, rotated, paused, replayed, and every delivery seen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import Action, require
from catalog.errors import CatalogError, InvalidInput, NotFound
from catalog.events import EVENT_TYPES as CATALOG_EVENTS
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from governance.events import EVENT_TYPES
from governance.notifications.selectors import webhooks as selected
from governance.notifications.services import webhooks as services


class WebhookForm(forms.Form):
    name = forms.CharField(label="What listens", max_length=200)
    url = forms.CharField(label="Address", max_length=1000, help_text="It starts with https://.")
    event_types = forms.MultipleChoiceField(
        label="Events",
        required=False,
        choices=[(event.name, event.name) for event in (*EVENT_TYPES, *CATALOG_EVENTS)],
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen means all of them.",
    )


@never_cache
@require_http_methods(["GET", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    """`/administration/webhooks/`: a new one's secret is shown here once."""
    principal = principal_from(request)
    require(principal, Action.ADMINISTER)
    form = WebhookForm(request.POST or None)
    made = None
    if request.method == "POST" and form.is_valid():
        try:
            made = services.add_webhook(acting=principal, **form.cleaned_data)
        except InvalidInput as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            form = WebhookForm()
    context = {
        "form": form,
        "made": made,
        "secret": services.secret_of(made) if made else "",
        "page": page_of(request, selected.webhooks(principal)),
    }
    status = 400 if form.errors else 200
    return render(request, "governance/notifications/webhooks.html", context, status=status)


@require_GET
def webhook(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """`/administration/webhooks/<id>/`: its deliveries."""
    principal = principal_from(request)
    found = selected.webhooks(principal).filter(pk=webhook_id).first()
    if found is None:
        raise NotFound("There is no such webhook.")
    rows = selected.deliveries(principal, webhook_id)
    context = {"webhook": found, "page": page_of(request, rows)}
    return render(request, "governance/notifications/webhook.html", context)


@never_cache
@require_POST
def change(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Rotate, pause, resume, replay or remove, as `what` says."""
    acting: dict[str, Any] = {"acting": principal_from(request), "webhook_id": webhook_id}
    what = request.POST.get("what", "")
    try:
        if what == "rotate":
            found = services.rotate_secret(**acting)
            messages.success(
                request,
                f"The new secret is {services.secret_of(found)}. For a day the former one signs "
                "as well.",
            )
        elif what in ("pause", "resume"):
            services.set_active(**acting, is_active=what == "resume")
            messages.success(request, "Paused." if what == "pause" else "It goes on.")
        elif what == "replay":
            position = request.POST.get("from_position", "")
            start = int(position) if position.isascii() and position.isdigit() else 0
            count = services.replay(**acting, from_position=start)
            messages.success(request, f"{count:,} events are sent again.")
        elif what == "remove":
            services.remove_webhook(**acting)
            messages.success(request, "Removed.")
            return redirect("governance:webhooks")
    except CatalogError as error:
        messages.error(request, f"Nothing was changed. {error.message}")
    return redirect("governance:webhook", webhook_id)
