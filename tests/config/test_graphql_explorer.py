"""The GraphQL explorer: with and without a script, as oneself, with the schema to read."""

import html
import json
import re

import pytest
from django.test import Client

from catalog.models import Dataset, Event
from config.graphql.explorer import EXAMPLES
from config.graphql.reference import reference
from config.graphql.schema import schema
from tests.factories import DatasetFactory, PersonFactory

pytestmark = pytest.mark.django_db
ADDRESS = "/graphql/explorer/"


@pytest.fixture
def browser() -> Client:
    client = Client(enforce_csrf_checks=False)
    client.force_login(PersonFactory())
    return client


def result_of(page: str) -> dict[str, object]:
    found = re.search(r"data-graphql-result>(.*?)</code>", page, re.DOTALL)
    assert found
    answer: dict[str, object] = json.loads(html.unescape(found.group(1)))
    return answer


def test_a_question_is_answered_without_a_script(browser: Client) -> None:
    dataset = DatasetFactory()
    body = {"query": "query Q($id: ID!) { dataset(id: $id) { name } }",
            "variables": json.dumps({"id": dataset.pk})}  # fmt: skip

    page = browser.post(ADDRESS, body)

    assert page.status_code == 200
    assert result_of(page.content.decode()) == {"data": {"dataset": {"name": dataset.name}}}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"query": "{ me { id } }", "variables": "{"}, "The variables are no JSON."),
        ({"query": "{ me { id } }", "variables": "[1]"}, "variables is an object."),
        ({"query": "{ me { id } }", "variables": '{"a": "\\ud800"}'}, "half of a surrogate pair"),
        ({"query": " "}, "query is the text of a GraphQL question."),
        ({"query": "{ nothing }"}, "Cannot query field"),
        ({"query": "<script>alert(1)</script>"}, "Syntax Error"),
    ],
)
def test_rubbish_is_explained_on_the_page(
    browser: Client, body: dict[str, str], words: str
) -> None:
    page = browser.post(ADDRESS, body)

    assert page.status_code == 400
    assert words in str(result_of(page.content.decode()))
    assert b"<script>alert" not in page.content


def test_a_refusal_stands_in_the_answer_and_changes_nothing(browser: Client) -> None:
    dataset = DatasetFactory()
    query = "mutation { changeDataset(dataset: %d, changes: {criticality: 1}) { dataset { id } } }"

    page = browser.post(ADDRESS, {"query": query % dataset.pk})

    assert "not_steward" in page.content.decode()
    assert Dataset.objects.get().criticality is None
    assert Event.objects.filter(subject_type="dataset").count() == 0


def test_strangers_are_sent_to_the_sign_in_and_other_sites_are_refused() -> None:
    stranger = Client().get(ADDRESS)
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(PersonFactory())

    assert (stranger.status_code, stranger.headers["Location"]) == (
        302,
        f"/accounts/login/?next={ADDRESS}",
    )
    assert forged.post(ADDRESS, {"query": "{ me { id } }"}).status_code == 403


def test_every_example_is_a_valid_question(browser: Client) -> None:
    for example in EXAMPLES:
        page = browser.get(ADDRESS, {"example": example.key}).content.decode()
        assert html.escape(example.query, quote=True) in page
        answer = browser.post(ADDRESS, {"query": example.query, "variables": example.variables})
        assert "invalid_question" not in answer.content.decode(), example.key


def test_the_reference_names_every_type_field_and_argument(browser: Client) -> None:
    page = browser.get(ADDRESS).content.decode()
    own = [name for name in schema.graphql_schema.type_map if not name.startswith("__")]

    assert {type_.name for type_ in reference()} == set(own)
    for type_ in reference():
        assert f'id="type-{type_.name}"' in page
        for field in type_.fields:
            assert f'id="field-{type_.name}-{field.name}"' in page
    assert 'href="#type-DatasetConnection"' in page
    assert 'style="' not in page.split("<main", 1)[1].split("</main>")[0]
