"""What people may change, how it is refused, and that a refusal changes nothing."""

from collections.abc import Iterable

import pytest
from guardian.shortcuts import assign_perm

from catalog.access import AccessRefused, gate
from catalog.errors import CatalogError, Conflict, InvalidInput, NotFound
from catalog.models import Dataset, Event, Label, Ownership, PropertyDefinition
from catalog.selectors.history import changes_of
from catalog.selectors.metadata import completeness, thirteen_facts
from catalog.selectors.principals import principal_of
from catalog.services import curation
from catalog.services.curation import revert
from catalog.services.curation.facts import version_of
from catalog.types import (
    LabelKind,
    Lifecycle,
    MetadataField,
    Origin,
    OwnershipKind,
    Principal,
    PropertyType,
)
from tests.factories import (
    ColumnFactory,
    DatasetFactory,
    DomainFactory,
    OwnershipFactory,
    PersonFactory,
    TeamFactory,
    administrator,
    principal,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset() -> Dataset:
    return DatasetFactory()


def steward_of(dataset: Dataset) -> Principal:
    person = PersonFactory()
    domain = DomainFactory()
    Dataset.objects.filter(pk=dataset.pk).update(domain=domain)
    assign_perm("catalog.steward_domain", person, domain)
    return principal_of(person)


def test_any_employee_writes_descriptions_and_tags(dataset: Dataset) -> None:
    who = principal()

    curation.change_dataset(
        acting=who, dataset_id=dataset.pk, changes={"description": "Orders of the shop"}
    )
    curation.set_tags(acting=who, dataset_id=dataset.pk, tags=["sales", " sales ", "gold"])

    dataset.refresh_from_db()
    assert dataset.declared_description == "Orders of the shop"
    assert [held.label.path for held in dataset.labels.select_related("label")] == ["gold", "sales"]
    assert list(Event.objects.values_list("type", "payload__fields", "subject_name")) == [
        ("catalog.dataset.changed", ["description"], dataset.qualified_name),
        ("catalog.record.changed", [], "gold"),
        ("catalog.record.changed", [], "sales"),
        ("catalog.dataset.changed", ["tags"], dataset.qualified_name),
    ]


@pytest.mark.parametrize(
    ("fact", "value"),
    [("criticality", 1), ("residency", "EU"), ("key", "id"), ("consistency", "strong")],
)
def test_what_carries_responsibility_belongs_to_stewards(
    dataset: Dataset, fact: str, value: object
) -> None:
    with pytest.raises(AccessRefused) as refused:
        curation.change_dataset(acting=principal(), dataset_id=dataset.pk, changes={fact: value})

    assert refused.value.verdict.code == "not_steward"
    assert Event.objects.count() == 0
    curation.change_dataset(
        acting=steward_of(dataset), dataset_id=dataset.pk, changes={fact: value}
    )
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"finality_lag": "3 days"}, "finality_lag", "ISO 8601"),
        ({"criticality": 5}, "criticality", "from 1"),
        ({"consistency": "sometimes"}, "consistency", "not a valid choice"),
        ({"created_at": "yesterday"}, "created_at", "not a date"),
        ({"description": "a\x00b"}, "description", "NUL"),
        ({"description": "x" * 50_001}, "description", "50,001"),
        ({"colour": "red"}, "colour", "no fact"),
        ({"operations": {"pager": "x"}}, "operations", "Unknown keys pager"),
        ({"domain": "nowhere"}, "domain", "no domain"),
        ({"custom": {"budget": 1}}, "custom.budget", "no property"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_naming_the_field(
    dataset: Dataset, changes: dict[str, object], field: str, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        curation.change_dataset(
            acting=administrator(),
            dataset_id=dataset.pk,
            changes={"display_name": "Changed", **changes},
        )

    assert refused.value.field == field
    assert Dataset.objects.get(pk=dataset.pk).display_name == ""
    assert Event.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [
        (PropertyType.NUMBER, "12", 12),
        (PropertyType.BOOLEAN, "true", True),
        (PropertyType.DATE, "2026-11-21", "2026-11-21"),
        (PropertyType.CHOICE, "high", "high"),
        (PropertyType.URL, "https://example.org", "https://example.org"),
    ],
)
def test_custom_properties_are_typed(
    dataset: Dataset, kind: PropertyType, given: str, stored: object
) -> None:
    PropertyDefinition.objects.create(key="p", label="P", type=kind, options=["high", "low"])
    who = administrator()

    curation.change_dataset(acting=who, dataset_id=dataset.pk, changes={"custom": {"p": given}})

    assert Dataset.objects.get(pk=dataset.pk).custom == {"p": stored}
    with pytest.raises(InvalidInput):
        curation.change_dataset(
            acting=who, dataset_id=dataset.pk, changes={"custom": {"p": "javascript:alert(1)"}}
        )
    assert Dataset.objects.get(pk=dataset.pk).custom == {"p": stored}


def test_a_change_on_top_of_an_unseen_change_is_refused(dataset: Dataset) -> None:
    first, second = principal(), principal()
    seen = version_of(dataset)
    curation.change_dataset(
        acting=first, dataset_id=dataset.pk, changes={"description": "A"}, expected_version=seen
    )

    with pytest.raises(Conflict, match="meanwhile"):
        curation.change_dataset(
            acting=second,
            dataset_id=dataset.pk,
            changes={"description": "B"},
            expected_version=seen,
        )

    assert Dataset.objects.get(pk=dataset.pk).declared_description == "A"


def test_a_declared_value_wins_and_names_its_author(dataset: Dataset) -> None:
    who = steward_of(dataset)
    Dataset.objects.filter(pk=dataset.pk).update(
        harvested_description="from the source", harvested_metadata={"sort_order": "by id"}
    )
    dataset.refresh_from_db()
    before = {fact.field: fact for fact in thirteen_facts(who, dataset)}

    curation.change_dataset(
        acting=who, dataset_id=dataset.pk, changes={"sort_order": "by day", "description": "ours"}
    )

    dataset.refresh_from_db()
    after = {fact.field: fact for fact in thirteen_facts(who, dataset)}
    assert before[MetadataField.SORT_ORDER].value == "by id"
    assert before[MetadataField.SORT_ORDER].origin is Origin.HARVESTED
    assert after[MetadataField.SORT_ORDER].value == "by day"
    assert after[MetadataField.SORT_ORDER].origin is Origin.DECLARED
    assert after[MetadataField.SORT_ORDER].by == who.display_name
    assert after[MetadataField.MEANING].value == "ours"
    assert len(after) == 13
    assert completeness(tuple(after.values())) == completeness(tuple(before.values()))


def test_who_answers_in_two_ways_is_one_owner(dataset: Dataset) -> None:
    team = TeamFactory(name="Sales operations")
    for kind in (OwnershipKind.BUSINESS_OWNER, OwnershipKind.TECHNICAL_OWNER):
        OwnershipFactory(dataset=dataset, person=None, team=team, kind=kind)
    dataset = Dataset.objects.prefetch_related("ownerships__team").get(pk=dataset.pk)

    (owner,) = [
        fact.value
        for fact in thirteen_facts(Principal.system("test"), dataset)
        if fact.field is MetadataField.OWNER
    ]

    assert str(owner).count("Sales operations") == 1


def test_owners_are_named_once_and_released(dataset: Dataset) -> None:
    who = administrator()
    team = TeamFactory()
    OwnershipFactory(
        dataset=dataset, person=None, team=team, kind=OwnershipKind.STEWARD, origin=Origin.HARVESTED
    )

    held = curation.add_owner(
        acting=who, dataset_id=dataset.pk, kind=OwnershipKind.STEWARD, team_id=team.pk
    )

    assert Ownership.objects.get().origin == Origin.DECLARED
    curation.remove_owner(acting=who, dataset_id=dataset.pk, ownership_id=held.pk)
    assert Ownership.objects.count() == 0
    with pytest.raises(NotFound):
        curation.remove_owner(acting=who, dataset_id=dataset.pk, ownership_id=held.pk)
    with pytest.raises(InvalidInput, match="either a person or a team"):
        curation.add_owner(acting=who, dataset_id=dataset.pk, kind=OwnershipKind.STEWARD)


def test_classifications_form_a_tree_and_sit_on_columns(dataset: Dataset) -> None:
    column = ColumnFactory(dataset=dataset, path="email", name="email")
    who = steward_of(dataset)

    curation.add_label(
        acting=who,
        dataset_id=dataset.pk,
        kind=LabelKind.CLASSIFICATION,
        path="Personal/Contact",
        column_path="email",
    )

    label = Label.objects.get(path="Personal / Contact")
    assert label.parent is not None
    assert label.parent.path == "Personal"
    assert [held.label_id for held in column.labels.all()] == [label.pk]
    with pytest.raises(AccessRefused):
        curation.remove_label(
            acting=principal(),
            dataset_id=dataset.pk,
            kind=LabelKind.CLASSIFICATION,
            path="Personal / Contact",
            column_path="email",
        )
    assert column.labels.count() == 1


def test_the_lifecycle_has_no_jumps_and_a_gate_before_curated(dataset: Dataset) -> None:
    who = administrator()

    with pytest.raises(Conflict, match="cannot become archived"):
        curation.change_lifecycle(acting=who, dataset_id=dataset.pk, to=Lifecycle.ARCHIVED)
    with pytest.raises(
        InvalidInput,
        match=r"an owner, a description, its kind of data \(.*\), whom to call",
    ) as refused:
        curation.change_lifecycle(acting=who, dataset_id=dataset.pk, to=Lifecycle.CURATED)
    with pytest.raises(InvalidInput, match="Say why"):
        curation.change_lifecycle(acting=who, dataset_id=dataset.pk, to=Lifecycle.DEPRECATED)
    assert refused.value.field == "lifecycle"
    assert Dataset.objects.get(pk=dataset.pk).lifecycle == Lifecycle.PUBLISHED

    OwnershipFactory(dataset=dataset)
    items = ("on_call", "runbook", "sla", "alert_route", "restore_note")
    curation.change_dataset(
        acting=who,
        dataset_id=dataset.pk,
        changes={
            "description": "x", "operations": dict.fromkeys(items, "y"), "criticality": 1,
            "data_kind": "interaction",
        },
    )  # fmt: skip
    with pytest.raises(InvalidInput, match="acceptance by the team"):
        curation.change_lifecycle(acting=who, dataset_id=dataset.pk, to=Lifecycle.CURATED)
    curation.change_dataset(
        acting=who,
        dataset_id=dataset.pk,
        changes={"operations": dict.fromkeys((*items, "handed_over_to"), "y")},
    )
    curation.change_lifecycle(acting=who, dataset_id=dataset.pk, to=Lifecycle.CURATED)
    assert Dataset.objects.get(pk=dataset.pk).lifecycle == Lifecycle.CURATED


def test_what_is_curated_keeps_its_kind_of_data() -> None:
    who = administrator()
    dataset = DatasetFactory(lifecycle=Lifecycle.PUBLISHED)
    bare = version_of(dataset)
    curation.change_dataset(
        acting=who, dataset_id=dataset.pk, changes={"data_kind": "transactional"}
    )
    Dataset.objects.filter(pk=dataset.pk).update(lifecycle=Lifecycle.CURATED)

    with pytest.raises(InvalidInput, match="choose transactional or interaction") as refused:
        curation.change_dataset(acting=who, dataset_id=dataset.pk, changes={"data_kind": ""})
    with pytest.raises(InvalidInput, match="A curated dataset says its kind of data"):
        curation.revert_dataset(acting=who, dataset_id=dataset.pk, history_id=int(bare))

    assert refused.value.field == "data_kind"
    assert Dataset.objects.get(pk=dataset.pk).data_kind == "transactional"
    curation.change_dataset(acting=who, dataset_id=dataset.pk, changes={"data_kind": "interaction"})
    assert Dataset.objects.get(pk=dataset.pk).data_kind == "interaction"


def test_going_back_restores_what_was_declared_then(dataset: Dataset) -> None:
    who = principal()
    curation.change_dataset(acting=who, dataset_id=dataset.pk, changes={"description": "good"})
    good = changes_of(who, dataset.pk)[0].history_id
    curation.change_dataset(acting=who, dataset_id=dataset.pk, changes={"description": "spoilt"})

    curation.revert_dataset(acting=who, dataset_id=dataset.pk, history_id=good)

    assert Dataset.objects.get(pk=dataset.pk).declared_description == "good"
    assert changes_of(who, dataset.pk)[0].reason == f"Reverted to version {good}"
    with pytest.raises(NotFound):
        curation.revert_dataset(acting=who, dataset_id=DatasetFactory().pk, history_id=good)


def test_going_back_needs_the_right_to_every_fact_it_touches(dataset: Dataset) -> None:
    admin = administrator()
    first = changes_of(admin, dataset.pk)[0].history_id
    curation.change_dataset(acting=admin, dataset_id=dataset.pk, changes={"criticality": 2})

    with pytest.raises(AccessRefused):
        curation.revert_dataset(acting=principal(), dataset_id=dataset.pk, history_id=first)

    assert Dataset.objects.get(pk=dataset.pk).criticality == 2


def test_going_back_tells_nothing_of_a_dataset_that_may_not_be_seen(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a version of a dataset that nobody may see now
    version = changes_of(administrator(), dataset.pk)[0].history_id
    monkeypatch.setattr(type(gate()), "scope", lambda gate, who, action, found: found.none())

    # When somebody goes back to it, or to a version of no dataset
    said = []
    for history_id in (version, 0):
        with pytest.raises(NotFound) as refused:
            curation.revert_dataset(
                acting=principal(), dataset_id=dataset.pk, history_id=history_id
            )
        said.append(refused.value.message)

    # Then both say the same
    assert said == ["There is no such dataset."] * 2


def test_going_back_to_a_domain_that_was_deleted_names_the_field(dataset: Dataset) -> None:
    admin = administrator()
    domain = DomainFactory()
    curation.change_dataset(acting=admin, dataset_id=dataset.pk, changes={"domain": domain.slug})
    version = changes_of(admin, dataset.pk)[0].history_id
    curation.change_dataset(acting=admin, dataset_id=dataset.pk, changes={"domain": None})
    domain.delete()

    with pytest.raises(InvalidInput, match="was deleted since") as refused:
        curation.revert_dataset(acting=admin, dataset_id=dataset.pk, history_id=version)

    assert refused.value.field == "domain"


def test_what_going_back_changes_is_read_once_the_dataset_is_held(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a version, and somebody who changes a fact just before the dataset is held
    admin = administrator()
    version = changes_of(admin, dataset.pk)[0].history_id
    held = revert.take_dataset

    def late(acting: Principal, dataset_id: int, *, facts: Iterable[str]) -> Dataset:
        Dataset.objects.filter(pk=dataset_id).update(residency="EU")
        return held(acting, dataset_id, facts=facts)

    monkeypatch.setattr(revert, "take_dataset", late)

    # When it is taken back, then that change is as well
    curation.revert_dataset(acting=admin, dataset_id=dataset.pk, history_id=version)
    assert Dataset.objects.get(pk=dataset.pk).residency == ""


def test_many_at_once_reports_each_refusal_and_keeps_the_rest() -> None:
    mine, theirs = DatasetFactory(), DatasetFactory()
    who = steward_of(mine)

    report = curation.change_many(
        [mine.pk, theirs.pk, -1],
        lambda dataset_id: curation.change_dataset(
            acting=who, dataset_id=dataset_id, changes={"residency": "EU"}
        ),
    )

    assert report.changed == (mine.pk,)
    assert set(report.refused) == {theirs.pk, -1}
    assert report.refused[-1] == "There is no such dataset."


def test_a_stranger_is_told_to_sign_in_and_nothing_more(dataset: Dataset) -> None:
    with pytest.raises(AccessRefused) as refused:
        curation.change_dataset(
            acting=Principal.anonymous(), dataset_id=dataset.pk, changes={"description": "x"}
        )

    assert refused.value.verdict.code == "not_signed_in"
    assert not isinstance(refused.value, CatalogError)
    assert Dataset.objects.get(pk=dataset.pk).declared_description == ""
