"""The native check in GraphQL."""

from __future__ import annotations

from typing import Any

import graphene
from graphene.types.generic import GenericScalar
from graphql import GraphQLResolveInfo

from catalog.graphql.relations import principal_of
from governance.brakes.answering import answer_with_brakes
from governance.brakes.engine import Claim
from governance.brakes.services.checking import Asking, check_query
from governance.brakes.services.judging import Origin
from governance.permissions.services.statements import Statement

_TEXT = graphene.String(required=True)
_RECORDS = graphene.List(graphene.NonNull(GenericScalar), required=True)


class CheckedStatementType(graphene.ObjectType):
    """A statement allowed, denied or rewritten, with everything that touched it."""

    class Meta:
        name = "CheckedStatement"

    decision = graphene.String(required=True, description="allow, deny or rewrite.")
    subject = _TEXT
    rewritten_sql = graphene.String(description="What may run instead, where it is rewritten.")
    reasons = _RECORDS
    changes = _RECORDS
    masks = _RECORDS
    row_filters = _RECORDS
    limits = _RECORDS
    notices = _RECORDS
    opt_outs = _RECORDS
    policy_epoch = graphene.Field(graphene.BigInt, required=True)
    decision_id = _TEXT
    brakes = _RECORDS
    estimate = GenericScalar(description="What it would read; none where an opt-out denies it.")
    lease = GenericScalar(description="What `grantLease` granted.")


class ClaimInput(graphene.InputObjectType):
    """What the planner of an engine says that a statement will read."""

    bytes = graphene.BigInt()
    rows = graphene.BigInt()
    partitions = graphene.BigInt()


_STATEMENT: dict[str, Any] = {
    "sql": _TEXT,
    "dialect": _TEXT,
    "subject": graphene.String(),
    "purpose": graphene.String(),
    "system": graphene.String(),
    "default_db": graphene.String(),
    "default_schema": graphene.String(),
    "hide_denied": graphene.Boolean(),
    "gateway": graphene.String(),
    "environment": graphene.String(),
    "estimate": ClaimInput(),
}


class StatementQuery(graphene.ObjectType):
    """What there is to ask about a statement before it runs."""

    check_sql = graphene.Field(
        CheckedStatementType, required=True, **_STATEMENT,
        description="What the opt-outs leave of a statement and what the brakes say of it;"
        " `subject` is for gateways only.",
    )  # fmt: skip

    @staticmethod
    def resolve_check_sql(
        root: Any, info: GraphQLResolveInfo, **given: Any
    ) -> CheckedStatementType:
        """Recorded as every decision."""
        return _checked(info, given, wants_lease=False)


class StatementMutation(graphene.ObjectType):
    """What begins with a statement."""

    grant_lease = graphene.Field(
        CheckedStatementType, required=True, **_STATEMENT,
        query_id=graphene.String(),
        description="The same for a statement that runs at once: with a lease, unless an opt-out"
        " or a brake refuses it.",
    )  # fmt: skip

    @staticmethod
    def resolve_grant_lease(
        root: Any, info: GraphQLResolveInfo, **given: Any
    ) -> CheckedStatementType:
        """Recorded as every decision."""
        return _checked(info, given, wants_lease=True)


def _checked(
    info: GraphQLResolveInfo, given: dict[str, Any], *, wants_lease: bool
) -> CheckedStatementType:
    origin = Origin(
        given.pop("gateway", ""),
        given.pop("environment", ""),
        Claim(**(given.pop("estimate", None) or {})),
    )
    asking = Asking(origin, given.pop("query_id", ""), wants_lease)
    subject = given.pop("subject", "")
    statement = Statement(default_database=given.pop("default_db", None), **given)
    found = check_query(statement, acting=principal_of(info), subject=subject, asking=asking)
    return CheckedStatementType(**answer_with_brakes(found))
