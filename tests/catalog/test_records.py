"""Plain records: what stands in a tree, what two people change at once, and what is no value."""

from typing import Any

import pytest
from django.test import Client

from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.models import Domain, Event, Label, Person
from catalog.services.record_fields import change_record
from catalog.services.records import delete_record, record_version, save_record
from catalog.types import LabelKind
from tests.factories import (
    AdministratorFactory,
    DomainFactory,
    TeamFactory,
    administrator,
)

pytestmark = pytest.mark.django_db


def classification(name: str, parent: Label | None = None) -> Label:
    return Label.objects.create(
        kind=LabelKind.CLASSIFICATION,
        name=name,
        parent=parent,
        path=f"{parent.path} / {name}" if parent else name,
    )


def test_nothing_is_moved_below_itself() -> None:
    # given a domain and a label with what stands below them
    top = DomainFactory()
    below = DomainFactory(parent=DomainFactory(parent=top))
    label = classification("Personal")
    inside = classification("Contact", label)

    # when they are moved below that, then it is refused and nothing moved
    for kind, record, place in (("domain", top, below), ("label", label, inside)):
        with pytest.raises(InvalidInput) as refused:
            change_record(
                acting=administrator(), kind=kind, record_id=record.pk, fields={"parent": place.pk}
            )
        assert refused.value.field == "parent"
    assert Domain.objects.get(pk=top.pk).parent is None
    assert Label.objects.get(pk=label.pk).parent is None


def test_labels_below_a_renamed_label_are_called_by_its_new_name() -> None:
    label = classification("Personal")
    inside = classification("Contact", label)
    deeper = classification("Phone", inside)

    change_record(
        acting=administrator(), kind="label", record_id=label.pk, fields={"name": "People"}
    )

    assert list(Label.objects.order_by("pk").values_list("path", flat=True)) == [
        "People",
        "People / Contact",
        "People / Contact / Phone",
    ]
    told = Event.objects.filter(subject_type="label").values_list("subject_id", flat=True)
    assert list(told.order_by("pk")) == [label.pk, inside.pk, deeper.pk]


def test_a_label_takes_no_path_that_another_below_has() -> None:
    label = classification("Personal")
    classification("Contact", label)
    Label.objects.create(kind=LabelKind.CLASSIFICATION, name="Contact", path="People / Contact")

    with pytest.raises(InvalidInput):
        change_record(
            acting=administrator(), kind="label", record_id=label.pk, fields={"name": "People"}
        )
    assert Label.objects.get(pk=label.pk).path == "Personal"


@pytest.mark.parametrize("value", [{}, [1], "first", True])
def test_a_related_record_is_named_by_its_id(value: Any) -> None:
    domain = DomainFactory(owner_team=TeamFactory())

    with pytest.raises(InvalidInput):
        change_record(
            acting=administrator(), kind="domain", record_id=domain.pk, fields={"owner_team": value}
        )
    assert Domain.objects.get(pk=domain.pk).owner_team == domain.owner_team


def test_a_record_deleted_meanwhile_does_not_come_back() -> None:
    # given somebody who looks at a domain while another deletes it
    looking = DomainFactory()
    delete_record(Domain.objects.get(pk=looking.pk), acting=administrator())

    looking.description = "Sales"
    with pytest.raises(NotFound):
        save_record(looking, acting=administrator())
    assert not Domain.objects.exists()


def test_a_form_overwrites_nothing_that_came_since_it_was_opened() -> None:
    # given a form that somebody opened
    person: Person = AdministratorFactory()
    client = Client()
    client.force_login(person)
    domain = DomainFactory(name="Sales")
    address = f"/records/domain/{domain.pk}/edit/"
    version = record_version(domain)
    assert f'name="version" value="{version}"' in client.get(address).content.decode()

    # when another describes the domain, and the form comes back
    change_record(
        acting=administrator(), kind="domain", record_id=domain.pk, fields={"description": "All"}
    )
    old = {"name": "Selling", "description": "", "parent": "", "owner_team": "", "version": version}
    answer = client.post(address, old)

    # then nothing is lost, and the form says why
    assert "Somebody changed this meanwhile" in answer.content.decode()
    domain.refresh_from_db()
    assert (domain.name, domain.description) == ("Sales", "All")
    # and with what is there now it is taken
    fresh = {**old, "description": "All", "version": record_version(domain)}
    assert client.post(address, fresh).status_code == 302
    with pytest.raises(Conflict):
        save_record(domain, acting=administrator(), expected_version=version)
