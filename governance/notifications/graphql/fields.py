"""One's messages in GraphQL, and what one follows."""

from __future__ import annotations

from typing import Any

import graphene
from graphene_django import DjangoObjectType
from graphql import GraphQLResolveInfo

from catalog.graphql.arguments import number
from catalog.graphql.paging import PAGE, connection, page
from catalog.graphql.relations import principal_of
from governance.models import Notification
from governance.notifications.selectors.inbox import inbox, unread_count, watched
from governance.notifications.services import preferences


class MessageType(DjangoObjectType):
    """A message to oneself."""

    class Meta:
        model = Notification
        name = "Message"
        fields = [
            "id", "kind", "title", "body", "url", "subject_type", "subject_key", "is_immediate",
            "created_at", "read_at",
        ]  # fmt: skip


class WatchedType(graphene.ObjectType):
    """Something that one follows."""

    class Meta:
        name = "Watched"

    subject_type = graphene.String(required=True)
    subject_key = graphene.String(required=True)
    created_at = graphene.DateTime(required=True)


MessageConnection = connection(MessageType)
WatchedConnection = connection(WatchedType)
SHOWN = 50  # of what one follows, after a change


class MessageQuery(graphene.ObjectType):
    """What there is to ask about one's messages."""

    messages = graphene.Field(
        MessageConnection, **PAGE, unread=graphene.Boolean(required=True, default_value=False),
        required=True, description="One's own messages, the newest first.",
    )  # fmt: skip
    watched = graphene.Field(
        WatchedConnection, **PAGE, required=True,
        description="What one follows beside datasets, the newest first.",
    )  # fmt: skip

    @staticmethod
    def resolve_messages(
        root: Any, info: GraphQLResolveInfo, first: int, after: str, unread: bool
    ) -> Any:
        """Nobody reads another's."""
        rows = inbox(principal_of(info), unread=unread)
        return page(info, rows, first=first, after=after, newest_first=True)

    @staticmethod
    def resolve_watched(root: Any, info: GraphQLResolveInfo, first: int, after: str) -> Any:
        """One's own."""
        rows = watched(principal_of(info))
        return page(info, rows, first=first, after=after, newest_first=True)


class ReadPayload(graphene.ObjectType):
    """How many messages are unread now."""

    unread = graphene.Int(required=True)


class WatchPayload(graphene.ObjectType):
    """The newest of what one follows now."""

    watched = graphene.List(graphene.NonNull(WatchedType), required=True)


class MessageMutation(graphene.ObjectType):
    """What there is to do with messages."""

    mark_read = graphene.Field(
        ReadPayload, ids=graphene.List(graphene.NonNull(graphene.ID)), required=True,
        description="Mark messages read; without ids all of them.",
    )  # fmt: skip
    watch = graphene.Field(
        WatchPayload, subject_type=graphene.String(required=True),
        subject_key=graphene.String(required=True), required=True,
        description="Follow an agreement, a proposal, a domain or the council.",
    )  # fmt: skip
    unwatch = graphene.Field(
        WatchPayload, subject_type=graphene.String(required=True),
        subject_key=graphene.String(required=True), required=True,
        description="Stop following.",
    )  # fmt: skip

    @staticmethod
    def resolve_mark_read(root: Any, info: GraphQLResolveInfo, ids: list[str] | None = None) -> Any:
        """See `services.preferences.mark_read`."""
        principal = principal_of(info)
        chosen = None if ids is None else [number(pk, "ids") for pk in ids]
        preferences.mark_read(acting=principal, notification_ids=chosen)
        return {"unread": unread_count(principal)}

    @staticmethod
    def resolve_watch(
        root: Any, info: GraphQLResolveInfo, subject_type: str, subject_key: str
    ) -> Any:
        """See `services.preferences.watch`."""
        principal = principal_of(info)
        preferences.watch(acting=principal, subject_type=subject_type, subject_key=subject_key)
        return {"watched": list(watched(principal)[:SHOWN])}

    @staticmethod
    def resolve_unwatch(
        root: Any, info: GraphQLResolveInfo, subject_type: str, subject_key: str
    ) -> Any:
        """See `services.preferences.unwatch`."""
        principal = principal_of(info)
        preferences.unwatch(acting=principal, subject_type=subject_type, subject_key=subject_key)
        return {"watched": list(watched(principal)[:SHOWN])}
