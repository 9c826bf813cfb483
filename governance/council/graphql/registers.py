"""Flows, who answers for what, and the quarterly report in GraphQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import graphene
from graphene_django import DjangoObjectType
from graphql import GraphQLResolveInfo

from catalog.graphql import loaders
from catalog.graphql.arguments import number
from catalog.graphql.extension import extend
from catalog.graphql.paging import PAGE, connection, page
from catalog.graphql.relations import plan, principal_of, relation
from catalog.graphql.types import DatasetType, SystemType, TeamType
from catalog.selectors import directory
from catalog.types import Principal
from governance.council.selectors.accountability import GroupDuties, duty_of, matrix
from governance.council.selectors.quarterly import QuarterlyReport, report_of
from governance.council.selectors.registers import flows, get_flow
from governance.council.services.accountability import assign_duty, withdraw_duty
from governance.council.services.flows import change_flow, register_flow, remove_flow
from governance.models import Flow
from governance.proposals.graphql.types import person_at
from governance.proposals.incoming import named_person

TEXT = graphene.String(required=True)
# What flows, how, how often and who answers for it.
_STATED: dict[str, Any] = {
    "entity": TEXT,
    "method": TEXT,
    "cadence": TEXT,
    "username": graphene.String(required=True, description="Who answers for it."),
    "owner_team": graphene.ID(),
    "note": graphene.String(required=True, default_value=""),
}


class FlowType(DjangoObjectType):
    """Data that moves from one system to another, and who answers for it (R-098)."""

    class Meta:
        model = Flow
        name = "Flow"
        fields = ["id", "entity", "method", "cadence", "note"]

    source = relation(
        SystemType, loaders.one(directory.systems, "source_id"), many=False,
        description="Where it comes from.",
    )  # fmt: skip
    target = relation(
        SystemType, loaders.one(directory.systems, "target_id"), many=False,
        description="Where it goes.",
    )  # fmt: skip
    owner = person_at("owner_id", "Who answers for it.")
    owner_team = relation(
        TeamType, loaders.one(directory.teams, "owner_team_id"), many=False,
        description="The owner's team.",
    )  # fmt: skip


class DutyType(graphene.ObjectType):
    """What a team answers for; `id` is null where it follows from the dataset's owners."""

    class Meta:
        name = "Duty"

    id = graphene.ID()
    team = graphene.String(required=True)
    text = graphene.String(required=True)


class GroupDutiesType(graphene.ObjectType):
    """What one of the five groups answers for; nothing is a gap."""

    class Meta:
        name = "GroupDuties"

    group = graphene.String(required=True)
    duties = graphene.List(graphene.NonNull(DutyType), required=True)

    @staticmethod
    def resolve_group(cell: GroupDuties, info: GraphQLResolveInfo) -> str:
        """Its name."""
        return cell.group.value


class LeadTimeType(graphene.ObjectType):
    """From submission to decision for one kind of agreement, in days."""

    class Meta:
        name = "LeadTime"

    kind = graphene.String(required=True)
    decided = graphene.Int(required=True)
    median_days = graphene.Float(required=True)
    longest_days = graphene.Float(required=True)


class ReversalType(graphene.ObjectType):
    """An adoption that was put back."""

    class Meta:
        name = "Reversal"

    key = graphene.String(required=True)
    title = graphene.String(required=True)
    at = graphene.DateTime(required=True)


class CountType(graphene.ObjectType):
    """How many decisions were of one name."""

    class Meta:
        name = "QuarterCount"

    name = graphene.String(required=True)
    count = graphene.Int(required=True)


class QuarterType(graphene.ObjectType):
    """The council's quarter in numbers; shares are null where there is nothing to share."""

    class Meta:
        name = "QuarterlyReport"

    since = graphene.DateTime(required=True)
    until = graphene.DateTime(required=True)
    decided = graphene.Int(required=True)
    outcomes = graphene.List(graphene.NonNull(CountType), required=True)
    classes = graphene.List(graphene.NonNull(CountType), required=True)
    lead_times = graphene.List(graphene.NonNull(LeadTimeType), required=True)
    reversals = graphene.List(graphene.NonNull(ReversalType), required=True)
    with_evidence = graphene.Int(required=True)
    without = graphene.List(
        graphene.NonNull(graphene.String), required=True,
        description="Decisions that rest on no evidence.",
    )  # fmt: skip
    evidence_share = graphene.Float()
    dissents = graphene.Int(required=True)
    meetings_held = graphene.Int(required=True)
    meetings_canceled = graphene.Int(required=True)
    median_attendance = graphene.Float()
    open_now = graphene.Int(required=True)

    @staticmethod
    def resolve_outcomes(report: QuarterlyReport, info: GraphQLResolveInfo) -> Any:
        """The most frequent first."""
        return [{"name": name, "count": count} for name, count in report.outcomes]

    @staticmethod
    def resolve_classes(report: QuarterlyReport, info: GraphQLResolveInfo) -> Any:
        """The most frequent first."""
        return [{"name": name, "count": count} for name, count in report.classes]


def _groups(
    principal: Principal, parents: Sequence[Any], arguments: Mapping[str, Any]
) -> Mapping[Any, list[Any]]:
    most = arguments.get("first", 50)
    return {row.dataset.pk: list(row.groups[:most]) for row in matrix(principal, list(parents))}


