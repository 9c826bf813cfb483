"""The Django admin: every admin reads through the port and writes through a service."""

from typing import Any

import pytest
from django.contrib.admin import ModelAdmin
from django.test import Client
from guardian.shortcuts import assign_perm

from catalog.admin import site
from catalog.admin.base import ServiceAdmin, ServiceInline
from catalog.events import DatasetChanged
from catalog.models import (
    ConsumerOffset,
    Dataset,
    DatasetLabel,
    Domain,
    Event,
    Label,
    Ownership,
    ParkedEvent,
    Person,
    System,
    Team,
)
from catalog.registries.consumers import Consumer, consumers
from catalog.selectors.history import changes_of
from catalog.selectors.principals import principal_of
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import EmploymentKind, LabelKind, Principal
from tests.factories import (
    AdministratorFactory,
    ConnectionFactory,
    DatasetFactory,
    DomainFactory,
    OwnershipFactory,
    PersonFactory,
    SystemFactory,
    TeamFactory,
)

pytestmark = pytest.mark.django_db


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def administrator() -> Client:
    return signed_in(AdministratorFactory())


def url_of(model: Any, page: str, *arguments: Any) -> str:
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    return base + {"list": "", "add": "add/", "change": "{}/change/", "delete": "{}/delete/"}[
        page
    ].format(*arguments)


ADMINS = sorted(site._registry.items(), key=lambda pair: pair[0].__name__)


@pytest.mark.parametrize(
    ("model", "admin"), ADMINS, ids=lambda value: getattr(value, "__name__", "")
)
def test_every_admin_writes_through_services_only(model: Any, admin: ModelAdmin) -> None:
    own = type(admin)

    assert isinstance(admin, ServiceAdmin)
    for name in ("save_model", "delete_model", "delete_queryset", "save_formset", "save_related"):
        assert getattr(own, name) is getattr(ServiceAdmin, name), (model, name)
    if own.may_add or own.may_delete:
        assert own.store is not ServiceAdmin.store or not own.may_add
        assert own.erase is not ServiceAdmin.erase or not own.may_delete
    for inline in own.inlines:
        assert issubclass(inline, ServiceInline)
        assert inline.store is not ServiceInline.store
        assert inline.erase is not ServiceInline.erase


@pytest.mark.parametrize("model", [pair[0] for pair in ADMINS], ids=lambda model: model.__name__)
def test_every_list_opens_for_administrators(administrator: Client, model: Any) -> None:
    OwnershipFactory()
    ConnectionFactory()

    assert administrator.get(url_of(model, "list")).status_code == 200


@pytest.mark.parametrize("model", [pair[0] for pair in ADMINS], ids=lambda model: model.__name__)
def test_who_the_port_denies_sees_no_admin_even_with_the_staff_flag(model: Any) -> None:
    external = signed_in(
        PersonFactory(is_staff=True, is_superuser=True, employment_kind=EmploymentKind.EXTERNAL)
    )

    assert external.get(url_of(model, "list")).status_code == 302


def test_a_record_is_made_changed_and_deleted_with_history_and_event(
    administrator: Client,
) -> None:
    empty_inline = {
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    administrator.post(url_of(Team, "add"), {"name": "Pricing", "kind": "business", **empty_inline})
    team = Team.objects.get()
    administrator.post(
        url_of(Team, "change", team.pk), {"name": "Prices", "kind": "business", **empty_inline}
    )
    administrator.post(url_of(Team, "delete", team.pk), {"post": "yes"})

    events = Event.objects.filter(subject_type="team").values_list("payload__change", flat=True)
    assert list(events) == ["created", "changed", "deleted"]
    assert Team.objects.count() == 0
    labels = Team.history.rel.related_model.objects.order_by("pgh_id")  # type: ignore[attr-defined]
    assert [row.pgh_label for row in labels] == ["insert", "update", "delete"]
    assert {row.pgh_context["actor"] for row in labels} == {
        Person.objects.get(is_superuser=True).display_name
    }


def test_inline_rows_go_through_services(administrator: Client) -> None:
    team, person = TeamFactory(), PersonFactory()

    administrator.post(
        url_of(Team, "change", team.pk),
        {
            "name": team.name,
            "kind": "business",
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "0",
            "memberships-0-team": team.pk,
            "memberships-0-person": person.pk,
        },
    )

    assert list(team.members.all()) == [person]
    assert Event.objects.filter(subject_type="teammembership").count() == 1


def dataset_form(dataset: Dataset, **changes: Any) -> dict[str, Any]:
    form = {
        "declared_description": "", "display_name": "", "domain": dataset.domain_id or "",
        "declared_stage": "", "data_kind": "", "motion": "at_rest", "capture_kind": "",
        "consistency": "", "expected_latency": "", "finality_lag": "", "correction_policy": "",
        "residency": "", "encryption_at_rest": "", "encryption_in_transit": "",
        "criticality": "", "deprecation_note": "",
        "ownerships-TOTAL_FORMS": "0", "ownerships-INITIAL_FORMS": "0",
        "labels-TOTAL_FORMS": "0", "labels-INITIAL_FORMS": "0",
    }  # fmt: skip
    return form | changes


def test_a_steward_changes_their_datasets_and_no_others() -> None:
    domain = DomainFactory()
    steward = PersonFactory(is_staff=True)
    assign_perm("catalog.steward_domain", steward, domain)
    mine, theirs = DatasetFactory(domain=domain), DatasetFactory()
    client = signed_in(steward)

    client.post(
        url_of(Dataset, "change", mine.pk), dataset_form(mine, residency="EU", criticality="2")
    )
    refused = client.post(
        url_of(Dataset, "change", theirs.pk), dataset_form(theirs, residency="EU")
    )

    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.residency, mine.criticality) == ("EU", 2)
    assert refused.status_code == 403
    assert theirs.residency == ""
    newest = changes_of(principal_of(steward), mine.pk)[0]
    assert newest.actor == steward.display_name
    assert Event.objects.get().payload["fields"] == ["residency", "criticality"]


