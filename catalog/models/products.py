"""Data products: datasets bundled with a purpose, ports and a service level (R-018)."""

from __future__ import annotations

from django.db import models

from catalog.models.datasets import Dataset
from catalog.models.history import tracked
from catalog.models.people import Domain, Person, Team


@tracked()
class DataProduct(models.Model):
    """What a product owner offers to others."""

    name = models.CharField(max_length=200, unique=True)
    slug = models.SlugField(max_length=200, unique=True)
    purpose = models.TextField()
    domain = models.ForeignKey(
        Domain, null=True, blank=True, on_delete=models.SET_NULL, related_name="products"
    )
    owner_team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="products"
    )
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="products"
    )
    criticality = models.PositiveSmallIntegerField(default=3)
    service_level = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(criticality__range=(1, 4)), name="product_criticality_range"
            )
        ]

    def __str__(self) -> str:
        return self.name


@tracked("product")
class ProductPort(models.Model):
    """A dataset that a product reads (input) or offers (output)."""

    product = models.ForeignKey(DataProduct, on_delete=models.CASCADE, related_name="ports")
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="product_ports")
    is_output = models.BooleanField(default=True)
    contract = models.TextField(blank=True)

    class Meta:
        ordering = ["product", "is_output", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["product", "dataset", "is_output"], name="product_port_once"
            )
        ]

    def __str__(self) -> str:
        return f"{'output' if self.is_output else 'input'} {self.dataset_id}"
