"""Webhooks for administrators: made, changed, tried, rotated, paused, replayed, and every delivery
seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import AccessRefused, Action, require
from catalog.errors import CatalogError, InvalidInput
from catalog.events import EVENT_TYPES as CATALOG_EVENTS
from catalog.types import Principal
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.web.refusals import reason_of
from catalog.whole_numbers import whole
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
    found = selected.get_webhook(principal, webhook_id)
    stated = {"name": found.name, "url": found.url, "event_types": found.event_types}
    context = {
        "webhook": found,
        "form": WebhookForm(initial=stated),
        "page": page_of(request, selected.deliveries(principal, webhook_id)),
    }
    return render(request, "governance/notifications/webhook.html", context)


@never_cache
@require_POST
def change(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """`/administration/webhooks/<id>/change/`: what `what` names."""
    what = request.POST.get("what", "")
    try:
        if what not in _ACTS:
            raise InvalidInput(f"A webhook knows no {what[:40]!r}.", field="what")
        said = _ACTS[what](principal_from(request), webhook_id, request.POST)
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was changed. {reason_of(error)}")
    else:
        messages.success(request, said)
    if what == "remove":
        return redirect("governance:webhooks")
    return redirect("governance:webhook", webhook_id)


def _edit(acting: Principal, webhook_id: int, sent: QueryDict) -> str:
    services.change_webhook(
        acting=acting,
        webhook_id=webhook_id,
        name=sent.get("name", ""),
        url=sent.get("url", ""),
        event_types=sent.getlist("event_types"),
    )
    return "Changed."


def _rotate(acting: Principal, webhook_id: int, sent: QueryDict) -> str:
    found = services.rotate_secret(acting=acting, webhook_id=webhook_id)
    secret = services.secret_of(found)
    return f"The new secret is {secret}. For a day the former one signs as well."


def _set(is_active: bool, said: str) -> Callable[[Principal, int, QueryDict], str]:
    def run(acting: Principal, webhook_id: int, sent: QueryDict) -> str:
        services.set_active(acting=acting, webhook_id=webhook_id, is_active=is_active)
        return said

    return run


def _test(acting: Principal, webhook_id: int, sent: QueryDict) -> str:
    trial = services.try_webhook(acting=acting, webhook_id=webhook_id)
    if trial.is_accepted:
        return f"The receiver took it and answered {trial.status}."
    return f"It was not taken. {trial.error}"


def _replay(acting: Principal, webhook_id: int, sent: QueryDict) -> str:
    position = sent.get("from_position", "")
    start = whole(position) or 0
    count = services.replay(acting=acting, webhook_id=webhook_id, from_position=start)
    return f"{count:,} events are sent again."


def _remove(acting: Principal, webhook_id: int, sent: QueryDict) -> str:
    services.remove_webhook(acting=acting, webhook_id=webhook_id)
    return "Removed."


_ACTS: Mapping[str, Callable[[Principal, int, QueryDict], str]] = {
    "edit": _edit,
    "rotate": _rotate,
    "pause": _set(False, "Paused."),
    "resume": _set(True, "It goes on."),
    "test": _test,
    "replay": _replay,
    "remove": _remove,
}
