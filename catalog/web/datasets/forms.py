"""The forms that change a dataset's facts. They shape input; services decide what is right."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from django import forms

from catalog.models import Dataset, PropertyDefinition
from catalog.spoken import spoken_first
from catalog.types import (
    CaptureKind,
    Consistency,
    DataKind,
    MetadataField,
    Motion,
    OwnershipKind,
    PropertyType,
    Stage,
)

_DURATION_HELP = "An ISO 8601 duration: PT15M is 15 minutes, PT6H six hours, P3D three days."


def _choices(enum: type[StrEnum], empty: str = "Not said") -> list[tuple[str, str]]:
    known = [(member.value, spoken_first(member.value)) for member in enum]
    return [("", empty), *known] if empty else known


class FactsForm(forms.Form):
    """A form whose fields are facts of a dataset, by the names `change_dataset` takes."""

    version = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=500,
        help_text="Stands in the history beside the change.",
    )

    @classmethod
    def values_of(cls, dataset: Dataset) -> dict[str, Any]:
        """What the form starts with."""
        return {name: getattr(dataset, name, "") for name in cls.base_fields}

    def changes(self) -> dict[str, Any]:
        """The facts as `change_dataset` takes them."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in {"version", "reason"}
        }


class DescriptionForm(FactsForm):
    description = forms.CharField(
        label="What it means",
        required=False,
        widget=forms.Textarea,
        help_text="Two sentences a newcomer understands. Markdown: **bold**, `code`, lists, links.",
    )
    field_order = ["description", "reason"]

    @classmethod
    def values_of(cls, dataset: Dataset) -> dict[str, Any]:
        """Start from the source's text where nobody has written one."""
        return {"description": dataset.declared_description or dataset.harvested_description}


class NameForm(FactsForm):
    display_name = forms.CharField(
        label="Name for people",
        required=False,
        max_length=500,
        help_text="Shown beside the technical name.",
    )
    field_order = ["display_name", "reason"]


class PromisesForm(FactsForm):
    consistency = forms.ChoiceField(
        label="How right it is at once",
        required=False,
        choices=[
            ("", "Not said"),
            (Consistency.STRONG.value, "Right at once (strong consistency)"),
            (Consistency.EVENTUAL.value, "Roughly right at once, exact later (eventual)"),
        ],
    )
    expected_latency = forms.CharField(
        label="New data shows within", required=False, max_length=40, help_text=_DURATION_HELP
    )
    finality_lag = forms.CharField(
        label="Final after", required=False, max_length=40, help_text=_DURATION_HELP
    )
    correction_policy = forms.CharField(
        label="How corrections are made", required=False, widget=forms.Textarea
    )
    field_order = ["consistency", "expected_latency", "finality_lag", "correction_policy", "reason"]


class NatureForm(FactsForm):
    data_kind = forms.ChoiceField(label="Kind of data", required=False, choices=_choices(DataKind))
    motion = forms.ChoiceField(label="At rest or in motion", choices=_choices(Motion, ""))
    stage = forms.ChoiceField(
        label="Stage of the supply chain",
        required=False,
        choices=_choices(Stage, "As the source says"),
    )
    capture_kind = forms.ChoiceField(
        label="How it was captured", required=False, choices=_choices(CaptureKind)
    )
    topic = forms.CharField(
        label="Topic",
        required=False,
        max_length=300,
        help_text="Of what is in motion: its name at the broker.",
    )
    retention = forms.CharField(
        label="Events stay for", required=False, max_length=40, help_text=_DURATION_HELP
    )
    lateness = forms.CharField(
        label="Events come at most so late", required=False, max_length=40, help_text=_DURATION_HELP
    )
    domain = forms.ChoiceField(label="Domain", required=False)
    field_order = [
        "domain", "data_kind", "motion", "topic", "retention", "lateness", "stage",
        "capture_kind", "reason",
    ]  # fmt: skip

    @classmethod
    def values_of(cls, dataset: Dataset) -> dict[str, Any]:
        """The declared stage, not the harvested one."""
        held = super().values_of(dataset)
        return {**held, "stage": dataset.declared_stage, "domain": dataset.domain_id or ""}


class ProtectionForm(FactsForm):
    residency = forms.CharField(
        label="Where it is kept",
        required=False,
        max_length=100,
        help_text="Countries or regions, such as EU.",
    )
    encryption_at_rest = forms.CharField(label="Encryption at rest", required=False, max_length=100)
    encryption_in_transit = forms.CharField(
        label="Encryption in transit", required=False, max_length=100
    )
    field_order = ["residency", "encryption_at_rest", "encryption_in_transit", "reason"]


