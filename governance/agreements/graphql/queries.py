"""GraphQL queries of agreements."""

from __future__ import annotations

import datetime as dt
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.errors import NotFound
from catalog.graphql.arguments import member
from catalog.graphql.paging import PAGE, page
from catalog.graphql.relations import plan, principal_of
from governance.agreements.graphql.types import (
    AgreementConnection,
    AgreementKindType,
    AgreementVersionType,
)
from governance.agreements.kinds import kinds
from governance.agreements.selectors.agreements import (
    agreement_as_of,
    agreement_list,
    current_epoch,
)
from governance.proposals.incoming import instant_from
from governance.types import AgreementState


class AgreementQuery(graphene.ObjectType):
    """What there is to ask about what is agreed."""

    agreements = graphene.Field(
        AgreementConnection, **PAGE, kind=graphene.String(), state=graphene.String(),
        query=graphene.String(description="Words of title and key."),
        as_of=graphene.DateTime(description="What held at this instant."), required=True,
        description="What is agreed; those only proposed are left out unless asked for by state.",
    )  # fmt: skip
    agreement = graphene.Field(
        AgreementVersionType, key=graphene.String(required=True),
        as_of=graphene.DateTime(description="What held at this instant."),
        known_at=graphene.DateTime(description="As far as Concord knew at this instant."),
        description="One agreement as of an instant, as known at another.",
    )  # fmt: skip
    agreement_kinds = graphene.List(
        graphene.NonNull(AgreementKindType), required=True, description="By name."
    )
    policy_epoch = graphene.Int(required=True, description="The number that every adoption raises.")

    @staticmethod
    def resolve_agreements(
        root: Any,
        info: GraphQLResolveInfo,
        first: int,
        after: str,
        kind: str = "",
        state: str = "",
        query: str = "",
        as_of: dt.datetime | None = None,
    ) -> Any:
        """In the order in which they were first proposed."""
        rows = agreement_list(
            principal_of(info),
            kind=kind or None,
            state=member(AgreementState, state, "state") if state else None,
            query=query,
            as_of=instant_from(as_of),
        )
        return page(info, rows, first=first, after=after)

    @staticmethod
    def resolve_agreement(
        root: Any,
        info: GraphQLResolveInfo,
        key: str,
        as_of: dt.datetime | None = None,
        known_at: dt.datetime | None = None,
    ) -> Any:
        """Raises NotFound where nothing held."""
        found = agreement_as_of(
            principal_of(info),
            key,
            valid_at=instant_from(as_of),
            known_at=instant_from(known_at),
        )
        if found is None:
            raise NotFound("Nothing of this agreement held then.")
        plan(info, [found])
        return found

    @staticmethod
    def resolve_agreement_kinds(root: Any, info: GraphQLResolveInfo) -> Any:
        """All there are."""
        return list(kinds)

    @staticmethod
    def resolve_policy_epoch(root: Any, info: GraphQLResolveInfo) -> int:
        """Read it once, and everything that was adopted with it is seen whole."""
        return current_epoch()
