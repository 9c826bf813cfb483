"""The parts of a dataset's page that are changed in place: their words, template and form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog.errors import NotFound
from catalog.models import Dataset
from catalog.selectors.directory import domains, property_definitions
from catalog.services.curation.facts import DECLARABLE
from catalog.types import MetadataField, Principal
from catalog.web.datasets import forms
from catalog.web.datasets.overview import FACT_LABELS


@dataclass(frozen=True, slots=True)
class Part:
    """`facts` are what a person needs the right to; `make` builds its form, empty or bound."""

    key: str
    title: str
    template: str
    facts: tuple[str, ...]
    make: Callable[[Principal, Dataset, Mapping[str, Any] | None], forms.FactsForm]


def _plain(
    form: type[forms.FactsForm],
) -> Callable[[Principal, Dataset, Mapping[str, Any] | None], forms.FactsForm]:
    def make(
        principal: Principal, dataset: Dataset, data: Mapping[str, Any] | None
    ) -> forms.FactsForm:
        return form(data, initial=form.values_of(dataset), auto_id=f"{form.__name__}-%s")

    return make


def _nature(
    principal: Principal, dataset: Dataset, data: Mapping[str, Any] | None
) -> forms.FactsForm:
    form = _plain(forms.NatureForm)(principal, dataset, data)
    known = [(str(domain.pk), domain.name) for domain in domains(principal)]
    form.fields["domain"].choices = [("", "No domain"), *known]  # type: ignore[attr-defined]
    return form


def _custom(
    principal: Principal, dataset: Dataset, data: Mapping[str, Any] | None
) -> forms.FactsForm:
    definitions = list(property_definitions(principal))
    return forms.CustomForm(definitions, data, initial=forms.CustomForm.values_of(dataset))


def _declared(
    fact: MetadataField,
) -> Callable[[Principal, Dataset, Mapping[str, Any] | None], forms.FactsForm]:
    def make(
        principal: Principal, dataset: Dataset, data: Mapping[str, Any] | None
    ) -> forms.FactsForm:
        held = dataset.declared_metadata.get(fact, {}).get("value", "")
        return forms.DeclaredFactForm(fact, FACT_LABELS[fact], data, initial={"value": held})

    return make


_FIXED = (
    Part(
        "description",
        "Description",
        "catalog/dataset/parts/description.html",
        ("description",),
        _plain(forms.DescriptionForm),
    ),
    Part(
        "name",
        "Name for people",
        "catalog/dataset/parts/details.html",
        ("display_name",),
        _plain(forms.NameForm),
    ),
    Part(
        "promises",
        "Promises",
        "catalog/dataset/parts/promises.html",
        ("consistency",),
        _plain(forms.PromisesForm),
    ),
    Part(
        "nature",
        "Kind, stage and domain",
        "catalog/dataset/parts/details.html",
        ("stage", "domain"),
        _nature,
    ),
    Part(
        "protection",
        "Protection",
        "catalog/dataset/parts/details.html",
        ("residency",),
        _plain(forms.ProtectionForm),
    ),
    Part(
        "importance",
        "Importance",
        "catalog/dataset/parts/details.html",
        ("criticality",),
        _plain(forms.ImportanceForm),
    ),
    Part(
        "operations",
        "Operation",
        "catalog/dataset/parts/details.html",
        ("operations",),
        _plain(forms.OperationsForm),
    ),
    Part(
        "custom",
        "Own properties",
        "catalog/dataset/parts/details.html",
        ("custom",),
        _custom,
    ),
)
PARTS: Mapping[str, Part] = {
    part.key: part
    for part in (
        *_FIXED,
        *(
            Part(
                f"fact-{fact}",
                FACT_LABELS[MetadataField(fact)],
                "catalog/dataset/parts/facts.html",
                (fact,),
                _declared(MetadataField(fact)),
            )
            for fact in sorted(DECLARABLE)
        ),
    )
}
# The place on the page that a part's template fills; several forms change the same place.
PLACES: Mapping[str, str] = {
    part.key: part.template.rpartition("/")[2].removesuffix(".html") for part in PARTS.values()
}


def part_of(key: str) -> Part:
    """The part named; raises NotFound."""
    try:
        return PARTS[key]
    except KeyError:
        raise NotFound("There is no such part to edit.") from None
