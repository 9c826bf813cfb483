"""What names and counts of values suggest, as one may see it, without what was reviewed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat

from catalog.errors import InvalidInput
from catalog.models import ColumnLabel, Label
from catalog.selectors.datasets import visible_columns
from catalog.selectors.directory import visible
from catalog.types import LabelKind, Principal
from lineage.classes import Evidence, Source
from lineage.models import ClassificationReview, SuggestedClass

SEPARATOR = " / "
SOURCES = (Source.LINEAGE.value, Source.NAME.value, Source.VALUES.value)
MOST_PATHS = 1_000
_SUREST = 0.995


@dataclass(frozen=True, slots=True)
class Asked:
    """Which suggestions: at least so sure, from one source (lineage, name, values), of one
    classification with all below it, with a text in the name of their dataset or column."""

    least: float = 0.0
    source: str = ""
    under: str = ""
    text: str = ""


NOTHING_ASKED = Asked()


def asked_for(given: Mapping[str, str]) -> Asked:
    """What an address or a form asks for; raises InvalidInput for what is none of these."""
    text = given.get("least", "").strip()
    try:
        least = float(text) if text else 0.0
    except ValueError:
        least = -1.0
    if not 0 <= least <= 1:
        raise InvalidInput("How sure is a number from 0 to 1.", field="least")
    source = given.get("source", "").strip()
    if source and source not in SOURCES:
        raise InvalidInput(f"Choose one of {', '.join(SOURCES)}.", field="source")
    return Asked(least, source, given.get("under", "").strip(), given.get("text", "").strip()[:200])


@dataclass(frozen=True, slots=True)
class DetectedClass:
    """A suggestion as it is kept."""

    column_id: int
    label_id: int
    label: str
    confidence: float
    evidence: tuple[Evidence, ...]


def detected(
    principal: Principal, wanted: Collection[int] | None, asked: Asked, most: int
) -> list[DetectedClass]:
    """The surest first, `most` at most; `wanted` are datasets, None is all that one may see."""
    rows = unreviewed().filter(column__in=visible_columns(principal))
    if wanted is not None:
        rows = rows.filter(dataset__in=list(wanted))
    if asked.under:
        below = asked.under + SEPARATOR
        rows = rows.filter(Q(label__path=asked.under) | Q(label__path__startswith=below))
    if asked.source and asked.source != Source.LINEAGE:
        rows = rows.filter(evidence__contains=[{"source": asked.source}])
    if asked.text:
        rows = rows.filter(
            Q(dataset__qualified_name__icontains=asked.text) | Q(column__path__icontains=asked.text)
        )
    found = rows.order_by("-confidence", "pk").values_list(
        "column_id", "label_id", "label__path", "confidence", "evidence"
    )
    return [
        DetectedClass(column, label, path, confidence, tuple(map(_evidence, evidence)))
        for column, label, path, confidence, evidence in found[:most]
    ]


def unreviewed() -> QuerySet[SuggestedClass]:
    """Suggestions of present columns that nobody reviewed, and that no classification of the same
    first level covers. Whoever shows them asks what may be seen."""
    first = Func(
        F("label__path"),
        Value(SEPARATOR),
        Value(1),
        function="split_part",
        output_field=TextField(),
    )
    held = ColumnLabel.objects.filter(
        column=OuterRef("column"), label__kind=LabelKind.CLASSIFICATION
    )
    covered = held.filter(
        Q(label__path=OuterRef("root")) | Q(label__path__startswith=OuterRef("below"))
    )
    said = ClassificationReview.objects.filter(column=OuterRef("column"), label=OuterRef("label"))
    rows = SuggestedClass.objects.filter(column__disappeared_at__isnull=True).annotate(
        root=first, below=Concat(first, Value(SEPARATOR), output_field=TextField())
    )
    return rows.filter(~Exists(covered), ~Exists(said))


def classification_paths(principal: Principal) -> list[str]:
    """The classifications of the company, for a choice: the first 1,000 by path."""
    found = visible(principal, Label).filter(kind=LabelKind.CLASSIFICATION)
    return list(found.order_by("path").values_list("path", flat=True)[:MOST_PATHS])


def together(first: float, second: float) -> float:
    """How sure two that say the same independently make it: their odds multiplied."""
    odds = sum(math.log(one / (1 - one)) for one in (min(first, _SUREST), min(second, _SUREST)))
    return 1 / (1 + math.exp(-odds))


def _evidence(stored: Any) -> Evidence:
    return Evidence(Source(stored["source"]), stored["text"], stored["weight"])
