"""Systems, the containers inside them, and the technology they run on."""

from __future__ import annotations

from django.db import models

from catalog.models.choices import choices
from catalog.models.history import tracked
from catalog.models.people import Domain, Person, Team
from catalog.types import ContainerKind, Environment, Stage


@tracked()
class System(models.Model):
    """One running platform: a database server, a warehouse, a SaaS application, a file store.

    The infrastructure fields are the register of R-065.
    """

    qualified_name = models.CharField(max_length=2000, unique=True)
    lookup_name = models.CharField(max_length=2000, db_index=True)
    platform = models.CharField(max_length=50)
    instance = models.CharField(max_length=500)
    display_name = models.CharField(max_length=300, blank=True)
    harvested_description = models.TextField(blank=True)
    declared_description = models.TextField(blank=True)
    environment = models.CharField(
        max_length=20, choices=choices(Environment), default=Environment.PRODUCTION
    )
    is_system_of_record = models.BooleanField(default=False)
    is_external = models.BooleanField(default=False)
    owner_team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="systems"
    )
    operator = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="operated_systems"
    )
    domain = models.ForeignKey(
        Domain, null=True, blank=True, on_delete=models.SET_NULL, related_name="systems"
    )
    availability = models.CharField(max_length=200, blank=True)
    failover = models.CharField(max_length=200, blank=True)
    cost_center = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["platform", "instance"]

    def __str__(self) -> str:
        return self.qualified_name


@tracked("system")
class Container(models.Model):
    """A level between a system and its datasets: database, schema, folder, dashboard tool."""

    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="containers")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="children"
    )
    kind = models.CharField(max_length=30, choices=choices(ContainerKind))
    name = models.CharField(max_length=500)
    qualified_name = models.CharField(max_length=2000, unique=True)
    lookup_name = models.CharField(max_length=2000, db_index=True)
    harvested_description = models.TextField(blank=True)
    declared_description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["qualified_name"]

    def __str__(self) -> str:
        return self.qualified_name


@tracked()
class Technology(models.Model):
    """A tool in use, by stage and task, with its end of support (R-115)."""

    name = models.CharField(max_length=200)
    version = models.CharField(max_length=60, blank=True)
    stage = models.CharField(max_length=20, choices=choices(Stage))
    task = models.CharField(max_length=200)
    owner_team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="technologies"
    )
    end_of_support = models.DateField(null=True, blank=True)
    systems = models.ManyToManyField(System, related_name="technologies", blank=True)

    class Meta:
        ordering = ["stage", "name", "version"]
        verbose_name_plural = "technologies"
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="technology_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()
