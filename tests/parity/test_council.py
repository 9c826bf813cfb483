"""Law 8 where people agree: every door says the same, in the same words, and a refusal changes
nothing."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from copy import copy, deepcopy
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, override_settings

from tests.governance.api.conftest import everything
from tests.parity.council_operations import CouncilOperation, council_operations
from tests.parity.council_world import COUNCIL_ASKERS, CouncilWorld, made_council
from tests.parity.doors import ALLOWED, NOT_SIGNED_IN, client_of
from tests.parity.operations import Form

OUTSIDE = dict.fromkeys(("inactive", "anonymous"), NOT_SIGNED_IN)
STRANGERS = {"external": "not_found", **OUTSIDE}
CHANGE = {"external": "not_employee", "read-only token": "token_scope", **OUTSIDE}
COLLEAGUES = ("employee", "owner", "author")
# Colleagues are not there for an external who names one.
HIDDEN = {**CHANGE, "external": "not_found"}
NO_KEEPER = dict.fromkeys((*COLLEAGUES, "signer", "secretary"), "not_chair")
# Who is refused, and with which code; everybody else is allowed.
EXPECTED: dict[str, dict[str, str]] = {
    "see": STRANGERS,
    "propose": CHANGE,
    "stale": dict.fromkeys(COUNCIL_ASKERS, "conflict") | CHANGE,
    "author": dict.fromkeys(COUNCIL_ASKERS, "not_maker") | {"author": ALLOWED} | CHANGE,
    "steward": dict.fromkeys((*COLLEAGUES, "administrator"), "not_steward") | CHANGE,
    "vote": {
        **dict.fromkeys(("employee", "owner", "signer", "administrator"), "not_chair"),
        "author": "own_proposal",
        **CHANGE,
    },
    "rule": {
        **dict.fromkeys(("employee", "owner", "signer", "secretary", "administrator"), "not_chair"),
        "author": "own_proposal",
        **CHANGE,
    },
    "appeal": {
        **dict.fromkeys((*COLLEAGUES, "administrator"), "not_member"),
        "chair": "own_ruling",
        **CHANGE,
    },
    "room": dict.fromkeys((*COLLEAGUES, "administrator"), "not_attending") | CHANGE,
    "interest": {
        **dict.fromkeys((*COLLEAGUES, "signer", "secretary", "administrator"), "not_chair"),
        "author": "own_proposal",
        **HIDDEN,
    },
    "run": dict.fromkeys((*COLLEAGUES, "signer", "administrator"), "not_chair_or_secretary")
    | CHANGE,
    "keep": NO_KEEPER | HIDDEN,
    "keeper": NO_KEEPER | CHANGE,
    "delegate": HIDDEN,
    "name an owner": dict.fromkeys(("employee", "author"), "not_administrator") | HIDDEN,
    "given": dict.fromkeys((*COLLEAGUES, "signer", "secretary"), "not_found") | CHANGE,
    "register": dict.fromkeys(COLLEAGUES, "not_member") | HIDDEN,
    "own flow": dict.fromkeys(("employee", "author"), "not_member") | HIDDEN,
    "duty": dict.fromkeys(("employee", "author", "signer", "secretary"), "not_steward") | CHANGE,
    "party": dict.fromkeys(
        ("employee", "author", "signer", "chair", "secretary"), "not_administrator"
    )
    | CHANGE,
    "own": CHANGE,
    "administer": dict.fromkeys((*COLLEAGUES, "signer", "chair", "secretary"), "not_administrator")
    | CHANGE,
}
NAMES = [
    "see", "draft", "take a position", "take a position on an older text", "comment", "withdraw",
    "accept", "record a vote", "rule on a block", "rule that a block is valid", "appeal",
    "vote on an appeal", "decide an appeal", "rule on an interest", "plan meetings",
    "seat a person", "delegate",
    "end a delegation", "close a seat", "make a committee", "register a flow", "change a flow",
    "state a duty", "see a conflict", "settle a conflict", "open a conflict again",
    "name who brings parties together", "draft one text for both sides", "read messages",
    "say how to be told", "follow", "make a calendar address", "see webhooks",
    "let a tool listen", "pause a webhook", "send again", "remove a webhook",
]  # fmt: skip


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: Any) -> Iterator[CouncilWorld]:
    """One world for all doors and askers, each of which leaves it as it was."""
    with (
        django_db_blocker.unblock(),
        override_settings(STORY_CLOCK=True, ROOT_URLCONF="tests.demo.urls"),
        transaction.atomic(),
    ):
        yield made_council()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def operations(made: CouncilWorld) -> dict[str, CouncilOperation]:
    return {operation.name: operation for operation in council_operations(made)}


def through_rest(client: Client, operation: CouncilOperation) -> tuple[str, str, str]:
    asked = operation.rest
    answer = (
        getattr(client, asked.method)(
            asked.path, json.dumps(asked.body or {}), content_type="application/json"
        )
        if asked.method != "get"
        else client.get(asked.path)
    )
    if answer.status_code < 300:
        return ALLOWED, "", ""
    problem = answer.json()
    return problem["code"], problem["detail"], problem.get("field", "")


def through_graphql(client: Client, operation: CouncilOperation) -> tuple[str, str, str]:
    body = json.dumps({"query": operation.graphql.query})
    answer = client.post("/graphql/", body, content_type="application/json").json()
    if "errors" in answer:
        error = answer["errors"][0]
        return error["extensions"]["code"], error["message"], error["extensions"].get("field", "")
    return (ALLOWED, "", "") if "data" in answer else (answer["code"], answer["detail"], "")


def through_pages(client: Client, asked: Form) -> tuple[bool, str]:
    """Whether the page did it, and what it showed; the pages have sentences and no codes."""
    answer = (
        client.get(asked.path, follow=True)
        if asked.form is None
        else client.post(asked.path, asked.form, follow=True)
    )
    text = html.unescape(answer.content.decode())
    at_the_door = bool(answer.redirect_chain) and "/login/" in answer.redirect_chain[-1][0]
    refused = answer.status_code >= 400 or at_the_door or "Nothing was changed." in text
    return not refused, text


class Doors:
    """Somebody who has signed in, before each door in a world that is as it was."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._before = everything()

    def undone(self, call: Any, asked: Any) -> tuple[Any, bool]:
        """What a door answers, and whether anything changed."""
        client = copy(self._client)
        client.cookies = deepcopy(self._client.cookies)
        with transaction.atomic():
            answer = call(client, asked)
            changed = everything() != self._before
            transaction.set_rollback(True)
        return answer, changed


