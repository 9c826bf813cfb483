"""History by triggers: as_of(t) is what a snapshot taken at t said (law 1)."""

import datetime as dt
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.errors import InvalidInput
from catalog.models import Column, ColumnLabel, Dataset, DatasetHistory, Label, Ownership  # type: ignore[attr-defined]
from catalog.selectors.history import ChangePlace, changes_of, dataset_as_of
from catalog.services import curation
from catalog.services.transaction import writing
from catalog.types import LabelKind, OwnershipKind, Principal
from tests.factories import ColumnFactory, DatasetFactory, TeamFactory, principal

SYSTEM = Principal.system("test")


def now() -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    return moment  # type: ignore[no-any-return]


def snapshot(dataset_id: int) -> dict[str, Any]:
    """What the tables say now, in the shape of a history snapshot."""

    def rows(queryset: Any) -> tuple[dict[str, Any], ...]:
        return tuple(queryset.order_by("id").values())

    found = Dataset.objects.filter(pk=dataset_id).values().get()
    for cache in (
        *("usage_score", "latest_rows", "latest_bytes", "profiled_at"),
        *("derived_stage", "stage_reason"),
    ):
        del found[cache]
    return {
        "dataset": found,
        "columns": tuple(
            Column.objects.filter(dataset=dataset_id).order_by("ordinal", "id").values()
        ),
        "owners": rows(Ownership.objects.filter(dataset=dataset_id)),
        "labels": rows(Dataset.objects.get(pk=dataset_id).labels),
    }


EDITS = st.lists(
    st.sampled_from(
        ["describe", "describe_column", "tag", "untag", "own", "disown", "add_column",
         "drop_column", "bulk_ordinal", "fact"]
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=EDITS)
def test_as_of_equals_the_snapshot_taken_then(edits: list[str]) -> None:
    dataset = ColumnFactory().dataset
    team = TeamFactory()
    taken: list[tuple[dt.datetime, dict[str, Any]]] = [(now(), snapshot(dataset.pk))]

    for step, edit in enumerate(edits):
        _apply(edit, step, dataset.pk, team.pk)
        taken.append((now(), snapshot(dataset.pk)))

    for moment, expected in taken:
        found = dataset_as_of(SYSTEM, dataset.pk, moment)
        assert found is not None
        assert {
            "dataset": found.dataset,
            "columns": found.columns,
            "owners": found.owners,
            "labels": found.labels,
        } == expected


def _apply(edit: str, step: int, dataset_id: int, team_id: int) -> None:
    columns = Column.objects.filter(dataset=dataset_id)
    if edit == "describe":
        curation.change_dataset(
            acting=SYSTEM, dataset_id=dataset_id, changes={"description": f"text {step}"}
        )
    elif edit == "fact":
        curation.change_dataset(
            acting=SYSTEM, dataset_id=dataset_id, changes={"sort_order": f"by {step}"}
        )
    elif edit == "describe_column" and (column := columns.first()):
        curation.change_column(
            acting=SYSTEM, dataset_id=dataset_id, path=column.path, description=f"text {step}"
        )
    elif edit == "tag":
        curation.set_tags(acting=SYSTEM, dataset_id=dataset_id, tags=[f"tag {step}", "kept"])
    elif edit == "untag":
        curation.set_tags(acting=SYSTEM, dataset_id=dataset_id, tags=[])
    elif edit == "own":
        curation.add_owner(
            acting=SYSTEM, dataset_id=dataset_id, kind=OwnershipKind.STEWARD, team_id=team_id
        )
    elif edit == "disown" and (held := Ownership.objects.filter(dataset=dataset_id).first()):
        curation.remove_owner(acting=SYSTEM, dataset_id=dataset_id, ownership_id=held.pk)
    elif edit == "add_column":
        with writing(SYSTEM):
            Column.objects.create(
                dataset_id=dataset_id, path=f"added{step}", name=f"added{step}", ordinal=step
            )
    elif edit == "drop_column" and (column := columns.last()):
        with writing(SYSTEM):
            column.delete()
    elif edit == "bulk_ordinal":
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE catalog_column SET ordinal = ordinal + 100 WHERE dataset_id = %s",
                [dataset_id],
            )


