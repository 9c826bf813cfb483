"""The overview of a dataset: what it means, what is known, what people say about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_GET

from catalog.errors import NotFound
from catalog.registries.pages import dataset_panels
from catalog.selectors.datasets import (
    conversation_of,
    datasets_ending,
    examples_of,
    find_dataset,
)
from catalog.selectors.definitions import WITHHELD, withheld_definitions
from catalog.selectors.directory import property_definitions
from catalog.selectors.media import media_of
from catalog.selectors.metadata import Fact, completeness, thirteen_facts
from catalog.selectors.onboarding import onboarding_steps
from catalog.selectors.past import past_facts
from catalog.selectors.usage import (
    distributions_of,
    heaviest_readers,
    usage_summary,
)
from catalog.services.curation.facts import DECLARABLE
from catalog.services.media import HOLDS_MEDIA
from catalog.services.personal import note_visit
from catalog.types import LabelKind, MetadataField, Origin
from catalog.web.addresses import dataset_address
from catalog.web.datasets.frame import Frame, frame_of
from catalog.web.middleware import principal_from

QUESTIONS_SHOWN = 20
EXAMPLES_SHOWN = 10
FACT_LABELS = {
    MetadataField.MEANING: "What it means",
    MetadataField.OWNER: "Who owns it",
    MetadataField.CONTENTS: "What it contains",
    MetadataField.PUBLISHED_AT: "When it was published",
    MetadataField.RELATIONS: "How it is related",
    MetadataField.ORGANISATION: "How it is organized",
    MetadataField.KEY: "Its key",
    MetadataField.SORT_ORDER: "How it is sorted",
    MetadataField.CREATED_AT: "When it was created",
    MetadataField.MODIFIED_AT: "When it was modified",
    MetadataField.ARCHIVED_AT: "When it was archived",
    MetadataField.ACCESS: "Who has access",
    MetadataField.SIZE: "How large it is",
}
_ORIGIN_WORDS = {
    Origin.HARVESTED: "from the source",
    Origin.DECLARED: "declared",
    Origin.DERIVED: "worked out",
    Origin.DEMONSTRATION: "assigned for the demo",
}


@dataclass(frozen=True, slots=True)
class ShownFact:
    """One of the thirteen as the page shows it; `part` is the form that changes it."""

    label: str
    fact: Fact
    origin: str
    part: str = ""

    @property
    def is_moment(self) -> bool:
        """Whether the value is a moment and not a text somebody wrote."""
        return isinstance(self.fact.value, dt.datetime)


@require_GET
def overview(request: HttpRequest, dataset_id: int) -> HttpResponse:
    """`/datasets/<id>/`"""
    frame = frame_of(request, dataset_id)
    if frame.past is None:
        note_visit(acting=frame.principal, dataset_id=dataset_id)
    return render(request, "catalog/dataset/overview.html", overview_context(frame))


@require_GET
def by_name(request: HttpRequest) -> HttpResponse:
    """`/d/?name=postgres://warehouse/sales.public.orders`: the lasting address of a dataset.

    Agreements may say a short name (`sales.orders`). Where it means several, a search lists them.
    """
    principal, name = principal_from(request), request.GET.get("name", "")
    if not name:
        raise NotFound("No name was given.")
    try:
        return redirect(dataset_address(find_dataset(principal, name).pk))
    except NotFound:
        meant = datasets_ending(principal, name)
    if not meant:
        raise NotFound(f"There is no dataset named {name[:200]}.")
    if len(meant) > 1:
        return redirect(f"{reverse('catalog:search')}?{urlencode({'q': name})}")
    return redirect(dataset_address(meant[0].pk))


def _withheld(frame: Frame) -> str:
    """Why the definition is not shown, today's or that of a past moment; empty where it is."""
    defined = {frame.dataset.pk} if frame.dataset.definition_sql else frozenset[int]()
    return WITHHELD if withheld_definitions(frame.principal, defined) else ""


def overview_context(frame: Frame) -> dict[str, Any]:
    """Everything the parts of the overview need; each is read only where a template shows it."""
    principal, dataset, past = frame.principal, frame.dataset, frame.past

    def facts() -> list[ShownFact]:
        known = past_facts(past) if past else thirteen_facts(principal, dataset)
        return [shown_fact(frame, fact) for fact in known]

    def fact_count() -> int:
        return completeness(tuple(shown.fact for shown in context["facts"]))

    context: dict[str, Any] = {
        **frame.context,
        "facts": _lazy(facts),
        "fact_count": _lazy(fact_count),
        "tags": _labels(frame, LabelKind.TAG),
        "classifications": _labels(frame, LabelKind.CLASSIFICATION),
        "custom": _lazy(lambda: _custom(frame)),
        "definition_withheld": _withheld(frame),
        "has_properties": _lazy(lambda: property_definitions(principal).exists()),
    }
    if past:
        return context
    return context | {
        "questions": _lazy(lambda: list(conversation_of(principal, dataset)[:QUESTIONS_SHOWN])),
        "examples": _lazy(lambda: list(examples_of(principal, dataset)[:EXAMPLES_SHOWN])),
        "distributions": _lazy(lambda: list(distributions_of(principal, dataset))),
        "media": media_of(principal, dataset, with_transcript=False)
        if dataset.kind in HOLDS_MEDIA
        else None,
        "usage": _lazy(lambda: usage_summary(principal, dataset)),
        "readers": _lazy(lambda: heaviest_readers(principal, dataset, limit=3)),
        "steps": _lazy(lambda: onboarding_steps(principal, dataset)),
        "panels": [
            (panel.template, shown)
            for panel in sorted(dataset_panels, key=lambda panel: panel.order)
            if (shown := panel.context(principal, dataset)) is not None
        ],
    }


def shown_fact(frame: Frame, fact: Fact) -> ShownFact:
    """A fact with its words and the form that changes it, where the person may."""
    part = ""
    if fact.field is MetadataField.MEANING:
        part = "description" if frame.rights["description"].allowed else ""
    elif fact.field is MetadataField.OWNER:
        part = "owners" if frame.rights["owners"].allowed else ""
    elif fact.field in DECLARABLE and frame.rights[fact.field].allowed:
        part = f"fact-{fact.field}"
    return ShownFact(
        FACT_LABELS[fact.field],
        fact,
        _ORIGIN_WORDS[fact.origin] if fact.origin else "",
        part,
    )


def _labels(frame: Frame, kind: LabelKind) -> list[Any]:
    return [held for held in frame.dataset.labels.all() if held.label.kind == kind]


def _custom(frame: Frame) -> list[tuple[str, Any]]:
    held = frame.dataset.custom
    if not held:
        return []
    defined = property_definitions(frame.principal).filter(key__in=list(held))
    labels = dict(defined.values_list("key", "label"))
    return [(labels.get(key, key.replace("_", " ")), value) for key, value in held.items()]


def _lazy(make: Callable[[], Any]) -> Any:
    return SimpleLazyObject(make)
