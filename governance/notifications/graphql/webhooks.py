"""Webhooks in GraphQL, for administrators."""

from __future__ import annotations

from typing import Any

import graphene
from graphene_django import DjangoObjectType
from graphql import GraphQLResolveInfo

from catalog.graphql.arguments import number
from catalog.graphql.paging import PAGE, connection, page
from catalog.graphql.relations import plan, principal_of
from governance.models import Webhook, WebhookDelivery
from governance.notifications.selectors.webhooks import deliveries, get_webhook, webhooks
from governance.notifications.services import webhooks as services
from governance.proposals.graphql.types import person_at

WEBHOOK = graphene.ID(required=True)
NAMES = graphene.List(graphene.NonNull(graphene.String))


class WebhookType(DjangoObjectType):
    """A tool that listens, without its secret; no event types means all of them."""

    class Meta:
        model = Webhook
        name = "Webhook"
        fields = [
            "id", "name", "url", "is_active", "disabled_reason", "former_until", "created_at",
        ]  # fmt: skip

    event_types = graphene.List(graphene.NonNull(graphene.String), required=True)
    waiting = graphene.Int(required=True, description="Deliveries that wait.")
    failed = graphene.Int(required=True, description="Deliveries that were given up.")
    owner = person_at("owner_id", "Who let it listen.")


class DeliveryType(DjangoObjectType):
    """One event on its way, with the latest attempt's outcome."""

    class Meta:
        model = WebhookDelivery
        name = "WebhookDelivery"
        fields = [
            "id", "attempts", "next_attempt_at", "delivered_at", "failed_at",
            "last_status", "last_error",
        ]  # fmt: skip

    position = graphene.Int(required=True, description="Its place within the webhook.")
    event = graphene.String(required=True, description="Its type.")
    subject = graphene.String(required=True, description="What it is about.")

    @staticmethod
    def resolve_event(row: WebhookDelivery, info: GraphQLResolveInfo) -> str:
        """Its type."""
        return row.event.type

    @staticmethod
    def resolve_subject(row: WebhookDelivery, info: GraphQLResolveInfo) -> str:
        """The name of what it is about."""
        return row.event.subject_name


class TrialType(graphene.ObjectType):
    """What came of a test: the receiver's status, null where nobody answered."""

    class Meta:
        name = "WebhookTrial"

    is_accepted = graphene.Boolean(required=True)
    status = graphene.Int()
    error = graphene.String(required=True)
    message_id = graphene.String(required=True)


WebhookConnection = connection(WebhookType)
DeliveryConnection = connection(DeliveryType)


class WebhookPayload(graphene.ObjectType):
    """The webhook after the change; null when it was removed."""

    webhook = graphene.Field(WebhookType)


class WebhookSecretPayload(graphene.ObjectType):
    """The webhook with its secret, shown this once."""

    webhook = graphene.Field(WebhookType, required=True)
    secret = graphene.String(required=True)


class ReplayPayload(graphene.ObjectType):
    """How many deliveries wait now."""

    waiting = graphene.Int(required=True)


class TrialPayload(graphene.ObjectType):
    """What came of it."""

    trial = graphene.Field(TrialType, required=True)


class WebhookQuery(graphene.ObjectType):
    """What there is to ask about webhooks."""

    webhooks = graphene.Field(
        WebhookConnection, **PAGE, required=True, description="Who listens, for administrators."
    )
    webhook = graphene.Field(WebhookType, id=graphene.ID(required=True), description="One.")
    webhook_deliveries = graphene.Field(
        DeliveryConnection, webhook=WEBHOOK, **PAGE, required=True,
        description="What it was sent, the newest first.",
    )  # fmt: skip

    @staticmethod
    def resolve_webhooks(root: Any, info: GraphQLResolveInfo, first: int, after: str) -> Any:
        """Raises AccessRefused for who does not administer."""
        return page(info, webhooks(principal_of(info)), first=first, after=after)

    @staticmethod
    def resolve_webhook(root: Any, info: GraphQLResolveInfo, id: str) -> Any:
        """Raises NotFound."""
        found = get_webhook(principal_of(info), number(id, "id"))
        plan(info, [found])
        return found

    @staticmethod
    def resolve_webhook_deliveries(
        root: Any, info: GraphQLResolveInfo, webhook: str, first: int, after: str
    ) -> Any:
        """Raises NotFound."""
        rows = deliveries(principal_of(info), number(webhook, "webhook"))
        return page(info, rows, first=first, after=after, newest_first=True)


