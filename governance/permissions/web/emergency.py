"""The emergency opt-out: five fields, filled from a dataset's or a column's page (X1)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput
from catalog.types import Principal
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of
from governance import clock
from governance.models import Proposal
from governance.permissions.services.emergencies import (
    EFFECTS,
    EVERYBODY,
    close_in_emergency,
    columns_below,
    wrong_in_emergency,
)
from governance.proposals.selectors.standing import is_guardian

_USUAL = dt.timedelta(days=7)


class EmergencyForm(forms.Form):
    """What, whom, effect, reason, until; the column belongs to what."""

    dataset = forms.CharField(label="What", max_length=500, help_text="The dataset's name.")
    column = forms.CharField(
        label="Only a column", required=False, max_length=1_000,
        help_text="With every column that its values flow to. Empty: the whole dataset.",
    )  # fmt: skip
    concerned = forms.CharField(
        label="Whom", max_length=200, initial=EVERYBODY,
        help_text="everybody (but you, to look into it), contractor, a team, or a user name.",
    )  # fmt: skip
    effect = forms.ChoiceField(label="Effect", choices=list(EFFECTS.items()))
    reason = forms.CharField(
        label="Reason", max_length=4_000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What whoever is stopped is told.",
    )  # fmt: skip
    until = forms.DateField(label="Until", widget=forms.DateInput(attrs={"type": "date"}))


def _closed(principal: Principal, form: EmergencyForm) -> Proposal | None:
    """The emergency that was declared; None where the form says, at each field, what is wrong."""
    if not form.is_valid():
        for field, sentences in wrong_in_emergency(principal, form.cleaned_data).items():
            form.add_error(field, sentences)
        return None
    try:
        return close_in_emergency(acting=principal, **form.cleaned_data)
    except InvalidInput as error:
        for field, sentences in error.fields.items():
            form.add_error(field if field in form.fields else None, sentences)
    except (CatalogError, AccessRefused) as error:
        form.add_error(None, reason_of(error))
    return None


@require_http_methods(["GET", "POST"])
def emergency(request: HttpRequest) -> HttpResponse:
    """`/access/emergency/`: `?dataset=` and `?column=` fill what is to be closed."""
    principal = principal_from(request)
    at = clock.now()
    dataset, column = request.GET.get("dataset", ""), request.GET.get("column", "")
    given = {
        "dataset": dataset,
        "column": column,
        "concerned": EVERYBODY,
        "until": (at + _USUAL).date(),
    }
    form = EmergencyForm(request.POST) if request.method == "POST" else EmergencyForm(initial=given)
    if request.method == "POST":
        proposal = _closed(principal, form)
        if proposal is not None:
            messages.success(request, "In force. A second person has to confirm it in time.")
            return redirect("governance:proposal", proposal.key)
    below: list[tuple[str, str]] = []
    if dataset and column:
        try:
            below = columns_below(principal, dataset, column)
        except InvalidInput as error:
            messages.error(request, error.message)
    context: dict[str, Any] = {
        "form": form,
        "below": below,
        "may_declare": is_guardian(principal, at),
    }
    status = 400 if form.errors else 200
    return render(request, "governance/permissions/emergency.html", context, status=status)
