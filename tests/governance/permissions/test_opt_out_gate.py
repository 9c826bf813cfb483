"""Opt-outs in force, wherever the catalog shows something: data, names, counts, facets."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from catalog.access import AccessRefused, Action, gate
from catalog.models import Column, ColumnLabel, Dataset, Label, Person, Profile
from catalog.selectors.datasets import profiles_of, visible_datasets
from catalog.selectors.principals import principal_of
from catalog.selectors.samples import sample_rows
from catalog.selectors.search import ALL_FACETS, Page, SearchQuery, search
from catalog.types import LabelKind, Origin
from governance.models import Agreement, OptOutException
from governance.permissions.holder import opt_outs
from governance.permissions.types import ExceptionState
from tests.factories import DatasetFactory, PersonFactory, TeamFactory
from tests.governance.impact.world import view
from tests.governance.kinds.larkfield import larkfield
from tests.governance.permissions.company import in_force, opt_out
from tests.lineage.warehouse import table

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> dict[str, Dataset]:
    TeamFactory(name="payroll").members.add(PersonFactory(username="paul"))
    PersonFactory(username="ann", department="Sales", location="US")
    return larkfield("hr.compensation", "hr.employee", "billing.customer", "product.*")


def person(username: str) -> Any:
    return principal_of(Person.objects.get(username=username))


def test_a_denied_dataset_stays_in_sight_with_its_reason(company: dict[str, Dataset]) -> None:
    # Given pay that all but payroll may not read
    pay = company["hr.compensation"]
    in_force(opt_out(1))

    # When Ann asks, she is told why and whom to ask
    verdict = gate().authorize(person("ann"), Action.READ, pay)
    assert (verdict.allowed, verdict.code) == (False, "opt_out")
    assert verdict.reason == "OO-1: Pay is private."
    assert verdict.ask == "legal"

    # Then its name stays visible, everything else open, and payroll reads it
    assert gate().authorize(person("ann"), Action.SEE, pay).allowed
    assert gate().authorize(person("ann"), Action.READ, company["hr.employee"]).allowed
    assert gate().authorize(person("paul"), Action.READ, pay).allowed
    readable = gate().scope(person("ann"), Action.READ, Dataset.objects.all())
    assert pay.pk not in set(readable.values_list("pk", flat=True))
    assert readable.count() == Dataset.objects.count() - 1


def test_the_access_page_says_why_and_whom_to_ask(
    company: dict[str, Dataset], client: Client
) -> None:
    held = {"from": "2026-01-01", "to": "2031-05-04"}
    in_force(opt_out(1, when=held, reason="Pay is private"))  # rarely with a full stop
    client.force_login(Person.objects.get(username="ann"))

    page = client.get(f"/datasets/{company['hr.compensation'].pk}/access/").content.decode()

    assert "You may not read its data" in page
    assert "OO-1: Pay is private. Until 4 May 2031. Ask legal." in page


def test_a_withheld_reason_stays_withheld(company: dict[str, Dataset]) -> None:
    in_force(opt_out(1, reason="A case is pending.", reason_visibility="legal_only"))

    verdict = gate().authorize(person("ann"), Action.READ, company["hr.compensation"])

    assert verdict.reason == "OO-1: The reason is withheld."


def test_only_a_confidential_one_hides_names_everywhere(
    company: dict[str, Dataset], client: Client
) -> None:
    pay = company["hr.compensation"]
    in_force(opt_out(1, confidential_metadata=True))
    ann, paul = person("ann"), person("paul")

    assert pay.pk not in set(visible_datasets(ann).values_list("pk", flat=True))
    assert not gate().authorize(ann, Action.SEE, pay).allowed
    column = Column.objects.filter(dataset=pay).first()
    assert column is not None
    assert not gate().authorize(ann, Action.SEE, column).allowed
    columns = gate().scope(ann, Action.SEE, Column.objects.all())
    assert columns.filter(dataset=pay).count() == 0
    assert pay.pk in set(visible_datasets(paul).values_list("pk", flat=True))

    client.force_login(Person.objects.get(username="ann"))
    assert client.get(f"/datasets/{pay.pk}/").status_code == 404
    assert client.get(f"/api/v1/datasets/{pay.pk}/").status_code == 404


def test_what_is_masked_or_filtered_is_no_sample_and_no_extreme(
    company: dict[str, Dataset],
) -> None:
    # Given a mask on one column, and a measurement of the dataset
    employee = company["hr.employee"]
    path = str(employee.columns.values_list("path", flat=True).first())
    Profile.objects.create(dataset=employee, taken_at=timezone.now(), rows=3, columns={})
    in_force(
        opt_out(
            2, effect="mask(last3)", resources={"dataset": "hr.employee", "columns": [path]},
            reason="Names are private.",
        )
    )  # fmt: skip
    ann = person("ann")

    # Then she may read it, but not all of it, and neither sample nor extremes are shown
    assert gate().authorize(ann, Action.READ, employee).allowed
    whole = gate().authorize(ann, Action.READ_WHOLE, employee)
    assert whole.reason == "You may read it only in part. OO-2: Names are private."
    with pytest.raises(AccessRefused):
        sample_rows(ann, employee)
    assert profiles_of(ann, employee).count() == 0
    assert profiles_of(person("paul"), employee).count() == 1


def test_a_label_follows_direct_lineage_through_a_hash() -> None:
    # Given a labeled column, a view that hashes it, and one that only filters by it
    PersonFactory(username="ann")
    people = table("crm.people", ["id", "email"])
    hashed = view("crm.hashed", ["id", "hash"], "SELECT id, sha256(email) AS hash FROM crm.people")
    counted = view("crm.counted", ["id"], "SELECT id FROM crm.people WHERE email LIKE '%.ie'")
    pii = Label.objects.create(kind=LabelKind.CLASSIFICATION, name="pii", path="pii")
    email = Label.objects.create(
        kind=LabelKind.CLASSIFICATION, name="email", path="pii / email", parent=pii
    )
    ColumnLabel.objects.create(
        column=Column.objects.get(dataset=people, path="email"), label=email,
        origin=Origin.DECLARED,
    )  # fmt: skip
    in_force(opt_out(3, effect="mask(all)", resources={"tag": "pii"}, subjects={"all": True}))
    ann = person("ann")
    index = opt_outs.current()

    # Then what is derived directly carries the label, what is only decided by it does not
    masked = {
        name: set(index.decide(ann.person_id, "read", dataset.pk).columns)
        for name, dataset in (("people", people), ("hashed", hashed), ("counted", counted))
    }
    assert masked == {"people": {"email"}, "hashed": {"hash"}, "counted": set()}
    assert index.decide(ann.person_id, "read", hashed.pk).effect_on("hash").mask == "all"


def test_an_exception_lifts_one_opt_out_until_its_end(company: dict[str, Dataset]) -> None:
    pay = company["hr.compensation"]
    in_force(opt_out(1), opt_out(2, reason="Also."))
    ann, now = person("ann"), timezone.now()
    for key, ends in (("oo-1", now + dt.timedelta(days=1)), ("oo-2", now - dt.timedelta(days=1))):
        OptOutException.objects.create(
            agreement=Agreement.objects.get(key=f"permission_policy:{key}"),
            person_id=ann.person_id,
            reason="Audit.",
            begins_at=now - dt.timedelta(days=2),
            ends_at=ends,
            state=ExceptionState.APPROVED,
            requested_at=now,
        )
    opt_outs.refresh()

    verdict = gate().authorize(ann, Action.READ, pay)

    assert verdict.reason == "OO-2: Also."


def test_people_and_data_of_this_second_are_decided_about(company: dict[str, Dataset]) -> None:
    # Given opt-outs that were read before somebody came, and before a table was found
    in_force(opt_out(1, resources={"dataset": "hr.*"}))
    PersonFactory(username="new")
    late = DatasetFactory(
        qualified_name="postgres://w/x.hr.late", lookup_name="postgres://w/x.hr.late"
    )

    # Then both are under them
    assert not gate().authorize(person("new"), Action.READ, late).allowed
    assert not gate().authorize(person("new"), Action.READ, company["hr.employee"]).allowed


def test_without_opt_outs_everything_is_open(company: dict[str, Dataset]) -> None:
    in_force()

    for dataset in company.values():
        assert gate().authorize(person("ann"), Action.READ, dataset).allowed


NAMES = ("hr.compensation", "hr.employee", "billing.customer", "product.*")
_SUBJECTS = st.sampled_from(
    [
        {"all": True},
        {"all": True, "except": {"groups": ["payroll"]}},
        {"people": ["ann"]},
        {"where": "location = 'US' OR department IS NULL"},
    ]
)
_RESOURCES = st.sampled_from(
    [{"dataset": name} for name in NAMES]
    + [{"dataset": "hr.*", "columns": ["*id*"]}, {"kinds": ["table"], "dataset": "billing.*"}]
)


@settings(
    max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(st.lists(st.tuples(_SUBJECTS, _RESOURCES, st.booleans()), max_size=4))
def test_an_object_is_in_scope_exactly_when_it_is_authorized(
    company: dict[str, Dataset], drawn: list[tuple[Any, Any, bool]]
) -> None:
    with transaction.atomic():
        in_force(
            *(
                opt_out(number, subjects=subjects, resources=resources, confidential_metadata=hides)
                for number, (subjects, resources, hides) in enumerate(drawn)
            )
        )
        for name in ("ann", "paul"):
            who = person(name)
            for action in Action:
                scoped = gate().scope(who, action, Dataset.objects.all())
                inside = set(scoped.values_list("pk", flat=True))
                for dataset in Dataset.objects.all():
                    allowed = gate().authorize(who, action, dataset).allowed
                    assert (dataset.pk in inside) is allowed, (name, action, dataset)
            found = search(who, SearchQuery(""), Page(50), ALL_FACETS)
            seen = {hit.id for hit in found.hits if hit.kind == "dataset"}
            hidden = set(opt_outs.current().hidden(who.person_id))
            assert not seen & hidden
        transaction.set_rollback(True)
