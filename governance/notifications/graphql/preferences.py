"""How one wants to hear, in GraphQL."""

from __future__ import annotations

from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from catalog.access import Action, require
from catalog.graphql.relations import principal_of
from governance.models import NotificationPreference
from governance.notifications.kinds import MESSAGE_KINDS
from governance.notifications.selectors.inbox import preferences
from governance.notifications.services.preferences import set_preferences


class MessageKindType(graphene.ObjectType):
    """A kind of message; what is not immediate waits for the digest."""

    class Meta:
        name = "MessageKind"

    key = graphene.String(required=True)
    label = graphene.String(required=True)
    is_immediate = graphene.Boolean(required=True)


class PreferencesType(graphene.ObjectType):
    """How one wants to hear; the address of a chat is taken and never shown."""

    class Meta:
        name = "MessagePreferences"

    mail = graphene.Boolean(required=True)
    muted_kinds = graphene.List(graphene.NonNull(graphene.String), required=True)
    has_chat = graphene.Boolean(required=True)
    quiet_from = graphene.Time()
    quiet_to = graphene.Time()
    time_zone = graphene.String(required=True)
    digest_hour = graphene.Int(required=True)

    @staticmethod
    def resolve_has_chat(held: NotificationPreference, info: GraphQLResolveInfo) -> bool:
        """Whether messages go to a chat as well."""
        return bool(held.chat_url)


class PreferencesPayload(graphene.ObjectType):
    """What holds now."""

    preferences = graphene.Field(PreferencesType, required=True)


class PreferenceQuery(graphene.ObjectType):
    """What there is to ask about how one wants to hear."""

    message_kinds = graphene.List(
        graphene.NonNull(MessageKindType), required=True, description="What can be muted."
    )
    message_preferences = graphene.Field(
        PreferencesType, required=True,
        description="How you want to hear; what holds by default where you set nothing.",
    )  # fmt: skip

    @staticmethod
    def resolve_message_kinds(root: Any, info: GraphQLResolveInfo) -> Any:
        """All there are."""
        require(principal_of(info), Action.SEE)
        return list(MESSAGE_KINDS)

    @staticmethod
    def resolve_message_preferences(root: Any, info: GraphQLResolveInfo) -> Any:
        """One's own."""
        return preferences(principal_of(info))


class PreferenceMutation(graphene.ObjectType):
    """How one says how one wants to hear."""

    set_message_preferences = graphene.Field(
        PreferencesPayload,
        mail=graphene.Boolean(required=True, default_value=True),
        muted_kinds=graphene.List(
            graphene.NonNull(graphene.String), required=True, default_value=()
        ),
        chat_url=graphene.String(description="Empty ends it, left out keeps it."),
        quiet_from=graphene.Time(), quiet_to=graphene.Time(),
        time_zone=graphene.String(required=True, default_value="UTC"),
        digest_hour=graphene.Int(required=True, default_value=8), required=True,
        description="Replace them all; what is left out goes back to what holds by default.",
    )  # fmt: skip

    @staticmethod
    def resolve_set_message_preferences(root: Any, info: GraphQLResolveInfo, **given: Any) -> Any:
        """See `services.preferences.set_preferences`."""
        return {"preferences": set_preferences(acting=principal_of(info), **given)}