def test_owners_and_labels_are_named_in_the_admin(administrator: Client) -> None:
    dataset = DatasetFactory()
    team = TeamFactory()
    label = Label.objects.create(kind=LabelKind.TAG, name="gold", path="gold")

    administrator.post(
        url_of(Dataset, "change", dataset.pk),
        dataset_form(
            dataset,
            **{
                "ownerships-TOTAL_FORMS": "1",
                "ownerships-0-dataset": dataset.pk,
                "ownerships-0-kind": "steward",
                "ownerships-0-team": team.pk,
                "labels-TOTAL_FORMS": "1",
                "labels-0-dataset": dataset.pk,
                "labels-0-label": label.pk,
            },
        ),
    )

    assert Ownership.objects.get().team == team
    assert DatasetLabel.objects.get().label == label
    assert Event.objects.count() == 2


def test_a_refusal_is_a_sentence_and_nothing_was_changed(administrator: Client) -> None:
    dataset = DatasetFactory()

    answer = administrator.post(
        url_of(Dataset, "change", dataset.pk),
        dataset_form(dataset, residency="EU", finality_lag="3 days"),
        follow=True,
    )

    assert "Nothing was changed. finality_lag: " in answer.content.decode()
    assert Dataset.objects.get().residency == ""
    assert Event.objects.count() == 0


def test_bulk_deletion_keeps_what_something_rests_on_and_says_so(administrator: Client) -> None:
    used = DatasetFactory(domain=DomainFactory()).domain
    parent = DomainFactory()
    DomainFactory(parent=parent)

    answer = administrator.post(
        url_of(Domain, "list"),
        {"action": "delete_selected", "_selected_action": [parent.pk], "post": "yes"},
        follow=True,
    )

    assert Domain.objects.filter(pk__in=[used.pk, parent.pk]).count() == 2
    assert answer.status_code == 200


def test_bulk_actions_report_each_refusal(administrator: Client) -> None:
    one, other = DatasetFactory(), DatasetFactory(lifecycle="draft")

    answer = administrator.post(
        url_of(Dataset, "list"),
        {"action": "deprecate", "_selected_action": [one.pk, other.pk]},
        follow=True,
    )

    text = answer.content.decode()
    assert "1 datasets changed." in text
    assert "1 refused: A draft dataset cannot become deprecated" in text
    assert Dataset.objects.get(pk=one.pk).lifecycle == "deprecated"
    assert Dataset.objects.get(pk=other.pk).lifecycle == "draft"


def test_systems_and_datasets_cannot_be_added_or_deleted_by_hand(administrator: Client) -> None:
    system = SystemFactory()

    assert administrator.get(url_of(System, "add")).status_code == 403
    assert administrator.get(url_of(Dataset, "add")).status_code == 403
    answer = administrator.post(url_of(System, "delete", system.pk), {"post": "yes"})
    assert answer.status_code in (302, 200)


def test_the_last_administrator_cannot_be_lost(administrator: Client) -> None:
    person = Person.objects.get(is_superuser=True)

    administrator.post(
        url_of(Person, "change", person.pk),
        {
            "username": person.username, "display_name": person.display_name,
            "email": person.email, "employment_kind": "employee", "job_role": "analyst",
        },
    )  # fmt: skip

    person.refresh_from_db()
    assert person.is_superuser
    assert person.is_active


def test_a_parked_event_can_be_tried_again(administrator: Client) -> None:
    dataset = DatasetFactory()
    system = Principal.system("test")
    with writing(system):
        record(DatasetChanged(), dataset, acting=system)
    seen: list[int] = []
    consumers.add("test", Consumer("test", lambda events: seen.extend(e.pk for e in events)))
    try:
        parked = ParkedEvent.objects.create(
            consumer="test", event=Event.objects.get(), error="x", attempts=5
        )
        administrator.post(
            url_of(ParkedEvent, "list"), {"action": "try_again", "_selected_action": [parked.pk]}
        )
    finally:
        del consumers._entries["test"]

    parked.refresh_from_db()
    assert seen == [parked.event_id]
    assert parked.resolved_at is not None
    assert ConsumerOffset.objects.count() == 0
