"""GraphQL queries of proposals."""

from __future__ import annotations

from typing import Any

import graphene
from graphene.types.generic import GenericScalar
from graphql import GraphQLResolveInfo

from catalog.errors import InvalidInput
from catalog.graphql.paging import PAGE, page
from catalog.graphql.relations import plan, principal_of
from catalog.graphql.types import PersonType
from governance.proposals.graphql.detail import FindingType, ProposalDetailType, shown
from governance.proposals.graphql.inputs import CHANGES
from governance.proposals.graphql.types import ProposalConnection, ProposalType
from governance.proposals.incoming import changes_from, looked_at
from governance.proposals.selectors.proposals import proposal_list, waiting_for
from governance.types import ProposalState


class WaitingType(graphene.ObjectType):
    """One thing that waits for the reader."""

    class Meta:
        name = "Waiting"

    proposal = graphene.Field(ProposalType, required=True)
    act = graphene.String(required=True)
    sentence = graphene.String(required=True)
    due = graphene.DateTime()
    on_behalf_of = graphene.Field(PersonType, description="For whom, where not for oneself.")


class ConflictFoundType(graphene.ObjectType):
    """A conflict that a dry run found."""

    class Meta:
        name = "ConflictFound"

    kind = graphene.String(required=True)
    witness = graphene.String(required=True)
    parties = GenericScalar(required=True)


class AskedType(graphene.ObjectType):
    """Who would be asked or told, why, and by which way they are touched."""

    class Meta:
        name = "Asked"

    label = graphene.String(required=True)
    role = graphene.String(required=True)
    reason = graphene.String(required=True)
    explanation = graphene.String(required=True)
    path = graphene.List(graphene.NonNull(graphene.String), required=True)


class DryRunChangeType(graphene.ObjectType):
    """One change as it was read, beside what is in force; `before` is null where nothing is."""

    class Meta:
        name = "DryRunChange"

    op = graphene.String(required=True)
    kind = graphene.String(required=True)
    key = graphene.String(required=True)
    title = graphene.String(required=True)
    before = GenericScalar()
    after = GenericScalar(required=True)
    is_editorial = graphene.Boolean(required=True)


class DryRunType(graphene.ObjectType):
    """What checks, conflicts and impact say of changes; nothing was written."""

    class Meta:
        name = "DryRun"

    changes = graphene.List(graphene.NonNull(DryRunChangeType), required=True)
    findings = graphene.List(graphene.NonNull(FindingType), required=True)
    conflicts = graphene.List(graphene.NonNull(ConflictFoundType), required=True)
    scope = graphene.String(required=True)
    scope_sentence = graphene.String(required=True)
    counts = GenericScalar(required=True)
    signers = graphene.List(graphene.NonNull(AskedType), required=True)


class ProposalQuery(graphene.ObjectType):
    """What there is to ask about proposals."""

    proposals = graphene.Field(
        ProposalConnection, **PAGE, kind=graphene.String(),
        state=graphene.String(description="A state, or open."),
        mine=graphene.Boolean(required=True, default_value=False),
        query=graphene.String(description="Words of key, title and ask."), required=True,
        description="What people ask to agree on, the newest first.",
    )  # fmt: skip
    proposal = graphene.Field(
        ProposalDetailType, key=graphene.String(required=True),
        description="One proposal in full, with what you may do.",
    )  # fmt: skip
    waiting = graphene.List(
        graphene.NonNull(WaitingType), required=True,
        description="What waits for you, the most pressing first.",
    )  # fmt: skip
    dry_run_proposal = graphene.Field(
        DryRunType, changes=CHANGES, required=True,
        description="What changes would do, whom they touch, who signs; nothing is written.",
    )  # fmt: skip

    @staticmethod
    def resolve_proposals(
        root: Any,
        info: GraphQLResolveInfo,
        first: int,
        after: str,
        mine: bool,
        kind: str = "",
        state: str = "",
        query: str = "",
    ) -> Any:
        """Narrowed by kind, state, author and words."""
        if state and state != "open" and state not in list(ProposalState):
            known = ", ".join(ProposalState)
            raise InvalidInput(f"{state!r} is none of open, {known}.", field="state")
        rows = proposal_list(
            principal_of(info), state=state or None, kind=kind or None, mine=mine, query=query
        )
        return page(info, rows, first=first, after=after, newest_first=True)

    @staticmethod
    def resolve_proposal(root: Any, info: GraphQLResolveInfo, key: str) -> Any:
        """Raises NotFound."""
        return shown(info, key)

    @staticmethod
    def resolve_waiting(root: Any, info: GraphQLResolveInfo) -> Any:
        """Nothing for who may not propose."""
        found = waiting_for(principal_of(info))
        plan(info, [one.proposal for one in found], "proposal")
        plan(info, [one.on_behalf_of for one in found if one.on_behalf_of], "onBehalfOf")
        return found

    @staticmethod
    def resolve_dry_run_proposal(
        root: Any, info: GraphQLResolveInfo, changes: list[dict[str, Any]]
    ) -> Any:
        """Raises InvalidInput for what cannot be read."""
        return looked_at(principal_of(info), changes_from(changes))
