"""Data stays opted out by its label, whatever becomes of the label's name and place."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from catalog.access import Action, gate
from catalog.errors import Conflict
from catalog.models import Column, ColumnLabel, Dataset, DatasetLabel, Label, Person
from catalog.selectors.principals import principal_of
from catalog.services.records import delete_record, save_record
from catalog.types import LabelKind, Origin, Principal
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.permissions.gateways.keeping import Keeper
from governance.permissions.holder import opt_outs
from tests.factories import DatasetFactory, PersonFactory, TeamFactory
from tests.governance.kinds.setting import hold
from tests.governance.permissions.company import in_force, opt_out

pytestmark = pytest.mark.django_db
ACTING = Principal.system("tests")


def label(name: str, parent: Label | None = None) -> Label:
    path = f"{parent.path} / {name}" if parent else name
    return Label.objects.create(kind=LabelKind.CLASSIFICATION, name=name, path=path, parent=parent)


@pytest.fixture
def personal() -> Label:
    """A label that everybody but payroll is opted out of, confidentially."""
    TeamFactory(name="payroll").members.add(PersonFactory(username="paul"))
    PersonFactory(username="ann")
    return label("personal")


@pytest.fixture
def contact(personal: Label) -> Label:
    """One below it."""
    return label("contact", personal)


@pytest.fixture
def people(contact: Label) -> Dataset:
    """A dataset that carries the lower one."""
    made: Dataset = DatasetFactory()
    DatasetLabel.objects.create(dataset=made, label=contact, origin=Origin.DECLARED)
    in_force(opt_out(1, resources={"tag": "personal"}, confidential_metadata=True))
    return made


def shown(dataset: Dataset, username: str = "ann") -> bool:
    who = principal_of(Person.objects.get(username=username))
    return gate().authorize(who, Action.SEE, dataset).allowed


def stays_hidden(dataset: Dataset, tmp_path: Path) -> None:
    """At once, by a delta, after everything was loaded anew, and from the bundle on disk."""
    assert not shown(dataset)
    assert shown(dataset, "paul")
    opt_outs.refresh()
    assert not shown(dataset)
    opt_outs.install(None)
    assert not shown(dataset)
    keeper = Keeper(tmp_path / "bundle")
    keeper.look()
    keeper.keep_bundle()
    keeper.stop()
    keeper.load()
    ann = Person.objects.get(username="ann").pk
    assert not keeper.standing().index.see(ann, dataset.pk).allowed
    opt_outs.install(None)


@pytest.mark.parametrize("is_child", [False, True])
def test_a_label_that_is_renamed_is_opted_out_of_still(
    personal: Label, contact: Label, people: Dataset, tmp_path: Path, is_child: bool
) -> None:
    one = contact if is_child else personal
    one.name = "other"
    one.path = "personal / other" if is_child else "other"
    save_record(one, acting=ACTING)
    contact.refresh_from_db()
    assert contact.path == ("personal / other" if is_child else "other / contact")
    stays_hidden(people, tmp_path)

    # And so is what is put below it by its new name
    below = label("phone", Label.objects.get(pk=contact.pk))
    column = Column.objects.create(dataset=DatasetFactory(), path="a", name="a", ordinal=1)
    ColumnLabel.objects.create(column=column, label=below, origin=Origin.DECLARED)
    stays_hidden(column.dataset, tmp_path)


def test_a_label_that_is_moved_elsewhere_is_opted_out_of_still(
    contact: Label, people: Dataset, tmp_path: Path
) -> None:
    contact.parent = label("harmless")
    contact.path = "harmless / contact"
    save_record(contact, acting=ACTING)
    stays_hidden(people, tmp_path)


def test_an_opt_out_that_is_agreed_afterwards_means_the_names_of_then(
    personal: Label, people: Dataset
) -> None:
    # Given a label that was renamed, and another one with its name
    personal.name = personal.path = "other"
    save_record(personal, acting=ACTING)
    other = label("personal")
    assert not shown(people)

    # When the opt-out is agreed anew, then it means that one alone
    document = OptOut.model_validate(
        opt_out(1, resources={"tag": "personal"}, confidential_metadata=True)
    )
    hold(document, "permission_policy", since=timezone.now())
    opt_outs.install(None)
    assert opt_outs.current().parts.rules["permission_policy:oo-1"].resources.labels == {
        str(other.pk)
    }
    assert shown(people)


def test_a_label_is_not_deleted_while_data_is_opted_out_by_it(
    contact: Label, people: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(Conflict, match=r"opted out by it \(OO-1\)"):
        delete_record(contact, acting=ACTING)
    stays_hidden(people, tmp_path)

    # But one that nothing carries is, and one that no opt-out goes by
    delete_record(label("unused", contact), acting=ACTING)
    free = label("free")
    DatasetLabel.objects.create(dataset=people, label=free, origin=Origin.DECLARED)
    delete_record(free, acting=ACTING)
    assert not Label.objects.filter(name__in=("unused", "free")).exists()
