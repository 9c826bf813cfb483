"""Datasets for stewards: facts, owners and labels, one or many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin import action, register
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from catalog.access import Action
from catalog.admin.base import ServiceAdmin, ServiceInline, acting_in
from catalog.admin.site import site
from catalog.models import Dataset, DatasetLabel, Ownership
from catalog.selectors.datasets import with_header
from catalog.selectors.metadata import owner_names
from catalog.services import curation
from catalog.services.curation.facts import FACTS, version_of
from catalog.types import LabelKind, Lifecycle, Origin, OwnershipKind

if TYPE_CHECKING:
    _DatasetForm = forms.ModelForm[Dataset]
else:  # Django's forms take no type parameters when they run
    _DatasetForm = forms.ModelForm


class OwnershipInline(ServiceInline):
    """Who answers for it."""

    model = Ownership
    change_action = Action.STEWARD
    fields = ["kind", "person", "team", "origin"]
    readonly_fields = ["origin"]
    autocomplete_fields = ["person", "team"]

    def store(self, request: HttpRequest, row: Ownership) -> None:
        """Name the owner; a changed row is a new owner in the place of the old one."""
        if row.pk is not None:
            self.erase(request, row)
        curation.add_owner(
            acting=acting_in(request),
            dataset_id=row.dataset_id,
            kind=OwnershipKind(row.kind),
            person_id=row.person_id,
            team_id=row.team_id,
            origin=Origin.DECLARED,
        )

    def erase(self, request: HttpRequest, row: Ownership) -> None:
        """Release the owner."""
        curation.remove_owner(
            acting=acting_in(request), dataset_id=row.dataset_id, ownership_id=row.pk
        )


class LabelInline(ServiceInline):
    """Tags and classifications."""

    model = DatasetLabel
    change_action = Action.STEWARD
    fields = ["label", "origin"]
    readonly_fields = ["origin"]
    autocomplete_fields = ["label"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A label is added or removed, never turned into another."""
        return False

    def store(self, request: HttpRequest, row: DatasetLabel) -> None:
        """Put the label on."""
        curation.add_label(
            acting=acting_in(request),
            dataset_id=row.dataset_id,
            kind=LabelKind(row.label.kind),
            path=row.label.path,
        )

    def erase(self, request: HttpRequest, row: DatasetLabel) -> None:
        """Take the label off."""
        curation.remove_label(
            acting=acting_in(request),
            dataset_id=row.dataset_id,
            kind=LabelKind(row.label.kind),
            path=row.label.path,
        )


class DatasetForm(_DatasetForm):
    """`version` is the state that the person looks at: a form brings every field back, and must not
    bring back what somebody else changed since it was opened."""

    version = forms.CharField(required=False, widget=forms.HiddenInput, label="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.initial["version"] = version_of(self.instance)


@register(Dataset, site=site)
class DatasetAdmin(ServiceAdmin):
    """Datasets come from sources; stewards add what sources do not know."""

    form = DatasetForm
    may_add = False
    may_delete = False
    change_action = Action.STEWARD
    list_display = ["qualified_name", "kind", "domain", "lifecycle", "owners"]
    list_filter = ["kind", "lifecycle", "data_kind", "motion", "stage", "system", "domain"]
    search_fields = ["qualified_name", "name"]
    autocomplete_fields = ["domain"]
    inlines = [OwnershipInline, LabelInline]
    actions = ["deprecate", "tag_for_review"]
    fields = [
        "qualified_name", "kind", "harvested_description", "declared_description", "display_name",
        "domain", "lifecycle", "declared_stage", "data_kind", "motion", "topic",
        "retention", "lateness", "capture_kind", "consistency", "expected_latency", "finality_lag",
        "correction_policy", "residency", "encryption_at_rest", "encryption_in_transit",
        "criticality", "enterprise_importance", "deprecation_note", "version",
    ]  # fmt: skip
    readonly_fields = ["qualified_name", "kind", "harvested_description", "lifecycle"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With owners, without a query per row."""
        return with_header(super().get_queryset(request))

    @staticmethod
    def owners(dataset: Dataset) -> str:
        """Names of the owners."""
        return ", ".join(owner_names(dataset)) or "nobody"

    def get_actions(self, request: HttpRequest) -> Any:
        """Datasets disappear at their source, not here."""
        found = super().get_actions(request)
        found.pop("delete_selected", None)
        return found

    def store(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Hand what was changed to the service, fact by fact."""
        facts = {(held.removesuffix("_id")): name for name, held in FACTS.items()}
        changes = {
            facts[field]: _plain(form.cleaned_data[field])
            for field in form.changed_data
            if field in facts
        }
        if changes:
            curation.change_dataset(
                acting=acting_in(request),
                dataset_id=obj.pk,
                changes=changes,
                expected_version=form.cleaned_data["version"] or None,
            )

    @action(description="Deprecate: nothing new should rest on it")
    def deprecate(self, request: HttpRequest, queryset: QuerySet[Dataset]) -> None:
        """One by one; each refusal is told."""
        self._all(
            request,
            queryset,
            lambda dataset_id: curation.change_lifecycle(
                acting=acting_in(request),
                dataset_id=dataset_id,
                to=Lifecycle.DEPRECATED,
                reason="Deprecated in the administration",
            ),
        )

    @action(description="Tag for review")
    def tag_for_review(self, request: HttpRequest, queryset: QuerySet[Dataset]) -> None:
        """One by one; each refusal is told."""
        self._all(
            request,
            queryset,
            lambda dataset_id: curation.add_label(
                acting=acting_in(request),
                dataset_id=dataset_id,
                kind=LabelKind.TAG,
                path="review",
            ),
        )

    def _all(self, request: HttpRequest, queryset: QuerySet[Dataset], change: Any) -> None:
        report = curation.change_many(list(queryset.values_list("pk", flat=True)), change)
        self.message_user(request, f"{len(report.changed)} datasets changed.")
        for reason in sorted(set(report.refused.values())):
            count = sum(said == reason for said in report.refused.values())
            self.message_user(request, f"{count} refused: {reason}", messages.ERROR)


def _plain(value: Any) -> Any:
    """A chosen related object as its key."""
    return getattr(value, "pk", value)
