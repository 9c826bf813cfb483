"""From an empty catalog to the first agreement (R-028), step by step and at every door."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client

from catalog.access import AccessRefused
from catalog.errors import InvalidInput, NotFound
from catalog.models import Domain, Person, Team
from catalog.selectors.principals import principal_of
from catalog.types import Principal
from governance.culture.selectors.first_steps import (
    columns_to_begin_with,
    first_steps,
    in_words,
    suggested_term,
)
from governance.culture.services.first_steps import propose_first_term, start_domain
from governance.models import Agreement, Decision, Proposal
from governance.proposals.services.submitting import consent_locally
from governance.proposals.services.timers import run_timers
from tests.factories import (
    AdministratorFactory,
    ColumnFactory,
    DatasetFactory,
    PersonFactory,
    principal,
)

pytestmark = pytest.mark.django_db


NOW = dt.datetime(2026, 9, 1, 9, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def tenant() -> tuple[Person, Person, Any]:
    """A new tenant: an administrator, a colleague, one imported table."""
    dataset = DatasetFactory(name="subscriptions")
    ColumnFactory(dataset=dataset, name="canceled_at", ordinal=1)
    ColumnFactory(
        dataset=dataset, name="subscriptionStatus", ordinal=2,
        harvested_description="Whether the customer pays.",
    )  # fmt: skip
    return AdministratorFactory(), PersonFactory(display_name="Otto"), dataset


@pytest.mark.parametrize(
    ("name", "words"),
    [("customerStatus_code", "Customer status code"), ("ARR", "Arr"), ("__", "__"), ("x", "X")],
)
def test_names_become_words(name: str, words: str) -> None:
    assert in_words(name) == words


def test_each_step_is_done_when_it_is_done(tenant: tuple[Person, Person, Any], clock: Any) -> None:
    admin, otto, dataset = tenant
    acting = principal_of(admin)
    steps = first_steps(acting)
    assert (steps.has_dataset, steps.has_term, steps.has_data_state, steps.waiting) == (
        True, False, False, "",
    )  # fmt: skip
    start_domain(acting=acting, dataset_id=dataset.pk, name="Sales", username=otto.username)

    made = propose_first_term(acting=acting, dataset_id=dataset.pk, column="subscriptionStatus")

    assert (made.state, made.klass) == ("triage", "L")
    assert first_steps(acting).waiting == made.key
    consent_locally(acting=principal_of(otto), key=made.key)
    steps = first_steps(acting)
    assert (steps.waiting, steps.effective_at) == (made.key, NOW + dt.timedelta(hours=72))
    assert Decision.objects.get().outcome == "adopted"
    clock.move_to(NOW + dt.timedelta(hours=73))
    run_timers()
    steps = first_steps(acting)
    assert (steps.has_term, steps.waiting, steps.are_done) == (True, "", False)
    held = Agreement.objects.get()
    assert held.key == "term:subscription-status"
    assert first_steps(Principal.anonymous()).has_dataset is False


def test_a_domain_is_made_with_two_people_or_chosen(tenant: tuple[Person, Person, Any]) -> None:
    admin, otto, dataset = tenant
    acting = principal_of(admin)
    for wrong, error, field in (
        ({"name": " ", "username": otto.username}, InvalidInput, "name"),
        ({"name": "Sales", "username": ""}, InvalidInput, "username"),
        ({"name": "Sales", "username": admin.username}, InvalidInput, "username"),
        ({"name": "Sales", "username": "nobody"}, NotFound, ""),
    ):
        with pytest.raises(error) as refused:
            start_domain(acting=acting, dataset_id=dataset.pk, **wrong)  # type: ignore[arg-type]
        assert refused.value.field == field
    with pytest.raises(AccessRefused):
        start_domain(
            acting=principal(), dataset_id=dataset.pk, name="Sales", username=otto.username
        )
    assert (Domain.objects.count(), Team.objects.count()) == (0, 0)

    made = start_domain(acting=acting, dataset_id=dataset.pk, name="Sales", username=otto.username)
    again = start_domain(acting=acting, dataset_id=DatasetFactory().pk, name="sales")

    assert again == made
    assert set(made.owner_team.members.all()) == {admin, otto}  # type: ignore[union-attr]
    dataset.refresh_from_db()
    assert dataset.domain == made


def test_the_suggestion_says_who_agrees(tenant: tuple[Person, Person, Any]) -> None:
    admin, otto, dataset = tenant
    acting = principal_of(admin)
    homeless = suggested_term(acting, dataset.pk)
    assert not homeless.is_local
    assert "No domain is named for" in homeless.sentence
    start_domain(acting=acting, dataset_id=dataset.pk, name="Sales", username=otto.username)

    found = suggested_term(acting, dataset.pk, "subscriptionStatus", example="One that is paid.")

    assert found.is_local
    assert found.second_people == (otto,)
    assert found.document == {
        "label": "Subscription status",
        "definition": "Whether the customer pays.",
        "domain": "sales",
        "examples": ["One that is paid."],
        "bound_to": [{"dataset": dataset.qualified_name, "column": "subscriptionStatus"}],
    }
    described_first = [column.path for column in columns_to_begin_with(acting, dataset)]
    assert described_first == ["subscriptionStatus", "canceled_at"]
    for number, column in ((0, ""), (dataset.pk, "nothing")):
        with pytest.raises(NotFound):
            suggested_term(acting, number, column)


def test_a_word_without_a_meaning_is_refused_and_nothing_kept(
    tenant: tuple[Person, Person, Any],
) -> None:
    admin, otto, dataset = tenant
    acting = principal_of(admin)
    start_domain(acting=acting, dataset_id=dataset.pk, name="Sales", username=otto.username)

    with pytest.raises(InvalidInput, match="has no definition"):
        propose_first_term(acting=acting, dataset_id=dataset.pk, column="canceled_at")

    assert not Proposal.objects.exists()


def test_the_pages_lead_from_home_to_the_word_in_force(
    tenant: tuple[Person, Person, Any], client: Client, clock: Any
) -> None:
    admin, otto, dataset = tenant
    client.force_login(admin)
    assert "Agree on a first word" in client.get("/").content.decode()
    assert "subscriptions" in client.get("/first-steps/").content.decode()
    here = f"/first-steps/?dataset={dataset.pk}"
    assert "Which part of the business is it?" in client.get(here).content.decode()
    client.post(
        "/first-steps/domain/",
        {"dataset": dataset.pk, "name": "Sales", "username": otto.username},
    )
    assert "Whether the customer pays." in client.get(here).content.decode()
    word = f"/first-steps/term/?dataset={dataset.pk}&column="
    page = client.get(f"{word}subscriptionStatus").content.decode()
    assert "One of these is enough" in page
    assert "Otto" in page
    empty = client.post(f"{word}canceled_at", {"label": "Canceled at"})
    assert empty.status_code == 400
    assert "has no definition" in empty.content.decode()

    client.post(f"{word}subscriptionStatus", {"definition": "Whether somebody pays today."})

    made = Proposal.objects.get()
    assert "It is proposed and waits for a second person." in client.get("/").content.decode()
    client.force_login(otto)
    assert made.title in client.get("/").content.decode()
    client.post(f"/proposals/{made.key}/act/", {"what": "consent_locally"})
    assert "It is adopted, and holds from" in client.get("/").content.decode()
    clock.move_to(NOW + dt.timedelta(hours=73))
    run_timers()
    assert "The glossary has begun." in client.get("/").content.decode()
