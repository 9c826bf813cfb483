"""Adding, changing and deleting a plain record: one page for every kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from catalog.access import Action, require
from catalog.errors import CatalogError, Conflict, InvalidInput, NotFound
from catalog.models import (
    Container,
    DataProduct,
    Domain,
    Label,
    PropertyDefinition,
    System,
    Team,
    Technology,
)
from catalog.selectors.directory import get_visible
from catalog.services.records import delete_record, save_record
from catalog.types import Principal
from catalog.web.directory import record_forms
from catalog.web.middleware import principal_from


@dataclass(frozen=True, slots=True)
class RecordKind:
    """`address` is where a record is shown, `register` where it is listed; `may` is what the
    gate is asked; `is_made_here` says whether people add and delete it by hand."""

    word: str
    model: type[Model]
    form: type[record_forms.RecordForm]
    register: str
    address: Callable[[Any], str]
    may: Action = Action.ADMINISTER
    is_made_here: bool = True


def _listed(register: str) -> Callable[[Any], str]:
    return lambda record: f"{reverse(f'catalog:{register}')}#record-{record.pk}"


KINDS: Mapping[str, RecordKind] = {
    "system": RecordKind(
        "system",
        System,
        record_forms.SystemForm,
        "systems",
        lambda record: reverse("catalog:system", args=[record.pk]),
        is_made_here=False,
    ),
    "container": RecordKind(
        "container",
        Container,
        record_forms.ContainerForm,
        "systems",
        lambda record: reverse("catalog:container", args=[record.pk]),
        is_made_here=False,
    ),
    "domain": RecordKind(
        "domain",
        Domain,
        record_forms.DomainForm,
        "domains",
        lambda record: reverse("catalog:domain", args=[record.slug]),
        may=Action.STEWARD,
    ),
    "product": RecordKind(
        "data product",
        DataProduct,
        record_forms.ProductForm,
        "products",
        lambda record: reverse("catalog:product", args=[record.slug]),
    ),
    "team": RecordKind(
        "team",
        Team,
        record_forms.TeamForm,
        "teams",
        lambda record: reverse("catalog:team", args=[record.pk]),
    ),
    "technology": RecordKind(
        "technology",
        Technology,
        record_forms.TechnologyForm,
        "technologies",
        _listed("technologies"),
    ),
    "property": RecordKind(
        "property",
        PropertyDefinition,
        record_forms.PropertyForm,
        "properties",
        _listed("properties"),
    ),
    "label": RecordKind(
        "label",
        Label,
        record_forms.LabelForm,
        "tags",
        lambda record: reverse("catalog:label", args=[record.pk]),
        is_made_here=False,
    ),
}


@require_http_methods(["GET", "POST"])
def add(request: HttpRequest, kind: str) -> HttpResponse:
    """`/records/<kind>/new/`"""
    chosen = _kind(kind)
    if not chosen.is_made_here:
        raise NotFound("This comes from imports and is not added by hand.")
    principal = principal_from(request)
    require(principal, Action.ADMINISTER)
    return _form_page(request, principal, chosen, chosen.model())


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """`/records/<kind>/<id>/edit/`"""
    chosen = _kind(kind)
    principal = principal_from(request)
    record = get_visible(principal, chosen.model, pk)
    require(principal, chosen.may, record)
    return _form_page(request, principal, chosen, record)


@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """`/records/<kind>/<id>/delete/`: refused while something rests on it."""
    chosen = _kind(kind)
    principal = principal_from(request)
    record = get_visible(principal, chosen.model, pk)
    require(principal, Action.ADMINISTER, record)
    refusal = ""
    if request.method == "POST":
        name = str(record)
        try:
            delete_record(record, acting=principal)
        except CatalogError as error:
            refusal = error.message
        else:
            messages.success(request, f"{name} is deleted; its history is kept.")
            return redirect(f"catalog:{chosen.register}")
    context = {
        "kind": chosen,
        "record": record,
        "refusal": refusal,
        "back": chosen.address(record),
    }
    status = 409 if refusal else 200
    return render(request, "catalog/directory/delete.html", context, status=status)


def _form_page(
    request: HttpRequest, principal: Principal, kind: RecordKind, record: Model
) -> HttpResponse:
    is_new = record.pk is None
    name = "" if is_new else str(record)
    form = kind.form(request.POST or None, instance=record, principal=principal)
    if request.method == "POST" and form.is_valid():
        many = {field: form.cleaned_data[field] for field in ("systems",) if field in form.fields}
        try:
            save_record(
                form.instance,
                acting=principal,
                many_to_many=many,
                expected_version=form.cleaned_data["version"] or None,
            )
        except (Conflict, InvalidInput) as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
        else:
            messages.success(request, f"{form.instance} is {'added' if is_new else 'changed'}.")
            return redirect(kind.address(form.instance))
    context = {
        "form": form,
        "kind": kind,
        "name": name,
        "is_new": is_new,
        "record": record,
        "back": reverse(f"catalog:{kind.register}") if is_new else kind.address(record),
    }
    status = 400 if form.errors else 200
    return render(request, "catalog/directory/record_form.html", context, status=status)


def _kind(kind: str) -> RecordKind:
    if kind not in KINDS:
        raise NotFound("There is no such kind of record.")
    return KINDS[kind]
