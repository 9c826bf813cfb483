"""The log of access decisions in GraphQL: to search, to explain, to hold."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import uuid
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.errors import InvalidInput
from catalog.graphql.arguments import number
from catalog.graphql.paging import PAGE, page, page_of_found
from catalog.graphql.relations import check_first, plan, principal_of
from governance.audit.graphql.types import (
    AuditHoldConnection,
    AuditHoldType,
    AuditReadersType,
    AuditRecordConnection,
    AuditRecordType,
)
from governance.audit.selectors.records import holds, search_of
from governance.audit.services import holding
from governance.audit.services.reading import open_readers, open_row, open_rows

_TEXTS = ("person", "dataset", "rule", "outcome", "gateway", "action", "purpose", "query_id")
TEXT = graphene.String(required=True)


class AuditQuery(graphene.ObjectType):
    """What there is to ask about who was allowed what."""

    audit_records = graphene.Field(
        AuditRecordConnection, **PAGE, **{name: graphene.String() for name in _TEXTS},
        since=graphene.DateTime(), until=graphene.DateTime(), required=True,
        description="Who was allowed or refused what, the newest first; one's own, or everybody's"
        " for who answers for the log. Reading it is recorded.",
    )  # fmt: skip
    audit_record = graphene.Field(
        AuditRecordType, id=graphene.ID(required=True), description="One decision."
    )
    audit_readers = graphene.Field(
        AuditReadersType, dataset=TEXT, day=TEXT, column=graphene.String(), required=True,
        description="Who could read a dataset on a day, and why.",
    )  # fmt: skip
    audit_holds = graphene.Field(
        AuditHoldConnection, **PAGE, required=True, description="The legal holds on the log."
    )

    @staticmethod
    def resolve_audit_records(
        root: Any, info: GraphQLResolveInfo, first: int, after: str, **given: Any
    ) -> Any:
        """Narrowed by what is given."""
        check_first({"first": first})
        rows = open_rows(principal_of(info), search_of(given))
        found = (rows.before(_key(after)) if after else rows).first(first + 1)
        return page_of_found(info, found, rows, first=first)

    @staticmethod
    def resolve_audit_record(root: Any, info: GraphQLResolveInfo, id: str) -> Any:
        """Raises NotFound."""
        found = open_row(principal_of(info), id)
        plan(info, [found])
        return found

    @staticmethod
    def resolve_audit_readers(
        root: Any, info: GraphQLResolveInfo, dataset: str, day: str, column: str = ""
    ) -> Any:
        """By the opt-outs, exceptions and people of then."""
        return open_readers(principal_of(info), dataset=dataset, day=day, column=column or "")

    @staticmethod
    def resolve_audit_holds(root: Any, info: GraphQLResolveInfo, first: int, after: str) -> Any:
        """Lifted ones too."""
        rows = holds(principal_of(info))
        return page(info, rows, first=first, after=after, newest_first=True)


class AuditHoldPayload(graphene.ObjectType):
    """The hold after the change."""

    hold = graphene.Field(AuditHoldType, required=True)


class AuditMutation(graphene.ObjectType):
    """How long the log is kept."""

    place_audit_hold = graphene.Field(
        AuditHoldPayload, reason=TEXT, person=graphene.String(), dataset=graphene.String(),
        since=graphene.DateTime(), until=graphene.DateTime(), required=True,
        description="Keep rows beyond their retention.",
    )  # fmt: skip
    lift_audit_hold = graphene.Field(
        AuditHoldPayload, hold=graphene.ID(required=True), required=True,
        description="Let held rows age again.",
    )  # fmt: skip

    @staticmethod
    def resolve_place_audit_hold(
        root: Any,
        info: GraphQLResolveInfo,
        reason: str,
        person: str = "",
        dataset: str = "",
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
    ) -> Any:
        """See `services.holding.place_hold`."""
        hold = holding.place_hold(
            acting=principal_of(info),
            reason=reason,
            person=person or "",
            dataset=dataset or "",
            since=since,
            until=until,
        )
        plan(info, [hold], "hold")
        return {"hold": hold}

    @staticmethod
    def resolve_lift_audit_hold(root: Any, info: GraphQLResolveInfo, hold: str) -> Any:
        """See `services.holding.lift_hold`."""
        found = holding.lift_hold(acting=principal_of(info), hold_id=number(hold, "hold"))
        plan(info, [found], "hold")
        return {"hold": found}


def _key(cursor: str) -> uuid.UUID:
    """The id inside a cursor; ids of records are no numbers. Raises InvalidInput."""
    try:
        head, key = base64.urlsafe_b64decode(cursor.encode()).decode().split(":")
        if head != "k":
            raise ValueError
        return uuid.UUID(key)
    except (ValueError, binascii.Error, UnicodeError):
        raise InvalidInput("after is not a cursor of this list.", field="after") from None
