"""A term that two domains sign, as clients of REST and GraphQL send it."""

from __future__ import annotations

from typing import Any

from governance.models import Proposal
from governance.proposals.services.stepping import ask_for_vote
from governance.types import ChangeOp, ChangeSpec
from tests.governance.proposals.world import World, adopted


def term_document(world: World, *domains: str, **more: Any) -> dict[str, Any]:
    """A qualified lead, bound to the datasets of domains: Marketing and Sales unless told."""
    return {
        "label": "Qualified lead",
        "definition": "A lead that Sales has accepted.",
        "domain": "marketing",
        "examples": ["A lead with score 60 that asked for a demo."],
        "bound_to": [
            {"dataset": world.datasets[name].qualified_name}
            for name in domains or ("Marketing", "Sales")
        ],
    } | more


def term_draft(world: World, **more: Any) -> dict[str, Any]:
    """A whole proposal of that term."""
    return {
        "title": "What a qualified lead is",
        "ask": "Agree on what a qualified lead is.",
        "rationale": "Two departments count differently.",
        "changes": [{"op": "create", "kind": "term", "document": term_document(world)}],
        "evidence": [
            {"title": "Counts of last month differ by a third", "url": "https://example.org/counts"}
        ],
    } | more


def bring_to_vote(world: World, proposal: Proposal) -> None:
    """As many seats ask for a vote as the charter wants."""
    for name in ("Peta", "Nadia", "Seun"):
        ask_for_vote(acting=world.who(name), key=proposal.key, reason="It concerns all of us.")


def agreed(world: World) -> Proposal:
    """That term, in force since ten days after Monday."""
    return adopted(world, ChangeSpec(ChangeOp.CREATE, "term", "", term_document(world)))
