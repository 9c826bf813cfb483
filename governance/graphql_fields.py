"""Everything of governance in GraphQL, assembled from its rooms."""

from __future__ import annotations

import graphene

from governance.agreements.graphql.queries import AgreementQuery
from governance.conflicts.graphql.fields import ConflictMutation, ConflictQuery
from governance.council.graphql.mutations import MeetingMutation, SeatMutation
from governance.council.graphql.queries import CouncilQuery
from governance.notifications.graphql.fields import MessageMutation, MessageQuery
from governance.proposals.graphql.mutations import ProposalMutation
from governance.proposals.graphql.queries import ProposalQuery
from governance.proposals.graphql.steps import ProposalStepMutation


class GovernanceQuery(
    AgreementQuery, ProposalQuery, CouncilQuery, ConflictQuery, MessageQuery, graphene.ObjectType
):
    """What there is to ask about what people agreed."""


class GovernanceMutation(
    ProposalMutation,
    ProposalStepMutation,
    MeetingMutation,
    SeatMutation,
    ConflictMutation,
    MessageMutation,
    graphene.ObjectType,
):
    """How people agree."""
