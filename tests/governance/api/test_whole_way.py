"""A term goes its whole way through REST alone, and through GraphQL alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from governance.models import Agreement, Decision, Proposal
from tests.governance.api.terms import term_document, term_draft
from tests.governance.proposals.world import DAY, MONDAY, World, later

Rest = Callable[..., APIClient]
Ask = Callable[..., Any]
ROOT = "/api/v1"


def post(client: APIClient, address: str, body: Any = None) -> Any:
    answer = client.post(f"{ROOT}/{address}", body or {}, format="json")
    assert answer.status_code in (200, 201), answer.content
    return answer.json()


def test_a_term_from_post_to_active_over_rest(world: World, rest: Rest) -> None:
    author, reader = rest(world.author), rest("Peta")
    changes = {"changes": [{"op": "create", "kind": "term", "document": term_document(world)}]}
    # given a dry run that finds nothing against it and says who signs, and writes nothing
    looked_at = post(author, "proposals/dry-run/", changes)
    assert [found for found in looked_at["findings"] if found["level"] == "error"] == []
    must = {one["label"] for one in looked_at["signers"] if one["role"] == "must_sign"}
    assert must == {"Marketing", "Sales"}
    assert not Proposal.objects.exists()
    # when it is written and submitted
    draft = post(author, "proposals/", term_draft(world))
    key = draft["proposal"]["key"]
    assert (draft["proposal"]["state"], draft["changes"][0]["key"]) == (
        "draft",
        "term:qualified-lead",
    )
    assert draft["changes"][0]["differences"]
    submitted = post(author, f"proposals/{key}/submit/")
    assert (submitted["proposal"]["state"], submitted["proposal"]["class"]) == ("triage", "S")
    accepted = post(rest("Inés"), f"proposals/{key}/accept/")
    assert accepted["proposal"]["state"] == "discussion"
    # then both domains are asked, and it waits for them
    digest = accepted["revision"]["digest"]
    assert {(s["label"], s["state"]) for s in accepted["signatures"]} == {
        ("Marketing", "silent"),
        ("Sales", "silent"),
    }
    assert all(s["path"] for s in accepted["signatures"])
    waits = rest("Hugo").get(f"{ROOT}/proposals/waiting/").json()
    assert [(w["proposal"], w["act"]) for w in waits] == [(key, "take_position")]
    for name in ("Hugo", "Mia"):
        said = post(
            rest(name),
            f"proposals/{key}/positions/",
            {"revision_digest": digest, "value": "consent"},
        )
    assert {s["state"] for s in said["signatures"]} == {"consented"}
    # when discussion and final call have passed
    later(MONDAY + 7 * DAY)
    later(MONDAY + 14 * DAY)
    # then it is in force by a decision in a whole chain, as of then and not before
    shown = reader.get(f"{ROOT}/proposals/{key}/").json()
    assert shown["proposal"]["state"] == "active"
    assert shown["decisions"] == [Decision.objects.get().key]
    held = reader.get(f"{ROOT}/agreements/term:qualified-lead/").json()
    assert held["document"]["definition"] == "A lead that Sales has accepted."
    assert held["decision"] == shown["decisions"][0]
    before = reader.get(f"{ROOT}/agreements/term:qualified-lead/?as_of=2026-03-03T00:00:00Z")
    assert (before.status_code, before.json()["code"]) == (404, "not_found")
    chain = reader.get(f"{ROOT}/decisions/chain/").json()
    assert (chain["length"], chain["is_whole"], chain["faults"]) == (1, True, [])
    # and it can be taken back by a proposal of its own
    reversal = post(author, f"proposals/{key}/reverse/", {"reason": "Sales counts otherwise."})
    assert reversal["proposal"]["key"] != key


CREATE = """
mutation Create($title: String!, $ask: String!, $changes: [ChangeInput!]!,
                $evidence: [EvidenceInput!], $rationale: String) {
  createProposal(title: $title, ask: $ask, changes: $changes, evidence: $evidence,
                 rationale: $rationale) {
    proposal { proposal { key state author { displayName } } revision { digest }
               changes { key differences { path } } }
  }
}"""
STEP = "mutation Go($key: String!) {{ {name}(key: $key) {{ proposal {{ {shown} }} }} }}"
SIGN = """
mutation Sign($key: String!, $digest: String!) {
  takePosition(key: $key, revisionDigest: $digest, value: "consent") {
    proposal { signatures { state position { person { username } } } positions { isStale } }
  }
}"""
IN_FORCE = """
query InForce($key: String!, $dataset: ID!) {
  agreement(key: $key) { document agreement { state domain { slug } } author { username }
                         decision { key proposal { key } } }
  agreements(kind: "term", first: 10) { totalCount edges { node { key versions { number } } } }
  decisionChain { length isWhole }
  dataset(id: $dataset) { agreements { title } openProposals { key } }
}"""


def test_a_term_from_draft_to_active_over_graphql(world: World, graphql: Ask) -> None:
    sales = world.datasets["Sales"].pk
    made = graphql(world.author, CREATE, **term_draft(world))["data"]["createProposal"]["proposal"]
    key = made["proposal"]["key"]
    assert made["proposal"]["author"] == {"displayName": "Ada Author"}
    assert made["changes"][0]["key"] == "term:qualified-lead"
    submit = STEP.format(name="submitProposal", shown="proposal { state proposalClass }")
    asked = graphql(world.author, submit, key=key)["data"]["submitProposal"]["proposal"]
    assert asked["proposal"] == {"state": "triage", "proposalClass": "S"}
    accept = STEP.format(
        name="acceptProposal",
        shown="revision { digest } signatures { state signer { label path } maySign { username } }",
    )
    open_now = graphql("Inés", accept, key=key)["data"]["acceptProposal"]["proposal"]
    assert {s["signer"]["label"] for s in open_now["signatures"]} == {"Marketing", "Sales"}
    waits = graphql("Hugo", "{ waiting { act proposal { key champion { displayName } } } }")
    assert waits["data"]["waiting"] == [
        {
            "act": "take_position",
            "proposal": {"key": key, "champion": {"displayName": "Ada Author"}},
        }
    ]
    touched = "query T($id: ID!) { dataset(id: $id) { openProposals { key } agreements { id } } }"
    assert graphql("Peta", touched, id=sales)["data"]["dataset"] == {
        "openProposals": [{"key": key}],
        "agreements": [],
    }
    for name in ("Hugo", "Mia"):
        said = graphql(name, SIGN, key=key, digest=open_now["revision"]["digest"])
    signed = said["data"]["takePosition"]["proposal"]
    assert [s["state"] for s in signed["signatures"]] == ["consented", "consented"]
    later(MONDAY + 7 * DAY)
    later(MONDAY + 14 * DAY)

    shown = graphql("Peta", IN_FORCE, key="term:qualified-lead", dataset=sales)["data"]

    decision = Decision.objects.get()
    assert shown["agreement"]["decision"] == {"key": decision.key, "proposal": {"key": key}}
    assert shown["agreement"]["agreement"] == {"state": "active", "domain": {"slug": "marketing"}}
    assert shown["agreements"]["edges"] == [
        {"node": {"key": "term:qualified-lead", "versions": [{"number": 1}]}}
    ]
    assert shown["decisionChain"] == {"length": 1, "isWhole": True}
    assert shown["dataset"] == {"agreements": [{"title": "Qualified lead"}], "openProposals": []}
    assert Agreement.objects.get().state == "active"


PAGE = """
{ proposals(first: 100) { edges { node { key author { username } champion { username }
                                         domain { slug } } } } }"""


@pytest.mark.parametrize("count", [2, 12])
def test_a_page_of_proposals_costs_the_same_whatever_its_size(
    world: World, graphql: Ask, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        document = term_document(world, label=f"Lead {number}")
        changes = [{"op": "create", "kind": "term", "document": document}]
        answer = graphql(world.author, CREATE, **term_draft(world, changes=changes))
        assert "errors" not in answer

    with django_assert_max_num_queries(16):
        answer = graphql("Peta", PAGE)

    assert len(answer["data"]["proposals"]["edges"]) == count


def test_the_example_of_the_documentation_can_be_posted(world: World, rest: Rest) -> None:
    page = Path(settings.BASE_DIR, "docs", "users", "rest.md").read_text(encoding="utf-8")
    example = re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0]

    draft = post(rest(world.author), "proposals/", json.loads(example))

    assert draft["changes"][0]["key"] == "term:qualified-lead"
    assert [found for found in draft["findings"] if found["level"] == "error"] == []
