"""A data product: its purpose, what it reads, what it offers (R-018)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from catalog.access import Action, gate
from catalog.errors import CatalogError, NotFound
from catalog.models import DataProduct, ProductPort
from catalog.selectors.datasets import find_dataset
from catalog.selectors.directory import products
from catalog.services.records import delete_record, save_record
from catalog.types import Principal
from catalog.web.directory.lines import line_of
from catalog.web.middleware import principal_from


@require_GET
def product(request: HttpRequest, slug: str) -> HttpResponse:
    """`/products/<slug>/`"""
    principal = principal_from(request)
    found = _product(principal, slug)
    may = gate().authorize(principal, Action.ADMINISTER, found)
    ports = list(found.ports.all())
    context = {
        "product": found,
        "line": line_of(found.owner_team or found.owner, may, "Data product"),
        "may_edit": may.allowed,
        "sides": [
            ("What it offers", [port for port in ports if port.is_output]),
            ("What it reads", [port for port in ports if not port.is_output]),
        ],
    }
    return render(request, "catalog/directory/product.html", context)


@require_POST
def add_port(request: HttpRequest, slug: str) -> HttpResponse:
    """Add the dataset named `dataset` as what the product offers or reads (`side`)."""
    principal = principal_from(request)
    found = _product(principal, slug)
    try:
        dataset = find_dataset(principal, request.POST.get("dataset", "").strip())
        port = ProductPort(
            product=found,
            dataset=dataset,
            is_output=request.POST.get("side") != "input",
            contract=request.POST.get("contract", "").strip()[:10_000],
        )
        save_record(port, acting=principal)
    except CatalogError as error:
        messages.error(request, f"Nothing was changed. {error.message}")
    else:
        verb = "offers" if port.is_output else "reads"
        messages.success(request, f"{found.name} {verb} {dataset.name} now.")
    return redirect("catalog:product", slug)


@require_POST
def remove_port(request: HttpRequest, slug: str, port_id: int) -> HttpResponse:
    """Take a port away."""
    principal = principal_from(request)
    port = next((p for p in _product(principal, slug).ports.all() if p.pk == port_id), None)
    if port is None:
        raise NotFound("There is no such port any more.")
    delete_record(port, acting=principal)
    messages.success(request, f"{port.dataset.name} is no port any more.")
    return redirect("catalog:product", slug)


def _product(principal: Principal, slug: str) -> DataProduct:
    found = products(principal).filter(slug=slug).first()
    if found is None:
        raise NotFound("There is no such data product.")
    return found