@pytest.mark.django_db(transaction=True)
def test_before_its_first_day_there_was_no_dataset() -> None:
    moment = now()
    dataset = DatasetFactory()

    assert dataset_as_of(SYSTEM, dataset.pk, moment) is None
    assert dataset_as_of(Principal.anonymous(), dataset.pk, now()) is None


@pytest.mark.django_db
def test_a_change_names_who_why_and_what() -> None:
    dataset = DatasetFactory()
    who = principal(display_name="Ada Example")

    curation.change_dataset(
        acting=who, dataset_id=dataset.pk, changes={"description": "New"}, reason="It was empty"
    )

    newest = changes_of(who, dataset.pk)[0]
    assert (newest.actor, newest.reason, newest.verb) == ("Ada Example", "It was empty", "update")
    assert newest.request_id == str(who.request_id)
    assert [(change.field, change.before, change.after) for change in newest.fields] == [
        ("declared_description", "", "New")
    ]


@pytest.mark.django_db
def test_history_cannot_be_rewritten() -> None:
    DatasetFactory()

    for forbidden in (
        lambda: DatasetHistory.objects.update(name="x"),
        lambda: DatasetHistory.objects.all().delete(),
    ):
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
            forbidden()
    assert DatasetHistory.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_changes_of_one_transaction_carry_one_instant() -> None:
    dataset = ColumnFactory().dataset
    with writing(SYSTEM):
        Dataset.objects.filter(pk=dataset.pk).update(declared_description="a")
        Label.objects.create(kind=LabelKind.TAG, name="x", path="x")
        Column.objects.filter(dataset=dataset).update(declared_description="b")

    newest = changes_of(SYSTEM, dataset.pk)[:2]
    assert {change.what for change in newest} == {"dataset", "column"}
    assert newest[0].at == newest[1].at


@pytest.mark.django_db(transaction=True)
def test_pages_of_changes_lose_nothing_of_one_transaction() -> None:
    dataset = ColumnFactory().dataset
    with writing(SYSTEM):
        Dataset.objects.filter(pk=dataset.pk).update(declared_description="a")
        for number in range(4):
            Column.objects.create(
                dataset=dataset, path=f"c{number}", name=f"c{number}", ordinal=number
            )
        Dataset.objects.filter(pk=dataset.pk).update(declared_description="b")
    everything = changes_of(SYSTEM, dataset.pk)

    paged, after = [], None
    while page := changes_of(SYSTEM, dataset.pk, after=after, limit=2):
        paged += page
        after = ChangePlace.read(str(page[-1].place))

    assert paged == everything
    assert len(everything) == 8
    assert [change.fields[0].before for change in everything[:2]] == ["a", ""]


@pytest.mark.django_db(transaction=True)
def test_a_label_of_a_column_is_a_change_of_the_dataset() -> None:
    column = ColumnFactory(name="email", path="email")
    dataset = column.dataset
    with writing(SYSTEM):
        label = Label.objects.create(kind=LabelKind.TAG, name="pii", path="pii")
        held = ColumnLabel.objects.create(column=column, label=label, origin="declared")
    with writing(SYSTEM):
        held.delete()
        column.delete()

    told = [
        (change.verb, change.subject)
        for change in changes_of(SYSTEM, dataset.pk)
        if change.what == "column label"
    ]

    assert told == [("delete", "pii on email"), ("insert", "pii on email")]


@pytest.mark.parametrize("cursor", ["x", "1-2", "1--2", "-5", "9" * 18])
def test_a_wrong_cursor_is_named(cursor: str) -> None:
    with pytest.raises(InvalidInput) as error:
        ChangePlace.read(cursor)
    assert error.value.field == "before"
