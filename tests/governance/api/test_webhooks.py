"""Webhooks through REST and GraphQL: the same life as on the pages, the secret shown once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from rest_framework.test import APIClient

from catalog.models import Event, Person
from catalog.selectors.principals import principal_of
from catalog.services.curation.facts import change_dataset
from governance.models import Webhook, WebhookDelivery
from governance.notifications.services.webhooks import add_webhook, deliver_due, queue_deliveries
from governance.notifications.services.webhooks import secret_of as signing_secret
from tests.factories import AdministratorFactory, DatasetFactory
from tests.governance.api.conftest import cost_of, everything
from tests.governance.notifications.receiving import Receiver, is_signed, receiving
from tests.governance.proposals.world import World

Rest = Callable[..., APIClient]
Ask = Callable[..., Any]
ROOT = "/api/v1/webhooks"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_NETWORKS = (ip_network("127.0.0.0/8"),)
    with receiving() as server:
        yield server


@pytest.fixture
def keeper(world: World) -> Person:
    return AdministratorFactory()


def happened(keeper: Person, count: int) -> None:
    dataset = DatasetFactory()
    before = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for number in range(count):
        change_dataset(
            acting=principal_of(keeper),
            dataset_id=dataset.pk,
            changes={"description": f"text {number}"},
        )
    queue_deliveries(list(Event.objects.filter(pk__gt=before).order_by("pk")))


def test_a_webhook_lives_over_rest(keeper: Person, rest: Rest, receiver: Receiver) -> None:
    client = rest(keeper)

    made = client.post(f"{ROOT}/", {"name": "tool", "url": receiver.url}, format="json")

    assert made.status_code == 201
    row = Webhook.objects.get()
    assert made.json()["secret"] == signing_secret(row)
    assert made.json()["owner"] == keeper.username
    one = f"{ROOT}/{row.pk}"
    for shown in (client.get(f"{ROOT}/").json()["results"][0], client.get(f"{one}/").json()):
        assert shown["name"] == "tool"
        assert "secret" not in shown
    tried = client.post(f"{one}/test/").json()
    assert (tried["is_accepted"], tried["status"], tried["error"]) == (True, 204, "")
    assert is_signed(*receiver.taken[0], signing_secret(row))
    happened(keeper, 3)
    deliver_due()
    sent = client.get(f"{one}/deliveries/").json()["results"]
    assert [one["position"] for one in sent] == [3, 2, 1]
    assert {one["event"] for one in sent} == {"catalog.dataset.changed"}
    assert all(one["delivered_at"] for one in sent)
    assert client.post(f"{one}/replay/", {"from_position": 2}, format="json").json() == {
        "waiting": 2
    }
    assert client.get(f"{one}/").json()["waiting"] == 2
    rotated = client.post(f"{one}/rotate/").json()
    assert rotated["secret"] not in ("", made.json()["secret"])
    assert client.post(f"{one}/pause/").json()["is_active"] is False
    assert client.post(f"{one}/resume/").json()["is_active"] is True
    changed = client.patch(f"{one}/", {"name": "renamed"}, format="json").json()
    assert (changed["name"], changed["url"]) == ("renamed", receiver.url)
    assert client.delete(f"{one}/").status_code == 204
    assert client.get(f"{one}/").status_code == 404
    assert not WebhookDelivery.objects.exists()


def test_a_webhook_lives_over_graphql(keeper: Person, graphql: Ask, receiver: Receiver) -> None:
    def change(name: str, shown: str, /, **more: Any) -> Any:
        given = "".join(f", {key}: {value}" for key, value in more.items())
        answer = graphql(
            keeper, f"mutation C($id: ID!) {{ {name}(webhook: $id{given}) {{ {shown} }} }}", id=pk
        )
        return answer["data"][name]

    made = graphql(
        keeper,
        "mutation A($url: String!) { addWebhook(name: \"tool\", url: $url) {"
        " secret webhook { id owner { username } eventTypes waiting failed } } }",
        url=receiver.url,
    )["data"]["addWebhook"]  # fmt: skip
    pk = made["webhook"].pop("id")
    assert made["secret"] == signing_secret(Webhook.objects.get())
    assert made["webhook"] == {
        "owner": {"username": keeper.username}, "eventTypes": [], "waiting": 0, "failed": 0,
    }  # fmt: skip
    assert change("testWebhook", "trial { isAccepted status }") == {
        "trial": {"isAccepted": True, "status": 204}
    }
    happened(keeper, 2)
    listed = graphql(
        keeper,
        "query D($id: ID!) { webhook(id: $id) { waiting } webhooks { totalCount }"
        " webhookDeliveries(webhook: $id) { edges { node { position event deliveredAt } } } }",
        id=pk,
    )["data"]
    assert (listed["webhook"]["waiting"], listed["webhooks"]["totalCount"]) == (2, 1)
    assert listed["webhookDeliveries"]["edges"] == [
        {"node": {"position": n, "event": "catalog.dataset.changed", "deliveredAt": None}}
        for n in (2, 1)
    ]
    assert change("replayWebhook", "waiting", fromPosition=1) == {"waiting": 2}
    assert change("rotateWebhookSecret", "secret")["secret"] != made["secret"]
    assert change("pauseWebhook", "webhook { isActive }")["webhook"] == {"isActive": False}
    assert change("resumeWebhook", "webhook { isActive }")["webhook"] == {"isActive": True}
    changed = change("changeWebhook", "webhook { name url }", name='"renamed"')["webhook"]
    assert changed == {"name": "renamed", "url": receiver.url}
    assert change("removeWebhook", "webhook { id }") == {"webhook": None}
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "tool"}, "name"),
        ({"url": "https://["}, "url"),
        ({"url": "http://\x00/"}, "url"),
        ({"url": "ftp://example.org/"}, "url"),
        ({"event_types": ["gossip"]}, "event_types"),
    ],
    ids=["empty", "taken", "brackets", "nul", "scheme", "event"],
)
def test_what_is_wrong_is_refused_by_both_and_changes_nothing(
    keeper: Person, rest: Rest, graphql: Ask, wrong: dict[str, Any], field: str
) -> None:
    add_webhook(acting=principal_of(keeper), name="tool", url="https://example.org/")
    given = {"name": "new", "url": "https://example.org/"} | wrong
    client = rest(keeper)
    graphql(keeper, "{ policyEpoch }")  # which makes the token
    before = everything()

    refused = client.post(f"{ROOT}/", given, format="json")
    asked = graphql(
        keeper,
        "mutation A($name: String!, $url: String!, $types: [String!]) {"
        " addWebhook(name: $name, url: $url, eventTypes: $types) { secret } }",
        name=given["name"], url=given["url"], types=given.get("event_types"),
    )["errors"][0]  # fmt: skip

    assert refused.status_code == 400
    assert field in (refused.json().get("field"), *refused.json().get("fields", ()))
    assert asked["extensions"] == {"code": "invalid_input", "field": field}
    assert everything() == before


def test_lists_cost_as_many_queries_for_many_as_for_few(
    keeper: Person, rest: Rest, graphql: Ask
) -> None:
    client = rest(keeper)
    question = """{ webhooks { edges { node { name owner { username } waiting failed } } } }"""
    of_one = """query D($id: ID!) { webhookDeliveries(webhook: $id) {
        edges { node { event subject } } } }"""
    first = add_webhook(acting=principal_of(keeper), name="first", url="https://example.org/")
    graphql(keeper, "{ policyEpoch }")  # which makes the token

    def cost() -> list[int]:
        found = []
        for ask in (
            lambda: client.get(f"{ROOT}/"),
            lambda: client.get(f"{ROOT}/{first.pk}/deliveries/"),
            lambda: graphql(keeper, question),
            lambda: graphql(keeper, of_one, id=first.pk),
        ):
            found.append(cost_of(ask))
        return found

    happened(keeper, 1)
    cost()  # the first use of a token is written down
    few = cost()
    for number in range(20):
        acting = principal_of(AdministratorFactory())
        add_webhook(acting=acting, name=f"tool {number}", url="https://example.org/")
    happened(keeper, 20)

    assert cost() == few
    assert len(client.get(f"{ROOT}/").json()["results"]) == 21
    page = client.get(f"{ROOT}/?page_size=5").json()
    assert (len(page["results"]), page["next"] is not None) == (5, True)
