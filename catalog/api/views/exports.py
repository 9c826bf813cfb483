"""Datasets and products in the words of other standards, over REST."""

from __future__ import annotations

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.views.base import principal_of_request
from catalog.exports.dcat import dataset_document
from catalog.exports.odcs import contract
from catalog.exports.products import product_document
from catalog.selectors.described import described_dataset, described_product


class ContractView(APIView):
    """A dataset as a data contract."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, dataset_id: int) -> Response:
        """The Open Data Contract Standard 3.1.0; the connector `odcs` reads it back."""
        return Response(contract(described_dataset(principal_of_request(request), dataset_id)))


class DcatView(APIView):
    """A dataset in the Data Catalog Vocabulary."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, dataset_id: int) -> Response:
        """DCAT 3 as JSON-LD, with a distribution for each physical instance."""
        dataset = described_dataset(principal_of_request(request), dataset_id)
        address = request.build_absolute_uri(reverse("catalog:dataset", args=[dataset_id]))
        return Response(dataset_document(dataset, address))


class ProductView(APIView):
    """A data product as its standard's document."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, product_id: int) -> Response:
        """The Open Data Product Standard 1.0.0."""
        product = described_product(principal_of_request(request), product_id)
        return Response(product_document(product))
