"""GraphQL mutations of proposals: each calls one service and answers with the proposal."""

from __future__ import annotations

import datetime as dt
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.graphql.arguments import member, number
from catalog.graphql.relations import principal_of
from governance.council.offered import vote
from governance.proposals.graphql.detail import ProposalPayload, payload
from governance.proposals.graphql.inputs import (
    CHANGES,
    EVIDENCE,
    KEY,
    ChangeInput,
    EvidenceInput,
)
from governance.proposals.incoming import (
    changes_from,
    domain_id_from,
    draft_from,
    evidence_from,
    instant_from,
    named_person,
    person_id_from,
)
from governance.proposals.services import comments, concerns, interests, positions
from governance.proposals.services.drafting import create_draft, revise
from governance.proposals.services.emergencies import declare_emergency
from governance.types import Outcome, PositionValue

# Beside title, ask and changes; people are user names.
_PAPER: dict[str, Any] = {
    "rationale": graphene.String(),
    "evidence": graphene.List(graphene.NonNull(EvidenceInput)),
    "no_evidence_reason": graphene.String(),
    "wanted_effective_at": graphene.DateTime(),
    "champion": graphene.String(),
    "co_authors": graphene.List(graphene.NonNull(graphene.String)),
}


class ProposalMutation(graphene.ObjectType):
    """What there is to write and to say of proposals."""

    create_proposal = graphene.Field(
        ProposalPayload, title=graphene.String(required=True), ask=graphene.String(required=True),
        changes=CHANGES, **_PAPER,
        domain=graphene.String(required=True, default_value="", description="Its short name."),
        required=True,
        description="Start a draft; nobody is asked before it is submitted.",
    )  # fmt: skip
    revise_proposal = graphene.Field(
        ProposalPayload, key=KEY, title=graphene.String(), ask=graphene.String(),
        changes=graphene.List(graphene.NonNull(ChangeInput)), **_PAPER, required=True,
        description="Write the next revision; what is left out stays.",
    )  # fmt: skip
    take_position = graphene.Field(
        ProposalPayload, key=KEY, revision_digest=graphene.String(required=True),
        value=graphene.String(required=True),
        reason=graphene.String(required=True, default_value=""),
        block_kind=graphene.String(required=True, default_value=""),
        title=graphene.String(required=True, default_value="", description="Of a block."),
        evidence=EVIDENCE,
        on_behalf_of=graphene.String(required=True, default_value=""), required=True,
        description="Say what you think of the revision whose digest is given.",
    )  # fmt: skip
    raise_concern = graphene.Field(
        ProposalPayload, key=KEY, kind=graphene.String(required=True),
        title=graphene.String(required=True), text=graphene.String(required=True), required=True,
        description="Raise a doubt that blocks nothing.",
    )  # fmt: skip
    comment = graphene.Field(
        ProposalPayload, key=KEY, text=graphene.String(required=True), required=True,
        description="Remark on it.",
    )  # fmt: skip
    rule_on_interest = graphene.Field(
        ProposalPayload, key=KEY,
        username=graphene.String(required=True),
        stands_aside=graphene.Boolean(required=True), ruling=graphene.String(required=True),
        required=True, description="Rule on a suggested conflict of interest, as the chair.",
    )  # fmt: skip
    record_vote = graphene.Field(
        ProposalPayload, key=KEY, outcome=graphene.String(required=True),
        reason=graphene.String(required=True), meeting=graphene.ID(),
        effective_at=graphene.DateTime(), deferred_until=graphene.DateTime(), required=True,
        description="Record how the council's vote ended; without quorum it cannot be recorded.",
    )  # fmt: skip
    declare_emergency = graphene.Field(
        ProposalPayload, title=graphene.String(required=True), ask=graphene.String(required=True),
        changes=CHANGES, reason=graphene.String(required=True), evidence=EVIDENCE, required=True,
        description="Opt out at once; a second person confirms it within hours, or it lapses.",
    )  # fmt: skip

    @staticmethod
    def resolve_create_proposal(
        root: Any, info: GraphQLResolveInfo, domain: str, **given: Any
    ) -> Any:
        """See `services.drafting.create_draft`."""
        principal = principal_of(info)
        made = create_draft(
            acting=principal,
            domain_id=domain_id_from(principal, domain),
            **draft_from(principal, given),
        )
        return payload(info, made.key)

    @staticmethod
    def resolve_revise_proposal(root: Any, info: GraphQLResolveInfo, key: str, **given: Any) -> Any:
        """See `services.drafting.revise`."""
        principal = principal_of(info)
        revise(acting=principal, key=key, **draft_from(principal, given))
        return payload(info, key)

    @staticmethod
    def resolve_take_position(
        root: Any,
        info: GraphQLResolveInfo,
        key: str,
        value: str,
        evidence: list[Any],
        on_behalf_of: str,
        **given: Any,
    ) -> Any:
        """See `services.positions.take_position`."""
        principal = principal_of(info)
        positions.take_position(
            acting=principal,
            key=key,
            value=member(PositionValue, value, "value"),
            evidence=evidence_from(evidence),
            on_behalf_of_id=person_id_from(principal, on_behalf_of),
            **given,
        )
        return payload(info, key)

    @staticmethod
    def resolve_raise_concern(root: Any, info: GraphQLResolveInfo, key: str, **given: Any) -> Any:
        """See `services.concerns.raise_concern`."""
        concerns.raise_concern(acting=principal_of(info), key=key, **given)
        return payload(info, key)

    @staticmethod
    def resolve_comment(root: Any, info: GraphQLResolveInfo, key: str, text: str) -> Any:
        """See `services.comments.comment`."""
        comments.comment(acting=principal_of(info), key=key, text=text)
        return payload(info, key)

    @staticmethod
    def resolve_rule_on_interest(
        root: Any, info: GraphQLResolveInfo, key: str, username: str, **given: Any
    ) -> Any:
        """See `services.interests.rule_on_interest`."""
        principal = principal_of(info)
        interests.rule_on_interest(
            acting=principal, key=key, person_id=named_person(principal, username), **given
        )
        return payload(info, key)

    @staticmethod
    def resolve_record_vote(
        root: Any,
        info: GraphQLResolveInfo,
        key: str,
        outcome: str,
        reason: str,
        meeting: str = "",
        effective_at: dt.datetime | None = None,
        deferred_until: dt.datetime | None = None,
    ) -> Any:
        """See `council.offered.vote`."""
        vote(
            acting=principal_of(info),
            key=key,
            outcome=member(Outcome, outcome, "outcome"),
            reason=reason,
            meeting_id=number(meeting, "meeting") if meeting else None,
            effective_at=instant_from(effective_at),
            deferred_until=instant_from(deferred_until),
        )
        return payload(info, key)

    @staticmethod
    def resolve_declare_emergency(
        root: Any,
        info: GraphQLResolveInfo,
        changes: list[Any],
        evidence: list[Any],
        **given: Any,
    ) -> Any:
        """See `services.emergencies.declare_emergency`."""
        made = declare_emergency(
            acting=principal_of(info),
            changes=changes_from(changes),
            evidence=evidence_from(evidence),
            **given,
        )
        return payload(info, made.key)
