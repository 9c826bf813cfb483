"""What people do with proposals and in the council, as each door takes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.governance.api.terms import term_draft
from tests.parity.council_world import CouncilWorld
from tests.parity.operations import Form, GraphQL, Rest


@dataclass(frozen=True)
class CouncilOperation:
    """`rule` names the row of EXPECTED in the test."""

    name: str
    rule: str
    rest: Rest
    graphql: GraphQL
    web: Form


def written(**arguments: Any) -> str:
    """Arguments as GraphQL writes them."""
    return ", ".join(f"{name}: {_literal(value)}" for name, value in arguments.items())


def _literal(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + written(**value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    return json.dumps(value)


def _mutation(name: str, shown: str = "proposal { proposal { key } }", **given: Any) -> GraphQL:
    arguments = f"({written(**given)})" if given else ""
    return GraphQL(f"mutation {{ {name}{arguments} {{ {shown} }} }}")


def council_operations(made: CouncilWorld) -> list[CouncilOperation]:
    """Every operation on this world's objects."""
    key, voted, submitted = made.open.key, made.voted.key, made.submitted.key
    root = "/api/v1"
    current = made.open.current
    assert current is not None
    taker = made.world.colleague.username
    paper = term_draft(made.world)
    paper["changes"][0]["document"]["label"] = "Account"
    bound = paper["changes"][0]["document"]["bound_to"]
    return [
        CouncilOperation(
            "see", "see",
            Rest("get", f"{root}/proposals/{key}/"),
            GraphQL(f'{{ proposal(key: "{key}") {{ proposal {{ title }} }} }}'),
            Form(f"/proposals/{key}/"),
        ),
        CouncilOperation(
            "draft", "propose",
            Rest("post", f"{root}/proposals/", paper),
            _mutation("createProposal", **paper),
            Form("/proposals/new/?kind=term", {
                "action": "save", "p-op": "create", "p-title": paper["title"],
                "p-ask": paper["ask"], "p-rationale": paper["rationale"],
                "p-evidence-rows": "1", "p-evidence-0-title": paper["evidence"][0]["title"],
                "p-evidence-0-url": paper["evidence"][0]["url"],
                "d-label": "Account", "d-language": "en", "d-domain": "marketing",
                "d-definition": "A lead that Sales has accepted.",
                "d-examples-rows": "1", "d-examples-0": "A lead with score 60.",
                "d-bound_to-rows": "2",
                "d-bound_to-0-dataset": bound[0]["dataset"],
                "d-bound_to-1-dataset": bound[1]["dataset"],
            }),
        ),
        CouncilOperation(
            "take a position", "propose",
            Rest("post", f"{root}/proposals/{key}/positions/",
                 {"revision_digest": current.digest, "value": "consent"}),
            _mutation("takePosition", key=key, revisionDigest=current.digest, value="consent"),
            Form(f"/proposals/{key}/act/",
                 {"what": "take_position", "digest": current.digest, "value": "consent"}),
        ),
        CouncilOperation(
            "take a position on an older text", "stale",
            Rest("post", f"{root}/proposals/{key}/positions/",
                 {"revision_digest": "0" * 64, "value": "consent"}),
            _mutation("takePosition", key=key, revisionDigest="0" * 64, value="consent"),
            Form(f"/proposals/{key}/act/",
                 {"what": "take_position", "digest": "0" * 64, "value": "consent"}),
        ),
        CouncilOperation(
            "comment", "propose",
            Rest("post", f"{root}/proposals/{key}/comments/", {"text": "Well put."}),
            _mutation("comment", key=key, text="Well put."),
            Form(f"/proposals/{key}/act/", {"what": "comment", "text": "Well put."}),
        ),
        CouncilOperation(
            "withdraw", "author",
            Rest("post", f"{root}/proposals/{key}/withdraw/", {"reason": "No."}),
            _mutation("withdrawProposal", key=key, reason="No."),
            Form(f"/proposals/{key}/act/", {"what": "withdraw", "words": "No."}),
        ),
        CouncilOperation(
            "accept", "steward",
            Rest("post", f"{root}/proposals/{submitted}/accept/"),
            _mutation("acceptProposal", key=submitted),
            Form(f"/proposals/{submitted}/act/", {"what": "accept"}),
        ),
        CouncilOperation(
            "record a vote", "vote",
            Rest("post", f"{root}/proposals/{voted}/vote/",
                 {"outcome": "adopted", "reason": "All of us agree."}),
            _mutation("recordVote", key=voted, outcome="adopted", reason="All of us agree."),
            Form(f"/proposals/{voted}/act/",
                 {"what": "record_vote", "outcome": "adopted", "words": "All of us agree."}),
        ),
        CouncilOperation(
            "rule on a block", "rule",
            Rest("post", f"{root}/concerns/{made.block.pk}/rule-invalid/", {"text": "It is none."}),
            _mutation("ruleConcernInvalid", concern=made.block.pk, text="It is none."),
            Form(f"/proposals/{made.blocked.key}/act/", {
                "what": "rule_invalid", "concern": str(made.block.pk), "words": "It is none.",
            }),
        ),
        CouncilOperation(
            "plan meetings", "run",
            Rest("post", f"{root}/council/meetings/plan/"),
            _mutation("planMeetings", "meetings { id }"),
            Form("/council/change/", {"what": "plan"}),
        ),
        CouncilOperation(
            "seat a person", "keep",
            Rest("put", f"{root}/council/seats/bu-analyst/sitter/", {"person": taker}),
            _mutation("seatPerson", "membership { id }", seat="bu-analyst", person=taker),
            Form("/council/seats/bu-analyst/change/", {"username": taker}),
        ),
        CouncilOperation(
            "delegate", "delegate",
            Rest("post", f"{root}/council/delegations/",
                 {"taker": taker, "until": made.until.isoformat()}),
            _mutation("delegate", "delegation { id }", taker=taker, until=made.until.isoformat()),
            Form("/council/delegate/", {"username": taker, "until": f"{made.until:%Y-%m-%d}"}),
        ),
    ]  # fmt: skip
