"""Whether a principal may read the SQL that makes a dataset: it names all that it reads.

As with jobs and queries a text is shown to whoever may see every dataset it reads. One that was
not read yet, or could not be, may name anything: it is shown to those from whom nothing is hidden.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from catalog.models import Dataset
from catalog.registries.definitions import definition_readers
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal

TEXTS = ("definition_sql", "definition_source")
WITHHELD = "It may name datasets that you do not see, so it is not shown."


def sees_everything(principal: Principal) -> bool:
    """Whether no dataset at all is hidden from the principal; asks the database nothing."""
    return not visible_datasets(principal).query.where


def withheld_definitions(principal: Principal, dataset_ids: Collection[int]) -> frozenset[int]:
    """Those of some datasets whose definition the principal may not read, at most two queries."""
    if not dataset_ids or sees_everything(principal):
        return frozenset()
    known = [readers(principal, dataset_ids) for readers in definition_readers]
    return frozenset(dataset_ids).difference(*known)


def readable_texts(principal: Principal, dataset_id: int) -> frozenset[str] | None:
    """Of the definitions that a dataset has and had those that the principal may read: what it
    is made by now, where that may be read. None for all of them: what a text that is gone has
    read is not known."""
    if sees_everything(principal):
        return None
    if withheld_definitions(principal, [dataset_id]):
        return frozenset()
    rows = Dataset.objects.filter(pk=dataset_id)
    return frozenset(text for row in rows.values_list(*TEXTS) for text in row if text)


def definitions_of_datasets(
    principal: Principal, parents: Sequence[Dataset], arguments: Mapping[str, Any]
) -> Mapping[int, str]:
    """Definitions by dataset, empty where they may not be read."""
    defined = {parent.pk: parent.definition_sql for parent in parents if parent.definition_sql}
    withheld = withheld_definitions(principal, defined)
    return {parent.pk: "" if parent.pk in withheld else parent.definition_sql for parent in parents}