class ImportanceForm(FactsForm):
    criticality = forms.ChoiceField(
        label="Criticality",
        required=False,
        choices=[
            ("", "Not said"),
            ("1", "1, the business stops without it"),
            ("2", "2, a department stops"),
            ("3", "3, work gets slower"),
            ("4", "4, nobody waits for it"),
        ],
    )
    enterprise_importance = forms.BooleanField(
        label="Important to the whole enterprise", required=False
    )
    field_order = ["criticality", "enterprise_importance", "reason"]


class OperationsForm(FactsForm):
    """The "ready to operate" facts of R-100, stored together."""

    on_call = forms.CharField(label="On call", required=False, help_text="Who answers at night.")
    runbook = forms.CharField(label="Runbook", required=False, help_text="A link.")
    sla = forms.CharField(label="Service level", required=False)
    alert_route = forms.CharField(label="Where alerts go", required=False)
    restore_note = forms.CharField(label="How it is restored", required=False)
    handed_over_to = forms.CharField(
        label="Accepted by",
        required=False,
        help_text="The team that operates it; needed for criticality 1 and 2.",
    )
    field_order = [
        "on_call",
        "runbook",
        "sla",
        "alert_route",
        "restore_note",
        "handed_over_to",
        "reason",
    ]

    @classmethod
    def values_of(cls, dataset: Dataset) -> dict[str, Any]:
        """What is held already."""
        return dict(dataset.operations)

    def changes(self) -> dict[str, Any]:
        """One fact that holds them all."""
        return {"operations": super().changes()}


class DeclaredFactForm(FactsForm):
    """One of the thirteen facts (R-050), which wins over what the source says."""

    value = forms.CharField(label="Value", required=False, max_length=2000)
    field_order = ["value", "reason"]

    def __init__(self, fact: MetadataField, label: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fact = fact
        self.fields["value"].label = label
        self.fields["value"].help_text = "Empty it to show what the source says again."
        if fact.value.endswith("_at"):
            self.fields["value"].widget = forms.DateInput(attrs={"placeholder": "2026-11-21"})

    def changes(self) -> dict[str, Any]:
        """The one fact."""
        return {self.fact.value: self.cleaned_data["value"]}


class CustomForm(FactsForm):
    """The company's own properties, each with the control of its type."""

    def __init__(self, definitions: list[PropertyDefinition], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = [definition.key for definition in definitions]
        for definition in definitions:
            self.fields[f"custom.{definition.key}"] = _property_field(definition)
        self.order_fields([f"custom.{key}" for key in self.keys])

    @classmethod
    def values_of(cls, dataset: Dataset) -> dict[str, Any]:
        """What is held already."""
        return {f"custom.{key}": _as_choice(value) for key, value in dataset.custom.items()}

    def changes(self) -> dict[str, Any]:
        """All properties together."""
        return {"custom": {key: self.cleaned_data[f"custom.{key}"] for key in self.keys}}


class OwnerForm(forms.Form):
    owner = forms.CharField(label="Person or team", error_messages={"required": "Choose somebody."})
    kind = forms.ChoiceField(label="Answers as", choices=_choices(OwnershipKind, ""))

    def key_of(self, what: str) -> int | None:
        """The number in `person:4` or `team:7` when the owner chosen is a `what`."""
        chosen, _, key = self.cleaned_data["owner"].partition(":")
        is_number = key.isascii() and key.isdigit() and len(key) < 19
        return int(key) if chosen == what and is_number else None


class ExampleForm(forms.Form):
    question = forms.CharField(label="The question it answers", max_length=500)
    sql = forms.CharField(label="SQL", widget=forms.Textarea, max_length=100_000)


class PlacementForm(forms.Form):
    query = forms.CharField(
        label="Words of the search",
        required=False,
        max_length=400,
        help_text="It comes first in this search. Left empty, it comes somewhat before its like in"
        " all of them. What fits better, as an exact name does, stays before it.",
    )
    reason = forms.CharField(
        label="Why", max_length=300, help_text="Stands in the results, where it comes first."
    )
    ends_on = forms.DateField(
        label="Until",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The last day on which it holds, within a year.",
    )


def _as_choice(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _property_field(definition: PropertyDefinition) -> forms.Field:
    words: dict[str, Any] = {
        "label": definition.label,
        "required": False,
        "help_text": definition.description,
    }
    kind = PropertyType(definition.type)
    if kind is PropertyType.CHOICE:
        options = [("", "Not said"), *((option, option) for option in definition.options)]
        return forms.ChoiceField(choices=options, **words)
    if kind is PropertyType.BOOLEAN:
        options = [("", "Not said"), ("true", "Yes"), ("false", "No")]
        return forms.ChoiceField(choices=options, **words)
    if kind is PropertyType.DATE:
        return forms.CharField(widget=forms.DateInput(attrs={"type": "date"}), **words)
    return forms.CharField(max_length=2000, **words)
