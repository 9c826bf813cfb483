"""The dataset page: what it shows, to whom, at which cost."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog.models import (
    Alias,
    Column,
    Dataset,
    DatasetUse,
    KnownProblem,
    Profile,
    Question,
    TestResult,
)
from catalog.types import Lifecycle
from tests.factories import ColumnFactory, DatasetFactory, OwnershipFactory, PersonFactory

pytestmark = pytest.mark.django_db

TABS = ("", "columns/", "quality/", "access/", "uses/", "history/", "activity/")
MOST_QUERIES = 25


def text_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_names_the_dataset_and_carries_nothing_inline(
    reader: Client, dataset: Dataset, tab: str
) -> None:
    page = text_of(reader, f"/datasets/{dataset.pk}/{tab}")

    assert f"<title>{dataset.name}" in page
    assert 'name="description" content="Orders as the shop' in page
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", page)


@pytest.mark.parametrize("tab", TABS)
def test_a_stranger_is_sent_to_sign_in(dataset: Dataset, tab: str) -> None:
    response = Client().get(f"/datasets/{dataset.pk}/{tab}")

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_an_unknown_dataset_is_a_plain_404(reader: Client) -> None:
    response = reader.get("/datasets/999999999/")

    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


def test_somebody_outside_the_company_sees_no_dataset(dataset: Dataset, browser_of: Any) -> None:
    outsider = browser_of(PersonFactory(employment_kind="external"))

    page = outsider.get(f"/datasets/{dataset.pk}/")
    assert page.status_code == outsider.get("/datasets/987654321/").status_code == 403
    assert "Your account is marked external" in page.content.decode()
    assert dataset.name not in page.content.decode()
    assert outsider.get(f"/d/?name={dataset.qualified_name}").status_code == 403


def test_a_name_and_an_alias_lead_to_the_page(reader: Client, dataset: Dataset) -> None:
    Alias.objects.create(
        dataset=dataset, qualified_name="postgres://old/shop", lookup_name="postgres://old/shop"
    )

    by_name = reader.get("/d/", {"name": dataset.qualified_name})
    by_alias = reader.get("/d/", {"name": "postgres://old/shop"})

    assert by_name["Location"] == by_alias["Location"] == f"/datasets/{dataset.pk}/"


def test_a_short_name_leads_to_the_dataset_it_can_only_mean(reader: Client) -> None:
    # Given a name that one dataset ends with, and one that two end with
    lead = DatasetFactory(qualified_name="postgres://crm/pulse.crm.lead")
    DatasetFactory(qualified_name="postgres://billing/ledger.billing.payment")
    DatasetFactory(qualified_name="postgres://archive/ledger.billing.payment")

    # When their short names are followed, then the one is reached and the other is searched for
    assert reader.get("/d/", {"name": "crm.lead"})["Location"] == f"/datasets/{lead.pk}/"
    assert reader.get("/d/", {"name": "CRM.Lead"})["Location"] == f"/datasets/{lead.pk}/"
    several = reader.get("/d/", {"name": "billing.payment"})
    assert several["Location"] == "/search/?q=billing.payment"

    # And a part of a word is no short name
    assert reader.get("/d/", {"name": "ead"}).status_code == 404
    assert reader.get("/d/", {"name": "%"}).status_code == 404


def test_a_short_name_means_what_still_stands_in_its_source(
    reader: Client, browser_of: Any
) -> None:
    gone = DatasetFactory(qualified_name="postgres://old/a.crm.lead", disappeared_at=timezone.now())
    assert reader.get("/d/", {"name": "crm.lead"})["Location"] == f"/datasets/{gone.pk}/"

    present = DatasetFactory(qualified_name="postgres://new/a.crm.lead")

    assert reader.get("/d/", {"name": "crm.lead"})["Location"] == f"/datasets/{present.pk}/"
    outsider = browser_of(PersonFactory(employment_kind="external"))
    assert outsider.get("/d/", {"name": "crm.lead"}).status_code == 403


def test_lines_of_several_statements_are_told_apart(reader: Client, dataset: Dataset) -> None:
    Dataset.objects.update(definition_sql="select 1")
    first, second = (
        dataset.example_queries.create(author=PersonFactory(), question=f"{n}?", sql="select 1")
        for n in (1, 2)
    )

    page = text_of(reader, f"/datasets/{dataset.pk}/")

    for place in ("line-1", f"example-{first.pk}-1", f"example-{second.pk}-1"):
        assert page.count(f'id="{place}"') == 1


def test_its_line_tells_its_state_and_denies_no_agreement(reader: Client, dataset: Dataset) -> None:
    # Whether anything is agreed on it stands in the panel of the agreements, not in its lifecycle
    Dataset.objects.update(lifecycle=Lifecycle.PUBLISHED)

    page = text_of(reader, f"/datasets/{dataset.pk}/")

    assert "Published, not yet curated" in page
    assert "nothing agreed" not in page


def test_the_overview_counts_one_visit_each_time(reader: Client, dataset: Dataset) -> None:
    for _ in range(3):
        text_of(reader, f"/datasets/{dataset.pk}/")
    text_of(reader, f"/datasets/{dataset.pk}/columns/")

    assert list(DatasetUse.objects.values_list("dataset_id", "views")) == [(dataset.pk, 3)]


def test_markdown_with_scripts_stays_harmless(reader: Client) -> None:
    hostile = "<script>alert(1)</script> [x](javascript:alert(2)) ![i](http://evil.example/p.png)"
    dataset = DatasetFactory(declared_description=hostile, harvested_description=hostile)
    author = PersonFactory()
    Question.objects.create(dataset=dataset, author=author, text=hostile)
    KnownProblem.objects.create(dataset=dataset, author=author, text=hostile)
    ColumnFactory(dataset=dataset, declared_description=hostile)

    for tab in ("", "columns/"):
        page = text_of(reader, f"/datasets/{dataset.pk}/{tab}")
        assert "<script>alert" not in page
        assert 'javascript:alert(2)"' not in page
        assert "<img" not in page


def test_promises_and_problems_stand_in_words(reader: Client, dataset: Dataset) -> None:
    Dataset.objects.filter(pk=dataset.pk).update(
        consistency="eventual", finality_lag="P3D", expected_latency="PT15M"
    )
    KnownProblem.objects.create(dataset=dataset, author=PersonFactory(), text="Amounts are doubled")

    page = text_of(reader, f"/datasets/{dataset.pk}/")

    assert "Roughly right, final on the 3rd day. New data shows within 15 minutes." in page
    assert "Amounts are doubled" in page


def test_a_deprecated_and_a_vanished_dataset_say_so(reader: Client) -> None:
    dataset = DatasetFactory(
        lifecycle=Lifecycle.DEPRECATED,
        deprecation_note="Use shop.orders_v2",
        disappeared_at=timezone.now() - dt.timedelta(days=3),
    )

    page = text_of(reader, f"/datasets/{dataset.pk}/")

    assert "This dataset is deprecated" in page
    assert "Use shop.orders_v2" in page
    assert "Gone at the source" in page


def test_the_access_page_says_what_one_may_and_whom_to_ask(
    reader: Client, steward: Client, dataset: Dataset
) -> None:
    readers = text_of(reader, f"/datasets/{dataset.pk}/access/")
    stewards = text_of(steward, f"/datasets/{dataset.pk}/access/")

    assert "You may read its data" in readers
    assert "You may not name and release owners" in readers
    assert "Only the owners and the stewards of this domain may change this." in readers
    assert "You may not" not in stewards.split("<main")[1]


def test_the_onboarding_checklist_says_what_is_missing(reader: Client, dataset: Dataset) -> None:
    page = text_of(reader, f"/datasets/{dataset.pk}/")

    steps = re.findall(r"<li class=\"is-(agreed|unknown)\">.*?<p>([^<]+)<", page, re.S)
    assert [(state, label.strip()) for state, label in steps] == [
        ("unknown", "Registered by a source"),
        ("unknown", "Related to other data"),
        ("agreed", "Reachable and allowed by default"),
        ("unknown", "Classified, with a promise on when it arrives"),
        ("unknown", "Has a view or an example query for its readers"),
        ("unknown", "Used by a dashboard or by people"),
        ("agreed", "Changed in the last 180 days"),
    ]


def test_quality_shows_the_worst_test_first_and_least_values(
    reader: Client, dataset: Dataset
) -> None:
    now = timezone.now()
    for name, status in (("unique_id", "passed"), ("amount_positive", "failed")):
        TestResult.objects.create(
            dataset=dataset, name=name, status=status, severity="error", executed_at=now
        )
    for days, rows in ((2, 100), (1, 150)):
        Profile.objects.create(
            dataset=dataset,
            taken_at=now - dt.timedelta(days=days),
            rows=rows,
            columns={"amount": {"nulls": 75, "distinct": 9, "min": "0.5", "max": "99"}},
        )

    page = text_of(reader, f"/datasets/{dataset.pk}/quality/")

    assert "1 of 2 tests need a look" in page
    assert page.index("amount_<wbr>positive") < page.index("unique_<wbr>id")
    assert "Rows at each measurement" in page
    assert ">50%<" in page
    assert ">99<" in page


def _fill(dataset: Dataset, rows: int) -> None:
    now = timezone.now()
    person = PersonFactory()
    for number in range(rows):
        OwnershipFactory(dataset=dataset)
        column = ColumnFactory(dataset=dataset)
        Question.objects.create(
            dataset=dataset, author=person, text=f"Why {number}?"
        ).answers.create(author=PersonFactory(), text="Because.")
        KnownProblem.objects.create(dataset=dataset, author=person, text=f"Problem {number}")
        dataset.example_queries.create(author=person, question=f"What {number}?", sql="select 1")
        TestResult.objects.create(
            dataset=dataset,
            column=column,
            name=f"test {column.name}",
            status="passed",
            severity="error",
            executed_at=now,
        )
        DatasetUse.objects.create(dataset=dataset, person=PersonFactory(), day=now.date(), reads=2)


def _queries(client: Client, address: str) -> int:
    from django.db import connection

    client.get(address)  # what is made on a first visit only
    with CaptureQueriesContext(connection) as captured:
        text_of(client, address)
    return len(captured)


@pytest.mark.parametrize("tab", TABS)
def test_a_page_costs_the_same_queries_for_3_and_for_30_rows(
    steward: Client, dataset: Dataset, tab: str
) -> None:
    address = f"/datasets/{dataset.pk}/{tab}"
    _fill(dataset, 3)
    few = _queries(steward, address)
    _fill(dataset, 27)
    many = _queries(steward, address)

    assert many == few
    assert many <= MOST_QUERIES


def test_ten_thousand_columns_are_paged(reader: Client, dataset: Dataset) -> None:
    Column.objects.bulk_create(
        Column(dataset=dataset, path=f"c{n}", name=f"c{n}", ordinal=n) for n in range(10_000)
    )

    first = text_of(reader, f"/datasets/{dataset.pk}/columns/")
    last = text_of(reader, f"/datasets/{dataset.pk}/columns/?column=c9999")

    assert "1 to 200 of 10,000 columns" in first
    assert "9,801 to 10,000 of 10,000 columns" in last
    assert 'aria-selected="true"' in last
    assert _queries(reader, f"/datasets/{dataset.pk}/") <= MOST_QUERIES
