"""People's roles and rights, and which domains they steward."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from catalog.access import Action, require
from catalog.errors import CatalogError, InvalidInput
from catalog.models import Person
from catalog.selectors.directory import (
    domains,
    get_visible,
    people,
    stewarded_domains,
)
from catalog.selectors.listing import holding_words, ordered
from catalog.services.people import change_person, set_stewardship
from catalog.spoken import spoken_first
from catalog.types import EmploymentKind, JobRole, Principal
from catalog.web.downloads import csv_response
from catalog.web.middleware import principal_from
from catalog.web.paging import exported, page_of
from catalog.web.presentation.shapes import Link

_SORTS = {
    "name": "display_name",
    "role": "job_role",
    "kind": "employment_kind",
    "seen": "last_login",
    "active": "is_active",
}


def _words(enum: type[StrEnum]) -> list[tuple[str, str]]:
    return [(member.value, spoken_first(member.value)) for member in enum]


class PersonForm(forms.Form):
    display_name = forms.CharField(label="Name", max_length=200)
    email = forms.EmailField(label="E-mail", required=False)
    department = forms.CharField(label="Department", required=False, max_length=120)
    location = forms.CharField(label="Location", required=False, max_length=120)
    job_role = forms.ChoiceField(
        label="Works as",
        choices=_words(JobRole),
        help_text="Orders the home page; it grants nothing.",
    )
    employment_kind = forms.ChoiceField(
        label="Belongs to the company as",
        choices=_words(EmploymentKind),
        help_text="External people see nothing in the catalog.",
    )
    manager = forms.ChoiceField(label="Manager", required=False)
    is_active = forms.BooleanField(
        label="May sign in", required=False, help_text="Without it, tokens end at once too."
    )
    is_superuser = forms.BooleanField(
        label="Administrator",
        required=False,
        help_text="May change people, connections and every dataset.",
    )

    def __init__(self, data: Any = None, *, principal: Principal, person: Person) -> None:
        held = {name: getattr(person, name) for name in self.base_fields}
        held["manager"] = str(person.manager_id or "")
        super().__init__(data, initial=held)
        others = people(principal).filter(is_active=True).exclude(pk=person.pk)
        manager: Any = self.fields["manager"]
        manager.choices = [("", "Nobody"), *((str(p.pk), str(p)) for p in others)]

    def changes(self, principal: Principal) -> dict[str, Any]:
        """Only what differs, as `change_person` takes it."""
        changes = {name: self.cleaned_data[name] for name in self.changed_data}
        if "manager" in changes:
            written = changes["manager"]
            changes["manager"] = get_visible(principal, Person, int(written)) if written else None
        if changes.get("is_superuser"):
            changes["is_staff"] = True
        return changes


@require_GET
def administered_people(request: HttpRequest) -> HttpResponse:
    """`/administration/people/`"""
    principal = principal_from(request)
    require(principal, Action.ADMINISTER)
    context = {
        "page": page_of(request, _found(request, principal)),
        "find": request.GET.get("find", ""),
        "breadcrumb": (Link("Administration", reverse("catalog:administration")), Link("People")),
    }
    return render(request, "catalog/administration/people.html", context)


@require_GET
def people_csv(request: HttpRequest) -> HttpResponse:
    """`/administration/people.csv`"""
    principal = principal_from(request)
    require(principal, Action.ADMINISTER)
    header = ("person", "name", "email", "role", "kind", "active", "administrator", "last_seen")
    return csv_response(
        "people-and-rights.csv",
        header,
        [
            (
                p.username,
                str(p),
                p.email,
                p.job_role,
                p.employment_kind,
                p.is_active,
                p.is_superuser,
                p.last_login,
            )
            for p in exported(_found(request, principal))
        ],
    )


@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """`/administration/people/<id>/`"""
    principal = principal_from(request)
    require(principal, Action.ADMINISTER)
    found = get_visible(principal, Person, person_id)
    form = PersonForm(request.POST or None, principal=principal, person=found)
    if request.method == "POST" and form.is_valid():
        try:
            change_person(acting=principal, person_id=found.pk, changes=form.changes(principal))
        except CatalogError as error:
            field = error.field if isinstance(error, InvalidInput) else ""
            form.add_error(field if field in form.fields else None, error.message)
        else:
            messages.success(request, f"{form.cleaned_data['display_name']} is changed.")
            return redirect("catalog:admin_person", found.pk)
    stewarded = {domain.pk for domain in stewarded_domains(principal, found)}
    context = {
        "person": found,
        "form": form,
        "domains": [(domain, domain.pk in stewarded) for domain in domains(principal)],
        "breadcrumb": (
            Link("Administration", reverse("catalog:administration")),
            Link("People", reverse("catalog:admin_people")),
            Link(str(found)),
        ),
    }
    status = 400 if form.errors else 200
    return render(request, "catalog/administration/person.html", context, status=status)


@require_POST
def steward(request: HttpRequest, person_id: int, domain_id: int) -> HttpResponse:
    """Make the person a steward of the domain, or end it with `end`."""
    is_steward = "end" not in request.POST
    domain = set_stewardship(
        acting=principal_from(request),
        person_id=person_id,
        domain_id=domain_id,
        is_steward=is_steward,
    )
    verb = "stewarded" if is_steward else "not stewarded any more"
    messages.success(request, f"{domain.name} is {verb} by this person now.")
    return redirect("catalog:admin_person", person_id)


def _found(request: HttpRequest, principal: Principal) -> Any:
    fields = ("display_name", "username", "email", "department")
    found = holding_words(people(principal), fields, request.GET.get("find", ""))
    return ordered(found, request.GET.get("sort", ""), _SORTS, "name")
