"""How one wants to hear, and the link in a mail that ends one kind of message."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from catalog.errors import InvalidInput
from catalog.web.account.profile import account_tabs
from catalog.web.middleware import principal_from
from governance.notifications.kinds import MESSAGE_KINDS
from governance.notifications.selectors.inbox import preferences as preferences_of
from governance.notifications.selectors.inbox import watched
from governance.notifications.services.preferences import (
    set_preferences,
    unsubscribe,
    unsubscribes_from,
    unwatch,
    watch,
)


class PreferenceForm(forms.Form):
    """What `set_preferences` takes; kinds are shown as what one wants to hear."""

    mail = forms.BooleanField(label="Send me mail", required=False)
    wanted = forms.MultipleChoiceField(
        label="What I want to hear of",
        choices=[(kind.key, kind.label) for kind in MESSAGE_KINDS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Signatures and blocks come at once, the rest in one digest a working day.",
    )
    digest_hour = forms.IntegerField(label="Hour of the digest", min_value=0, max_value=23)
    quiet_from = forms.TimeField(
        label="Quiet from", required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    quiet_to = forms.TimeField(
        label="Quiet until", required=False, widget=forms.TimeInput(attrs={"type": "time"})
    )
    time_zone = forms.ChoiceField(
        label="Time zone", choices=[(name, name) for name in sorted(available_timezones())]
    )
    chat_url = forms.CharField(
        label="Chat",
        required=False,
        max_length=500,
        help_text=(
            "The https:// address of a Slack-compatible incoming webhook. It is kept and never "
            "shown again; leave it empty to keep the present one, write a dash to end it."
        ),
    )


@require_http_methods(["GET", "POST"])
def preferences(request: HttpRequest) -> HttpResponse:
    """`/notifications/preferences/`"""
    principal = principal_from(request)
    present = preferences_of(principal)
    initial = {
        "mail": present.mail,
        "wanted": [k.key for k in MESSAGE_KINDS if k.key not in present.muted_kinds],
        "digest_hour": present.digest_hour,
        "quiet_from": present.quiet_from,
        "quiet_to": present.quiet_to,
        "time_zone": present.time_zone,
    }
    form = PreferenceForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            set_preferences(acting=principal, **_changes(form.cleaned_data))
        except InvalidInput as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            messages.success(request, "Remembered.")
            return redirect("governance:notification_preferences")
    context = {
        "form": form,
        "has_chat": bool(present.chat_url),
        "watched": list(watched(principal)),
        "tabs": account_tabs(request),
    }
    status = 400 if form.errors else 200
    return render(request, "governance/notifications/preferences.html", context, status=status)


@require_POST
def change_watch(request: HttpRequest) -> HttpResponse:
    """Follow `subject_type`/`subject_key`, or stop with `end`; back to where it was pressed."""
    principal = principal_from(request)
    subject = {
        "subject_type": request.POST.get("subject_type", ""),
        "subject_key": request.POST.get("subject_key", ""),
    }
    if "end" in request.POST:
        unwatch(acting=principal, **subject)
    else:
        watch(acting=principal, **subject)
    back = request.POST.get("back", "")
    inside = back.startswith("/") and not back.startswith(("//", "/\\"))
    return redirect(back if inside else reverse("governance:notification_preferences"))


@csrf_exempt  # a mail client posts without a session; the signed token is the proof
@login_not_required
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """`/notifications/unsubscribe/<token>/`: GET asks, since scanners open links; POST does it."""
    done = request.method == "POST"
    kind = unsubscribe(token) if done else unsubscribes_from(token)
    context = {"kind": kind, "done": done}
    return render(request, "governance/notifications/unsubscribe.html", context)


def _changes(data: dict[str, Any]) -> dict[str, Any]:
    chat = data["chat_url"].strip()
    return {
        "mail": data["mail"],
        "muted_kinds": [k.key for k in MESSAGE_KINDS if k.key not in data["wanted"]],
        "digest_hour": data["digest_hour"],
        "quiet_from": data["quiet_from"],
        "quiet_to": data["quiet_to"],
        "time_zone": data["time_zone"],
        "chat_url": None if not chat else "" if chat == "-" else chat,
    }
