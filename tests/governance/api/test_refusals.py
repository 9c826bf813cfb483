"""What REST and GraphQL refuse, with which code and words, and that nothing came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from catalog.types import TokenScope
from governance.models import Proposal
from governance.types import ChangeOp, ChangeSpec
from tests.governance.api.conftest import everything
from tests.governance.api.terms import bring_to_vote, term_document, term_draft
from tests.governance.proposals.world import World, in_discussion, say

Rest = Callable[..., APIClient]
Ask = Callable[..., Any]
ROOT = "/api/v1"


def discussed(world: World, **fields: Any) -> Proposal:
    change = ChangeSpec(ChangeOp.CREATE, "term", "", term_document(world))
    return in_discussion(world, change, **fields)


def test_a_position_on_an_older_text_is_refused(world: World, rest: Rest) -> None:
    proposal = discussed(world)
    client = rest("Hugo")
    before = everything()

    answer = client.post(
        f"{ROOT}/proposals/{proposal.key}/positions/",
        {"revision_digest": "0" * 64, "value": "consent"},
        format="json",
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert everything() == before


def test_nobody_records_the_vote_on_a_proposal_of_their_own(world: World, rest: Rest) -> None:
    proposal = discussed(world, acting=world.who("Tomas"))
    for name in world.council.people:
        if name != "Tomas":
            say(world.who(name), proposal)
    bring_to_vote(world, proposal)
    client = rest("Tomas")
    before = everything()

    answer = client.post(
        f"{ROOT}/proposals/{proposal.key}/vote/",
        {"outcome": "adopted", "reason": "All agree."},
        format="json",
    )

    assert answer.status_code == 403
    assert answer.json()["code"] == "own_proposal"
    assert answer.json()["detail"] == "Nobody approves a proposal of their own."
    assert everything() == before


def test_a_vote_without_quorum_cannot_be_recorded(world: World, rest: Rest, graphql: Ask) -> None:
    proposal = discussed(world)
    for name in ("Hugo", "Mia"):
        say(world.who(name), proposal)
    bring_to_vote(world, proposal)
    client = rest("Inés")
    graphql("Inés", "{ policyEpoch }")  # which makes her token
    before = everything()

    answer = client.post(
        f"{ROOT}/proposals/{proposal.key}/vote/",
        {"outcome": "adopted", "reason": "Two agree."},
        format="json",
    )
    question = """mutation V($key: String!) { recordVote(key: $key, outcome: "adopted",
        reason: "Two agree.") { proposal { proposal { state } } } }"""
    error = graphql("Inés", question, key=proposal.key)["errors"][0]

    assert answer.status_code == 409
    assert "Nothing is recorded without quorum." in answer.json()["detail"]
    assert (error["extensions"]["code"], error["message"]) == (
        "conflict",
        answer.json()["detail"],
    )
    assert everything() == before


def test_a_token_without_the_scope_to_write_reads_and_changes_nothing(
    world: World, rest: Rest
) -> None:
    proposal = discussed(world)
    client = rest("Inés", TokenScope.READ)
    before = everything()

    read = client.get(f"{ROOT}/proposals/{proposal.key}/")
    written = [
        client.post(f"{ROOT}/proposals/", term_draft(world), format="json"),
        client.post(f"{ROOT}/proposals/{proposal.key}/comments/", {"text": "No."}, format="json"),
        client.post(f"{ROOT}/council/meetings/plan/", format="json"),
    ]

    assert read.status_code == 200
    assert {(one.status_code, one.json()["code"]) for one in written} == {(403, "token_scope")}
    assert everything() == before


def changed(**more: Any) -> dict[str, Any]:
    """A change that is wrong in one place."""
    return {"op": "create", "kind": "term", "document": {"label": "Lead"}} | more


HOSTILE = [
    ({"changes": [changed(kind="nothing")]}, "nothing"),
    ({"changes": [changed(op="explode")]}, "explode"),
    ({"changes": [changed(document=["a", "list"])]}, "document"),
    ({"changes": [changed(document="text")]}, "document"),
    ({"changes": [changed(document={"label": 7, "bound_to": "x"})]}, "changes"),
    ({"changes": [changed(document={"label": "Lead", "unheard": 1})]}, "unheard"),
    ({"changes": [changed(document={"label": "Le\x00ad"})]}, "changes"),
    ({"changes": "all of them"}, "changes"),
    ({"changes": [7]}, "changes"),
    ({"changes": []}, "change"),
    ({"title": ["a"]}, "title"),
    ({"title": "x" * 301}, "title"),
    ({"title": "a\x00b"}, "characters"),
    ({"rationale": {"a": 1}}, "rationale"),
    ({"wanted_effective_at": "someday"}, "wanted_effective_at"),
    ({"champion": "nobody-of-this-name"}, "no such"),
    ({"co_authors": "ada"}, "co_authors"),
    ({"domain": "nowhere"}, "nowhere"),
    ({"evidence": [{"title": "A", "as_of": "never"}]}, "evidence"),
]


@pytest.mark.parametrize(("wrong", "words"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_draft_that_is_wrong_is_refused_by_name(
    world: World, rest: Rest, wrong: dict[str, Any], words: str
) -> None:
    client = rest(world.author)
    before = everything()

    answer = client.post(f"{ROOT}/proposals/", term_draft(world) | wrong, format="json")

    assert answer.status_code in (400, 404)
    assert answer["Content-Type"] == "application/problem+json"
    assert words in answer.content.decode()
    assert everything() == before


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (changed(kind="nothing"), "changes.0.kind"),
        (changed(op="explode"), "changes.0.op"),
        (changed(document=["a", "list"]), "changes.0.document"),
        (changed(document=""), "changes.0.document"),
        (changed(document=False), "changes.0.document"),
    ],
    ids=["kind", "op", "list", "text", "false"],
)
def test_graphql_names_the_place_of_what_is_wrong(
    world: World, graphql: Ask, wrong: dict[str, Any], field: str
) -> None:
    question = """mutation C($changes: [ChangeInput!]!) { createProposal(title: "A", ask: "B",
        changes: $changes) { proposal { proposal { key } } } }"""
    graphql(world.author, "{ policyEpoch }")  # which makes the author's token
    before = everything()

    error = graphql(world.author, question, changes=[wrong])["errors"][0]

    assert error["extensions"] == {"code": "invalid_input", "field": field}
    assert everything() == before


def test_ten_megabytes_are_too_many(world: World, rest: Rest) -> None:
    client = rest(world.author)
    before = everything()

    answer = client.post(
        f"{ROOT}/proposals/", term_draft(world, rationale="x" * 10_000_000), format="json"
    )

    assert answer.status_code in (400, 413)
    assert everything() == before


@pytest.mark.parametrize("body", ["{", "[]", '"text"', "7", "null", '{"changes": {"a": 1}}'])
def test_a_body_of_another_shape_is_refused(world: World, rest: Rest, body: str) -> None:
    client = rest(world.author)
    before = everything()

    answer = client.post(f"{ROOT}/proposals/", body, content_type="application/json")

    assert answer.status_code == 400
    assert answer.json()["code"] in ("parse_error", "invalid_input")
    assert everything() == before


@pytest.mark.parametrize("address", ["proposals/DGP-9999/", "decisions/DR-9999/", "conflicts/1/",
                                     "agreements/term:none/", "council/meetings/1/",
                                     "council/seats/none/"])  # fmt: skip
def test_what_is_not_there_is_not_found(world: World, rest: Rest, address: str) -> None:
    answer = rest("Peta").get(f"{ROOT}/{address}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
