"""The register of conflicts in GraphQL: to read, to settle, to open again."""

from __future__ import annotations

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.graphql.arguments import member, number
from catalog.graphql.paging import PAGE, page
from catalog.graphql.relations import plan, principal_of
from governance.conflicts.graphql.types import ConflictConnection, ConflictType
from governance.conflicts.selectors.register import conflicts, get_conflict
from governance.conflicts.services import register
from governance.conflicts.services.merging import draft_merge
from governance.proposals.graphql.detail import ProposalPayload, payload
from governance.proposals.incoming import named_person
from governance.types import ConflictKind, ConflictState

CONFLICT = graphene.ID(required=True)


class ConflictQuery(graphene.ObjectType):
    """What there is to ask about conflicts."""

    conflicts = graphene.Field(
        ConflictConnection, **PAGE, state=graphene.String(), kind=graphene.String(), required=True,
        description="Where agreements, proposals and claims disagree, the newest first.",
    )  # fmt: skip
    conflict = graphene.Field(
        ConflictType, id=graphene.ID(required=True), description="One conflict with both sides."
    )

    @staticmethod
    def resolve_conflicts(
        root: Any,
        info: GraphQLResolveInfo,
        first: int,
        after: str,
        state: str = "",
        kind: str = "",
    ) -> Any:
        """Narrowed by state and kind."""
        rows = conflicts(
            principal_of(info),
            state=member(ConflictState, state, "state") if state else "",
            kind=member(ConflictKind, kind, "kind") if kind else "",
        )
        return page(info, rows, first=first, after=after, newest_first=True)

    @staticmethod
    def resolve_conflict(root: Any, info: GraphQLResolveInfo, id: str) -> Any:
        """Raises NotFound."""
        found = get_conflict(principal_of(info), number(id, "id"))
        plan(info, [found])
        return found


class ConflictPayload(graphene.ObjectType):
    """The conflict after the change."""

    conflict = graphene.Field(ConflictType, required=True)


class ConflictMutation(graphene.ObjectType):
    """What there is to change about conflicts."""

    settle_conflict = graphene.Field(
        ConflictPayload, conflict=CONFLICT, state=graphene.String(required=True),
        resolution=graphene.String(required=True), required=True,
        description="Say how it was resolved, or why both stand (accepted).",
    )  # fmt: skip
    reopen_conflict = graphene.Field(
        ConflictPayload, conflict=CONFLICT, reason=graphene.String(required=True), required=True,
        description="Open a settled conflict again.",
    )  # fmt: skip
    assign_conflict = graphene.Field(
        ConflictPayload, conflict=CONFLICT, username=graphene.String(required=True), required=True,
        description="Name who brings the parties together.",
    )  # fmt: skip
    merge_conflict = graphene.Field(
        ProposalPayload, conflict=CONFLICT,
        keep=graphene.String(required=True, description="The key of the side that stays."),
        required=True,
        description="Draft the proposal that keeps one side and takes the other in.",
    )  # fmt: skip

    @staticmethod
    def resolve_settle_conflict(
        root: Any, info: GraphQLResolveInfo, conflict: str, state: str, resolution: str
    ) -> Any:
        """See `services.register.settle`."""
        row = register.settle(
            acting=principal_of(info),
            conflict_id=number(conflict, "conflict"),
            state=member(ConflictState, state, "state"),
            resolution=resolution,
        )
        return _payload(info, row.pk)

    @staticmethod
    def resolve_reopen_conflict(
        root: Any, info: GraphQLResolveInfo, conflict: str, reason: str
    ) -> Any:
        """See `services.register.reopen`."""
        row = register.reopen(
            acting=principal_of(info), conflict_id=number(conflict, "conflict"), reason=reason
        )
        return _payload(info, row.pk)

    @staticmethod
    def resolve_assign_conflict(
        root: Any, info: GraphQLResolveInfo, conflict: str, username: str
    ) -> Any:
        """See `services.register.assign`."""
        principal = principal_of(info)
        row = register.assign(
            acting=principal,
            conflict_id=number(conflict, "conflict"),
            owner_id=named_person(principal, username),
        )
        return _payload(info, row.pk)

    @staticmethod
    def resolve_merge_conflict(
        root: Any, info: GraphQLResolveInfo, conflict: str, keep: str
    ) -> Any:
        """See `services.merging.draft_merge`."""
        made = draft_merge(
            acting=principal_of(info), conflict_id=number(conflict, "conflict"), keep=keep
        )
        return payload(info, made.key)


def _payload(info: GraphQLResolveInfo, pk: int) -> dict[str, Any]:
    found = get_conflict(principal_of(info), pk)
    plan(info, [found], "conflict")
    return {"conflict": found}
