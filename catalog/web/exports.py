"""Datasets and products as files in the words of other standards."""

from __future__ import annotations

from typing import Any

import yaml
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET

from catalog.exports.dcat import dataset_document
from catalog.exports.odcs import contract
from catalog.exports.products import product_document
from catalog.selectors.described import described_dataset, described_product
from catalog.selectors.directory import products
from catalog.web.middleware import principal_from


@require_GET
def dataset_contract(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/datasets/<id>/contract.yaml`: the Open Data Contract Standard 3.1.0."""
    dataset = described_dataset(principal_from(request), dataset_id)
    return _yaml(contract(dataset), f"{slugify(dataset.name) or dataset_id}.odcs.yaml")


@require_GET
def dataset_dcat(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/datasets/<id>/dcat.jsonld`: the Data Catalog Vocabulary 3 as JSON-LD."""
    dataset = described_dataset(principal_from(request), dataset_id)
    address = request.build_absolute_uri(reverse("catalog:dataset", args=[dataset_id]))
    return JsonResponse(
        dataset_document(dataset, address),
        content_type="application/ld+json",
        json_dumps_params={"ensure_ascii": False, "indent": 1},
        headers=_saved_as(f"{slugify(dataset.name) or dataset_id}.jsonld"),
    )


@require_GET
def product_file(request: HttpRequest, slug: str) -> HttpResponse:
    """`/products/<slug>/product.yaml`: the Open Data Product Standard 1.0.0."""
    principal = principal_from(request)
    product_id = products(principal).filter(slug=slug).values_list("pk", flat=True).first() or 0
    product = described_product(principal, product_id)
    return _yaml(product_document(product), f"{product.slug}.odps.yaml")


def _yaml(document: dict[str, Any], name: str) -> HttpResponse:
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    return HttpResponse(
        text, content_type="application/yaml; charset=utf-8", headers=_saved_as(name)
    )


def _saved_as(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
