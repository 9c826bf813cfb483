"""The home page: what waits, what changed, where I was; and the first day of a new person."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Answer, Dataset, IngestionRun, Question
from catalog.selectors.principals import principal_of
from catalog.services import curation, personal
from tests.factories import (
    ConnectionFactory,
    DatasetFactory,
    OwnershipFactory,
    PersonFactory,
)

pytestmark = pytest.mark.django_db


def main_of(client: Client, address: str = "/") -> str:
    return client.get(address).content.decode().split("<main")[1]


def heading(client: Client) -> str:
    found = re.search(r"<h1>(.*?)</h1>", main_of(client), re.S)
    assert found
    return found[1].strip()


def test_a_new_person_gets_first_steps(reader: Client) -> None:
    page = main_of(reader)

    assert heading(reader) == "Welcome, Rita Reader"
    assert "Find data." in page
    assert 'href="/search/"' in page


def test_what_waits_is_named_with_its_verb(steward: Client, dataset: Dataset) -> None:
    Question.objects.create(dataset=dataset, author=PersonFactory(), text="Are refunds in it?")

    page = main_of(steward)

    assert heading(steward) == "1 question waits for you"
    assert '<p class="lead">1 gap to work on.</p>' in page
    assert "Are refunds in it?" in page
    assert ">Answer</a>" in page
    assert "no key" in page
    assert "<strong>1</strong> waiting" in steward.get("/").content.decode()


def test_an_answered_question_and_ones_own_do_not_wait(steward: Client, dataset: Dataset) -> None:
    owner = dataset.ownerships.get().person
    answered = Question.objects.create(dataset=dataset, author=PersonFactory(), text="Answered?")
    Answer.objects.create(question=answered, author=PersonFactory(), text="Yes")
    Question.objects.create(dataset=dataset, author=owner, text="My own?")

    assert heading(steward) == "1 gap to work on"


def test_somebody_elses_questions_do_not_wait_for_me(reader: Client, dataset: Dataset) -> None:
    Question.objects.create(dataset=dataset, author=PersonFactory(), text="For the owner")

    assert "For the owner" not in main_of(reader)


def test_failed_imports_stand_before_those_who_run_them(
    reader: Client, administrator: Client
) -> None:
    connection = ConnectionFactory(name="warehouse")
    IngestionRun.objects.create(connection=connection, state="failed", error="No such host")

    assert "No such host" in main_of(administrator)
    assert "No such host" not in main_of(reader)

    IngestionRun.objects.create(connection=connection, state="succeeded")
    assert "No such host" not in main_of(administrator)


def test_changes_by_others_in_what_i_follow(dataset: Dataset, browser_of: Any) -> None:
    follower, other = PersonFactory(), PersonFactory(display_name="Otto Other")
    personal.follow(acting=principal_of(follower), dataset_id=dataset.pk)
    for person, words in ((follower, "mine"), (other, "theirs")):
        curation.change_dataset(
            acting=principal_of(person), dataset_id=dataset.pk, changes={"description": words}
        )

    page = main_of(browser_of(follower))

    assert page.count("changed description") == 1
    assert "Otto Other changed description" in page


def test_where_i_was_and_what_i_keep(reader: Client, dataset: Dataset) -> None:
    reader.get(f"/datasets/{dataset.pk}/")
    reader.post("/search/save/", {"name": "Mine", "query_string": "q=orders&sort=used"})

    page = main_of(reader)

    assert "Continue where you were" in page
    assert f'href="/datasets/{dataset.pk}/"' in page
    assert 'href="/search/?q=orders&amp;sort=used"' in page


def test_a_saved_search_is_removed_by_its_person_alone(reader: Client, steward: Client) -> None:
    reader.post("/search/save/", {"name": "Mine", "query_string": "q=orders"})
    found = re.search(r"/search/saved/(\d+)/forget/", main_of(reader))
    assert found

    assert steward.post(found[0]).status_code == 404
    assert "Mine" in main_of(reader)

    assert reader.post(found[0]).status_code == 302
    assert found[0] not in main_of(reader)


def test_a_search_without_a_name_is_not_kept(reader: Client) -> None:
    response = reader.post("/search/save/", {"name": " ", "query_string": "q=x"}, follow=True)

    assert "The search was not saved." in response.content.decode()


def test_home_costs_the_same_queries_for_3_and_for_30_datasets(
    browser_of: Any, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection

    person = PersonFactory()
    client = browser_of(person)

    def fill(count: int) -> None:
        for _ in range(count):
            dataset = DatasetFactory()
            OwnershipFactory(dataset=dataset, person=person)
            personal.follow(acting=principal_of(person), dataset_id=dataset.pk)
            personal.note_visit(acting=principal_of(person), dataset_id=dataset.pk)
            Question.objects.create(dataset=dataset, author=PersonFactory(), text="Why?")
            Question.objects.create(dataset=dataset, author=person, text="My own?")
            curation.change_dataset(
                acting=principal_of(PersonFactory()),
                dataset_id=dataset.pk,
                changes={"description": "New"},
            )

    fill(3)
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    fill(27)
    with CaptureQueriesContext(connection) as many:
        client.get("/")

    assert len(many) == len(few)
    # Twelve of them ask what waits in governance, three for first steps, one what people said, one
    # for reviews.
    assert len(many) <= 37


def test_a_new_person_begins_with_what_is_used_or_else_with_what_is_curated(
    reader: Client,
) -> None:
    nobody_used = DatasetFactory(name="never_opened", usage_score=0)
    DatasetFactory(name="looked_after", usage_score=0, lifecycle="curated")

    page = main_of(reader)

    assert "Curated here" in page
    assert ">looked<wbr>_<wbr>after<" in page or "looked_after" in page.replace("<wbr>", "")
    assert f'href="/datasets/{nobody_used.pk}/"' not in page

    read = DatasetFactory(name="read_daily", usage_score=3)
    page = main_of(reader)

    assert "Often used here" in page
    assert f'href="/datasets/{read.pk}/"' in page
    assert f'href="/datasets/{nobody_used.pk}/"' not in page