extend(
    DatasetType,
    "accountability",
    relation(
        GroupDutiesType, _groups,
        description="Which of the five groups answers for what on it (R-014).",
    ),
)  # fmt: skip
FlowConnection = connection(FlowType)


class RegisterQuery(graphene.ObjectType):
    """What there is to ask about registers and the council's quarter."""

    flows = graphene.Field(
        FlowConnection, **PAGE,
        query=graphene.String(
            required=True, default_value="", description="Words of what flows, how, the note."
        ),
        system=graphene.ID(description="Those that touch a system."), required=True,
        description="The register of flows between systems.",
    )  # fmt: skip
    flow = graphene.Field(FlowType, id=graphene.ID(required=True), description="One flow.")
    quarterly_report = graphene.Field(
        QuarterType,
        quarter=graphene.String(
            required=True, default_value="", description="Such as 2026-3; the running one if empty."
        ),
        required=True, description="How long decisions take, and what they rest on.",
    )  # fmt: skip

    @staticmethod
    def resolve_flows(
        root: Any,
        info: GraphQLResolveInfo,
        first: int,
        after: str,
        query: str,
        system: str | None = None,
    ) -> Any:
        """Narrowed by words and system."""
        system_id = None if system is None else number(system, "system")
        rows = flows(principal_of(info), system_id=system_id, query=query)
        return page(info, rows, first=first, after=after)

    @staticmethod
    def resolve_flow(root: Any, info: GraphQLResolveInfo, id: str) -> Any:
        """Raises NotFound."""
        found = get_flow(principal_of(info), number(id, "id"))
        plan(info, [found])
        return found

    @staticmethod
    def resolve_quarterly_report(root: Any, info: GraphQLResolveInfo, quarter: str) -> Any:
        """Raises NotFound for what is no quarter."""
        return report_of(principal_of(info), quarter)


class FlowPayload(graphene.ObjectType):
    """The flow after the change; null when it was removed."""

    flow = graphene.Field(FlowType)


class DutyPayload(graphene.ObjectType):
    """The duty; null when it was withdrawn."""

    duty = graphene.Field(DutyType)


class RegisterMutation(graphene.ObjectType):
    """What there is to write into the registers."""

    register_flow = graphene.Field(
        FlowPayload, source=graphene.ID(required=True), target=graphene.ID(required=True),
        **_STATED, required=True, description="Write down that something moves between systems.",
    )  # fmt: skip
    change_flow = graphene.Field(
        FlowPayload, flow=graphene.ID(required=True), **_STATED, required=True,
        description="State it anew; both systems stay.",
    )  # fmt: skip
    remove_flow = graphene.Field(
        FlowPayload, flow=graphene.ID(required=True), reason=TEXT, required=True,
        description="Take it out of the register.",
    )  # fmt: skip
    assign_duty = graphene.Field(
        DutyPayload, dataset=graphene.ID(required=True), team=graphene.ID(required=True),
        duty=TEXT, required=True,
        description="State that a team of one of the five groups answers for something.",
    )  # fmt: skip
    withdraw_duty = graphene.Field(
        DutyPayload, duty=graphene.ID(required=True), required=True,
        description="Take a duty from its team.",
    )  # fmt: skip

    @staticmethod
    def resolve_register_flow(
        root: Any, info: GraphQLResolveInfo, source: str, target: str, **given: Any
    ) -> Any:
        """See `services.flows.register_flow`."""
        principal = principal_of(info)
        made = register_flow(
            acting=principal,
            source_id=number(source, "source"),
            target_id=number(target, "target"),
            **_stated(principal, given),
        )
        return _shown(info, made)

    @staticmethod
    def resolve_change_flow(root: Any, info: GraphQLResolveInfo, flow: str, **given: Any) -> Any:
        """See `services.flows.change_flow`."""
        principal = principal_of(info)
        made = change_flow(
            acting=principal, flow_id=number(flow, "flow"), **_stated(principal, given)
        )
        return _shown(info, made)

    @staticmethod
    def resolve_remove_flow(root: Any, info: GraphQLResolveInfo, flow: str, reason: str) -> Any:
        """See `services.flows.remove_flow`."""
        remove_flow(acting=principal_of(info), flow_id=number(flow, "flow"), reason=reason)
        return {"flow": None}

    @staticmethod
    def resolve_assign_duty(
        root: Any, info: GraphQLResolveInfo, dataset: str, team: str, duty: str
    ) -> Any:
        """See `services.accountability.assign_duty`."""
        made = assign_duty(
            acting=principal_of(info),
            dataset_id=number(dataset, "dataset"),
            team_id=number(team, "team"),
            duty=duty,
        )
        return {"duty": duty_of(made)}

    @staticmethod
    def resolve_withdraw_duty(root: Any, info: GraphQLResolveInfo, duty: str) -> Any:
        """See `services.accountability.withdraw_duty`."""
        withdraw_duty(acting=principal_of(info), accountability_id=number(duty, "duty"))
        return {"duty": None}


def _shown(info: GraphQLResolveInfo, flow: Flow) -> dict[str, Any]:
    plan(info, [flow], "flow")
    return {"flow": flow}


def _stated(principal: Principal, given: Mapping[str, Any]) -> dict[str, Any]:
    team = given.get("owner_team")
    return {
        "entity": given["entity"],
        "method": given["method"],
        "cadence": given["cadence"],
        "owner_id": named_person(principal, given["username"]),
        "owner_team_id": None if team is None else number(team, "owner_team"),
        "note": given["note"],
    }
