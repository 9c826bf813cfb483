"""Dropping, renaming, retyping a column: whom it reaches, and the SQL that has to follow."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from catalog.access import gate, install_gate
from catalog.errors import InvalidInput, NotFound
from catalog.models import Column, Dataset, ExampleQuery
from catalog.types import DatasetKind, Principal
from lineage.models import Job, JobDataset, Query, QueryTable
from lineage.selectors.column_change import column_change
from lineage.types import ColumnChange, JobUse
from tests.factories import PersonFactory
from tests.lineage.graphs import HidingGate
from tests.lineage.warehouse import read, table

pytestmark = pytest.mark.django_db

SOMEBODY = Principal.system("test")


@pytest.fixture
def shop() -> dict[str, Dataset]:
    """people -> active (a view) -> letters (a view), and a dashboard over letters."""
    made = {
        "people": table("shop.public.people", ("id", "email", "age")),
        "active": table(
            "shop.public.active",
            ("id", "email"),
            "SELECT id, email\nFROM people\nWHERE email IS NOT NULL",
        ),
        "letters": table(
            "shop.public.letters", ("mail",), "SELECT lower(email) AS mail FROM active"
        ),
    }
    read(*made.values())
    Dataset.objects.filter(pk=made["letters"].pk).update(kind=DatasetKind.DASHBOARD)
    Column.objects.filter(dataset=made["people"], path="email").update(physical_type="text")
    return made


def column(dataset: Dataset, path: str) -> int:
    return Column.objects.get(dataset=dataset, path=path).pk


def test_a_rename_names_whom_it_reaches_and_rewrites_only_direct_readers(
    shop: dict[str, Dataset],
) -> None:
    # Given a query that somebody kept
    ExampleQuery.objects.create(
        dataset=shop["people"],
        author=PersonFactory(),
        question="Who writes from abroad?",
        sql="SELECT p.email FROM public.people p",
    )

    # When the e-mail address of people gets another name
    found = column_change(
        SOMEBODY, column(shop["people"], "email"), ColumnChange.RENAME, "email_address"
    )

    # Then everything downstream is named, by kind, and the two texts that name it are rewritten
    assert [item.node.name for item in found.impact.affected] == ["active", "letters"]
    assert found.touched == (("dashboard", 1), ("view", 1))
    assert [(s.dataset.name, s.after, s.checked, s.doubts) for s in found.statements] == [
        (
            "active",
            "SELECT id, email_address AS email\nFROM people\nWHERE email_address IS NOT NULL",
            True,
            (),
        ),
        ("people", "SELECT p.email_address AS email FROM public.people p", True, ()),
    ]
    assert found.statements[0].diff == (
        "@@ -1,3 +1,3 @@",
        "-SELECT id, email",
        "+SELECT id, email_address AS email",
        " FROM people",
        "-WHERE email IS NOT NULL",
        "+WHERE email_address IS NOT NULL",
    )


def test_a_views_own_definition_changes_with_its_readers(shop: dict[str, Dataset]) -> None:
    found = column_change(SOMEBODY, column(shop["active"], "email"), ColumnChange.RENAME, "contact")
    assert [(s.dataset.name, s.is_own, s.after) for s in found.statements] == [
        ("active", True, "SELECT id, email AS contact\nFROM people\nWHERE email IS NOT NULL"),
        ("letters", False, "SELECT lower(contact) AS mail FROM active"),
    ]


def test_jobs_and_queries_that_read_it_are_named_and_rewritten(shop: dict[str, Dataset]) -> None:
    # Given a job that reads the letters, and a recorded query that reads the column
    now = timezone.now()
    job = Job.objects.create(key=b"x" * 16, namespace="airflow", name="send", heard_at=now)
    JobDataset.objects.create(job=job, dataset=shop["letters"], role=JobUse.READS, since=now)
    email = column(shop["people"], "email")
    query = Query.objects.create(
        system=shop["people"].system,
        dialect="postgres",
        database="shop",
        schema_name="public",
        fingerprint="f",
        text="SELECT id FROM people WHERE email = ?",
        runs=7,
    )
    QueryTable.objects.create(query=query, dataset=shop["people"], is_read=True, columns=[email])

    # When the column gets another name
    found = column_change(SOMEBODY, email, ColumnChange.RENAME, "contact")

    # Then both are told
    assert [(j.name, j.namespace, j.reads.name) for j in found.jobs] == [
        ("send", "airflow", "letters")
    ]
    told = {s.title: (s.after, s.checked) for s in found.statements}
    assert told["Query that ran 7 times"] == ("SELECT id FROM people WHERE contact = ?", True)

    # But not a query that names what the principal may not see
    other = table("shop.public.secret", ("id",))
    QueryTable.objects.create(query=query, dataset=other, is_read=True)
    install = HidingGate([other.pk])
    before = gate()
    install_gate(install)
    try:
        hidden = column_change(SOMEBODY, email, ColumnChange.RENAME, "contact")
    finally:
        install_gate(before)
    assert [s.title for s in hidden.statements] == ["View"]


def test_kept_queries_are_told_that_name_the_column_wherever_they_are_kept(
    shop: dict[str, Dataset],
) -> None:
    # Given queries that are kept with two datasets, of which some read the column
    people, letters, author = shop["people"], shop["letters"], PersonFactory()
    for dataset, question, sql in (
        (people, "addresses", "SELECT email FROM people"),
        (people, "ages", "SELECT max(age) FROM people"),
        (letters, "unsent", "SELECT p.email FROM people p LEFT JOIN letters l ON l.mail = p.email"),
        (letters, "letters", "SELECT mail AS email FROM letters -- not of people"),
        (letters, "all", "SELECT * FROM people"),
    ):
        ExampleQuery.objects.create(dataset=dataset, question=question, sql=sql, author=author)

    # When the column gets another name
    found = column_change(SOMEBODY, column(people, "email"), ColumnChange.RENAME, "contact")

    # Then those are told, and those that hand it on with a star, but none that never had it
    told = {s.title: s.after for s in found.statements if s.title.startswith("Kept")}
    assert told == {
        "Kept query: addresses": "SELECT contact AS email FROM people",
        "Kept query: unsent": "SELECT p.contact AS email FROM people p"
        " LEFT JOIN letters l ON l.mail = p.contact",
        "Kept query: all": "SELECT * FROM people",
    }


def test_a_drop_asks_for_what_only_a_person_can_decide(shop: dict[str, Dataset]) -> None:
    found = column_change(SOMEBODY, column(shop["people"], "email"), ColumnChange.DROP)
    (statement,) = found.statements
    assert statement.after.startswith("SELECT id, CAST(NULL AS text) AS email\n")
    assert statement.doubts == (
        "Line 3: WHERE uses email in an expression; decide what shall stand there instead.",
    )


@pytest.mark.parametrize(
    ("change", "to"),
    [
        (ColumnChange.RENAME, ""),
        (ColumnChange.RENAME, "AGE"),
        (ColumnChange.RETYPE, " "),
        (ColumnChange.RETYPE, "x" * 201),
        (ColumnChange.RENAME, "a\nb"),
    ],
)
def test_a_new_name_or_type_has_to_fit(
    shop: dict[str, Dataset], change: ColumnChange, to: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        column_change(SOMEBODY, column(shop["people"], "email"), change, to)
    assert refusal.value.field == "to"


def test_what_is_hidden_is_neither_reached_nor_rewritten(
    shop: dict[str, Dataset], hide: Callable[..., None]
) -> None:
    email = column(shop["people"], "email")
    hide(shop["active"])
    found = column_change(SOMEBODY, email, ColumnChange.DROP)
    assert (found.impact.affected, found.statements) == ((), ())
    hide(shop["people"])
    with pytest.raises(NotFound):
        column_change(SOMEBODY, email, ColumnChange.DROP)


def test_page_rest_and_graphql_tell_the_same(
    shop: dict[str, Dataset], django_assert_max_num_queries: Callable[..., object]
) -> None:
    browser = Client()
    browser.force_login(PersonFactory())
    people, email = shop["people"].pk, column(shop["people"], "email")
    page = f"/datasets/{people}/lineage/impact/?column=email&change=rename&to=email_address"
    browser.get(page)

    # When it is asked through each door
    with django_assert_max_num_queries(75):  # type: ignore[attr-defined]
        shown = browser.get(page).content.decode()
    told = browser.get(f"/api/v1/columns/{email}/change/?change=rename&to=email_address").json()
    query = """query C($id: ID!) { columnChange(
        column: $id, change: "rename", to: "email_address"
    ) { touched { kind count } impact { sentence }
        statements { after checked dataset { name } } } }"""
    answer = browser.post(
        "/graphql/", {"query": query, "variables": {"id": email}}, content_type="application/json"
    ).json()["data"]["columnChange"]

    # Then each shows the rewritten SQL, whom it reaches, and the way to a proposal
    after = "SELECT id, email_address AS email\nFROM people\nWHERE email_address IS NOT NULL"
    assert "<ins>+ SELECT id, email_address AS email</ins>" in shown
    assert "it means the same" in shown
    assert "Propose this change" in shown
    assert "kind=schema_change&amp;action=rename" in shown
    assert [s["after"] for s in told["statements"]] == [after]
    assert told["touched"] == {"view": 1, "dashboard": 1}
    assert answer["statements"] == [
        {"after": after, "checked": True, "dataset": {"name": "active"}}
    ]
    assert answer["impact"]["sentence"] == told["impact"]["sentence"]

    # And what makes no sense is said in its place
    wrong = browser.get(page.replace("rename", "paint"))
    assert "A column can be dropped, renamed or retyped." in wrong.content.decode()
    assert browser.get(f"/api/v1/columns/{email}/change/?change=paint").status_code == 400
