"""The queue of gaps (R-059) and editing in a spreadsheet."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import InvalidInput
from catalog.models import Dataset, DatasetUse, Event, Ownership
from catalog.selectors.sheets import SHEET_HEADER, parts_of
from catalog.web.downloads import as_it_was, csv_response, neutral
from catalog.web.stewardship.sheet_files import MOST_BYTES, read_sheet
from tests.factories import (
    ColumnFactory,
    DatasetFactory,
    DomainFactory,
    OwnershipFactory,
    PersonFactory,
    TeamFactory,
)

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def listed(client: Client, address: str = "/stewardship/") -> list[int]:
    page = client.get(address).content.decode()
    return [int(part.split('"')[0]) for part in page.split('id="gap-')[1:]]


def test_the_most_used_with_the_most_gaps_comes_first(reader: Client) -> None:
    quiet, loud, whole = DatasetFactory(), DatasetFactory(), DatasetFactory(kind="view")
    whole.declared_description = "Known"
    whole.save()
    OwnershipFactory(dataset=whole)
    DatasetUse.objects.create(dataset=loud, day=timezone.localdate(), views=9)

    assert listed(reader) == [loud.pk, quiet.pk]


def test_who_may_change_none_is_offered_nothing_and_told_who_may(reader: Client) -> None:
    domain = DomainFactory(slug="sales", name="Sales")
    OwnershipFactory(dataset=DatasetFactory(domain=domain, declared_description="Known"))

    page = reader.get("/stewardship/").content.decode().split("<main")[1]

    assert "Change the ticked ones" not in page
    assert 'name="dataset"' not in page
    assert '<a href="/domains/sales/">Who stewards Sales</a>' in page


def test_who_may_change_some_ticks_those(steward: Client, dataset: Dataset) -> None:
    other = DatasetFactory(domain=DomainFactory(slug="sales"))
    OwnershipFactory(dataset=other)

    page = steward.get("/stewardship/").content.decode().split("<main")[1]

    assert "Change the ticked ones" in page
    assert f'name="dataset" value="{dataset.pk}"' in page
    assert f'name="dataset" value="{other.pk}"' not in page


def test_the_queue_is_filtered_by_gap_owner_and_place(steward: Client, dataset: Dataset) -> None:
    other = DatasetFactory(domain=DomainFactory(slug="sales"))

    assert listed(steward, "/stewardship/?mine=1") == [dataset.pk]
    assert listed(steward, "/stewardship/?gap=owner") == [other.pk]
    assert listed(steward, "/stewardship/?domain=sales") == [other.pk]
    assert listed(steward, f"/stewardship/?system={dataset.system_id}") == [dataset.pk]
    assert len(listed(steward, "/stewardship/?gap=nonsense")) == 2


def test_the_top_item_is_mended_in_its_row(administrator: Client) -> None:
    dataset = DatasetFactory()
    base = f"/stewardship/{dataset.pk}"

    owned = administrator.post(f"{base}/own/", **HTMX).content.decode()
    described = administrator.post(f"{base}/describe/", {"text": "Orders."}, **HTMX)
    keyed = administrator.post(f"{base}/key/", {"text": "order_id"}, **HTMX).content.decode()

    assert "You own it now." in owned
    assert "has no description, no key" in owned
    assert "Described." in described.content.decode()
    assert "lacks nothing any more" in keyed
    dataset.refresh_from_db()
    assert dataset.ownerships.count() == 1
    assert dataset.declared_description == "Orders."
    assert dataset.declared_metadata["key"]["value"] == "order_id"
    assert listed(administrator) == []


def test_without_a_script_the_page_comes_back_with_a_word(administrator: Client) -> None:
    dataset = DatasetFactory()
    team = TeamFactory(name="Finance")
    form = {"owner": "team:Finance", "kind": "business_owner", "next": "/stewardship/?gap=owner"}

    response = administrator.post(f"/stewardship/{dataset.pk}/owner/", form)

    assert response["Location"] == "/stewardship/?gap=owner"
    assert "Finance owns it now." in administrator.get("/stewardship/").content.decode()
    assert dataset.ownerships.get().team == team


def test_who_may_not_is_told_why_and_nothing_changes(reader: Client) -> None:
    dataset = DatasetFactory()

    own = reader.post(f"/stewardship/{dataset.pk}/own/", **HTMX)
    key = reader.post(f"/stewardship/{dataset.pk}/key/", {"text": "id"}, **HTMX)
    described = reader.post(f"/stewardship/{dataset.pk}/describe/", {"text": "Mine"}, **HTMX)

    assert (own.status_code, key.status_code, described.status_code) == (403, 403, 200)
    assert "Nothing was changed." in own.content.decode()
    assert "Ask the domain&#x27;s steward" in own.content.decode()
    assert not Ownership.objects.exists()
    dataset.refresh_from_db()
    assert dataset.declared_metadata == {}
    assert "Become its owner" not in reader.get("/stewardship/").content.decode()


def test_empty_words_are_refused(administrator: Client) -> None:
    dataset = DatasetFactory()

    response = administrator.post(f"/stewardship/{dataset.pk}/describe/", {"text": "  "}, **HTMX)

    assert response.status_code == 400
    assert "Write what it means." in response.content.decode()
    assert not Event.objects.exists()


# --- the spreadsheet ---


def saved(client: Client) -> list[dict[str, str]]:
    text = client.get("/datasets.csv").content.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


def given_back(client: Client, rows: list[dict[str, str]]) -> Any:
    text = StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else SHEET_HEADER)
    writer.writeheader()
    writer.writerows(rows)
    return upload(client, text.getvalue().encode())


def upload(client: Client, content: bytes) -> Any:
    file = SimpleUploadedFile("../datasets.csv", content)
    return client.post("/stewardship/sheet/", {"sheet": file})


def test_an_unchanged_file_changes_nothing(administrator: Client, dataset: Dataset) -> None:
    OwnershipFactory(dataset=dataset, team=TeamFactory(name="A; B"), person=None)
    given = given_back(administrator, saved(administrator))

    page = administrator.get(given["Location"]).content.decode()

    assert "The file would change nothing" in page
    assert "1 row says what holds already" in page


def test_an_edited_file_is_previewed_then_applied(
    administrator: Client, dataset: Dataset, uploads: Path
) -> None:
    domain, team = DomainFactory(slug="sales"), TeamFactory(name="Finance; Berlin")
    person = PersonFactory(username="ada")
    [row] = saved(administrator)
    row |= {
        "description": "Orders,\nwith a line break",
        "domain": "sales",
        "business_owner": "ada; team:Finance;; Berlin",
        "tags": "gold; silver",
        "classifications": "Personal / Contact",
    }

    given = given_back(administrator, [row])
    preview = administrator.get(given["Location"]).content.decode()

    assert "The file would change 1 dataset" in preview
    assert "<ins>gold; silver</ins>" in preview
    dataset.refresh_from_db()
    assert dataset.declared_description == ""
    report = administrator.post(f"{given['Location']}apply/").content.decode()
    assert "1 dataset changed" in report
    dataset.refresh_from_db()
    assert dataset.declared_description == "Orders,\nwith a line break"
    assert dataset.domain == domain
    assert {o.owner for o in dataset.ownerships.all()} == {person, team}
    assert {h.label.path for h in dataset.labels.all()} == {"gold", "silver", "Personal / Contact"}
    assert list(uploads.rglob("*.csv")) == []
    assert administrator.get(given["Location"]).status_code == 404
    [after] = saved(administrator)
    assert after["business_owner"] == "ada; team:Finance;; Berlin"


def test_owners_and_tags_are_taken_away_too(administrator: Client, dataset: Dataset) -> None:
    OwnershipFactory(dataset=dataset, person=PersonFactory(username="eve"))
    [row] = saved(administrator)
    assert row["business_owner"] == "eve"

    given = given_back(administrator, [row | {"business_owner": ""}])
    administrator.post(f"{given['Location']}apply/")

    assert not dataset.ownerships.exists()


def test_a_row_that_may_not_be_changed_is_left(steward: Client, dataset: Dataset) -> None:
    DomainFactory(slug="sales")
    foreign = DatasetFactory()
    rows = [row | {"domain": "sales", "description": "New"} for row in saved(steward)]

    given = given_back(steward, rows)
    preview = steward.get(given["Location"]).content.decode()
    report = steward.post(f"{given['Location']}apply/").content.decode()

    assert "1 row will be left" in preview
    assert "1 dataset changed" in report
    foreign.refresh_from_db()
    assert (foreign.domain, foreign.declared_description) == (None, "")
    assert Dataset.objects.get(pk=dataset.pk).domain.slug == "sales"


def test_what_somebody_changed_meanwhile_is_not_overwritten(
    administrator: Client, dataset: Dataset
) -> None:
    [row] = saved(administrator)
    dataset.declared_description = "Written meanwhile"
    dataset.save()

    given = given_back(administrator, [row | {"description": "From the sheet"}])
    page = administrator.get(given["Location"]).content.decode()
    administrator.post(f"{given['Location']}apply/")

    assert "Somebody changed it since the file was saved" in page
    dataset.refresh_from_db()
    assert dataset.declared_description == "Written meanwhile"


def test_faulty_rows_are_named_by_line(administrator: Client, dataset: Dataset) -> None:
    name = dataset.qualified_name
    lines = [
        "dataset,domain,steward",
        f"{name},nowhere,",
        "postgres://x/y.z,,",
        f"{name},,ghost",
        f'"{name}","",""',
        f"{name},,",
    ]
    given = upload(administrator, "\n".join(lines).encode())

    page = administrator.get(given["Location"]).content.decode()

    assert "4 rows cannot be used" in page
    assert "Line 2: There is no domain" in page
    assert "Line 3: There is no dataset" in page
    assert "Line 4: Nobody active is called" in page
    assert "Line 6: Line 5 is about the same dataset." in page


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "is not UTF-8"),
        (b"dataset\nx\x00y\n", "NUL"),
        (b"name,description\nx,y\n", "the column &#x27;dataset&#x27; is missing"),
        (b"dataset,password\nx,y\n", "no column &#x27;password&#x27;"),
        (b"dataset,tags,tags\nx,y,z\n", "stands there twice"),
        (b"dataset,tags\nx\n", "Line 2: 1 cells stand under 2 columns"),
        (b'dataset,tags\nx,"y\n', "Line 2: this is no CSV"),
        (b"dataset\n" + b"x\n" * 5001, "more than 5,000 rows"),
        (b"dataset\n" + b"x" * MOST_BYTES, "larger than 8 MB"),
    ],
)
def test_rubbish_is_refused_in_one_sentence(
    administrator: Client, uploads: Path, content: bytes, says: str
) -> None:
    response = upload(administrator, content)

    assert response.status_code == 400
    assert says in response.content.decode()
    assert list(uploads.rglob("*.csv")) == []


def test_no_file_and_a_foreign_key_are_refused(administrator: Client) -> None:
    assert administrator.post("/stewardship/sheet/").status_code == 400
    assert administrator.get("/stewardship/sheet/..%2F..%2Fetc/").status_code == 404
    assert administrator.get(f"/stewardship/sheet/{'a' * 22}/").status_code == 404
    assert administrator.post(f"/stewardship/sheet/{'a' * 22}/apply/").status_code == 404


def test_semicolons_apart_are_read_too() -> None:
    [row] = read_sheet(b"\xef\xbb\xbfdataset;tags\r\nx;'=1\r\n")

    assert (row.line, dict(row.cells)) == (2, {"dataset": "x", "tags": "=1"})


def test_a_formula_survives_the_round_trip_and_is_never_run(
    administrator: Client, dataset: Dataset
) -> None:
    formula = '=HYPERLINK("https://evil.example")'
    dataset.declared_description = formula
    dataset.save()

    [row] = saved(administrator)
    given = given_back(administrator, [row])

    assert row["description"] == f"'{formula}"
    assert "The file would change nothing" in administrator.get(given["Location"]).content.decode()


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_neutral_cell_can_be_taken_back(text: str) -> None:
    cell = neutral(text)

    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert as_it_was(cell) == text


@given(st.lists(st.text("ab;' ", min_size=1).map(str.strip).filter(bool), unique=True))
def test_entries_of_a_cell_survive_apart(entries: list[str]) -> None:
    cell = "; ".join(entry.replace(";", ";;") for entry in entries)

    # An entry that begins or ends with a semicolon cannot be told from the one beside it.
    if not any(entry.startswith(";") or entry.endswith(";") for entry in entries):
        assert parts_of(cell) == entries


def test_a_row_that_fails_half_way_is_not_applied_at_all(steward: Client, dataset: Dataset) -> None:
    ColumnFactory(dataset=dataset)
    long = "x" * 101
    [row] = saved(steward)

    given = given_back(steward, [row | {"description": "New", "tags": long}])
    report = steward.post(f"{given['Location']}apply/").content.decode()

    assert "at most 100 characters" in report
    dataset.refresh_from_db()
    assert dataset.declared_description == ""


def test_the_file_says_it_is_utf_8() -> None:
    content = csv_response("x.csv", ("a",), [("ü",)]).content

    assert content == b"\xef\xbb\xbfa\r\n\xc3\xbc\r\n"


def test_the_sheet_reader_names_itself_as_the_cause() -> None:
    with pytest.raises(InvalidInput, match="Line 3"):
        read_sheet(b"dataset,tags\nx,y\nz\n")
