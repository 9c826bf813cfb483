"""Sample rows for somebody who may read a dataset in part: masked, filtered, on the record."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.test import Client

from catalog.access import AccessRefused
from catalog.connectors.files.connector import FilesConnector, FilesSettings
from catalog.models import Dataset, Person, SourceRecord
from catalog.registries.connectors import ReadContext
from catalog.selectors.principals import principal_of
from catalog.selectors.samples import sample_rows
from catalog.types import DatasetRecord
from governance.audit.models import AuditRow
from governance.audit.selectors.records import record_in
from tests.factories import (
    ColumnFactory,
    ConnectionFactory,
    DatasetFactory,
    PersonFactory,
    SystemFactory,
    TeamFactory,
)
from tests.governance.permissions.company import in_force, opt_out

pytestmark = pytest.mark.django_db

MAKE = (
    "CREATE TABLE employee (id integer, name text, office text, pay integer)",
    "INSERT INTO employee VALUES (1, 'Erika', 'ie:dub', 100), (2, 'Otto', 'us:nyc', 200),"
    " (3, 'Ida', 'ie:cork', 300)",
)
EMPLOYEES = {"dataset": "main.employee"}


def person(username: str) -> Any:
    return principal_of(Person.objects.get(username=username))


def connected(url: str, qualified_name: str) -> Dataset:
    system = SystemFactory(platform=qualified_name.partition(":")[0], instance="hr")
    dataset = DatasetFactory(system=system, name="employee", qualified_name=qualified_name)
    for ordinal, (name, kind) in enumerate(
        {"id": "integer", "name": "text", "office": "text", "pay": "integer"}.items()
    ):
        ColumnFactory(dataset=dataset, name=name, path=name, ordinal=ordinal, physical_type=kind)
    connection = ConnectionFactory(connector="sql", settings={"url": url})
    SourceRecord.objects.create(connection=connection, dataset=dataset)
    return dataset


@pytest.fixture
def employees(tmp_path: Path) -> Dataset:
    TeamFactory(name="payroll").members.add(PersonFactory(username="paul"))
    PersonFactory(username="ann")
    file = tmp_path / "hr.duckdb"
    with duckdb.connect(str(file)) as connection:
        for statement in MAKE:
            connection.execute(statement)
    return connected(f"duckdb:///{file}", "duckdb://hr/hr.main.employee")


def masked_filtered_and_closed() -> None:
    in_force(
        opt_out(1, resources={**EMPLOYEES, "columns": ["pay"]}),
        opt_out(2, effect="mask(first3)", resources={**EMPLOYEES, "columns": ["name"]}),
        opt_out(3, effect="row_filter", expr="office LIKE 'ie:%'", resources=EMPLOYEES),
    )


def test_a_sample_is_masked_and_filtered_and_on_the_record(employees: Dataset) -> None:
    # Given names that are masked, offices elsewhere that are filtered out, and pay that is closed
    masked_filtered_and_closed()

    # When Ann looks at sample rows
    shown = sample_rows(person("ann"), employees)

    # Then she sees what is left of them
    assert shown.columns == ("id", "name", "office")
    assert shown.rows == (("1", "Eri", "ie:dub"), ("3", "Ida", "ie:cork"))
    assert shown.is_partial

    # And it is recorded before it was shown, with what was taken out
    record = record_in(AuditRow.objects.filter(action="show_sample").latest("at"))
    assert (record.gateway, record.username, record.keeping) == ("concord", "ann", "restricted")
    assert record.outcome == "partial"
    assert record.datasets == (employees.pk,)
    assert record.masks == ("name:first3",)
    assert record.filters == ("office LIKE 'ie:%'",)

    # And who is exempt sees the rows as they are
    whole = sample_rows(person("paul"), employees)
    assert whole.rows[1] == ("2", "Otto", "us:nyc", "200")
    assert not whole.is_partial


def test_a_filter_with_a_colon_reaches_any_database(employees: Dataset, tmp_path: Path) -> None:
    # Given the same rows in a database that is spoken to through SQLAlchemy
    file = tmp_path / "hr.db"
    with sqlite3.connect(file) as connection:
        for statement in MAKE:
            connection.execute(statement)
    dataset = connected(f"sqlite:///{file}", "sqlite://hr/main.employee")
    in_force(opt_out(3, effect="row_filter", expr="office <> 'us:nyc'", resources=EMPLOYEES))

    # Then the colon is a colon
    assert [row[0] for row in sample_rows(person("ann"), dataset).rows] == ["1", "3"]


def test_what_is_told_in_groups_only_is_no_sample(employees: Dataset) -> None:
    # Given a dataset that is told in groups of at least five
    in_force(opt_out(4, effect="min_group(5)", resources=EMPLOYEES))

    # Then no row of it is shown, and the refusal is on the record
    with pytest.raises(AccessRefused, match="only told of groups"):
        sample_rows(person("ann"), employees)
    record = record_in(AuditRow.objects.filter(action="show_sample").latest("at"))
    assert (record.outcome, record.code) == ("refused", "min_group")


def test_the_page_says_that_it_is_in_part(employees: Dataset, client: Client) -> None:
    masked_filtered_and_closed()
    client.force_login(Person.objects.get(username="ann"))
    page = client.get(f"/datasets/{employees.pk}/quality/sample/").content.decode()
    assert "masked and filtered as your opt-outs say" in page
    assert "Erika" not in page
    assert "Otto" not in page
    assert "200" not in page.partition("<table")[2].partition("</table>")[0]


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_samples_of_files_are_masked_and_filtered_too(tmp_path: Path, ending: str) -> None:
    # Given a folder with a file of employees, in a folder of its own whose name has to be quoted
    TeamFactory(name="payroll").members.add(PersonFactory(username="paul"))
    PersonFactory(username="ann")
    folder = tmp_path / "of 'hr'"
    folder.mkdir()
    with duckdb.connect() as connection:
        for statement in MAKE:
            connection.execute(statement)
        written = str(folder / f"employee.{ending}").replace("'", "''")
        connection.execute(f"COPY employee TO '{written}'")
    ingested = FilesConnector()
    settings = FilesSettings(path=str(tmp_path), instance="hr")
    names = [
        str(record.qualified_name)
        for record in ingested.read(settings, ReadContext())
        if isinstance(record, DatasetRecord)
    ]
    dataset = connected("", names[0])
    connection = ConnectionFactory(connector="files", settings=settings.model_dump(mode="json"))
    SourceRecord.objects.update(connection=connection)
    of = {"dataset": "*employee*"}
    in_force(
        opt_out(1, resources={**of, "columns": ["pay"]}),
        opt_out(2, effect="mask(first3)", resources={**of, "columns": ["name"]}),
        opt_out(3, effect="row_filter", expr="office LIKE 'ie:%'", resources=of),
    )

    # Then Ann sees what is left of it, and Paul all
    shown = sample_rows(person("ann"), dataset)
    assert (shown.columns, shown.is_partial) == (("id", "name", "office"), True)
    assert shown.rows == (("1", "Eri", "ie:dub"), ("3", "Ida", "ie:cork"))
    assert sample_rows(person("paul"), dataset).rows[1] == ("2", "Otto", "us:nyc", "200")
