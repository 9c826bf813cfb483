"""The register of flows between systems (R-098)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from catalog.access import AccessRefused
from catalog.errors import CatalogError
from catalog.models import Person, System
from catalog.selectors.directory import people, systems
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.web.refusals import reason_of
from governance.council.selectors.registers import flows as flows_of
from governance.council.services.flows import register_flow


class FlowForm(forms.Form):
    source = forms.ModelChoiceField(label="From", queryset=System.objects.none())
    target = forms.ModelChoiceField(label="To", queryset=System.objects.none())
    entity = forms.CharField(label="What moves", max_length=200, help_text="Such as invoices.")
    method = forms.CharField(label="How", max_length=200, help_text="Such as nightly export.")
    cadence = forms.CharField(label="How often", max_length=100, help_text="Such as daily.")
    owner = forms.ModelChoiceField(label="Who answers for it", queryset=Person.objects.none())
    note = forms.CharField(
        label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=2000
    )

    def __init__(self, *args: Any, principal: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("source", "target"):
            field: Any = self.fields[name]
            field.queryset = systems(principal)
        owner: Any = self.fields["owner"]
        owner.queryset = people(principal).filter(is_active=True)


@require_http_methods(["GET", "POST"])
def flows(request: HttpRequest) -> HttpResponse:
    """`/council/flows/`: the register, and its form."""
    principal = principal_from(request)
    form = FlowForm(request.POST or None, principal=principal)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            register_flow(
                acting=principal,
                source_id=given["source"].pk,
                target_id=given["target"].pk,
                entity=given["entity"],
                method=given["method"],
                cadence=given["cadence"],
                owner_id=given["owner"].pk,
                note=given["note"],
            )
        except CatalogError as error:
            name = "owner" if error.field == "username" else error.field
            form.add_error(name if name in form.fields else None, error.message)
        except AccessRefused as error:
            form.add_error(None, reason_of(error))
        else:
            messages.success(request, "Registered.")
            return redirect("governance:flows")
    query = request.GET.get("q", "").strip()
    context = {
        "page": page_of(request, flows_of(principal, query=query)),
        "form": form,
        "query": query,
    }
    status = 400 if form.errors else 200
    return render(request, "governance/council/flows.html", context, status=status)
