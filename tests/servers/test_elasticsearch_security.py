"""A server that guards itself: TLS with an authority of its own, and users with few rights."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from catalog.errors import Unavailable
from catalog.search.backends import backend
from catalog.search.backends.elasticsearch import cluster
from catalog.search.indexing import rebuild
from catalog.selectors.search import SearchQuery, search
from tests.catalog.search.elasticsearch import forget_backend, use_elasticsearch
from tests.factories import DatasetFactory, principal
from tests.servers.elasticsearch import EIGHT, Node
from tests.servers.running import temporary_folder

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

USER, PASSWORD = "concord", secrets.token_hex(12)
# What the operators' page says to ask for, and nothing more.
ROLE = """
  cluster: [manage_index_templates]
  indices:
    - names: ["concord-*"]
      privileges: [all]
"""


@pytest.fixture(scope="module")
def guarded() -> Iterator[Node]:
    """A server as its first start sets it up when nobody says otherwise."""
    settings = {"cluster.routing.allocation.disk.threshold_enabled": False}
    with temporary_folder("elasticsearch") as folder:
        node = Node(EIGHT, folder, settings)
        node.install()
        node.add_user(USER, PASSWORD, ROLE)
        try:
            node.start()
            yield node
        finally:
            node.stop()


def test_a_user_with_few_rights_over_tls(guarded: Node, settings: Settings) -> None:
    made = DatasetFactory(name="quokka")
    access = {"ca_file": str(guarded.ca_file), "username": USER, "password": PASSWORD}
    use_elasticsearch(settings, guarded.url, **access)

    rebuild()
    rebuild()
    answer = search(principal(), SearchQuery("quokka"))
    forget_backend()

    assert guarded.url.startswith("https://")
    assert [hit.id for hit in answer.hits] == [made.pk]
    assert answer.notices == ()


@pytest.mark.parametrize("wrong", ["password", "api_key", "authority"])
def test_who_is_not_let_in_or_trusts_nobody_looks_names_up(
    guarded: Node, settings: Settings, wrong: str
) -> None:
    made = DatasetFactory(name="quokka")
    guessed = secrets.token_hex(12)
    trusted = {"ca_file": str(guarded.ca_file)}
    options = {
        "password": {**trusted, "username": USER, "password": guessed},
        "api_key": {**trusted, "api_key": guessed},
        # Its certificate is signed by nobody known.
        "authority": {"username": USER, "password": PASSWORD},
    }[wrong]
    use_elasticsearch(settings, guarded.url, **options)

    with pytest.raises(Unavailable) as refusal:
        backend().write([], [("dataset", 1)], version=1)
    answer = search(principal(), SearchQuery("quokka"))
    forget_backend()

    assert not any(secret in refusal.value.message for secret in (guessed, PASSWORD))
    assert [hit.id for hit in answer.hits] == [made.pk]
    assert [notice.code for notice in answer.notices] == ["search_unavailable"]


def test_an_api_key_is_sent_as_one(settings: Settings) -> None:
    """That a server takes a good one cannot be seen here: the bare server makes none, because its
    own index of keys wants a filter that it lacks (`pattern_capture`)."""
    use_elasticsearch(settings, "http://127.0.0.1:9", api_key="the-key")

    assert cluster.client()._headers["authorization"] == "ApiKey the-key"
    forget_backend()
