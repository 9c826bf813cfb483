"""Changes of schemas: what is refused, what they touch, and whether the source shows them."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from pydantic import ValidationError

from catalog.errors import NotFound
from catalog.models import Column, Dataset
from catalog.services.curation.labels import add_label
from catalog.types import LabelKind, Lifecycle, Principal
from governance.agreements.kinds import kinds
from governance.agreements.kinds.schema_change import (
    KIND,
    rewrites,
    seen_at_source,
    starting_document,
)
from governance.agreements.kinds.schema_change.document import SchemaChangeDocument
from governance.agreements.kinds.term.document import TermDocument
from governance.models import Binding
from governance.types import (
    BindingRole,
    BindingSpec,
    ChangeOp,
    ConflictKind,
)
from tests.factories import (
    ColumnFactory,
    DatasetFactory,
    principal,
)
from tests.governance.kinds.aging import aging, change, reader
from tests.governance.kinds.setting import NOW, asking, finding, found, hold

__all__ = ["aging"]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "drop"},
        {"action": "drop", "current_type": "text"},
        {"action": "drop", "column": ""},
        {"action": "drop", "replacement_column": "amount"},
        {"action": "rename", "new_name": "age_band"},
        {"action": "rename", "new_name": "Bucket"},
        {"action": "rename", "column": "", "new_name": "overdue"},
        {"action": "retype", "new_type": "INTEGER"},
        {"action": "deprecate", "replacement_column": "amount"},
    ],
)
def test_a_change_that_can_be_made_has_nothing_against_it(
    aging: Dataset, fields: dict[str, Any]
) -> None:
    assert found(KIND, change(aging, **fields), asking()) == []


@pytest.mark.parametrize(
    ("fields", "check", "field"),
    [
        ({"action": "drop", "dataset": "duckdb://x/y"}, "unknown_dataset", "dataset"),
        ({"action": "drop", "column": "none"}, "unknown_column", "column"),
        ({"action": "drop", "column": "was"}, "column_gone", "column"),
        ({"action": "drop", "new_name": "x"}, "not_used", "new_name"),
        ({"action": "drop", "new_type": "TEXT"}, "not_used", "new_type"),
        ({"action": "rename"}, "value_missing", "new_name"),
        ({"action": "rename", "new_name": "amount"}, "name_taken", "new_name"),
        ({"action": "rename", "new_name": "AMOUNT"}, "name_taken", "new_name"),
        ({"action": "rename", "new_name": "bucket"}, "same_name", "new_name"),
        (
            {"action": "rename", "new_name": "x", "replacement_column": "amount"},
            "not_used",
            "replacement_column",
        ),
        ({"action": "retype"}, "value_missing", "new_type"),
        ({"action": "retype", "new_type": "MONEYBAG"}, "unknown_type", "new_type"),
        ({"action": "retype", "new_type": "INT; DROP TABLE x"}, "unknown_type", "new_type"),
        ({"action": "retype", "new_type": "text"}, "same_type", "new_type"),
        ({"action": "retype", "new_type": "INTEGER", "column": ""}, "column_missing", "column"),
        ({"action": "drop", "sunset_days": 60}, "not_used", "sunset_days"),
        ({"action": "drop", "current_type": "INTEGER"}, "base_moved", "current_type"),
        ({"action": "drop", "current_type": "code"}, "base_moved", "current_type"),
        ({"action": "drop", "column": "", "current_type": "TEXT"}, "not_used", "current_type"),
        (
            {"action": "drop", "replacement_column": "none"},
            "unknown_replacement",
            "replacement_column",
        ),
        (
            {"action": "drop", "replacement_dataset": "x"},
            "unknown_replacement",
            "replacement_dataset",
        ),
        (
            {"action": "drop", "replacement_column": "bucket"},
            "replaces_itself",
            "replacement_column",
        ),
    ],
)
def test_what_cannot_be_made_is_refused_with_its_field(
    aging: Dataset, fields: dict[str, Any], check: str, field: str
) -> None:
    assert found(KIND, change(aging, **fields), asking()) == [
        (f"schema_change.{check}", "error", field)
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "explode", "dataset": "x"},
        {"action": "drop", "dataset": ""},
        {"action": "rename", "dataset": "x", "new_name": "y" * 501},
        {"action": "deprecate", "dataset": "x", "sunset_days": 29},
        {"action": "drop", "dataset": "x", "cascade": True},
    ],
)
def test_what_is_no_change_never_becomes_one(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SchemaChangeDocument.model_validate(wrong)


def test_a_dataset_that_is_gone_cannot_change(aging: Dataset) -> None:
    Dataset.objects.update(disappeared_at=NOW)

    assert found(KIND, change(aging, "drop"), asking()) == [
        ("schema_change.dataset_gone", "error", "dataset")
    ]


def test_the_name_of_another_dataset_is_taken(aging: Dataset) -> None:
    DatasetFactory(
        system=aging.system,
        name="overdue",
        qualified_name="duckdb://warehouse/warehouse.mart.overdue",
    )

    refused = finding(KIND, change(aging, "rename", column="", new_name="Overdue"), asking())

    assert refused.check == "schema_change.name_taken"
    assert refused.message == "duckdb://warehouse/warehouse.mart.Overdue exists already."


def test_a_draft_dataset_cannot_be_deprecated(aging: Dataset) -> None:
    Dataset.objects.update(lifecycle=Lifecycle.DRAFT)
    document = change(aging, "deprecate", column="", replacement_dataset=aging.qualified_name)

    assert found(KIND, document, asking()) == [
        ("schema_change.cannot_be_deprecated", "error", "dataset"),
        ("schema_change.replaces_itself", "error", "replacement_dataset"),
    ]


def test_a_deprecation_without_replacement_and_a_dropped_key_are_shown(aging: Dataset) -> None:
    Column.objects.filter(name="bucket").update(key_position=1)

    assert found(KIND, change(aging, "deprecate"), asking()) == [
        ("schema_change.replacement_missing", "warning", "replacement_column")
    ]
    assert found(KIND, change(aging, "drop"), asking()) == [
        ("schema_change.drops_key", "warning", "column")
    ]


def test_agreements_that_rest_on_it_are_named(aging: Dataset) -> None:
    version = hold(TermDocument.model_validate({"label": "Bucket"}), "term")
    Binding.objects.create(
        version=version, role=BindingRole.TARGET, dataset=aging, column_path="bucket"
    )

    told = finding(KIND, change(aging, "drop"), asking())

    assert (told.check, told.level.value) == ("schema_change.agreements_rest_on_it", "warning")
    assert told.message == "term:bucket rest on mart.delinquency_aging.bucket."
    assert found(KIND, change(aging, "drop", column="amount"), asking()) == []


def test_it_rests_on_the_column_that_changes(aging: Dataset) -> None:
    assert list(KIND.bindings(change(aging, "drop"), asking())) == [
        BindingSpec(BindingRole.TARGET, aging.pk, "bucket")
    ]
    assert list(KIND.bindings(change(aging, "drop", column=""), asking())) == [
        BindingSpec(BindingRole.TARGET, aging.pk)
    ]
    assert list(KIND.bindings(change(aging, "drop", dataset="none"), asking())) == []


def test_two_changes_of_one_column_have_one_key_and_other_columns_another(aging: Dataset) -> None:
    drop, rename = change(aging, "drop"), change(aging, "rename", new_name="x")

    assert KIND.slug(drop) == KIND.slug(rename)
    assert KIND.slug(drop).startswith("mart-delinquency-aging-bucket-")
    assert KIND.slug(drop) != KIND.slug(change(aging, "drop", column="amount"))
    assert KIND.domain(drop) == "finance"


def test_it_is_told_in_words(aging: Dataset) -> None:
    name = "mart.delinquency_aging.bucket"
    assert KIND.sentence(change(aging, "drop")) == f"Drop {name}."
    assert KIND.sentence(change(aging, "rename", new_name="age_band")) == (
        f"Rename {name} to age_band."
    )
    assert (
        KIND.sentence(change(aging, "deprecate", sunset_days=60, replacement_column="amount"))
        == f"Deprecate {name}, replaced by amount; it stays for 60 days."
    )
    rename = change(aging, "rename", new_name="age_band")
    assert KIND.migration_hint(rename, ChangeOp.CREATE) == f"Write age_band instead of {name}."
    assert KIND.migration_hint(rename, ChangeOp.RETIRE) == ""
    assert KIND.migration_hint(change(aging, "drop"), ChangeOp.CREATE) == f"Stop using {name}."
    assert kinds.get("schema_change") is KIND


# Conflicts


def conflicts(document: SchemaChangeDocument) -> list[tuple[ConflictKind, str]]:
    context = asking(key=f"schema_change:{KIND.slug(document)}")
    return [(conflict.kind, conflict.witness) for conflict in KIND.conflicts(document, context)]


def test_changes_that_cannot_both_happen_are_found(aging: Dataset) -> None:
    hold(change(aging, "rename", new_name="band"), "schema_change")

    assert conflicts(change(aging, "rename", column="amount", new_name="Band")) == [
        (
            ConflictKind.RULE_CONTRADICTION,
            "mart.delinquency_aging.amount and mart.delinquency_aging.bucket would both be called"
            " Band.",
        )
    ]
    assert conflicts(change(aging, "drop", column="")) == [
        (
            ConflictKind.RULE_CONTRADICTION,
            "mart.delinquency_aging is dropped, so nothing is left of"
            " mart.delinquency_aging.bucket.",
        )
    ]
    assert conflicts(change(aging, "drop", column="amount")) == []


def test_a_replacement_that_goes_as_well_is_a_conflict_until_it_is_gone(aging: Dataset) -> None:
    hold(change(aging, "drop", column="amount"), "schema_change")
    replaced = change(aging, "deprecate", replacement_column="amount")
    assert [kind for kind, _ in conflicts(replaced)] == [ConflictKind.RULE_CONTRADICTION]

    Column.objects.filter(name="amount").update(disappeared_at=NOW)

    assert conflicts(replaced) == []


# What the source shows


def test_a_drop_is_seen_when_ingestion_no_longer_finds_it(aging: Dataset) -> None:
    anybody, document = principal(), change(aging, "drop")
    assert seen_at_source(anybody, document).sentence == "Agreed, not yet seen at the source"

    Column.objects.filter(name="bucket").update(disappeared_at=NOW)

    seen = seen_at_source(anybody, document)
    assert (seen.is_seen, seen.sentence, seen.since) == (
        True, "Seen at the source: it is gone", NOW,
    )  # fmt: skip


def test_a_rename_is_seen_when_the_new_name_is_there_alone(aging: Dataset) -> None:
    anybody, document = principal(), change(aging, "rename", new_name="age_band")
    assert not seen_at_source(anybody, document).is_seen

    ColumnFactory(dataset=aging, name="age_band")
    assert seen_at_source(anybody, document).sentence == (
        "age_band is there, and the old name still is as well."
    )
    Column.objects.filter(name="bucket").update(disappeared_at=NOW)

    seen = seen_at_source(anybody, document)
    assert (seen.is_seen, seen.since) == (True, NOW)
    assert seen.sentence == "Seen at the source: it is called age_band"


def test_a_renamed_dataset_is_seen_under_its_new_name(aging: Dataset) -> None:
    anybody = principal()
    document = change(aging, "rename", column="", new_name="overdue")
    assert not seen_at_source(anybody, document).is_seen

    DatasetFactory(
        system=aging.system,
        name="overdue",
        qualified_name="duckdb://warehouse/warehouse.mart.overdue",
    )
    Dataset.objects.filter(pk=aging.pk).update(disappeared_at=NOW)

    assert seen_at_source(anybody, document).is_seen


def test_another_type_is_seen_however_it_is_spelled(aging: Dataset) -> None:
    anybody, document = principal(), change(aging, "retype", new_type="int")
    assert not seen_at_source(anybody, document).is_seen

    Column.objects.filter(name="bucket").update(physical_type="INTEGER")

    assert seen_at_source(anybody, document).sentence == "Seen at the source: its type is INTEGER"


# What adopting does


def test_deprecating_a_dataset_marks_it_in_the_catalog(aging: Dataset) -> None:
    document = change(aging, "deprecate", column="", sunset_days=60)
    version = hold(document, "schema_change")

    told = KIND.activate(version, acting=Principal.system("adoption"))

    aging.refresh_from_db()
    assert told == "mart.delinquency_aging is marked as deprecated in the catalog."
    assert aging.lifecycle == Lifecycle.DEPRECATED
    assert aging.deprecation_note == (
        f"{version.agreement.key}: Deprecate mart.delinquency_aging; it stays for 60 days."
    )
    assert seen_at_source(principal(), document).is_seen
    # in force since 8 August; without a number the charter's 90 days count
    assert str(version.agreement.sunset_on) == "2026-10-07"
    again = hold(change(aging, "deprecate", column="amount"), "schema_change")
    KIND.activate(again, acting=Principal.system("adoption"))
    assert str(again.agreement.sunset_on) == "2026-11-06"


def test_deprecating_a_column_tags_it(aging: Dataset) -> None:
    version = hold(change(aging, "deprecate", sunset_days=60), "schema_change")

    KIND.activate(version, acting=Principal.system("adoption"))

    column = Column.objects.get(dataset=aging, path="bucket")
    assert [str(label.label) for label in column.labels.select_related("label")] == ["deprecated"]


def test_adopting_any_other_change_leaves_the_catalog_to_the_source(aging: Dataset) -> None:
    version = hold(change(aging, "drop"), "schema_change")

    told = KIND.activate(version, acting=Principal.system("adoption"))

    assert told == "Agreed, not yet seen at the source."
    assert Column.objects.get(dataset=aging, path="bucket").disappeared_at is None


def test_a_dataset_that_moved_on_does_not_stop_the_adoption(aging: Dataset) -> None:
    version = hold(change(aging, "deprecate", column="", sunset_days=60), "schema_change")
    Dataset.objects.filter(pk=aging.pk).update(lifecycle=Lifecycle.DRAFT)

    told = KIND.activate(version, acting=Principal.system("adoption"))

    assert told.startswith("The catalog was not marked: A draft dataset cannot become deprecated")
    aging.refresh_from_db()
    assert aging.lifecycle == Lifecycle.DRAFT


# The SQL it reaches


def test_statements_that_read_it_are_rewritten_or_named_with_the_reason(aging: Dataset) -> None:
    good = reader(aging, "SELECT amount FROM mart.delinquency_aging WHERE bucket = 'x'")
    star = reader(aging, "SELECT * FROM mart.delinquency_aging WHERE bucket = 'x'", "everything")

    told = rewrites(principal(), change(aging, "rename", new_name="age_band"))

    assert {one.dataset_id: (one.after, one.reason) for one in told} == {
        good.pk: ("SELECT amount FROM mart.delinquency_aging WHERE age_band = 'x'", ""),
        star.pk: (
            "",
            "SELECT * hands the new name age_band on: its readers see no bucket any more.",
        ),
    }


def test_a_replacement_in_the_same_dataset_is_written_in_and_anything_else_is_not(
    aging: Dataset,
) -> None:
    reader(aging, "SELECT max(bucket) m FROM mart.delinquency_aging")
    anybody = principal()

    (replaced,) = rewrites(anybody, change(aging, "drop", replacement_column="amount"))
    (dropped,) = rewrites(anybody, change(aging, "drop"))
    (table,) = rewrites(anybody, change(aging, "rename", column="", new_name="overdue"))

    rename = change(aging, "rename", new_name="age_band")
    assert KIND.suggestions(rename, acting=anybody) == {
        replaced.dataset_id: "SELECT max(age_band) m FROM mart.delinquency_aging"
    }
    assert KIND.suggestions(change(aging, "drop"), acting=anybody) == {}
    assert replaced.after == "SELECT max(amount) m FROM mart.delinquency_aging"
    assert (dropped.after, dropped.reason) == ("", "What takes its place is for its owner to say.")
    assert table.after == "SELECT max(bucket) m FROM mart.overdue"
    assert rewrites(Principal.anonymous(), change(aging, "drop")) == []


def test_its_page_shows_the_change_whether_it_arrived_and_the_sql(aging: Dataset) -> None:
    reader(aging, "SELECT amount FROM mart.delinquency_aging WHERE bucket = 'x'")
    document = change(aging, "rename", new_name="age_band", reason="Clearer.")
    version = hold(document, "schema_change")
    request = RequestFactory().get("/")
    request.principal = principal()  # type: ignore[attr-defined]

    page = render_to_string(
        KIND.template, {"document": document, "agreement": version.agreement}, request
    )

    for shown in (
        "Agreed, not yet seen at the source", "Clearer.", "age_band", "can be rewritten",
    ):  # fmt: skip
        assert shown in page


def test_a_tag_that_stands_there_already_is_not_put_twice(aging: Dataset) -> None:
    system = Principal.system("adoption")
    add_label(
        acting=system, dataset_id=aging.pk, kind=LabelKind.TAG, path="deprecated",
        column_path="bucket",
    )  # fmt: skip
    version = hold(change(aging, "deprecate", sunset_days=60), "schema_change")

    assert KIND.activate(version, acting=system) == (
        "mart.delinquency_aging.bucket is marked as deprecated in the catalog."
    )
    assert Column.objects.get(dataset=aging, path="bucket").labels.count() == 1


def test_a_form_begins_with_what_somebody_looks_at(aging: Dataset) -> None:
    anybody = principal()

    assert starting_document(anybody, aging.pk, "bucket", "rename") == {
        "action": "rename",
        "dataset": aging.qualified_name,
        "column": "bucket",
        "current_type": "VARCHAR",
    }
    assert starting_document(anybody, aging.pk, action="explode") == {
        "action": "drop",
        "dataset": aging.qualified_name,
    }
    for column in ("was", "none"):
        with pytest.raises(NotFound):
            starting_document(anybody, aging.pk, column)
