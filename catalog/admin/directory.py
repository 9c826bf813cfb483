"""Systems, containers, domains, teams, labels, products, technologies, properties."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import register
from django.forms import ModelForm
from django.http import HttpRequest

from catalog.access import Action
from catalog.admin.base import RecordAdmin, RecordInline
from catalog.admin.site import site
from catalog.models import (
    Container,
    DataProduct,
    Domain,
    Label,
    ProductPort,
    PropertyDefinition,
    System,
    Team,
    TeamMembership,
    Technology,
)

HARVESTED = ["qualified_name", "lookup_name", "harvested_description", "created_at"]


@register(System, site=site)
class SystemAdmin(RecordAdmin):
    """Systems come from sources; their infrastructure is declared here (R-065)."""

    may_add = False
    list_display = ["qualified_name", "environment", "is_system_of_record", "owner_team"]
    list_filter = ["platform", "environment", "is_system_of_record"]
    search_fields = ["qualified_name", "display_name"]
    readonly_fields = ["qualified_name", "platform", "instance", "harvested_description"]
    exclude = ["lookup_name"]
    autocomplete_fields = ["owner_team", "operator", "domain"]


@register(Container, site=site)
class ContainerAdmin(RecordAdmin):
    """Containers come from sources; people describe them."""

    may_add = False
    list_display = ["qualified_name", "kind"]
    list_filter = ["kind"]
    search_fields = ["qualified_name"]
    fields = ["qualified_name", "kind", "harvested_description", "declared_description"]
    readonly_fields = ["qualified_name", "kind", "harvested_description"]


@register(Domain, site=site)
class DomainAdmin(RecordAdmin):
    """Domains; their stewards may change them."""

    change_action = Action.STEWARD
    list_display = ["name", "parent", "owner_team"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["parent", "owner_team"]


class MembershipInline(RecordInline):
    """Who is in the team."""

    model = TeamMembership
    autocomplete_fields = ["person"]


@register(Team, site=site)
class TeamAdmin(RecordAdmin):
    """Teams with their members."""

    list_display = ["name", "kind", "email"]
    list_filter = ["kind"]
    search_fields = ["name"]
    inlines = [MembershipInline]


@register(Label, site=site)
class LabelAdmin(RecordAdmin):
    """Tags and the tree of classifications."""

    list_display = ["path", "kind", "description"]
    list_filter = ["kind"]
    search_fields = ["path"]
    fields = ["kind", "name", "parent", "description"]
    autocomplete_fields = ["parent"]

    def store(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """The path follows from the parent."""
        obj.path = f"{obj.parent.path} / {obj.name}" if obj.parent else obj.name
        super().store(request, obj, form, change)


class PortInline(RecordInline):
    """What a product reads and offers."""

    model = ProductPort
    autocomplete_fields = ["dataset"]


@register(DataProduct, site=site)
class DataProductAdmin(RecordAdmin):
    """Data products with their ports (R-018)."""

    list_display = ["name", "domain", "owner_team", "criticality"]
    list_filter = ["domain", "criticality"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["domain", "owner_team", "owner"]
    inlines = [PortInline]


@register(Technology, site=site)
class TechnologyAdmin(RecordAdmin):
    """The technology register (R-115)."""

    list_display = ["name", "version", "stage", "task", "end_of_support"]
    list_filter = ["stage"]
    search_fields = ["name", "task"]
    autocomplete_fields = ["owner_team"]
    filter_horizontal = ["systems"]


@register(PropertyDefinition, site=site)
class PropertyDefinitionAdmin(RecordAdmin):
    """Custom properties."""

    list_display = ["label", "key", "type"]
    search_fields = ["label", "key"]
