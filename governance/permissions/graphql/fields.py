"""Exceptions from opt-outs in GraphQL: to read, to ask for, to decide about, to end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.graphql.arguments import member, number
from catalog.graphql.paging import PAGE, page
from catalog.graphql.relations import plan, principal_of
from governance.permissions.graphql.types import (
    BreakGlassTemplateConnection,
    BreakGlassTemplateType,
    OptOutExceptionConnection,
    OptOutExceptionType,
)
from governance.permissions.selectors.exceptions import (
    exceptions_seen,
    get_exception,
    templates_seen,
)
from governance.permissions.services import break_glass as glass
from governance.permissions.services import exceptions
from governance.permissions.types import ExceptionState, ReviewState

EXCEPTION = graphene.ID(required=True)
TEXT = graphene.String(required=True)


class OptOutQuery(graphene.ObjectType):
    """What there is to ask about exceptions."""

    opt_out_exceptions = graphene.Field(
        OptOutExceptionConnection, **PAGE, state=graphene.String(), review=graphene.String(),
        required=True,
        description="Who is excepted from which opt-out, the newest first; by `review` broken"
        " glass alone: due, overdue, justified or not_justified.",
    )  # fmt: skip
    opt_out_exception = graphene.Field(
        OptOutExceptionType, id=graphene.ID(required=True), description="One exception."
    )
    break_glass_templates = graphene.Field(
        BreakGlassTemplateConnection, **PAGE, required=True,
        description="What may be broken in an emergency, by whom, for how long.",
    )  # fmt: skip

    @staticmethod
    def resolve_opt_out_exceptions(
        root: Any,
        info: GraphQLResolveInfo,
        first: int,
        after: str,
        state: str = "",
        review: str = "",
    ) -> Any:
        """Narrowed by state, and to broken glass by where its review stands."""
        rows = exceptions_seen(
            principal_of(info),
            state=member(ExceptionState, state, "state") if state else "",
            review=member(ReviewState, review, "review") if review else "",
        )
        return page(info, rows, first=first, after=after, newest_first=True)

    @staticmethod
    def resolve_opt_out_exception(root: Any, info: GraphQLResolveInfo, id: str) -> Any:
        """Raises NotFound."""
        found = get_exception(principal_of(info), number(id, "id"))
        plan(info, [found])
        return found

    @staticmethod
    def resolve_break_glass_templates(
        root: Any, info: GraphQLResolveInfo, first: int, after: str
    ) -> Any:
        """All of them."""
        rows = templates_seen(principal_of(info))
        return page(info, rows, first=first, after=after, newest_first=True)


class OptOutExceptionPayload(graphene.ObjectType):
    """The exception after the change."""

    exception = graphene.Field(OptOutExceptionType, required=True)


class BreakGlassTemplatePayload(graphene.ObjectType):
    """The template after the change."""

    template = graphene.Field(BreakGlassTemplateType, required=True)


class OptOutMutation(graphene.ObjectType):
    """What there is to change about exceptions."""

    request_opt_out_exception = graphene.Field(
        OptOutExceptionPayload, agreement=TEXT, reason=TEXT,
        ends_at=graphene.DateTime(required=True), begins_at=graphene.DateTime(),
        username=graphene.String(), team=graphene.String(),
        datasets=graphene.List(graphene.NonNull(graphene.String)), required=True,
        description="Ask for an exception; without person and team, for oneself.",
    )  # fmt: skip
    decide_opt_out_exception = graphene.Field(
        OptOutExceptionPayload, exception=EXCEPTION, approve=graphene.Boolean(required=True),
        note=graphene.String(), required=True,
        description="Approve or refuse a request; the holder of the owner seat may.",
    )  # fmt: skip
    end_opt_out_exception = graphene.Field(
        OptOutExceptionPayload, exception=EXCEPTION, reason=TEXT, required=True,
        description="Withdraw a request, or revoke an exception.",
    )  # fmt: skip
    approve_break_glass = graphene.Field(
        BreakGlassTemplatePayload, agreement=TEXT, team=TEXT,
        minutes=graphene.Int(required=True), reason=TEXT,
        ends_at=graphene.DateTime(required=True), required=True,
        description="Let a team break an opt-out's glass for minutes at a time.",
    )  # fmt: skip
    end_break_glass = graphene.Field(
        BreakGlassTemplatePayload, template=graphene.ID(required=True), reason=TEXT, required=True,
        description="End a template at once; the holder of the owner seat may.",
    )  # fmt: skip
    break_glass = graphene.Field(
        OptOutExceptionPayload, template=graphene.ID(required=True), reason=TEXT, required=True,
        description="Use a template now, for oneself; the owner is paged.",
    )  # fmt: skip
    review_break_glass = graphene.Field(
        OptOutExceptionPayload, exception=EXCEPTION, outcome=TEXT, note=TEXT, required=True,
        description="Say of broken glass that is over: justified or not_justified, and why.",
    )  # fmt: skip

    @staticmethod
    def resolve_request_opt_out_exception(
        root: Any,
        info: GraphQLResolveInfo,
        agreement: str,
        reason: str,
        ends_at: dt.datetime,
        begins_at: dt.datetime | None = None,
        username: str = "",
        team: str = "",
        datasets: Sequence[str] = (),
    ) -> Any:
        """See `services.exceptions.request_exception`."""
        row = exceptions.request_exception(
            acting=principal_of(info),
            agreement=agreement,
            reason=reason,
            ends_at=ends_at,
            begins_at=begins_at,
            username=username or "",
            team=team or "",
            datasets=datasets or (),
        )
        return _payload(info, row.pk)

    @staticmethod
    def resolve_decide_opt_out_exception(
        root: Any, info: GraphQLResolveInfo, exception: str, approve: bool, note: str = ""
    ) -> Any:
        """See `services.exceptions.decide_exception`."""
        pk = number(exception, "exception")
        exceptions.decide_exception(
            acting=principal_of(info), exception_id=pk, approve=approve, note=note or ""
        )
        return _payload(info, pk)

    @staticmethod
    def resolve_end_opt_out_exception(
        root: Any, info: GraphQLResolveInfo, exception: str, reason: str
    ) -> Any:
        """See `services.exceptions.end_exception`."""
        pk = number(exception, "exception")
        exceptions.end_exception(acting=principal_of(info), exception_id=pk, reason=reason)
        return _payload(info, pk)

    @staticmethod
    def resolve_approve_break_glass(
        root: Any,
        info: GraphQLResolveInfo,
        agreement: str,
        team: str,
        minutes: int,
        reason: str,
        ends_at: dt.datetime,
    ) -> Any:
        """See `services.break_glass.approve_template`."""
        row = glass.approve_template(
            acting=principal_of(info),
            agreement=agreement,
            team=team,
            minutes=minutes,
            reason=reason,
            ends_at=ends_at,
        )
        plan(info, [row], "template")
        return {"template": row}

    @staticmethod
    def resolve_end_break_glass(
        root: Any, info: GraphQLResolveInfo, template: str, reason: str
    ) -> Any:
        """See `services.break_glass.end_template`."""
        row = glass.end_template(
            acting=principal_of(info), template_id=number(template, "template"), reason=reason
        )
        plan(info, [row], "template")
        return {"template": row}

    @staticmethod
    def resolve_break_glass(root: Any, info: GraphQLResolveInfo, template: str, reason: str) -> Any:
        """See `services.break_glass.break_glass`."""
        row = glass.break_glass(
            acting=principal_of(info), template_id=number(template, "template"), reason=reason
        )
        return _payload(info, row.pk)

    @staticmethod
    def resolve_review_break_glass(
        root: Any, info: GraphQLResolveInfo, exception: str, outcome: str, note: str
    ) -> Any:
        """See `services.break_glass.review_glass`."""
        pk = number(exception, "exception")
        glass.review_glass(acting=principal_of(info), exception_id=pk, outcome=outcome, note=note)
        return _payload(info, pk)


def _payload(info: GraphQLResolveInfo, pk: int) -> dict[str, Any]:
    found = get_exception(principal_of(info), pk)
    plan(info, [found], "exception")
    return {"exception": found}
