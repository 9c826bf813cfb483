"""Where opt-outs are in force, in GraphQL."""

from __future__ import annotations

import graphene
from graphql import GraphQLResolveInfo

from governance.permissions.selectors import enforcement

_TEXT = graphene.String(required=True)
_COUNT = graphene.Int(required=True)
_NUMBER = graphene.Float(required=True, description="A whole number; it may pass 2**31.")
_AT = graphene.DateTime(required=True)


class EnforcementPointType(graphene.ObjectType):
    """A process that decides, or an engine that asks (`door` trino). `instance` and `software`
    are empty for whoever does not administer Concord."""

    class Meta:
        name = "EnforcementPoint"

    gateway = _TEXT
    door = _TEXT
    instance = _TEXT
    software = _TEXT
    version = _NUMBER
    epoch = _NUMBER
    since = _AT
    reported_at = _AT
    waiting = _COUNT
    lost = _COUNT
    state = graphene.String(
        required=True, description="current, catching_up, lagging, silent or closed."
    )


class ChangeInForceType(graphene.ObjectType):
    """An opt-out with how far it has come: `reached` of `points`."""

    class Meta:
        name = "ChangeInForce"

    key = _TEXT
    number = _TEXT
    title = _TEXT
    epoch = _NUMBER
    adopted_at = _AT
    points = _COUNT
    reached = _COUNT
    is_everywhere = graphene.Boolean(required=True)
    everywhere_since = graphene.DateTime()

    @staticmethod
    def resolve_key(root: enforcement.ChangeInForce, info: GraphQLResolveInfo) -> str:
        """The agreement's."""
        return root.entry.key

    @staticmethod
    def resolve_number(root: enforcement.ChangeInForce, info: GraphQLResolveInfo) -> str:
        """What people call it."""
        return root.entry.number

    @staticmethod
    def resolve_title(root: enforcement.ChangeInForce, info: GraphQLResolveInfo) -> str:
        """As the register has it."""
        return root.entry.title


class EnforcementType(graphene.ObjectType):
    """Where opt-outs are in force: epoch, in how many of all processes, and each of them."""

    class Meta:
        name = "Enforcement"

    epoch = _NUMBER
    adopted_at = graphene.DateTime()
    everywhere_since = graphene.DateTime()
    counted = _COUNT
    current = _COUNT
    lagging = _COUNT
    points = graphene.List(graphene.NonNull(EnforcementPointType), required=True)
    changes = graphene.List(graphene.NonNull(ChangeInForceType), required=True)
