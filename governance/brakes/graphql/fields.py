"""Brakes, budgets and leases in GraphQL."""

from __future__ import annotations

import uuid
from typing import Any

import graphene
from django.utils import timezone
from graphene.types.generic import GenericScalar
from graphql import GraphQLResolveInfo

from catalog.graphql.relations import principal_of
from governance.brakes.engine import Budget, Progress
from governance.brakes.models import QueryLease
from governance.brakes.selectors.register import Entry, Register, register_of
from governance.brakes.services.keeping import Answer
from governance.brakes.services.leasing import beat, end
from governance.brakes.services.stopping import stop

_TEXT = graphene.String(required=True)
_AT = graphene.DateTime(required=True)
_COUNT = graphene.Int(required=True)
_LARGE = graphene.Field(graphene.BigInt, required=True)


class BrakeType(graphene.ObjectType):
    """A brake in force; `refuses` is false where it only tells."""

    class Meta:
        name = "Brake"

    key = _TEXT
    name = _TEXT
    title = _TEXT
    refuses = graphene.Boolean(required=True)
    sentence = _TEXT
    ask = _TEXT
    since = _AT

    @staticmethod
    def resolve_key(root: Entry, info: GraphQLResolveInfo) -> str:
        """The agreement's."""
        return root.brake.key

    @staticmethod
    def resolve_name(root: Entry, info: GraphQLResolveInfo) -> str:
        """What answers call it."""
        return root.brake.name

    @staticmethod
    def resolve_title(root: Entry, info: GraphQLResolveInfo) -> str:
        """What people call it."""
        return root.brake.title

    @staticmethod
    def resolve_refuses(root: Entry, info: GraphQLResolveInfo) -> bool:
        """Whether it stops anything."""
        return root.brake.refuses

    @staticmethod
    def resolve_ask(root: Entry, info: GraphQLResolveInfo) -> str:
        """Whom to ask."""
        return root.brake.ask


class BudgetType(graphene.ObjectType):
    """A team's budget as it stands today (UTC)."""

    class Meta:
        name = "TeamBudget"

    brake = _TEXT
    team = _TEXT
    bytes = _LARGE
    queries = _COUNT
    running = _COUNT
    cost = graphene.Float(required=True)
    most_bytes = graphene.BigInt()
    most_cost = graphene.Float()
    most_at_once = graphene.Int()
    resets_at = _AT

    @staticmethod
    def resolve_brake(root: Budget, info: GraphQLResolveInfo) -> str:
        """The key of the agreement."""
        return root.brake.key

    @staticmethod
    def resolve_bytes(root: Budget, info: GraphQLResolveInfo) -> int:
        """Read today."""
        return root.use.bytes

    @staticmethod
    def resolve_queries(root: Budget, info: GraphQLResolveInfo) -> int:
        """Begun today."""
        return root.use.queries

    @staticmethod
    def resolve_running(root: Budget, info: GraphQLResolveInfo) -> int:
        """Running now."""
        return root.use.running

    @staticmethod
    def resolve_most_bytes(root: Budget, info: GraphQLResolveInfo) -> int | None:
        """None where bytes are not counted."""
        return root.brake.quota.bytes if root.brake.quota else None

    @staticmethod
    def resolve_most_cost(root: Budget, info: GraphQLResolveInfo) -> float | None:
        """None where cost is not counted."""
        return root.brake.quota.cost if root.brake.quota else None

    @staticmethod
    def resolve_most_at_once(root: Budget, info: GraphQLResolveInfo) -> int | None:
        """None where queries are not counted."""
        return root.brake.quota.at_once if root.brake.quota else None


class RunningQueryType(graphene.ObjectType):
    """A query that holds a lease."""

    class Meta:
        name = "RunningQuery"

    id = graphene.ID(required=True)
    subject = _TEXT
    holder = _TEXT
    gateway = _TEXT
    query_id = _TEXT
    granted_at = _AT
    beat_at = _AT
    bytes = _LARGE
    rows = _LARGE
    seconds = graphene.Float(required=True)
    estimate = GenericScalar(required=True)

    @staticmethod
    def resolve_subject(root: QueryLease, info: GraphQLResolveInfo) -> str:
        """The user name of whose query it is."""
        return root.subject.username

    @staticmethod
    def resolve_holder(root: QueryLease, info: GraphQLResolveInfo) -> str:
        """The user name of who let it run."""
        return root.holder.username


