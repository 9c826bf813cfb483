"""The changes that many datasets can take at once: their words, their form, what they call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django import forms

from catalog.selectors.directory import domains
from catalog.selectors.owner_references import find_owner
from catalog.services import curation
from catalog.spoken import spoken_first
from catalog.types import LabelKind, Lifecycle, OwnershipKind, Principal

Change = Callable[[int], object]


def _words(enum: type[StrEnum]) -> list[tuple[str, str]]:
    return [(member.value, spoken_first(member.value)) for member in enum]


class _OwnerForm(forms.Form):
    owner = forms.CharField(
        label="Person or team",
        max_length=300,
        help_text="A user name, or team: and a team's name, such as team:Finance.",
        widget=forms.TextInput(attrs={"list": "known-owners", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(label="Answers as", choices=_words(OwnershipKind))

    def change(self, acting: Principal) -> Change:
        owner = find_owner(acting, self.cleaned_data["owner"])
        kind = OwnershipKind(self.cleaned_data["kind"])
        return lambda dataset_id: curation.add_owner(
            acting=acting,
            dataset_id=dataset_id,
            kind=kind,
            person_id=owner.person_id,
            team_id=owner.team_id,
        )


class _DomainForm(forms.Form):
    domain = forms.ChoiceField(label="Domain", required=False)

    def __init__(self, *args: Any, principal: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(domain.slug, domain.name) for domain in domains(principal)]
        self.fields["domain"].choices = [("", "No domain"), *known]  # type: ignore[attr-defined]

    def change(self, acting: Principal) -> Change:
        changes = {"domain": self.cleaned_data["domain"]}
        return lambda dataset_id: curation.change_dataset(
            acting=acting, dataset_id=dataset_id, changes=changes
        )


class _LabelForm(forms.Form):
    path = forms.CharField(max_length=300)
    kind = LabelKind.TAG
    service: Callable[..., object] = curation.add_label

    def change(self, acting: Principal) -> Change:
        path, service, kind = self.cleaned_data["path"], type(self).service, self.kind
        return lambda dataset_id: service(
            acting=acting, dataset_id=dataset_id, kind=kind, path=path
        )


class _AddTagForm(_LabelForm):
    path = forms.CharField(
        label="Tag",
        max_length=100,
        widget=forms.TextInput(attrs={"list": "known-tags", "autocomplete": "off"}),
    )


class _RemoveTagForm(_AddTagForm):
    service = curation.remove_label


class _ClassificationForm(_LabelForm):
    path = forms.CharField(
        label="Classification",
        max_length=300,
        help_text="From the general to the particular, such as Personal / Contact.",
        widget=forms.TextInput(attrs={"list": "known-classifications", "autocomplete": "off"}),
    )
    kind = LabelKind.CLASSIFICATION


class _LifecycleForm(forms.Form):
    to = forms.ChoiceField(label="Becomes", choices=_words(Lifecycle))
    reason = forms.CharField(
        label="Why",
        required=False,
        max_length=2000,
        help_text="Needed to deprecate: say what to use instead; readers see it.",
    )

    def change(self, acting: Principal) -> Change:
        to, reason = Lifecycle(self.cleaned_data["to"]), self.cleaned_data["reason"]
        return lambda dataset_id: curation.change_lifecycle(
            acting=acting, dataset_id=dataset_id, to=to, reason=reason
        )


@dataclass(frozen=True, slots=True)
class BulkChange:
    """`verb` is the button, `done` what the report says of those that changed."""

    key: str
    title: str
    verb: str
    done: str
    form: type[forms.Form]

    def make(self, principal: Principal, data: Mapping[str, Any] | None = None) -> forms.Form:
        """The form, empty or bound."""
        more: dict[str, Any] = {"principal": principal} if self.form is _DomainForm else {}
        return self.form(data, auto_id=f"{self.key}-%s", **more)


CHANGES: Sequence[BulkChange] = (
    BulkChange("owner", "Name an owner", "Name as owner", "have the owner", _OwnerForm),
    BulkChange("domain", "Set the domain", "Set domain", "are in the domain", _DomainForm),
    BulkChange("add-tag", "Put a tag on", "Put on", "carry the tag", _AddTagForm),
    BulkChange("remove-tag", "Take a tag off", "Take off", "do not carry the tag", _RemoveTagForm),
    BulkChange("classify", "Classify", "Classify", "are classified", _ClassificationForm),
    BulkChange("lifecycle", "Move in the lifecycle", "Move", "were moved", _LifecycleForm),
)
