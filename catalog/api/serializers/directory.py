"""Systems, containers, domains, teams, people, labels, products, technologies, properties."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.models import (
    Container,
    DataProduct,
    Domain,
    Label,
    Person,
    ProductPort,
    PropertyDefinition,
    System,
    Team,
    Technology,
)


class SystemSerializer(serializers.ModelSerializer[System]):
    """A system with its infrastructure (R-065)."""

    dataset_count = serializers.IntegerField(read_only=True, default=0)

    class Meta:
        model = System
        fields = [
            "id", "qualified_name", "platform", "instance", "display_name",
            "harvested_description", "declared_description", "environment",
            "is_system_of_record", "is_external", "owner_team", "operator", "domain",
            "availability", "failover", "cost_center", "created_at", "dataset_count",
        ]  # fmt: skip
        read_only_fields = ["qualified_name", "platform", "instance", "harvested_description"]


class ContainerSerializer(serializers.ModelSerializer[Container]):
    """A database, schema, folder or other level."""

    dataset_count = serializers.IntegerField(read_only=True, default=0)

    class Meta:
        model = Container
        fields = [
            "id", "qualified_name", "kind", "name", "system", "parent", "harvested_description",
            "declared_description", "created_at", "dataset_count",
        ]  # fmt: skip
        read_only_fields = [
            "qualified_name", "kind", "name", "system", "parent", "harvested_description",
        ]  # fmt: skip


class DomainSerializer(serializers.ModelSerializer[Domain]):
    """A domain."""

    dataset_count = serializers.IntegerField(read_only=True, default=0)

    class Meta:
        model = Domain
        fields = ["id", "name", "slug", "description", "parent", "owner_team", "dataset_count"]


class PersonBriefSerializer(serializers.ModelSerializer[Person]):
    """Who somebody is, inside other objects."""

    class Meta:
        model = Person
        fields = ["id", "username", "display_name"]


class PersonSerializer(serializers.ModelSerializer[Person]):
    """A person with the attributes that policies use; changed through invitations and admin."""

    manager = PersonBriefSerializer(read_only=True, allow_null=True)
    teams: Any = serializers.SlugRelatedField(many=True, read_only=True, slug_field="name")

    class Meta:
        model = Person
        fields = [
            "id", "username", "display_name", "email", "department", "location",
            "employment_kind", "job_role", "manager", "teams", "is_active", "is_demonstration",
        ]  # fmt: skip
        read_only_fields = fields


class TeamSerializer(serializers.ModelSerializer[Team]):
    """A team with its members."""

    members = PersonBriefSerializer(many=True, read_only=True)

    class Meta:
        model = Team
        fields = ["id", "name", "kind", "description", "email", "members"]


class LabelSerializer(serializers.ModelSerializer[Label]):
    """A tag or classification."""

    dataset_count = serializers.IntegerField(read_only=True, default=0)

    class Meta:
        model = Label
        fields = ["id", "kind", "name", "path", "parent", "description", "dataset_count"]
        read_only_fields = ["path"]


class ProductPortSerializer(serializers.ModelSerializer[ProductPort]):
    """A dataset at a product's port."""

    dataset_name = serializers.CharField(source="dataset.qualified_name", read_only=True)

    class Meta:
        model = ProductPort
        fields = ["id", "dataset", "dataset_name", "is_output", "contract"]


class DataProductSerializer(serializers.ModelSerializer[DataProduct]):
    """A data product (R-018)."""

    ports = ProductPortSerializer(many=True, read_only=True)

    class Meta:
        model = DataProduct
        fields = [
            "id", "name", "slug", "purpose", "domain", "owner_team", "owner", "criticality",
            "service_level", "ports",
        ]  # fmt: skip


class TechnologySerializer(serializers.ModelSerializer[Technology]):
    """An entry of the technology register (R-115)."""

    class Meta:
        model = Technology
        fields = [
            "id", "name", "version", "stage", "task", "owner_team", "end_of_support", "systems",
        ]  # fmt: skip


class PropertyDefinitionSerializer(serializers.ModelSerializer[PropertyDefinition]):
    """A custom property."""

    class Meta:
        model = PropertyDefinition
        fields = ["id", "key", "label", "description", "type", "options"]