class WebhookMutation(graphene.ObjectType):
    """What there is to do with webhooks."""

    add_webhook = graphene.Field(
        WebhookSecretPayload, name=graphene.String(required=True),
        url=graphene.String(required=True), event_types=NAMES, required=True,
        description="Let a tool listen; its secret is in this answer and nowhere else.",
    )  # fmt: skip
    change_webhook = graphene.Field(
        WebhookPayload, webhook=WEBHOOK, name=graphene.String(), url=graphene.String(),
        event_types=NAMES, required=True, description="Change it; what is left out stays.",
    )  # fmt: skip
    rotate_webhook_secret = graphene.Field(
        WebhookSecretPayload, webhook=WEBHOOK, required=True,
        description="Sign with a new secret; for a day the former one signs as well.",
    )  # fmt: skip
    pause_webhook = graphene.Field(
        WebhookPayload, webhook=WEBHOOK, required=True, description="Send it nothing for now."
    )
    resume_webhook = graphene.Field(
        WebhookPayload, webhook=WEBHOOK, required=True, description="Let it go on."
    )
    test_webhook = graphene.Field(
        TrialPayload, webhook=WEBHOOK, required=True,
        description="Post a signed event that tells of nothing.",
    )  # fmt: skip
    replay_webhook = graphene.Field(
        ReplayPayload, webhook=WEBHOOK, from_position=graphene.Int(required=True), required=True,
        description="Send everything from a position on again.",
    )  # fmt: skip
    remove_webhook = graphene.Field(
        WebhookPayload, webhook=WEBHOOK, required=True,
        description="Forget it with its deliveries.",
    )  # fmt: skip

    @staticmethod
    def resolve_add_webhook(
        root: Any,
        info: GraphQLResolveInfo,
        name: str,
        url: str,
        event_types: list[str] | None = None,
    ) -> Any:
        """See `services.webhooks.add_webhook`."""
        made = services.add_webhook(
            acting=principal_of(info), name=name, url=url, event_types=event_types or ()
        )
        return _shown(info, made.pk) | {"secret": services.secret_of(made)}

    @staticmethod
    def resolve_change_webhook(
        root: Any, info: GraphQLResolveInfo, webhook: str, **given: Any
    ) -> Any:
        """See `services.webhooks.change_webhook`."""
        pk = number(webhook, "webhook")
        services.change_webhook(acting=principal_of(info), webhook_id=pk, **given)
        return _shown(info, pk)

    @staticmethod
    def resolve_rotate_webhook_secret(root: Any, info: GraphQLResolveInfo, webhook: str) -> Any:
        """See `services.webhooks.rotate_secret`."""
        pk = number(webhook, "webhook")
        row = services.rotate_secret(acting=principal_of(info), webhook_id=pk)
        return _shown(info, pk) | {"secret": services.secret_of(row)}

    @staticmethod
    def resolve_pause_webhook(root: Any, info: GraphQLResolveInfo, webhook: str) -> Any:
        """See `services.webhooks.set_active`."""
        pk = number(webhook, "webhook")
        services.set_active(acting=principal_of(info), webhook_id=pk, is_active=False)
        return _shown(info, pk)

    @staticmethod
    def resolve_resume_webhook(root: Any, info: GraphQLResolveInfo, webhook: str) -> Any:
        """See `services.webhooks.set_active`."""
        pk = number(webhook, "webhook")
        services.set_active(acting=principal_of(info), webhook_id=pk, is_active=True)
        return _shown(info, pk)

    @staticmethod
    def resolve_test_webhook(root: Any, info: GraphQLResolveInfo, webhook: str) -> Any:
        """See `services.webhooks.try_webhook`."""
        pk = number(webhook, "webhook")
        return {"trial": services.try_webhook(acting=principal_of(info), webhook_id=pk)}

    @staticmethod
    def resolve_replay_webhook(
        root: Any, info: GraphQLResolveInfo, webhook: str, from_position: int
    ) -> Any:
        """See `services.webhooks.replay`."""
        count = services.replay(
            acting=principal_of(info),
            webhook_id=number(webhook, "webhook"),
            from_position=from_position,
        )
        return {"waiting": count}

    @staticmethod
    def resolve_remove_webhook(root: Any, info: GraphQLResolveInfo, webhook: str) -> Any:
        """See `services.webhooks.remove_webhook`."""
        pk = number(webhook, "webhook")
        services.remove_webhook(acting=principal_of(info), webhook_id=pk)
        return {"webhook": None}


def _shown(info: GraphQLResolveInfo, webhook_id: int) -> dict[str, Any]:
    found = get_webhook(principal_of(info), webhook_id)
    plan(info, [found], "webhook")
    return {"webhook": found}
