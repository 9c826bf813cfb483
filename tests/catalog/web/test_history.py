"""The past of a dataset: the list of changes, going back, and the page as it was."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Dataset, Label, Person
from catalog.selectors.principals import principal_of
from catalog.services import curation
from catalog.types import LabelKind, OwnershipKind
from tests.factories import AdministratorFactory, ColumnFactory, PersonFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def moment(dataset: Dataset) -> dt.datetime:
    """An instant at which the dataset had a description, an owner, a tag and one column."""
    acting = principal_of(AdministratorFactory(display_name="Adam Admin"))
    owner = PersonFactory(display_name="Olga Owner")
    ColumnFactory(dataset=dataset, name="amount", path="amount")
    curation.change_dataset(
        acting=acting,
        dataset_id=dataset.pk,
        changes={"description": "Orders of the shop"},
        reason="First words",
    )
    curation.add_owner(
        acting=acting, dataset_id=dataset.pk, kind=OwnershipKind.STEWARD, person_id=owner.pk
    )
    curation.add_label(acting=acting, dataset_id=dataset.pk, kind=LabelKind.TAG, path="core")
    at = timezone.now()
    curation.change_dataset(
        acting=acting,
        dataset_id=dataset.pk,
        changes={"description": "Orders of the shop and of the phone"},
        reason="The phone was forgotten",
    )
    curation.remove_label(acting=acting, dataset_id=dataset.pk, kind=LabelKind.TAG, path="core")
    ownership = dataset.ownerships.get()
    curation.remove_owner(acting=acting, dataset_id=dataset.pk, ownership_id=ownership.pk)
    ColumnFactory(dataset=dataset, name="channel", path="channel")
    return at


def test_the_history_tells_who_changed_what_and_why(
    reader: Client, dataset: Dataset, moment: dt.datetime
) -> None:
    page = reader.get(f"/datasets/{dataset.pk}/history/").content.decode()

    assert "The phone was forgotten" in page
    assert "Orders of the shop<ins> and of the phone</ins>" in page
    assert "Olga Owner named as steward" in page
    assert "Olga Owner released as steward" in page
    assert "Label core removed" in page
    assert "Adam Admin" in page


def test_the_whole_page_turns_into_the_past(
    reader: Client, dataset: Dataset, moment: dt.datetime
) -> None:
    query = {"as_of": moment.isoformat()}

    overview = reader.get(f"/datasets/{dataset.pk}/", query).content.decode()
    columns = reader.get(f"/datasets/{dataset.pk}/columns/", query).content.decode()
    today = reader.get(f"/datasets/{dataset.pk}/").content.decode()

    assert "You see this page as it was on" in overview
    assert "and of the phone" not in overview
    assert "Olga Owner" in overview
    assert "core" in overview
    assert "Edit" not in overview.split("<main")[1]
    assert "amount" in columns
    assert "channel" not in columns
    assert "Olga Owner" not in today


def test_owners_and_labels_that_were_deleted_since_are_said_so(
    reader: Client, dataset: Dataset, moment: dt.datetime
) -> None:
    Person.objects.filter(display_name="Olga Owner").delete()
    Label.objects.all().delete()

    page = reader.get(f"/datasets/{dataset.pk}/", {"as_of": moment.isoformat()}).content.decode()

    assert "Somebody who has left the catalog" in page
    assert "a label that was deleted" in page


def test_nothing_can_be_changed_from_the_past(
    administrator: Client, dataset: Dataset, moment: dt.datetime
) -> None:
    response = administrator.post(
        f"/datasets/{dataset.pk}/edit/description/?as_of={moment:%Y-%m-%dT%H:%M:%S.%f}",
        {"description": "Rewritten"},
    )

    dataset.refresh_from_db()
    assert response.status_code == 403
    assert dataset.declared_description == "Orders of the shop and of the phone"


def test_before_its_first_day_there_is_no_page(reader: Client, dataset: Dataset) -> None:
    answer = reader.get(f"/datasets/{dataset.pk}/?as_of=2001-01-01")

    assert answer.status_code == 404
    assert f"it is known since {dt.datetime.now(dt.UTC):%-d %B %Y}, " in answer.content.decode()


def test_what_is_no_date_shows_the_present_and_says_so(reader: Client, dataset: Dataset) -> None:
    page = reader.get(f"/datasets/{dataset.pk}/?as_of=yesterday").content.decode()

    assert "is not a date: write 2026-05-04" in page
    assert "You see this page as it was" not in page


def test_a_reader_goes_back_to_an_earlier_description(
    reader: Client, dataset: Dataset, moment: dt.datetime
) -> None:
    first = (
        dataset.history.filter(declared_description="Orders of the shop")
        .order_by("pgh_id")
        .values_list("pgh_id", flat=True)
        .first()
    )

    reader.post(f"/datasets/{dataset.pk}/revert/", {"history_id": first})

    dataset.refresh_from_db()
    assert dataset.declared_description == "Orders of the shop"


def test_the_activity_lists_events_in_sentences(
    reader: Client, dataset: Dataset, moment: dt.datetime
) -> None:
    page = reader.get(f"/datasets/{dataset.pk}/activity/").content.decode()

    assert "Adam Admin changed description" in page
    assert "Adam Admin changed owners" in page
