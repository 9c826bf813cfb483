"""GraphQL types of exceptions from opt-outs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import graphene
from graphene_django import DjangoObjectType

from catalog.graphql.paging import connection
from governance.models import BreakGlassTemplate, OptOutException
from governance.permissions.selectors.exceptions import review_due
from governance.proposals.graphql.types import person_at


class OptOutExceptionType(DjangoObjectType):
    """One opt-out that does not hold for a person or a team until a day."""

    class Meta:
        model = OptOutException
        name = "OptOutException"
        convert_choices_to_enum = False
        fields = [
            "id", "reason", "begins_at", "ends_at", "state", "requested_at", "decided_at",
            "decision_note", "review", "review_note", "reviewed_at",
        ]  # fmt: skip

    agreement = graphene.String(required=True, description="The opt-out's key.")
    team = graphene.String(description="The team excepted, where it is one.")
    datasets = graphene.List(graphene.NonNull(graphene.String), required=True)
    is_break_glass = graphene.Boolean(required=True)
    person = person_at("person_id", "Who is excepted, where it is one person.")
    requested_by = person_at("requested_by_id", "Who asked for it.")
    decided_by = person_at("decided_by_id", "Who decided about it.")
    reviewed_by = person_at("reviewed_by_id", "Who reviewed it, where it is broken glass.")
    review_due_at = graphene.DateTime(description="Until when broken glass is to be reviewed.")

    @staticmethod
    def resolve_agreement(root: OptOutException, info: Any) -> str:
        """Read along with the exception."""
        return root.agreement.key

    @staticmethod
    def resolve_team(root: OptOutException, info: Any) -> str | None:
        """Read along with the exception."""
        return root.team.name if root.team else None

    @staticmethod
    def resolve_is_break_glass(root: OptOutException, info: Any) -> bool:
        """Whether a template approved it in advance."""
        return root.template_id is not None

    @staticmethod
    def resolve_review_due_at(root: OptOutException, info: Any) -> dt.datetime | None:
        """None for what is not broken glass."""
        return review_due(root)


class BreakGlassTemplateType(DjangoObjectType):
    """An exception approved in advance, for minutes and for one team."""

    class Meta:
        model = BreakGlassTemplate
        name = "BreakGlassTemplate"
        fields = ["id", "minutes", "reason", "approved_at", "ends_at", "ended_at"]

    agreement = graphene.String(required=True, description="The opt-out's key.")
    team = graphene.String(required=True, description="Who may use it.")
    approved_by = person_at("approved_by_id", "Who approved it.")

    @staticmethod
    def resolve_agreement(root: BreakGlassTemplate, info: Any) -> str:
        """Read along with the template."""
        return root.agreement.key

    @staticmethod
    def resolve_team(root: BreakGlassTemplate, info: Any) -> str:
        """Read along with the template."""
        return root.team.name


OptOutExceptionConnection = connection(OptOutExceptionType)
BreakGlassTemplateConnection = connection(BreakGlassTemplateType)
