"""A curator decides what of a dataset is searched and what comes first (R-055)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from catalog.models import Dataset
from catalog.search.indexing import Subject, refresh
from catalog.selectors.search import Band
from catalog.services.curation.facts import change_dataset
from catalog.types import Principal
from tests.catalog.search.conftest import Find, names

pytestmark = pytest.mark.django_db
MakeDataset = Callable[..., Dataset]


def curate(dataset: Dataset, **changes: Any) -> None:
    curator = Principal.system("curating")
    change_dataset(acting=curator, dataset_id=dataset.pk, changes=changes)
    refresh([Subject("dataset", dataset.pk)])


def test_a_lifted_meaning_comes_before_what_is_used_more(dataset: MakeDataset, find: Find) -> None:
    used = dataset("a_used", harvested_description="Winch and anchor", usage_score=10_000)
    lifted = dataset("b_lifted", harvested_description="Anchor with a winch of this ship")
    assert names(find("anchor winch"))[0] == "a_used"

    curate(lifted, boosted_fields=["meaning"])

    answer = find("anchor winch")
    assert [hit.id for hit in answer.hits] == [lifted.pk, used.pk]
    assert [hit.band for hit in answer.hits] == [Band.SYNONYM, Band.DESCRIPTION]
    kept = list(lifted.history.order_by("pgh_id").values_list("boosted_fields", flat=True))  # type: ignore[attr-defined]
    assert (kept[0], kept[-1]) == ([], ["meaning"])


@pytest.mark.parametrize(
    ("hidden", "text"),
    [("meaning", "winch"), ("contents", "bollard_id"), ("bollard_id", "bollard_id")],
)
def test_what_is_hidden_is_not_found(
    dataset: MakeDataset, find: Find, hidden: str, text: str
) -> None:
    made = dataset("ropes", harvested_description="On a winch", columns=("bollard_id", "length"))
    assert names(find(text)) == ["ropes"]

    Dataset.objects.filter(pk=made.pk).update(hidden_fields=[hidden])
    refresh([Subject("dataset", made.pk)])

    assert names(find(text)) == []
    assert find(text).column_hits == ()
    assert names(find("ropes")) == ["ropes"]
