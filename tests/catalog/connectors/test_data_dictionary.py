"""OMOP's dictionary with counts taken from its files, and sheets as people write them."""

import time
from pathlib import Path

import pytest

from catalog.connectors.data_dictionary.connector import DataDictionaryConnector
from catalog.registries.connectors import SourceUnreadable
from catalog.types import ColumnRecord, OwnerRecord, RelationRecord, Severity
from tests.catalog.connectors.reading import Read, read_all

OMOP = 'dictionary://"OMOP_CDMv5.4"'


@pytest.fixture(scope="module")
def omop(fixtures_folder: Path) -> Read:
    return read_all(DataDictionaryConnector(), path=str(fixtures_folder / "omop-cdm"))


def given(folder: Path, content: str | bytes, name: str = "fields.csv", **settings: object) -> Read:
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(raw)
    return read_all(DataDictionaryConnector(), path=str(folder), instance="d", **settings)


class TestOmop:
    def test_counts(self, omop: Read) -> None:
        columns = [c for d in omop.datasets.values() for c in d.columns or ()]
        assert (len(omop.datasets), len(columns)) == (39, 432)
        assert sum(1 for c in columns if c.nullable is False) == 180
        assert sum(1 for c in columns if c.key_position) == 28
        assert sum(len(d.relations) for d in omop.datasets.values()) == 176
        assert omop.problems == []

    def test_a_person(self, omop: Read) -> None:
        person = omop.dataset(f"{OMOP}/person")
        columns = {c.path[0]: c for c in person.columns or ()}
        assert (person.description or "").startswith("This table serves as the central identity")
        assert "**Conventions:** All Persons in a database needs" in (person.description or "")
        assert person.custom == {"dictionary_group": "CDM"}
        assert columns["person_id"].key_position == 1
        assert columns["person_id"].physical_type == "integer"
        assert columns["year_of_birth"].description is not None
        assert columns["birth_datetime"].nullable is True
        assert person.relations[0] == RelationRecord(
            f"{OMOP}/concept", columns=("gender_concept_id",), target_columns=("concept_id",)
        )


