"""Nothing is shown on the word of an index that is behind the database."""

from __future__ import annotations

import datetime as dt
import gc
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from catalog.access import Action, gate
from catalog.models import Column, ColumnLabel, Dataset, DatasetLabel, Label, Person, TeamMembership
from catalog.selectors.principals import principal_of
from catalog.types import LabelKind, Origin
from governance.models import Agreement, OptOutException
from governance.permissions.engine import Delta, Index, next_index
from governance.permissions.holder import Holder, opt_outs
from governance.permissions.types import ExceptionState
from tests.factories import DatasetFactory, PersonFactory, TeamFactory
from tests.governance.kinds.larkfield import larkfield
from tests.governance.permissions.company import in_force, opt_out

SECRET = {"dataset": "hr.*"}


def late(name: str = "postgres://w/x.hr.late") -> Dataset:
    return DatasetFactory(qualified_name=name, lookup_name=name)


def who(username: str) -> Any:
    return principal_of(Person.objects.get(username=username))


def sees(username: str, dataset: Dataset, action: Action = Action.SEE) -> bool:
    """Whether somebody may know of a dataset, asked one by one and as a set."""
    inside = gate().scope(who(username), action, Dataset.objects.filter(pk=dataset.pk)).exists()
    assert gate().authorize(who(username), action, dataset).allowed is inside
    return inside


def people() -> None:
    TeamFactory(name="payroll").members.add(PersonFactory(username="paul"))
    PersonFactory(username="ann")


@pytest.mark.django_db
def test_somebody_new_is_known_though_the_index_moves_on_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given an index, somebody added after it, and a load that ends while their question waits
    index = opt_outs.settled()
    holder = Holder()
    holder.install(index)
    ann = PersonFactory(username="ann")
    later = next_index(index, Delta(index.version + 1))

    class Awaited:
        def __enter__(self) -> None:
            holder._index = later

        def __exit__(self, *_: object) -> None: ...

    monkeypatch.setattr(holder, "_lock", Awaited())

    # When they ask, then the later index answers, and knows them
    found = holder.index_for(ann.pk)
    assert (found.version, found.person_named("ann")) == (later.version, ann.pk)


def classification(name: str) -> Label:
    return Label.objects.create(kind=LabelKind.CLASSIFICATION, name=name, path=name)


@pytest.mark.django_db
def test_a_dataset_added_under_a_confidential_opt_out_is_never_shown() -> None:
    # Given an opt-out over names of which there is no dataset yet
    people()
    in_force(opt_out(1, resources=SECRET, confidential_metadata=True))

    # When one comes, and one that is not meant, in a transaction that is still open
    hidden, other = late(), late("postgres://w/x.sales.late")

    # Then only whom it does not concern sees the one, without anything being read anew
    assert not sees("ann", hidden)
    assert sees("paul", hidden)
    assert sees("ann", other)


@pytest.mark.django_db
def test_a_label_hides_with_the_statement_that_puts_it() -> None:
    people()
    plain, labeled = late("postgres://w/x.a.one"), late("postgres://w/x.a.two")
    column = Column.objects.create(dataset=labeled, path="id", name="id", ordinal=1)
    pii = classification("pii")
    in_force(opt_out(1, resources={"tag": "pii"}, confidential_metadata=True))
    assert sees("ann", plain)
    assert sees("ann", labeled)

    DatasetLabel.objects.create(dataset=plain, label=pii, origin=Origin.DECLARED)
    ColumnLabel.objects.create(column=column, label=pii, origin=Origin.DECLARED)

    assert not sees("ann", plain)
    assert not sees("ann", labeled)
    assert sees("paul", labeled)


@pytest.mark.django_db
def test_more_than_can_be_asked_one_by_one_is_hidden_until_it_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people()
    in_force(opt_out(1, resources=SECRET, confidential_metadata=True))
    monkeypatch.setattr("governance.permissions.gate._MOST_ASKED", 1)

    many = [late(f"postgres://w/x.sales.t{number}") for number in range(3)]

    shown = gate().scope(who("ann"), Action.SEE, Dataset.objects.all())
    assert not shown.filter(pk__in=[one.pk for one in many]).exists()
    assert gate().scope(who("paul"), Action.SEE, Dataset.objects.all()).count() == 3
    opt_outs.refresh()
    assert gate().scope(who("ann"), Action.SEE, Dataset.objects.all()).count() == 3


@pytest.mark.django_db
def test_what_is_denied_is_no_longer_among_the_readable() -> None:
    people()
    in_force(opt_out(1, resources=SECRET))

    new = late()

    assert sees("ann", new)
    assert not sees("ann", new, Action.READ)
    assert not sees("ann", new, Action.READ_WHOLE)


