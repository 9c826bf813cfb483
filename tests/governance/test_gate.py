"""The opt-out default: every active employee may, nobody else does."""

import pytest
from guardian.shortcuts import assign_perm

from catalog.access import Action, gate
from catalog.models import Dataset, Person
from catalog.selectors.principals import principal_of
from catalog.types import EmploymentKind, Principal, TokenScope
from tests.factories import (
    AdministratorFactory,
    DatasetFactory,
    DomainFactory,
    OwnershipFactory,
    PersonFactory,
)

pytestmark = pytest.mark.django_db


def test_an_active_employee_may_see_read_and_write_wiki_text() -> None:
    dataset = DatasetFactory()
    employee = principal_of(PersonFactory())

    answers = {
        action: gate().authorize(employee, action, dataset).allowed
        for action in (Action.SEE, Action.READ, Action.EDIT_WIKI)
    }

    assert answers == {Action.SEE: True, Action.READ: True, Action.EDIT_WIKI: True}


@pytest.mark.parametrize(
    ("principal", "code"),
    [
        (lambda: Principal.anonymous(), "not_signed_in"),
        (lambda: principal_of(Person(username="unsaved")), "not_signed_in"),
        (lambda: principal_of(PersonFactory(is_active=False)), "inactive"),
        (
            lambda: principal_of(PersonFactory(employment_kind=EmploymentKind.EXTERNAL)),
            "not_employee",
        ),
        (lambda: principal_of(AdministratorFactory(is_active=False)), "inactive"),
    ],
)
@pytest.mark.parametrize("action", list(Action))
def test_who_is_unknown_or_inactive_is_denied_everything(
    principal: object, code: str, action: Action
) -> None:
    DatasetFactory()
    who = principal()  # type: ignore[operator]

    verdict = gate().authorize(who, action, Dataset.objects.get())

    assert (verdict.allowed, verdict.code) == (False, code)
    assert verdict.ask != ""
    assert list(gate().scope(who, action, Dataset.objects.all())) == []


def test_stewardship_comes_from_the_domain_or_from_ownership() -> None:
    domain = DomainFactory()
    steward, owner, other = PersonFactory(), PersonFactory(), PersonFactory()
    assign_perm("catalog.steward_domain", steward, domain)
    in_domain = DatasetFactory(domain=domain)
    owned = OwnershipFactory(person=owner).dataset

    def may(person: Person) -> list[bool]:
        principal = principal_of(person)
        return [
            gate().authorize(principal, Action.STEWARD, dataset).allowed
            for dataset in (in_domain, owned)
        ]

    assert may(steward) == [True, False]
    assert may(owner) == [False, True]
    assert may(other) == [False, False]


def test_a_token_never_does_more_than_its_scopes() -> None:
    administrator = AdministratorFactory()
    reading = principal_of(administrator, scopes=frozenset({TokenScope.READ}))
    only_ingest = frozenset({TokenScope.INGEST})
    robot = PersonFactory(employment_kind=EmploymentKind.SERVICE)
    ingesting = principal_of(robot, scopes=only_ingest)

    assert gate().authorize(reading, Action.SEE).allowed is True
    assert gate().authorize(reading, Action.EDIT_WIKI).code == "token_scope"
    assert gate().authorize(reading, Action.ADMINISTER).code == "token_scope"
    assert gate().authorize(ingesting, Action.INGEST).allowed is True
    assert gate().authorize(ingesting, Action.SEE).code == "token_scope"
    employee = principal_of(PersonFactory(), scopes=only_ingest)
    assert gate().authorize(employee, Action.INGEST).code == "not_administrator"


@pytest.mark.parametrize("action", list(Action))
def test_scope_returns_exactly_what_authorize_allows(action: Action) -> None:
    """Law 3, for every kind of person over datasets in and out of their reach."""
    domain = DomainFactory()
    steward, owner = PersonFactory(), PersonFactory()
    assign_perm("catalog.steward_domain", steward, domain)
    DatasetFactory(domain=domain)
    OwnershipFactory(person=owner)
    DatasetFactory()
    principals = [
        principal_of(steward),
        principal_of(owner),
        principal_of(PersonFactory()),
        principal_of(AdministratorFactory()),
        principal_of(PersonFactory(employment_kind=EmploymentKind.SERVICE)),
        principal_of(PersonFactory(is_active=False)),
        Principal.system("test"),
        Principal.anonymous(),
    ]

    for principal in principals:
        scoped = set(gate().scope(principal, action, Dataset.objects.all()))
        authorized = {
            dataset
            for dataset in Dataset.objects.all()
            if gate().authorize(principal, action, dataset).allowed
        }
        assert scoped == authorized, (principal.username, action)
