"""A system with its containers and its entry in the infrastructure register (R-065); a container
with its datasets."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from catalog.access import Action, gate
from catalog.errors import NotFound
from catalog.models import Container, System
from catalog.selectors.container_tree import container_tree, containers_above
from catalog.selectors.directory import get_visible, systems, technologies
from catalog.web.directory.lines import line_of
from catalog.web.directory.registers import is_overdue
from catalog.web.middleware import principal_from
from catalog.web.paging import page_of
from catalog.web.presentation.shapes import Link
from catalog.web.stewardship.listing import dataset_listing

BRANCHES = 100


@require_GET
def system(request: HttpRequest, system_id: int) -> HttpResponse:
    """`/systems/<id>/`"""
    principal = principal_from(request)
    found = systems(principal).filter(pk=system_id).first()
    if found is None:
        raise NotFound("There is no such system.")
    may = gate().authorize(principal, Action.ADMINISTER, found)
    context = {
        "system": found,
        "name": found.display_name or found.instance,
        "line": line_of(found.owner_team or found.operator, may, _standing(found)),
        "may_edit": may.allowed,
        "branches": page_of(request, container_tree(principal, found.pk), BRANCHES),
        "technologies": [
            (technology, is_overdue(technology))
            for technology in technologies(principal).filter(systems=found)
        ],
    }
    return render(request, "catalog/directory/system.html", context)


@require_GET
def container(request: HttpRequest, container_id: int) -> HttpResponse:
    """`/containers/<id>/`"""
    principal = principal_from(request)
    found = get_visible(principal, Container, container_id)
    steps = [Link(found.system.display_name or found.system.instance, _system_address(found))]
    steps += [
        Link(above.name, reverse("catalog:container", args=[above.pk]))
        for above in containers_above(found)
    ]
    context = {
        "container": found,
        "breadcrumb": (*steps, Link(found.name)),
        "branches": container_tree(principal, found.system_id, below=found),
        "listing": dataset_listing(request, principal, container=found.pk),
    }
    return render(request, "catalog/directory/container.html", context)


def _system_address(container: Container) -> str:
    return reverse("catalog:system", args=[container.system_id])


def _standing(system: System) -> str:
    return "System of record, by entry" if system.is_system_of_record else "System"
