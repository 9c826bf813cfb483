"""Bad records, strange names and large tables: one bad item never loses the batch."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from catalog.models import Column, Dataset, DatasetUse, Event, Label, Ownership, Person
from catalog.models import TestResult as DataTestResult
from catalog.names import parse_name, qualified_name
from catalog.types import (
    ColumnRecord,
    ContainerRecord,
    DatasetKind,
    DatasetRecord,
    OwnerRecord,
    ProfileRecord,
    RelationRecord,
    SourceUsage,
    SystemRecord,
)
from catalog.types import TestRecord as DataTestRecord
from catalog.types import TestStatus as DataTestStatus
from tests.catalog.ingest.sources import PLACE, bring, table

pytestmark = pytest.mark.django_db

SCRIPTS = {
    "arabic": "طلبات", "armenian": "պատվեր", "bengali": "অর্ডার", "braille": "⠕⠗⠙⠑⠗",
    "cherokee": "ᎠᏓᏅᏙ", "coptic": "ⲧⲁⲝⲓⲥ", "cyrillic": "заказы", "devanagari": "आदेश",
    "ethiopic": "ትዕዛዝ", "georgian": "შეკვეთა", "gothic": "𐌰𐌽𐌰", "greek": "παραγγελίες",
    "gujarati": "ઓર્ડર", "gurmukhi": "ਆਰਡਰ", "han": "订单", "hangul": "주문",
    "hebrew": "הזמנות", "hiragana": "ちゅうもん", "kannada": "ಆದೇಶ", "katakana": "オーダー",
    "khmer": "ការបញ្ជា", "lao": "ຄໍາສັ່ງ", "latin": "Aufträge", "malayalam": "ഓർഡർ",
    "mongolian": "ᠵᠠᠬᠢᠶᠠᠯᠠᠭ᠎ᠠ", "myanmar": "အမှာစာ", "sinhala": "ඇණවුම", "tamil": "ஆணை",
    "telugu": "ఆర్డర్", "thai": "คำสั่งซื้อ", "tibetan": "མངགས་ཆ", "emoji": "🛒🧾",
}  # fmt: skip
ODD = ["a.b", 'quo"ted', "sla/sh", "sp ace", "#hash", "semi;colon", "per%cent", "back\\slash",
       "'; DROP TABLE catalog_dataset; --", "tab%00", "{{ jinja }}", "<script>", "=1+1", "\\N",
       "\\."]  # fmt: skip


@pytest.mark.parametrize("word", [*SCRIPTS.values(), *ODD], ids=[*SCRIPTS, *ODD])
def test_names_in_every_script_and_with_every_sign_are_kept_as_they_are(word: str) -> None:
    # given a name of a dataset, of its schema and of a column
    name = qualified_name("postgres", word, ("shop", word, word))
    record = DatasetRecord(
        str(name), DatasetKind.TABLE, word, (ColumnRecord((word, word), word, description=word),)
    )
    # when it is imported, twice
    assert bring(record).problem_count == 0
    assert bring(record).unchanged == 1
    # then everything reads back the same
    dataset = Dataset.objects.get()
    assert parse_name(dataset.qualified_name) == name
    assert (dataset.name, dataset.harvested_description) == (name.name, word)
    column = dataset.columns.get()
    assert (column.name, column.physical_type) == (name.name, word)


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        (table("nul\x00"), "control character U+0000"),
        (table("  "), "empty name part"),
        (table("x" * 501), "the limit is 500"),
        (DatasetRecord("no name at all", DatasetKind.TABLE), "is not a qualified name"),
        (DatasetRecord("postgres://warehouse", DatasetKind.TABLE), "names a system, not a dataset"),
        (DatasetRecord(7, DatasetKind.TABLE), "not a text"),  # type: ignore[arg-type]
        (table("ΐ" * 450 + "." + "ΐ" * 450), "too long in lower case"),
        (table("half", description="\ud83d"), "surrogate"),
        (table("typed", description=5), "Expected `str | null`, got `int`"),
        (table("typed", columns=(ColumnRecord((1,)),)), "wrong type"),  # type: ignore[arg-type]
        (table("odd", custom={"a": object()}), "cannot be stored"),
        (table("nul_column", "a\x00b"), "control character U+0000"),
        (table("wide", columns=(ColumnRecord(("a",)),) * 50_001), "50000 at most"),
    ],
)
def test_a_record_that_cannot_be_taken_is_refused_alone(
    record: DatasetRecord, sentence: str
) -> None:
    # given a bad record between two good ones
    report = bring(table("before"), record, table("after"))
    # then the good ones are stored and the bad one is a sentence
    assert (report.created, report.refused) == (2, 1)
    assert sentence in report.problems[0].message
    assert set(Dataset.objects.values_list("name", flat=True)) == {"before", "after"}


def test_a_dataset_listed_twice_is_taken_once() -> None:
    # given the same name twice, the second time in another normal form
    report = bring(
        table("cafe\u0301", "id", description="first"), table("caf\u00e9", description="second")
    )
    # then the first one counts
    assert (report.created, report.refused) == (1, 1)
    assert "twice" in report.problems[0].message
    assert Dataset.objects.get().harvested_description == "first"


def test_what_does_not_fit_is_left_out_with_a_notice_and_the_dataset_is_taken() -> None:
    # given a record with something wrong in every place that has a limit
    naive = dt.datetime(9999, 1, 1)
    report = bring(
        table(
            "orders",
            columns=(
                ColumnRecord(("id",), key_position=-1),
                ColumnRecord(("id",), "second"),
                ColumnRecord(()),
                ColumnRecord(("x" * 501,)),
                ColumnRecord(
                    tuple(chr(0x1F600 + n) * 150 for n in range(6)),
                ),
            ),
            description="nul \x00 inside",
            url="javascript:alert(1)",
            display_name="n" * 600,
            owners=(OwnerRecord("  "), OwnerRecord("Ops", "no address"), OwnerRecord("x" * 201)),
            tags=("", "t" * 101, "good"),
            classifications=("A//B",),
            relations=(RelationRecord("nowhere"), RelationRecord(f"{PLACE}.b", columns=("a",))),
            profile=ProfileRecord(naive, rows=-1),
            tests=(
                DataTestRecord("t", DataTestStatus.PASSED, naive, failures=-1),
                DataTestRecord("t", DataTestStatus.FAILED, naive),
            ),
            metadata={"no_such_field": 1},
            aliases=("also no name",),
        )
    )
    # then the dataset is there with what could be taken
    assert (report.created, report.refused) == (1, 0)
    dataset = Dataset.objects.get()
    assert dataset.harvested_description == "nul  inside"
    assert (dataset.url, len(dataset.display_name), dataset.profiled_at) == ("", 500, None)
    assert list(dataset.columns.values_list("path", "key_position")) == [("id", None)]
    assert list(Label.objects.values_list("path", flat=True)) == ["good"]
    assert [str(row.owner) for row in Ownership.objects.all()] == ["Ops"]
    assert DataTestResult.objects.get().status == "passed"
    # and every other thing has its notice
    assert report.problem_count == 20
    assert {problem.severity.value for problem in report.problems} == {"notice"}


def test_a_tag_has_no_levels_and_a_class_fits_with_its_own() -> None:
    # given tags that hold slashes, and classes of more levels than can be stored
    report = bring(
        table(
            "orders",
            columns=(ColumnRecord(("id",), tags=("team/" + "t" * 96,)),),
            tags=("team/" + "t" * 96, "https://example.org/wiki", "team/finance"),
            classifications=("/".join("a" * 400), "/".join("漢" * 100 for _ in range(9)), "A/B"),
        ),
        table("customers", "id"),
    )
    # then what is too long is left out, and every dataset is taken
    assert (report.created, report.refused) == (2, 0)
    orders = Dataset.objects.get(name="orders")
    assert set(orders.labels.values_list("label__kind", "label__path")) == {
        ("tag", "https://example.org/wiki"), ("tag", "team/finance"),
        ("classification", "A / B")}  # fmt: skip
    assert [problem.message[-9:] for problem in report.problems] == ["left out."] * 4


@pytest.mark.parametrize(
    "moment",
    [
        dt.datetime(9999, 12, 31, 23, tzinfo=dt.timezone(-dt.timedelta(hours=14))),
        dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=14))),
    ],
)
def test_moments_beyond_the_calendar_leave_the_dataset_readable(moment: dt.datetime) -> None:
    # given a record with such a moment in every place that holds one
    report = bring(
        table(
            "orders",
            source_created_at=moment,
            source_modified_at=moment,
            watermark=moment,
            profile=ProfileRecord(moment, rows=1),
            tests=(DataTestRecord("t", DataTestStatus.PASSED, moment),),
        )
    )
    # then those that can be left out are, with a notice, and everything can be read again
    assert (report.created, report.problem_count) == (1, 3)
    dataset = Dataset.objects.get()
    assert (dataset.source_created_at, dataset.source_modified_at, dataset.watermark) == (None,) * 3
    assert dataset.latest_rows == 1
    assert DataTestResult.objects.get().status == "passed"


def test_what_is_listed_with_a_value_that_cannot_be_stored_has_not_disappeared() -> None:
    # given a known dataset
    bring(table("orders", "id"), table("customers", "id"))
    # when its source, which lists all it has, says something of it that is no text
    report = bring(table("orders", "id", description="half \ud800"), table("customers", "id"))
    # then it is refused, and stays as it was
    assert (report.refused, report.disappeared) == (1, 0)
    assert not Dataset.objects.filter(disappeared_at__isnull=False).exists()


def test_what_only_the_database_refuses_loses_one_dataset() -> None:
    # given a rule that only the database knows
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE catalog_dataset ADD CONSTRAINT odd CHECK (name <> 'bad')")
    # when one of three datasets breaks it
    report = bring(
        table("before"),
        table("bad", "id"),
        table("after", "id"),
        SourceUsage(f"{PLACE}.before", dt.date(2026, 3, 1), 5),
    )
    # then the others are stored whole, and the one is a problem that names it
    assert (report.created, report.refused) == (2, 1)
    assert set(Dataset.objects.values_list("name", flat=True)) == {"before", "after"}
    assert [c.dataset.name for c in Column.objects.select_related("dataset")] == ["after"]
    assert report.problems[0].location == f"{PLACE}.bad"
    assert report.problems[0].message.startswith("The database did not take it: ")
    assert DatasetUse.objects.get().reads == 5


def test_a_system_or_container_with_a_bad_name_is_a_problem() -> None:
    # given records of places that cannot be stored
    report = bring(
        SystemRecord("Not a platform!", "x"),
        SystemRecord("postgres", "a\x00b"),
        ContainerRecord("postgres://warehouse", "schema"),  # type: ignore[arg-type]
        table("orders"),
    )
    # then the dataset is there all the same
    assert (report.created, report.problem_count) == (1, 3)


def test_owners_are_found_by_address_and_name_and_made_once() -> None:
    # given a person who works here
    known = Person.objects.create(username="ada", display_name="Ada L", email="Ada@Example.org")
    # when sources name them by address, and somebody new three times
    new = OwnerRecord("Grace Hopper", is_team=False)
    bring(
        table("a", owners=(OwnerRecord("A. Lovelace", "ada@example.org", is_team=False),)),
        table("b", owners=(new,)),
        table("c", owners=(new, OwnerRecord("grace hopper", is_team=False))),
    )
    # then nobody was made twice, and who is new cannot sign in with a password
    assert Ownership.objects.get(dataset__name="a").person == known
    assert Person.objects.count() == 2
    grace = Person.objects.exclude(pk=known.pk).get()
    assert (grace.username, grace.has_usable_password()) == ("grace.hopper", False)


def test_a_table_of_ten_thousand_columns() -> None:
    # given one, in a session that has changed a small one before
    for names in (("a", "b"), ("b", "a")):
        bring(table("small", *names))
    columns = tuple(f"column_{number}" for number in range(10_000))
    assert bring(table("wide", *columns)).created == 1
    # when it is imported again with one column less and one more
    report = bring(table("wide", *columns[1:], "new"))
    # then exactly that changed, in one event
    assert report.updated == 1
    wide = Dataset.objects.get(name="wide")
    assert wide.columns.count() == 10_001
    assert [c.path for c in wide.columns.filter(disappeared_at__isnull=False)] == ["column_0"]
    changes = Event.objects.filter(type="catalog.dataset.changed", subject_id=wide.pk)
    assert changes.count() == 1


def test_problems_are_bounded_and_counted() -> None:
    # given more bad records than anybody reads
    bad: list[Any] = [DatasetRecord(f"bad {n}", DatasetKind.TABLE) for n in range(1200)]
    report = bring(*bad, table("good"))
    # then all are counted and the first thousand are told
    assert (report.refused, report.problem_count, len(report.problems)) == (1200, 1200, 1000)
    assert Dataset.objects.get().name == "good"