class TestSheets:
    def test_usual_headings_separators_and_facts(self, tmp_path: Path) -> None:
        found = given(
            tmp_path,
            "Schema;Table Name;Column;Data Type;Nullable;PK;Description;Sensitivity;Default\n"
            'sales;orders;id;int;no;x;"The number; unique";;\n'
            "sales;orders;mail;text;yes;;Where to write;personal, contact;none@example.org\n",
            platform="postgresql",
            database="shop",
        )
        orders = found.dataset("postgres://d/shop.sales.orders")
        number, mail = orders.columns or ()
        assert (number.key_position, number.nullable) == (1, False)
        assert number.description == "The number; unique"
        assert mail.classifications == ("personal", "contact")
        assert (mail.nullable, mail.default) == (True, "none@example.org")

    def test_own_headings_are_named_in_the_settings(self, tmp_path: Path) -> None:
        text = "Objekt,Merkmal,Bedeutung\nkunde,name,Wie er heißt\n"
        found = given(
            tmp_path,
            text,
            heading_table="Objekt",
            heading_column="merkmal",
            heading_description="Bedeutung",
        )
        assert (found.dataset("dictionary://d/kunde").columns or ())[
            0
        ].description == "Wie er heißt"

    def test_headings_nobody_knows_are_listed_in_the_refusal(self, tmp_path: Path) -> None:
        with pytest.raises(SourceUnreadable, match="'Objekt', 'Merkmal'"):
            given(tmp_path, "Objekt,Merkmal\nkunde,name\n")

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
    def test_encodings(self, tmp_path: Path, encoding: str) -> None:
        found = given(tmp_path, "table,column\nkäse,größe\n注文,番号\n".encode(encoding))
        assert set(found.datasets) == {"dictionary://d/käse", "dictionary://d/注文"}
        assert found.problems == []

    def test_latin_1_is_read_and_said(self, tmp_path: Path) -> None:
        found = given(tmp_path, "table,column\nkäse,größe\n".encode("latin-1"))
        assert found.columns("dictionary://d/käse") == ["größe"]
        assert [p.severity for p in found.problems] == [Severity.NOTICE]

    def test_bad_lines_are_problems_with_their_numbers(self, tmp_path: Path) -> None:
        found = given(
            tmp_path,
            "table,column,type\n"
            "orders,id,int\n"
            "orders,id2\n"
            ",name,text\n"
            "orders,,text\n"
            "orders,ID,bigint\n"
            "\n"
            'orders,"two\nlines",text\n'
            "orders,nu\0l,text\n"
            "orders,last,text\n",
        )
        assert [(p.location, p.message.split(":")[0][:40]) for p in found.problems] == [
            ("fields.csv, line 3", "It has 2 cells where the header has 3"),
            ("fields.csv, line 4", "It names no table"),
            ("fields.csv, line 5", "It names no column"),
            ("fields.csv, line 6", "orders.ID is described twice"),
            ("fields.csv, line 8", found.problems[4].message.split(":")[0][:40]),
        ]
        assert "control character" in found.problems[4].message
        assert found.columns("dictionary://d/orders") == ["id", "nul", "last"]

    def test_an_open_quote_is_said(self, tmp_path: Path) -> None:
        found = given(tmp_path, 'table,column\norders,id\norders,"open\norders,lost\n')
        assert found.columns("dictionary://d/orders") == ["id"]
        assert [p.location for p in found.problems] == ["fields.csv, line 3"]
        assert found.problems[0].severity is Severity.ERROR

    def test_references_to_nothing_are_problems(self, tmp_path: Path) -> None:
        found = given(
            tmp_path,
            "table,column,fk table,fk column\na,x,B,Y\na,z,gone,id\na,w,b,absent\nb,y,,\n",
            heading_target_table="fk table",
            heading_target_column="fk column",
        )
        assert found.dataset("dictionary://d/a").relations == (
            RelationRecord("dictionary://d/b", columns=("x",), target_columns=("y",)),
        )
        assert [p.location for p in found.problems] == ["fields.csv, line 3", "fields.csv, line 4"]

    def test_a_sheet_of_tables_adds_owner_and_words(self, tmp_path: Path) -> None:
        (tmp_path / "tables.csv").write_text("table,description,owner\nORDERS,All of them,Ann\n")
        orders = given(tmp_path, "table,column\norders,id\n").dataset("dictionary://d/orders")
        assert orders.description == "All of them"
        assert orders.owners == (OwnerRecord("Ann"),)

    @pytest.mark.parametrize("content", [b"", b"\n\n", b"\x00\x01\x02", b"just text"])
    def test_what_is_no_dictionary(self, tmp_path: Path, content: bytes) -> None:
        with pytest.raises(SourceUnreadable):
            given(tmp_path, content)

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(SourceUnreadable, match=r"There is no \.csv"):
            read_all(DataDictionaryConnector(), path=str(tmp_path))


def test_a_table_of_keys_alone_costs_each_line_once(tmp_path: Path) -> None:
    # given a sheet that calls each of very many columns a part of the key
    lines = "".join(f"t,c{number},yes\n" for number in range(40_000))
    began = time.process_time()
    columns = given(tmp_path, f"table,column,pk\n{lines}").dataset("dictionary://d/t").columns
    # then it is read in seconds, where counting the earlier ones anew took minutes
    assert [c.key_position for c in columns or ()] == list(range(1, 40_001))
    assert time.process_time() - began < 30


class TestDescriptionsOnly:
    def test_only_words_are_given(self, tmp_path: Path) -> None:
        (tmp_path / "tables.csv").write_text("schema,table,description\nsales,orders,As booked.\n")
        found = given(
            tmp_path,
            "schema,table,column,type,pk,description\nsales,orders,id,int,x,The number.\n",
            platform="postgres",
            database="shop",
            descriptions_only=True,
        )
        orders = found.dataset("postgres://d/shop.sales.orders")
        assert orders.describes_only
        assert orders.description == "As booked."
        assert orders.columns == (ColumnRecord(("id",), description="The number."),)
        assert (found.systems, list(found.datasets)) == ([], [orders.qualified_name])

    def test_a_sheet_of_tables_is_enough(self, tmp_path: Path) -> None:
        text = "schema,table,description\nsales,orders,As booked.\n"
        found = given(tmp_path, text, database="shop", descriptions_only=True)
        assert found.dataset("dictionary://d/shop.sales.orders").columns is None
        with pytest.raises(SourceUnreadable, match="no columns that name tables"):
            given(tmp_path, text, database="shop")
