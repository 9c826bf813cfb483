"""Documents follow the database: at once for the writer, soon for all, never backwards."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction

from catalog.events import DatasetChanged, RecordChanged
from catalog.models import Dataset, Label, SearchColumn
from catalog.models import SearchDocument as StoredDocument
from catalog.registries.consumers import consumers
from catalog.search import spelling
from catalog.search.answers import DidYouMean
from catalog.search.backends import backend
from catalog.search.indexing import (
    Subject,
    digest,
    heal,
    note_written,
    position,
    rebuild,
    refresh,
    refresh_written,
    tend,
    total_to_build,
)
from catalog.search_documents.datasets import dataset_documents
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal
from tests.catalog.search.conftest import Find, dataset_names, names, only_postgres
from tests.factories import DatasetFactory

pytestmark = pytest.mark.django_db
MakeDataset = Callable[..., Dataset]


def _write(dataset: Dataset, acting: Principal, **facts: Any) -> None:
    with writing(acting):
        for field, value in facts.items():
            setattr(dataset, field, value)
        dataset.save()
        record(DatasetChanged(fields=tuple(facts)), dataset, acting=acting)


def test_a_writer_sees_the_change_on_the_next_page(
    shop: dict[str, Dataset],
    find: Find,
    employee: Principal,
    django_capture_on_commit_callbacks: Any,
) -> None:
    assert names(find("zebra")) == []

    with django_capture_on_commit_callbacks(execute=True):
        _write(shop["orders"], employee, declared_description="All about the zebra")

    assert names(find("zebra")) == ["orders"]


def test_what_was_rolled_back_keeps_nobody_from_seeing_their_change(
    shop: dict[str, Dataset],
    find: Find,
    employee: Principal,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        note_written(("dataset", number) for number in range(10_000, 20_000))
        transaction.on_commit(refresh_written)
        1 / 0  # noqa: B018 - rolls back

    with django_capture_on_commit_callbacks(execute=True):
        _write(shop["orders"], employee, declared_description="All about the zebra")

    assert names(find("zebra")) == ["orders"]


def test_a_failing_index_never_fails_the_write(
    shop: dict[str, Dataset],
    employee: Principal,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def broken(*args: Any, **options: Any) -> None:
        raise RuntimeError("the index is away")

    monkeypatch.setattr(type(backend()), "write", broken)
    with django_capture_on_commit_callbacks(execute=True):
        _write(shop["orders"], employee, declared_description="kept")

    shop["orders"].refresh_from_db()
    assert shop["orders"].declared_description == "kept"


def test_search_follows_the_event_log(search_backend: str, find: Find, employee: Principal) -> None:
    made = DatasetFactory(name="quokka")
    assert names(find("quokka")) == []

    digest([Subject_like("dataset", made.pk)])

    assert names(find("quokka")) == ["quokka"]
    assert consumers.get("search").digest is digest


class Subject_like:  # noqa: N801 - stands for an event: only these two fields are read
    """An event as the consumer reads it."""

    def __init__(self, subject_type: str, subject_id: int) -> None:
        self.subject_type, self.subject_id = subject_type, subject_id


def test_a_late_write_loses(shop: dict[str, Dataset], find: Find) -> None:
    orders = shop["orders"]
    (early,) = dataset_documents([orders.pk])
    late = replace(early, description="the newest words")
    now = position()

    backend().write([late], [], version=now + 10)
    backend().write([early], [], version=now + 5)

    assert names(find("newest words")) == ["orders"]


def test_a_late_write_never_brings_back_what_is_gone(shop: dict[str, Dataset], find: Find) -> None:
    (document,) = dataset_documents([shop["GE"].pk])
    now = position()

    backend().write([], [("dataset", shop["GE"].pk)], version=now + 10)
    backend().write([document], [], version=now + 5)

    assert names(find("GE")) == []
    assert find("kind:dataset").total == len(shop) - 1


def test_position_grows_with_every_commit(transactional_db: None) -> None:
    before = position()
    with transaction.atomic():
        DatasetFactory()

    assert position() > before


def test_a_deleted_dataset_disappears_with_its_columns(
    shop: dict[str, Dataset], find: Find
) -> None:
    pk = shop["customers"].pk
    shop["customers"].delete()
    refresh([Subject("dataset", pk)])

    assert "customers" not in names(find("customers"))
    assert find("email_address").column_hits == ()
    assert find("email_address kind:column").total == 0
    assert not SearchColumn.objects.filter(parent_id=pk).exists()


def test_a_hit_that_was_deleted_meanwhile_is_not_shown(
    shop: dict[str, Dataset], find: Find
) -> None:
    shop["GE"].delete()  # nobody told search yet

    assert names(find("GE")) == []


@only_postgres
def test_columns_are_rewritten_only_when_they_changed(shop: dict[str, Dataset]) -> None:
    orders = shop["orders"]
    before = set(SearchColumn.objects.filter(parent_id=orders.pk).values_list("pk", flat=True))
    Dataset.objects.filter(pk=orders.pk).update(declared_description="new words")
    refresh([Subject("dataset", orders.pk)])
    assert before == set(
        SearchColumn.objects.filter(parent_id=orders.pk).values_list("pk", flat=True)
    )

    orders.columns.get(name="placed_at").delete()
    refresh([Subject("dataset", orders.pk)])
    assert {row.display["name"] for row in SearchColumn.objects.filter(parent_id=orders.pk)} == {
        "id",
        "customer_id",
    }


def test_a_renamed_tag_is_found_by_its_new_name(shop: dict[str, Dataset], find: Find) -> None:
    label = Label.objects.get(path="pii")
    label.name = label.path = "personal"
    label.save()
    refresh([Subject("label", label.pk)])

    assert dataset_names(find("tag:personal")) == ["customers"]
    assert dataset_names(find("tag:pii")) == []


def test_a_rebuild_finds_the_same_and_forgets_the_dead(
    shop: dict[str, Dataset], find: Find
) -> None:
    queries = ("orders", "customer_id", "cust ord", "parcel carrier", "tag:pii", "shipmetns")
    before = {text: dataset_names(find(text)) for text in queries}
    backend().write([], [("dataset", 999_999_999)], version=position())
    reported: list[int] = []

    count = rebuild(reported.append)

    assert {text: dataset_names(find(text)) for text in queries} == before
    assert count == reported[-1] == total_to_build() == find("").total
    assert find("kind:dataset").total == len(shop)


def test_what_is_written_during_a_rebuild_is_kept(shop: dict[str, Dataset], find: Find) -> None:
    orders = shop["orders"]

    def write_meanwhile(done: int) -> None:
        Dataset.objects.filter(pk=orders.pk).update(declared_description="written meanwhile")
        refresh([Subject("dataset", orders.pk)])

    rebuild(write_meanwhile)

    assert names(find("meanwhile")) == ["orders"]
    assert {hit.place[-1] for hit in find("customer_id").column_hits} == {
        "orders",
        "customer_orders",
    }


def test_a_word_learned_during_a_rebuild_is_a_correction_after_it(
    dataset: MakeDataset, find: Find
) -> None:
    dataset("orders")

    def write_meanwhile(done: int) -> None:
        if not Dataset.objects.filter(name="quokka").exists():
            dataset("quokka")

    rebuild(write_meanwhile)
    spelling.forget_read()

    answer = find("qoukka")
    assert names(answer) == ["quokka"]
    assert answer.did_you_mean == DidYouMean("quokka", was_applied=True)


@only_postgres
def test_a_second_rebuild_keeps_indexes_and_constraints_named(shop: dict[str, Dataset]) -> None:
    rebuild()
    call_command("rebuild_search", stdout=open("/dev/null", "w"))  # noqa: SIM115

    refresh([Subject("dataset", shop["orders"].pk)])
    assert StoredDocument.objects.filter(kind="dataset", object_id=shop["orders"].pk).count() == 1


def test_healing_mends_what_differs(shop: dict[str, Dataset], find: Find) -> None:
    # Given one dataset that search never heard of, and one that it believes in still
    heal()
    assert heal() == 0
    made = DatasetFactory(name="quokka", system=shop["orders"].system)
    Dataset.objects.filter(name="GE").delete()
    assert names(find("quokka")) == []

    # When the index is compared with the database
    healed = heal()

    # Then both are mended, and there is nothing left to mend
    assert healed == 2
    assert [hit.id for hit in find("quokka").hits] == [made.pk]
    assert find("GE").total == 0
    assert heal() == 0


def test_an_index_in_order_is_left_alone(shop: dict[str, Dataset]) -> None:
    assert tend() is False


def test_a_system_renamed_renews_its_datasets(
    shop: dict[str, Dataset],
    find: Find,
    employee: Principal,
    django_capture_on_commit_callbacks: Any,
) -> None:
    system = shop["orders"].system
    with django_capture_on_commit_callbacks(execute=True), writing(employee):
        system.display_name = "Big barn"
        system.save()
        record(RecordChanged(fields=("display_name",)), system, acting=employee)

    assert find("orders").hits[0].facts.system == "Big barn"