@pytest.mark.django_db(transaction=True)
def test_a_request_takes_in_what_was_committed_and_nothing_else(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an index, and somebody whom a confidential opt-out concerns
    people()
    in_force(opt_out(1, resources=SECRET, confidential_metadata=True))
    before = opt_outs.current()
    client.force_login(Person.objects.get(username="ann"))

    # When a transaction adds a dataset and is undone, the index of all others stays
    try:
        with transaction.atomic():
            undone = late("postgres://w/x.hr.undone")
            assert not sees("ann", undone)
            raise RuntimeError
    except RuntimeError:
        pass
    assert opt_outs.current() is before

    # When another is committed, the next request knows it and answers as for one that is not there
    collecting: list[bool] = []

    def made(index: Index, delta: Delta) -> Index:
        collecting.append(gc.isenabled())
        return next_index(index, delta)

    monkeypatch.setattr("governance.permissions.holder.next_index", made)
    hidden = late()
    found = client.get(f"/api/v1/datasets/{hidden.pk}/")
    absent = client.get(f"/api/v1/datasets/{hidden.pk + 1000}/")
    assert (found.status_code, absent.status_code) == (404, 404)
    assert found.json()["detail"] == absent.json()["detail"]
    assert found.json()["code"] == absent.json()["code"]
    assert hidden.pk in opt_outs.current().parts.records
    assert opt_outs.current() is not before
    # And the collector did not walk through what was made for it, which holds up all that answer
    assert set(collecting) == {False}
    assert gc.isenabled()


@pytest.mark.django_db
def test_an_index_kept_up_by_deltas_is_the_one_that_is_loaded_anew() -> None:
    # Given a company whose index was loaded
    people()
    tables = larkfield("hr.compensation", "hr.employee", "billing.customer")
    pii = classification("pii")
    in_force(
        opt_out(1), opt_out(2, effect="mask(all)", resources={"tag": "pii"}, subjects={"all": True})
    )
    pay, employee = tables["hr.compensation"], tables["hr.employee"]
    column = Column.objects.filter(dataset=employee).first()
    assert column is not None

    # When one thing after the other moves, then what was taken in is what there is
    def labeled() -> None:
        ColumnLabel.objects.create(column=column, label=pii, origin=Origin.DECLARED)

    def unlabeled() -> None:
        ColumnLabel.objects.filter(column=column).delete()

    def excepted() -> None:
        now = timezone.now()
        OptOutException.objects.create(
            agreement=Agreement.objects.get(key="permission_policy:oo-1"),
            person=Person.objects.get(username="ann"), reason="Audit.",
            begins_at=now - dt.timedelta(days=1), ends_at=now + dt.timedelta(days=1),
            state=ExceptionState.APPROVED, requested_at=now,
        )  # fmt: skip

    def joined() -> None:
        TeamFactory(name="guests")
        TeamMembership.objects.create(
            person=Person.objects.get(username="ann"),
            team=Person.objects.get(username="paul").teams.get(),
        )

    def left() -> None:
        TeamMembership.objects.filter(person__username="ann").delete()

    changes = (
        labeled, excepted, joined, left, late, unlabeled,
        lambda: PersonFactory(username="new"),
        lambda: Person.objects.filter(username="ann").update(is_active=False),
        lambda: Dataset.objects.filter(pk=pay.pk).update(residency="EU"),
    )  # fmt: skip
    for change in changes:
        change()
        assert opt_outs.refresh()
        anew = Holder()
        anew.refresh()
        assert meaning(opt_outs.current()) == meaning(anew.current())


@pytest.mark.django_db
def test_masses_of_data_load_everything_once_where_no_opt_out_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Given a world without opt-outs that was just loaded
    monkeypatch.setattr("governance.permissions.selectors.deltas.MOST_AT_ONCE", 1)
    monkeypatch.setattr("governance.permissions.holder._REST", 1e9)
    monkeypatch.setattr("governance.permissions.holder._SOON", 0.0)
    holder = Holder()
    holder.refresh()

    # When more comes than a delta takes in, who looks regularly lets it rest
    first = [late(f"postgres://w/x.a.t{number}") for number in range(2)]
    assert not holder.refresh(may_rest=True)

    # Then whoever asks has it at once, and so has everybody when a person comes
    assert holder.refresh()
    assert {one.pk for one in first} <= holder.current().parts.records.keys()
    second = [late(f"postgres://w/x.b.t{number}") for number in range(2)]
    assert not holder.refresh(may_rest=True)
    PersonFactory(username="new")
    assert holder.refresh(may_rest=True)
    assert {one.pk for one in second} <= holder.current().parts.records.keys()


@pytest.mark.django_db
def test_small_changes_rest_after_a_long_load_only(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a world without opt-outs that took so long that little more of it would follow at once
    monkeypatch.setattr("governance.permissions.holder._REST", 1e9)
    monkeypatch.setattr("governance.permissions.holder._SOON", 0.0)
    holder = Holder()
    holder.refresh()
    late("postgres://w/x.a.t")

    # Then what a delta takes in rests, too
    assert not holder.refresh(may_rest=True)

    # And after a load that took less than anybody notices nothing rests
    monkeypatch.setattr("governance.permissions.holder._SOON", 60.0)
    assert holder.refresh()
    second = late("postgres://w/x.b.t")
    assert holder.refresh(may_rest=True)
    assert second.pk in holder.current().parts.records


@pytest.mark.django_db
def test_nothing_rests_under_an_opt_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("governance.permissions.selectors.deltas.MOST_AT_ONCE", 1)
    monkeypatch.setattr("governance.permissions.holder._REST", 1e9)
    monkeypatch.setattr("governance.permissions.holder._SOON", 0.0)
    people()
    in_force(opt_out(1, resources=SECRET))
    opt_outs.refresh()

    many = [late(f"postgres://w/x.a.t{number}") for number in range(3)]

    assert opt_outs.refresh(may_rest=True)
    assert {one.pk for one in many} <= opt_outs.current().parts.records.keys()


def meaning(index: Index) -> Any:
    """Everything that an index answers, written out."""
    parts = index.parts
    return (
        index.version, dict(parts.persons), dict(parts.records), dict(parts.rules),
        dict(parts.exceptions),
        {
            (person, dataset): answer.rules + answer.filters + answer.lifted
            for person in parts.persons
            for dataset in parts.records
            for answer in (index.decide(person, "read", dataset),)
        },
        {person: set(index.denied_datasets(person, "read")) for person in parts.persons},
    )  # fmt: skip
