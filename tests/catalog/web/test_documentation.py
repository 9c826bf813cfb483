"""The documentation as pages: links lead on, headings can be pointed at, nothing else is served."""

import re
from urllib.parse import urljoin

import pytest
from django.test import Client

from catalog.web.presentation.documents import document_of
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Client:
    client = Client()
    client.force_login(PersonFactory())
    return client


def test_every_page_is_reached_from_the_first_and_no_link_is_dead(reader: Client) -> None:
    open_pages, seen = ["/docs/"], set()
    while open_pages:
        address = open_pages.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = reader.get(address)
        assert answer.status_code == 200, address
        links = re.findall(r'href="(/docs/[^"#]*)', answer.content.decode())
        near = re.findall(r'href="([\w./-]+\.\w+)"', answer.content.decode())
        open_pages += [*links, *(urljoin(address, link) for link in near if link[0] != "/")]

    assert {"/docs/users/errors/", "/docs/operators/install/", "/docs/schema.graphql"} <= seen
    schema = reader.get("/docs/schema.graphql")
    assert schema["Content-Type"] == "text/plain; charset=utf-8"
    assert "type Query" in schema.content.decode()


def test_the_type_of_a_problem_leads_to_its_explanation(reader: Client) -> None:
    problem = reader.get("/api/v1/datasets/987654/").json()

    address, _, anchor = problem["type"].partition("#")
    assert f'id="{anchor}"' in reader.get(address).content.decode()


@pytest.mark.parametrize(
    "address", ["/docs/nothing/", "/docs/secrets/django/", "/docs/users/..%2f..%2fREADME/"]
)
def test_nothing_but_the_documentation_is_served(reader: Client, address: str) -> None:
    assert reader.get(address).status_code == 404


def test_a_document_has_a_title_anchors_and_no_markup_of_its_own() -> None:
    document = document_of(
        "# Two words\n\n## A <b>part</b>\n\n[on](../adr/a.md#b) <script>x</script>", folder="users"
    )

    assert document.title == "Two words"
    assert 'href="/docs/adr/a/#b"' in document.body
    assert '<h2 id="a-b-part-b">' in document.body
    assert "<script>" not in document.body
