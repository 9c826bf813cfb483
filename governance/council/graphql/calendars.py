"""The calendar of changes in GraphQL, and one's secret address for calendar programs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.graphql.paging import PAGE, connection, page_of_list
from catalog.graphql.relations import principal_of
from governance.addresses import calendar_addresses
from governance.council.selectors.calendars import (
    PlannedChange,
    change_calendar,
    has_calendar_address,
)
from governance.council.services.calendar_addresses import (
    end_calendar_address,
    make_calendar_address,
)
from governance.proposals.incoming import instant_from


class PlannedChangeType(graphene.ObjectType):
    """Something that takes effect or ends: `what` is effective, sunset or ends."""

    class Meta:
        name = "PlannedChange"

    what = graphene.String(required=True)
    on = graphene.String(
        required=True, description="An instant, or a day where the whole of it is meant."
    )
    key = graphene.String(required=True)
    title = graphene.String(required=True)
    address = graphene.String(required=True)

    @staticmethod
    def resolve_on(change: PlannedChange, info: GraphQLResolveInfo) -> str:
        """ISO 8601."""
        return change.on.isoformat()


class AddressStateType(graphene.ObjectType):
    """Whether one has an address in use; its secret cannot be read again."""

    class Meta:
        name = "CalendarAddress"

    in_use = graphene.Boolean(required=True)


PlannedChangeConnection = connection(PlannedChangeType)


class CalendarQuery(graphene.ObjectType):
    """What there is to ask about calendars."""

    change_calendar = graphene.Field(
        PlannedChangeConnection, **PAGE,
        since=graphene.DateTime(description="90 days ago unless told."),
        until=graphene.DateTime(description="In a year unless told."), required=True,
        description="What takes effect and what ends, the earliest first.",
    )  # fmt: skip
    calendar_address = graphene.Field(
        AddressStateType, required=True, description="Your secret address for calendar programs."
    )

    @staticmethod
    def resolve_change_calendar(
        root: Any,
        info: GraphQLResolveInfo,
        first: int,
        after: str,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
    ) -> Any:
        """Decisions with an effective date, deprecations, and opt-outs with an end."""
        found = change_calendar(principal_of(info), instant_from(since), instant_from(until))
        return page_of_list(found, first=first, after=after)

    @staticmethod
    def resolve_calendar_address(root: Any, info: GraphQLResolveInfo) -> Any:
        """One's own."""
        return {"in_use": has_calendar_address(principal_of(info))}


class CalendarAddressPayload(graphene.ObjectType):
    """One's addresses for calendar programs, shown this once."""

    meetings = graphene.String(required=True)
    changes = graphene.String(required=True)


class AddressEndPayload(graphene.ObjectType):
    """What is in use afterwards: nothing."""

    in_use = graphene.Boolean(required=True)


class CalendarMutation(graphene.ObjectType):
    """What there is to change about one's calendar address."""

    make_calendar_address = graphene.Field(
        CalendarAddressPayload, required=True,
        description="A new secret address, which ends the one before.",
    )  # fmt: skip
    end_calendar_address = graphene.Field(
        AddressEndPayload, required=True, description="End it at once."
    )

    @staticmethod
    def resolve_make_calendar_address(root: Any, info: GraphQLResolveInfo) -> Any:
        """See `services.calendar_addresses.make_calendar_address`."""
        return calendar_addresses(make_calendar_address(acting=principal_of(info)))

    @staticmethod
    def resolve_end_calendar_address(root: Any, info: GraphQLResolveInfo) -> Any:
        """See `services.calendar_addresses.end_calendar_address`."""
        end_calendar_address(acting=principal_of(info))
        return {"in_use": False}
