"""What people say of what a source says too: it stays when the source changes its mind (law 5)."""

from __future__ import annotations

import pytest

from catalog.models import ColumnLabel, Dataset, DatasetLabel, Event
from catalog.services import curation
from catalog.types import ColumnRecord, LabelKind, Motion
from tests.catalog.ingest.sources import bring, table
from tests.factories import principal

pytestmark = pytest.mark.django_db


def test_a_label_that_a_person_puts_there_too_stays_when_its_source_takes_it_back() -> None:
    # given a source that classifies a dataset and a column of it
    classified = ColumnRecord(("mail",), "text", classifications=("Personal",))
    bring(table("orders", columns=(classified,), tags=("pii", "fresh")))
    orders = Dataset.objects.get()
    person = principal(is_superuser=True)
    # when a person says so too, of the column and by one of the tags
    curation.add_label(acting=person, dataset_id=orders.pk, kind=LabelKind.TAG, path="pii")
    curation.add_label(
        acting=person,
        dataset_id=orders.pk,
        kind=LabelKind.CLASSIFICATION,
        path="Personal",
        column_path="mail",
    )
    told = Event.objects.filter(type="catalog.dataset.changed").count()
    assert told == 2
    # and once more, which changes nothing
    curation.add_label(acting=person, dataset_id=orders.pk, kind=LabelKind.TAG, path="pii")
    assert Event.objects.filter(type="catalog.dataset.changed").count() == told
    # then only what the source alone said goes with its word
    bring(table("orders", "mail"))
    assert list(DatasetLabel.objects.values_list("label__path", "origin")) == [("pii", "declared")]
    assert list(ColumnLabel.objects.values_list("label__path", "origin")) == [
        ("Personal", "declared")
    ]


def test_a_fact_that_a_person_set_to_nothing_stays_so() -> None:
    # given facts of a source that a person takes for wrong
    facts = {"motion": Motion.IN_MOTION, "display_name": "Orders, live", "retention": "P7D"}
    bring(table("orders", "id", **facts))
    orders = Dataset.objects.get()
    curation.change_dataset(
        acting=principal(is_superuser=True),
        dataset_id=orders.pk,
        changes={"motion": "at_rest", "display_name": ""},
    )
    # when the source has something else to say, and states them again
    bring(table("orders", "id", "price", **facts))
    # then they are as the person left them, and what nobody touched follows the source
    orders.refresh_from_db()
    assert (orders.motion, orders.display_name, orders.retention) == ("at_rest", "", "P7D")
    bring(table("orders", "id", "price", **{**facts, "retention": "P30D"}))
    orders.refresh_from_db()
    assert (orders.motion, orders.display_name, orders.retention) == ("at_rest", "", "P30D")


def test_a_fact_that_the_source_states_for_the_first_time_fills_what_is_empty() -> None:
    # given a dataset of which nothing is known
    bring(table("orders", "id"))
    # when its source learns to say more
    bring(table("orders", "id", display_name="Orders", motion=Motion.IN_MOTION))
    # then it is taken
    orders = Dataset.objects.get()
    assert (orders.display_name, orders.motion) == ("Orders", "in_motion")
