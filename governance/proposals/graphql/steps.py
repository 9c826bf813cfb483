"""The steps of proposals and concerns in GraphQL, one mutation for each step that REST has."""

from __future__ import annotations

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.graphql.arguments import number
from catalog.graphql.relations import principal_of
from governance.proposals.graphql.detail import ProposalPayload, payload
from governance.proposals.graphql.inputs import KEY, REASON
from governance.proposals.offered import APPEAL_STEPS, CONCERN_STEPS, STEPS


def step(name: str, description: str) -> graphene.Field:
    """The mutation of a step of a proposal; it answers with the proposal to go on with."""
    act, takes_reason = STEPS[name]

    def resolve(root: Any, info: GraphQLResolveInfo, key: str, **given: Any) -> Any:
        made = act(acting=principal_of(info), key=key, **given)
        return payload(info, made.key)

    more = {"reason": REASON} if takes_reason else {}
    return graphene.Field(
        ProposalPayload, key=KEY, **more, required=True, description=description, resolver=resolve
    )


def concern_step(name: str, description: str) -> graphene.Field:
    """The mutation of a step of a concern; it answers with the concern's proposal."""
    act, text_name = CONCERN_STEPS[name]

    def resolve(root: Any, info: GraphQLResolveInfo, concern: str, text: str = "") -> Any:
        more = {text_name: text} if text_name else {}
        row = act(acting=principal_of(info), concern_id=number(concern, "concern"), **more)
        return payload(info, row.proposal.key)

    more = {"text": graphene.String(required=True)} if text_name else {}
    return graphene.Field(
        ProposalPayload, concern=graphene.ID(required=True), **more, required=True,
        description=description, resolver=resolve,
    )  # fmt: skip


def appeal_step(name: str, description: str) -> graphene.Field:
    """The mutation of a step of an appeal; it answers with the appeal's proposal."""
    act, word = APPEAL_STEPS[name]

    def resolve(root: Any, info: GraphQLResolveInfo, appeal: str, **given: Any) -> Any:
        row = act(acting=principal_of(info), appeal_id=number(appeal, "appeal"), **given)
        return payload(info, row.proposal.key)

    more = {word: graphene.String(required=True)} if word else {}
    return graphene.Field(
        ProposalPayload, appeal=graphene.ID(required=True), **more, required=True,
        description=description, resolver=resolve,
    )  # fmt: skip


class ProposalStepMutation(graphene.ObjectType):
    """How proposals and concerns go on."""

    submit_proposal = step("submit", "Ask those it touches.")
    return_proposal = step("return", "Return it to its author.")
    accept_proposal = step("accept", "Take it into discussion.")
    merge_proposal = step("merge", "Merge a change of wording.")
    consent_locally = step("consent-locally", "Agree as a second person of the domain.")
    call_final = step("call-final", "Call the final call.")
    ask_for_vote = step("ask-for-vote", "Ask for a vote of the council.")
    withdraw_proposal = step("withdraw", "Withdraw it.")
    resume_proposal = step("resume", "Discuss again what was deferred.")
    raise_scope = step("raise-scope", "Make it a matter of the whole enterprise.")
    rebase_proposal = step("rebase", "Start from what is in force now.")
    confirm_emergency = step("confirm-emergency", "Confirm an emergency as a second person.")
    reverse_proposal = step("reverse", "Propose to take back what it decided.")
    answer_concern = concern_step("answer", "Answer it in writing.")
    resolve_concern = concern_step("resolve", "Say that it is settled, as who raised it.")
    withdraw_concern = concern_step("withdraw", "Withdraw it, as who raised it.")
    rule_concern_valid = concern_step("rule-valid", "Rule that it is a valid block, as the chair.")
    rule_concern_invalid = concern_step("rule-invalid", "Rule that it is none, as the chair.")
    appeal_ruling = concern_step("appeal", "Bring the chair's ruling on it before the meeting.")
    vote_on_appeal = appeal_step(
        "vote", "Say from your seat in the room: sustain, overturn or abstain."
    )
    decide_appeal = appeal_step("decide", "Record what the meeting decided on an appeal.")
