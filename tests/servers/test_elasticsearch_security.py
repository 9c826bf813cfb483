"""A server that guards itself: TLS with an authority of its own, users and API keys."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from catalog.errors import Unavailable
from catalog.search.backends import backend
from catalog.search.indexing import rebuild
from catalog.selectors.search import SearchQuery, search
from tests.catalog.search.elasticsearch import forget_backend, use_elasticsearch
from tests.factories import DatasetFactory, principal
from tests.servers.elasticsearch import Node, running_node

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


# What the operators' page says to ask for, and nothing more.
OUR_KEY = {
    "name": "concord",
    "role_descriptors": {
        "concord": {
            "cluster": ["manage_index_templates"],
            "indices": [{"names": ["concord-*"], "privileges": ["all"]}],
        }
    },
}


@pytest.fixture(scope="module")
def guarded() -> Iterator[Node]:
    """A server as its first start sets it up, when nobody says otherwise."""
    settings = {"cluster.routing.allocation.disk.threshold_enabled": False}
    with running_node(settings=settings) as node:
        node.set_password()
        yield node


@pytest.fixture
def access(guarded: Node) -> dict[str, str]:
    """How the operator lets the service in: whom to trust, and an API key for its indices."""
    answer = guarded.ask("POST", "/_security/api_key", json=OUR_KEY)
    assert answer.status_code == 200, answer.text
    return {"ca_file": str(guarded.ca_file), "api_key": answer.json()["encoded"]}


def test_an_api_key_over_tls(guarded: Node, access: dict[str, str], settings: Settings) -> None:
    made = DatasetFactory(name="quokka")
    use_elasticsearch(settings, guarded.url, **access)

    rebuild()
    answer = search(principal(), SearchQuery("quokka"))
    forget_backend()

    assert guarded.url.startswith("https://")
    assert [hit.id for hit in answer.hits] == [made.pk]
    assert answer.notices == ()


def test_a_user_with_a_password_over_tls(
    guarded: Node, access: dict[str, str], settings: Settings
) -> None:
    made = DatasetFactory(name="quokka")
    assert guarded.auth is not None
    user, password = guarded.auth
    use_elasticsearch(
        settings, guarded.url, ca_file=access["ca_file"], username=user, password=password
    )

    rebuild()
    answer = search(principal(), SearchQuery("quokka"))
    forget_backend()

    assert [hit.id for hit in answer.hits] == [made.pk]


@pytest.mark.parametrize("wrong", ["password", "authority"])
def test_who_is_not_let_in_or_trusts_nobody_looks_names_up(
    guarded: Node, access: dict[str, str], settings: Settings, wrong: str
) -> None:
    made = DatasetFactory(name="quokka")
    if wrong == "password":
        guessed = secrets.token_hex(8)
        options = {"ca_file": access["ca_file"], "username": "elastic", "password": guessed}
    else:
        options = {"api_key": access["api_key"]}  # its certificate is signed by nobody known
    use_elasticsearch(settings, guarded.url, **options)

    with pytest.raises(Unavailable) as refusal:
        backend().write([], [("dataset", 1)], version=1)
    answer = search(principal(), SearchQuery("quokka"))
    forget_backend()

    assert not any(secret in refusal.value.message for secret in options.values())
    assert [hit.id for hit in answer.hits] == [made.pk]
    assert [notice.code for notice in answer.notices] == ["search_unavailable"]
