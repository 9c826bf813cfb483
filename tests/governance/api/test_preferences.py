"""How one wants to hear and what one follows: the same by both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from governance.models import (
    NotificationPreference,
)
from tests.governance.proposals.world import World

Rest = Callable[..., APIClient]
Ask = Callable[..., Any]
ROOT = "/api/v1"


def test_preferences_are_the_same_by_both(world: World, rest: Rest, graphql: Ask) -> None:
    question = """mutation P($chat: String) { setMessagePreferences(mail: false,
        mutedKinds: ["decided", "comment"], quietFrom: "18:00:00", quietTo: "08:00:00",
        timeZone: "Europe/Dublin", digestHour: 7, chatUrl: $chat) {
        preferences { mail hasChat } } }"""
    kept = graphql("Peta", question, chat="https://chat.example.org/x")["data"]
    again = graphql("Peta", question)["data"]["setMessagePreferences"]["preferences"]

    assert kept["setMessagePreferences"]["preferences"] == {"mail": False, "hasChat": True}
    assert again == {"mail": False, "hasChat": True}  # left out keeps the chat
    by_rest = rest("Peta").get(f"{ROOT}/messages/preferences/").json()
    shown = graphql(
        "Peta",
        "{ messagePreferences { mail mutedKinds hasChat quietFrom quietTo timeZone digestHour }"
        " messageKinds { key isImmediate } }",
    )["data"]
    assert shown["messagePreferences"] == {
        "mail": by_rest["mail"], "mutedKinds": by_rest["muted_kinds"], "hasChat": True,
        "quietFrom": by_rest["quiet_from"], "quietTo": by_rest["quiet_to"],
        "timeZone": by_rest["time_zone"], "digestHour": by_rest["digest_hour"],
    }  # fmt: skip
    assert by_rest["muted_kinds"] == ["comment", "decided"]
    assert (by_rest["quiet_from"], by_rest["digest_hour"]) == ("18:00:00", 7)
    kinds = rest("Peta").get(f"{ROOT}/messages/kinds/").json()
    assert [(one["key"], one["is_immediate"]) for one in kinds] == [
        (one["key"], one["isImmediate"]) for one in shown["messageKinds"]
    ]
    ended = graphql("Peta", question, chat="")["data"]["setMessagePreferences"]["preferences"]
    assert ended["hasChat"] is False


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ('mutedKinds: ["gossip"]', "muted_kinds"),
        ('timeZone: "Mars/Base"', "time_zone"),
        ("digestHour: 24", "digest_hour"),
        ('quietFrom: "18:00:00"', "quiet_to"),
        ('chatUrl: "http://chat.example.org/"', "chat_url"),
    ],
    ids=["kind", "zone", "hour", "half a night", "plain http"],
)
def test_preferences_that_do_not_hold_are_refused(
    world: World, graphql: Ask, given: str, field: str
) -> None:
    asked = graphql(
        "Peta", f"mutation {{ setMessagePreferences({given}) {{ preferences {{ mail }} }} }}"
    )

    assert asked["errors"][0]["extensions"] == {"code": "invalid_input", "field": field}
    assert not NotificationPreference.objects.exists()


def test_what_one_follows_is_paged_by_both(world: World, rest: Rest, graphql: Ask) -> None:
    client = rest("Peta")
    for number in range(3):
        client.put(
            f"{ROOT}/watches/",
            {"subject_type": "proposal", "subject_key": f"DGP-000{number}"},
            format="json",
        )

    first = client.get(f"{ROOT}/watches/?page_size=2").json()

    assert [one["subject_key"] for one in first["results"]] == ["DGP-0002", "DGP-0001"]
    following = client.get(first["next"]).json()["results"]
    assert [one["subject_key"] for one in following] == ["DGP-0000"]
    page = graphql(
        "Peta",
        "{ watched(first: 2) { totalCount pageInfo { hasNextPage }"
        " edges { node { subjectKey } } } }",
    )["data"]["watched"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    assert [edge["node"]["subjectKey"] for edge in page["edges"]] == ["DGP-0002", "DGP-0001"]
    assert rest("Hugo").get(f"{ROOT}/watches/").json()["results"] == []