class BrakeRegisterType(graphene.ObjectType):
    """Brakes in force, budgets, and the queries that run: one's own, or everybody's for whoever
    administers Concord."""

    class Meta:
        name = "BrakeRegister"

    entries = graphene.List(graphene.NonNull(BrakeType), required=True)
    budgets = graphene.List(graphene.NonNull(BudgetType), required=True)
    leases = graphene.List(graphene.NonNull(RunningQueryType), required=True)
    resets_at = _AT


class LeaseAnswerType(graphene.ObjectType):
    """Whether a query may go on: `verdict` is continue or stop."""

    class Meta:
        name = "LeaseAnswer"

    verdict = _TEXT
    state = _TEXT
    code = _TEXT
    reason = _TEXT
    brake = _TEXT
    lost_at = graphene.DateTime()


class BrakeQuery(graphene.ObjectType):
    """What there is to ask about brakes."""

    brakes = graphene.Field(
        BrakeRegisterType, required=True, description="Brakes in force, budgets, what runs."
    )

    @staticmethod
    def resolve_brakes(root: Any, info: GraphQLResolveInfo) -> Register:
        """See `register_of`."""
        return register_of(principal_of(info), timezone.now())


class BrakeMutation(graphene.ObjectType):
    """What the holder of a lease does with it, and who stops a query by hand."""

    lease_heartbeat = graphene.Field(
        LeaseAnswerType, required=True, id=graphene.UUID(required=True),
        bytes=graphene.BigInt(required=True), rows=graphene.BigInt(required=True),
        elapsed=graphene.Float(required=True),
        query_id=graphene.String(required=True, default_value=""),
        description="What a query has done so far (elapsed in seconds), and whether it may go on.",
    )  # fmt: skip
    end_lease = graphene.Field(
        LeaseAnswerType, required=True, id=graphene.UUID(required=True),
        bytes=graphene.BigInt(required=True), rows=graphene.BigInt(required=True),
        elapsed=graphene.Float(required=True), description="A query is over.",
    )  # fmt: skip
    stop_lease = graphene.Field(
        LeaseAnswerType, required=True, id=graphene.UUID(required=True),
        reason=graphene.String(required=True),
        description="Stop a running query; its next heartbeat is answered stop, with the reason.",
    )  # fmt: skip

    @staticmethod
    def resolve_lease_heartbeat(
        root: Any, info: GraphQLResolveInfo, id: uuid.UUID, query_id: str, **done: Any
    ) -> LeaseAnswerType:
        """See `services.leasing.beat`."""
        found = beat(str(id), _progress(done), acting=principal_of(info), query_id=query_id)
        return _answer(found)

    @staticmethod
    def resolve_end_lease(
        root: Any, info: GraphQLResolveInfo, id: uuid.UUID, **done: Any
    ) -> LeaseAnswerType:
        """See `services.leasing.end`."""
        return _answer(end(str(id), _progress(done), acting=principal_of(info)))

    @staticmethod
    def resolve_stop_lease(
        root: Any, info: GraphQLResolveInfo, id: uuid.UUID, reason: str
    ) -> LeaseAnswerType:
        """See `services.stopping.stop`."""
        return _answer(stop(str(id), reason, acting=principal_of(info)))


def _progress(done: dict[str, Any]) -> Progress:
    return Progress(done["bytes"], done["rows"], done["elapsed"])


def _answer(found: Answer) -> LeaseAnswerType:
    return LeaseAnswerType(
        verdict=found.verdict.value, state=found.state.value, code=found.code, reason=found.reason,
        brake=found.brake, lost_at=found.lost_at,
    )  # fmt: skip
