"""A name that a dataset had before, and that another one has now."""

from __future__ import annotations

import pytest

from catalog.models import Alias, Dataset, Event
from tests.catalog.ingest.sources import PLACE, bring, table

pytestmark = pytest.mark.django_db


def columns_by_name() -> dict[str, list[str]]:
    return {
        dataset.name: list(
            dataset.columns.filter(disappeared_at__isnull=True).values_list("path", flat=True)
        )
        for dataset in Dataset.objects.all()
    }


@pytest.mark.parametrize("former", ["a_before", "z_before"])
@pytest.mark.parametrize("is_changed", [True, False])
def test_a_source_that_lists_both_names_has_two_datasets(former: str, is_changed: bool) -> None:
    # given a dataset that was renamed
    bring(table(former, "id"))
    bring(table("now", "id", aliases=(f"{PLACE}.{former}",)))
    renamed = Dataset.objects.get()
    bring(table("now", "id"))
    # when its source lists it and, by its former name, another one
    now = table("now", "id", "price") if is_changed else table("now", "id")
    report = bring(table(former, "other"), now)
    # then each is what the source says of it, and the former name is no alias any more
    assert (report.created, report.updated, report.refused) == (1, int(is_changed), 0)
    assert columns_by_name() == {
        "now": ["id", "price"] if is_changed else ["id"],
        former: ["other"],
    }
    renamed.refresh_from_db()
    assert renamed.name == "now"
    assert not Alias.objects.exists()
    assert Event.objects.filter(subject_id=renamed.pk, payload__fields__contains="aliases").exists()
    # and once more is nothing new
    again = bring(table(former, "other"), now)
    assert (again.created, again.updated, again.unchanged, again.refused) == (0, 0, 2, 0)


def test_what_says_itself_that_two_names_are_one_is_taken_by_its_own() -> None:
    # given a dataset with another name that its source tells
    linked = table("now", "id", aliases=(f"{PLACE}.a_link",))
    bring(linked)
    # when it lists the other name as well
    report = bring(table("a_link", "id", "price"), linked)
    # then what it says under the dataset's own name holds
    assert (report.created, report.refused) == (0, 1)
    assert report.problems[0].location == f"{PLACE}.a_link"
    assert columns_by_name() == {"now": ["id"]}
    assert Alias.objects.get().qualified_name == f"{PLACE}.a_link"
