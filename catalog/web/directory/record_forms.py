"""The forms of plain records. They shape input; `services.records` decides what is right."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import slugify

from catalog.models import (
    Container,
    DataProduct,
    Domain,
    Label,
    Person,
    PropertyDefinition,
    System,
    Team,
    Technology,
)
from catalog.selectors.directory import visible
from catalog.services.records import record_version
from catalog.types import Principal

_CHOSEN_FROM = {"owner_team": Team, "domain": Domain, "parent": Domain, "systems": System}


class RecordForm(forms.ModelForm):
    """What may be chosen is what the person may see. `version` is the state that they look at, so
    that saving overwrites nothing that they have not seen."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, principal: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None:
            self.initial["version"] = record_version(self.instance)
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField):
                model = _CHOSEN_FROM.get(name, Person)
                rows: Any = visible(principal, model)
                if model is Person:
                    rows = rows.filter(is_active=True)
                field.queryset = rows
            if isinstance(field, forms.CharField) and isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 3


class SystemForm(RecordForm):
    class Meta:
        model = System
        fields = [
            "display_name",
            "declared_description",
            "environment",
            "owner_team",
            "operator",
            "domain",
            "availability",
            "failover",
            "cost_center",
            "is_system_of_record",
            "is_external",
        ]
        labels = {
            "display_name": "Name for people",
            "declared_description": "What it is for",
            "owner_team": "Owner",
            "is_system_of_record": "It is the system of record for what it holds",
            "is_external": "Somebody outside the company runs it",
        }
        help_texts = {
            "availability": "What is promised, such as 99.9% on working days.",
            "failover": "What happens when it is down.",
        }


class ContainerForm(RecordForm):
    class Meta:
        model = Container
        fields = ["declared_description"]
        labels = {"declared_description": "What stands in it"}


class _NamedForm(RecordForm):
    """A record whose address is made from its name once and stays, so that links stay."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance.pk is None and self.cleaned_data.get("name"):
            self.instance.slug = slugify(self.cleaned_data["name"])[:200]
            if not self.instance.slug:
                self.add_error("name", "The name needs a letter or a digit.")
        return cleaned


class DomainForm(_NamedForm):
    class Meta:
        model = Domain
        fields = ["name", "description", "parent", "owner_team"]
        labels = {"parent": "Part of", "owner_team": "Owner"}


class ProductForm(_NamedForm):
    criticality = forms.TypedChoiceField(
        label="Criticality",
        choices=[(1, "1, the highest"), (2, "2"), (3, "3"), (4, "4, the lowest")],
        coerce=int,
    )

    class Meta:
        model = DataProduct
        fields = [
            "name",
            "purpose",
            "domain",
            "owner_team",
            "owner",
            "criticality",
            "service_level",
        ]
        labels = {"owner_team": "Owning team", "owner": "Product owner"}
        help_texts = {
            "purpose": "What others can do with it.",
            "service_level": "What is promised: freshness, completeness, answers within.",
        }


class TeamForm(RecordForm):
    class Meta:
        model = Team
        fields = ["name", "kind", "description", "email"]
        labels = {"email": "E-mail"}


class TechnologyForm(RecordForm):
    class Meta:
        model = Technology
        fields = ["name", "version", "stage", "task", "owner_team", "end_of_support", "systems"]
        labels = {"owner_team": "Owner", "task": "What it does", "systems": "Systems that run it"}
        widgets = {"end_of_support": forms.DateInput(attrs={"type": "date"})}


class PropertyForm(RecordForm):
    options = forms.CharField(
        label="Choices",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For the type choice: one to a line.",
    )

    class Meta:
        model = PropertyDefinition
        fields = ["key", "label", "description", "type", "options"]
        help_texts = {"key": "Short and stable, such as retention-class; tools use it."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["options"] = "\n".join(self.instance.options or [])

    def clean_options(self) -> list[str]:
        lines = (line.strip() for line in self.cleaned_data["options"].splitlines())
        return list(dict.fromkeys(line[:200] for line in lines if line))


class LabelForm(RecordForm):
    class Meta:
        model = Label
        fields = ["description"]
        labels = {"description": "What it means"}
