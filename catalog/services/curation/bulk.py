"""The same change on many datasets: each one on its own, with a report of what was refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from catalog.access import AccessRefused
from catalog.errors import CatalogError, InvalidInput

MAX_DATASETS = 1000


@dataclass(frozen=True, slots=True)
class BulkReport:
    """Ids that changed, and the reason for each that did not."""

    changed: tuple[int, ...]
    refused: dict[int, str]


def change_many(dataset_ids: Sequence[int], change: Callable[[int], object]) -> BulkReport:
    """Call a curation function for each id; one refusal never undoes the others.

    Raises InvalidInput for more than 1,000 ids.
    """
    if len(dataset_ids) > MAX_DATASETS:
        raise InvalidInput(
            f"{len(dataset_ids):,} datasets are too many at once; choose at most {MAX_DATASETS:,}.",
            field="datasets",
        )
    changed: list[int] = []
    refused: dict[int, str] = {}
    for dataset_id in dict.fromkeys(dataset_ids):
        try:
            change(dataset_id)
        except AccessRefused as error:
            refused[dataset_id] = error.verdict.sentence
        except CatalogError as error:
            refused[dataset_id] = error.message
        else:
            changed.append(dataset_id)
    return BulkReport(tuple(changed), refused)
