"""What can measure a goal, by names that people type: figures, metrics, example queries."""

from __future__ import annotations

from typing import Any

from catalog.errors import InvalidInput
from catalog.models import Dataset, ExampleQuery
from catalog.selectors.datasets import visible_datasets
from catalog.types import DatasetKind, Principal
from governance.culture.selectors.figures import FIGURES
from governance.culture.types import GoalMeasure

OFFERED = 200
_OF = ": "
_QUERY = "query "


def what_measures(principal: Principal) -> list[tuple[str, str]]:
    """What to type and what it is: every figure, metrics by name, and the newest queries."""
    figures = [
        (f"{name}{_OF if figure.of_dataset else ''}", figure.label)
        for name, figure in FIGURES.items()
    ]
    seen = visible_datasets(principal)
    metrics = seen.filter(kind=DatasetKind.METRIC, disappeared_at__isnull=True)
    queries = ExampleQuery.objects.filter(dataset__in=seen).order_by("-pk")[:OFFERED]
    return [
        *figures,
        *((one.qualified_name, "metric") for one in metrics.order_by("qualified_name")[:OFFERED]),
        *((f"{_QUERY}{one.pk}", one.question) for one in queries),
    ]


def choose_measure(principal: Principal, typed: str) -> dict[str, Any]:
    """The fields of a draft for what somebody typed: `openness`, `rows: <dataset>`, the full name
    of a metric, `query <id>`. Nothing typed is nothing chosen. Raises InvalidInput for a dataset
    that is not there."""
    text = typed.strip()
    if not text:
        return {}
    if text in FIGURES:
        return {"measure": GoalMeasure.FIGURE, "figure": text}
    number = text.removeprefix(_QUERY)
    if text.startswith(_QUERY) and number.isascii() and number.isdigit() and len(number) < 19:
        return {"measure": GoalMeasure.QUERY, "query_id": int(number)}
    figure, _, name = text.partition(_OF)
    if figure in FIGURES:
        return {
            "measure": GoalMeasure.FIGURE,
            "figure": figure,
            "dataset_id": _dataset(principal, name).pk if name else None,
        }
    found = _dataset(principal, text)
    return {"measure": GoalMeasure.METRIC, "dataset_id": found.pk}


def _dataset(principal: Principal, name: str) -> Dataset:
    found = visible_datasets(principal).filter(qualified_name=name.strip()).first()
    if found is None:
        raise InvalidInput(
            f"There is no dataset {name.strip()[:200]!r}: choose one of the list.", field="measure"
        )
    return found