@pytest.mark.parametrize("who", COUNCIL_ASKERS)
@pytest.mark.parametrize("name", NAMES)
def test_every_door_decides_the_same_in_the_same_words(
    who: str, name: str, made: CouncilWorld, operations: dict[str, CouncilOperation]
) -> None:
    with transaction.atomic():
        decide_alike(who, operations[name], made)
        transaction.set_rollback(True)


def decide_alike(who: str, operation: CouncilOperation, made: CouncilWorld) -> None:
    asker = COUNCIL_ASKERS[who](made)
    doors = Doors(client_of(asker))

    (code, sentence, field), changed = doors.undone(through_rest, operation)
    asked, changed_by_graphql = doors.undone(through_graphql, operation)

    expected = EXPECTED[operation.rule].get(who, ALLOWED)
    codes = {"not_authenticated": NOT_SIGNED_IN, "authentication_failed": NOT_SIGNED_IN}
    assert codes.get(code, code) == expected
    assert asked == (code, sentence, field)
    is_change = operation.rest.method != "get" and operation.counted
    assert changed == changed_by_graphql == (is_change and expected == ALLOWED)
    if asker.secret:
        return
    tells_why = expected not in (ALLOWED, NOT_SIGNED_IN, "not_found")
    if operation.web is not None:
        (done, text), changed_by_page = doors.undone(through_pages, operation.web)
        assert done == (expected == ALLOWED)
        assert changed_by_page == changed
        assert sentence in text or not tells_why
    if operation.admin is not None:
        (_, text), changed_by_admin = doors.undone(through_pages, operation.admin)
        assert changed_by_admin == changed
        assert sentence in text or not tells_why


def test_the_matrix_is_complete(operations: dict[str, CouncilOperation]) -> None:
    assert list(operations) == NAMES
    assert {operation.rule for operation in operations.values()} == set(EXPECTED)
