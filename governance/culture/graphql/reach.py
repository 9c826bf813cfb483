"""How far data reaches, in GraphQL (R-025, R-027)."""

from __future__ import annotations

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.graphql.relations import check_first, principal_of
from governance.culture.selectors.departments import departments
from governance.culture.selectors.reach import consumers, reach, using_departments
from governance.culture.selectors.self_service import self_service

KIND = graphene.String(
    required=True, default_value="", description="dashboard, notebook or ml_model; all if empty."
)


class DepartmentUseType(graphene.ObjectType):
    """Openness and use of a group of five people at least; `department` is empty where several
    small ones are counted together, `level` is managers, others or everybody."""

    class Meta:
        name = "DepartmentUse"

    department = graphene.String(required=True)
    level = graphene.String(required=True)
    people = graphene.Int(required=True)
    open_share = graphene.Float(required=True)
    used = graphene.Int(required=True)
    used_share = graphene.Float(required=True)


class DepartmentReachType(graphene.ObjectType):
    """How many people of a department used a consumer of data in each month."""

    class Meta:
        name = "DepartmentReach"

    department = graphene.String(required=True)
    people = graphene.Int(required=True)
    used = graphene.List(graphene.NonNull(graphene.Int), required=True)


class ReachType(graphene.ObjectType):
    """The months by their first day, departments, and the share of them reached in each month."""

    class Meta:
        name = "Reach"

    months = graphene.List(graphene.NonNull(graphene.Date), required=True)
    departments = graphene.List(graphene.NonNull(DepartmentReachType), required=True)
    shares = graphene.List(graphene.NonNull(graphene.Float), required=True)


class ReachConsumerType(graphene.ObjectType):
    """A dashboard, notebook or model, with the people and departments it reached in 90 days."""

    class Meta:
        name = "ReachConsumer"

    dataset = graphene.ID(required=True)
    qualified_name = graphene.String(required=True)
    kind = graphene.String(required=True)
    person_count = graphene.Int(description="Null for one to four, of whom it would tell.")
    departments = graphene.List(
        graphene.NonNull(graphene.String), required=True,
        description="Those of which five people used it, by name; others are the empty name.",
    )  # fmt: skip


class SelfServiceType(graphene.ObjectType):
    """Reads of data on a day: without anybody's approval, by an approved exception, refused."""

    class Meta:
        name = "SelfService"

    day = graphene.Date(required=True)
    by_itself = graphene.Float(required=True)
    approved = graphene.Float(required=True)
    refused = graphene.Float(required=True)


class ReachQuery(graphene.ObjectType):
    """What there is to ask about reach."""

    reach = graphene.Field(
        ReachType, kind=KIND, required=True,
        description="Which departments used consumers of data in the last twelve months.",
    )  # fmt: skip
    reach_consumers = graphene.List(
        graphene.NonNull(ReachConsumerType), kind=KIND,
        first=graphene.Int(required=True, default_value=50, description="1 to 100."),
        skip=graphene.Int(required=True, default_value=0, description="How many to pass over."),
        required=True, description="Those that reach the most people first.",
    )  # fmt: skip
    reach_departments = graphene.List(
        graphene.NonNull(DepartmentUseType), required=True,
        description="Openness and use by department and level, of groups that tell nobody.",
    )  # fmt: skip

    self_service = graphene.List(
        graphene.NonNull(SelfServiceType),
        days=graphene.Int(required=True, default_value=90, description="1 to 100."),
        required=True, description="How many reads needed nobody's approval, newest day first.",
    )  # fmt: skip

    @staticmethod
    def resolve_self_service(root: Any, info: GraphQLResolveInfo, days: int) -> Any:
        """See `selectors.self_service.self_service`."""
        check_first({"first": days})
        return self_service(principal_of(info))[:days]

    @staticmethod
    def resolve_reach(root: Any, info: GraphQLResolveInfo, kind: str) -> Any:
        """See `selectors.reach.reach`."""
        return reach(principal_of(info), kind=kind)

    @staticmethod
    def resolve_reach_consumers(
        root: Any, info: GraphQLResolveInfo, kind: str, first: int, skip: int
    ) -> Any:
        """See `selectors.reach.consumers`."""
        check_first({"first": first})
        principal, start = principal_of(info), max(0, skip)
        found = list(consumers(principal, kind=kind)[start : start + first])
        using = using_departments(principal, found)
        return [
            {
                "dataset": one.pk,
                "qualified_name": one.qualified_name,
                "kind": one.kind,
                "person_count": one.person_count,  # type: ignore[attr-defined]
                "departments": using.get(one.pk, ()),
            }
            for one in found
        ]

    @staticmethod
    def resolve_reach_departments(root: Any, info: GraphQLResolveInfo) -> Any:
        """See `selectors.departments.departments`."""
        return departments(principal_of(info))
