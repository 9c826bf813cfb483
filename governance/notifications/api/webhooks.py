"""Webhooks over REST, for administrators."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import KeysetPagination
from catalog.api.views.base import principal_of_request, validated
from governance.models import Webhook, WebhookDelivery
from governance.notifications.selectors.webhooks import deliveries, get_webhook, webhooks
from governance.notifications.services import webhooks as services


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """A tool that listens, without its secret; no event types means all of them. `former_until`
    says how long the secret before signs as well."""

    owner = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)
    url = serializers.CharField()
    event_types = serializers.ListField(child=serializers.CharField())
    waiting = serializers.IntegerField(read_only=True)
    failed = serializers.IntegerField(read_only=True)

    class Meta:
        model = Webhook
        fields = [
            "id", "name", "url", "event_types", "owner", "is_active", "disabled_reason",
            "former_until", "created_at", "waiting", "failed",
        ]  # fmt: skip


class WebhookMadeSerializer(WebhookSerializer):
    """The same with its secret, shown this once."""

    secret = serializers.CharField()

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]


class WebhookInSerializer(serializers.Serializer[Any]):
    """A tool that is to listen."""

    name = serializers.CharField(max_length=200)
    url = serializers.CharField(max_length=1000)
    event_types = serializers.ListField(
        child=serializers.CharField(max_length=100), required=False, default=list, max_length=200
    )


class WebhookChangeSerializer(serializers.Serializer[Any]):
    """What of a webhook changes; what is left out stays."""

    name = serializers.CharField(max_length=200, required=False)
    url = serializers.CharField(max_length=1000, required=False)
    event_types = serializers.ListField(
        child=serializers.CharField(max_length=100), required=False, max_length=200
    )


class ReplaySerializer(serializers.Serializer[Any]):
    """From which position on everything is sent again."""

    from_position = serializers.IntegerField()


class ReplayedSerializer(serializers.Serializer[Any]):
    """How many deliveries wait now."""

    waiting = serializers.IntegerField()


class TrialSerializer(serializers.Serializer[Any]):
    """What came of a test: the receiver's status, null where nobody answered."""

    is_accepted = serializers.BooleanField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField()
    message_id = serializers.CharField()


class DeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    """One event on its way, with the latest attempt's outcome."""

    event = serializers.CharField(source="event.type", read_only=True)
    subject = serializers.CharField(source="event.subject_name", read_only=True)

    class Meta:
        model = WebhookDelivery
        fields = [
            "id", "position", "event", "subject", "attempts", "next_attempt_at", "delivered_at",
            "failed_at", "last_status", "last_error",
        ]  # fmt: skip


class ByPosition(KeysetPagination):
    """The newest delivery first."""

    ordering = "-position"


class WebhooksView(ListAPIView[Webhook]):
    """Who listens."""

    serializer_class = WebhookSerializer
    queryset = Webhook.objects.none()

    def get_queryset(self) -> QuerySet[Webhook]:
        """Raises AccessRefused for who does not administer."""
        return webhooks(principal_of_request(self.request))

    @extend_schema(request=WebhookInSerializer, responses={201: WebhookMadeSerializer})
    def post(self, request: Request) -> Response:
        """Let a tool listen; its secret is in this answer and nowhere else."""
        given = validated(WebhookInSerializer, request)
        made = services.add_webhook(acting=principal_of_request(request), **given)
        return _with_secret(request, made, status.HTTP_201_CREATED)


class WebhookView(APIView):
    """One webhook."""

    @extend_schema(responses=WebhookSerializer)
    def get(self, request: Request, webhook_id: int) -> Response:
        """With how much waits and was given up."""
        return _shown(request, webhook_id)

    @extend_schema(request=WebhookChangeSerializer, responses=WebhookSerializer)
    def patch(self, request: Request, webhook_id: int) -> Response:
        """Change name, address or events."""
        given = validated(WebhookChangeSerializer, request)
        services.change_webhook(
            acting=principal_of_request(request), webhook_id=webhook_id, **given
        )
        return _shown(request, webhook_id)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, webhook_id: int) -> Response:
        """Forget it with its deliveries."""
        services.remove_webhook(acting=principal_of_request(request), webhook_id=webhook_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class WebhookSecretView(APIView):
    """A webhook's secret."""

    @extend_schema(request=None, responses=WebhookMadeSerializer)
    def post(self, request: Request, webhook_id: int) -> Response:
        """Sign with a new one; for a day the former one signs as well."""
        found = services.rotate_secret(acting=principal_of_request(request), webhook_id=webhook_id)
        return _with_secret(request, found)


class WebhookStateView(APIView):
    """Whether a webhook listens; `as_view(is_active=...)` says which."""

    is_active = True

    @extend_schema(request=None, responses=WebhookSerializer)
    def post(self, request: Request, webhook_id: int) -> Response:
        """Pause it, or let it go on."""
        services.set_active(
            acting=principal_of_request(request), webhook_id=webhook_id, is_active=self.is_active
        )
        return _shown(request, webhook_id)


class WebhookTestView(APIView):
    """Whether a webhook's receiver answers."""

    @extend_schema(request=None, responses=TrialSerializer)
    def post(self, request: Request, webhook_id: int) -> Response:
        """Post a signed event that tells of nothing."""
        trial = services.try_webhook(acting=principal_of_request(request), webhook_id=webhook_id)
        return Response(TrialSerializer(trial).data)


class WebhookReplayView(APIView):
    """Sending again."""

    @extend_schema(request=ReplaySerializer, responses=ReplayedSerializer)
    def post(self, request: Request, webhook_id: int) -> Response:
        """Everything from a position on."""
        given = validated(ReplaySerializer, request)
        count = services.replay(
            acting=principal_of_request(request), webhook_id=webhook_id, **given
        )
        return Response(ReplayedSerializer({"waiting": count}).data)


class DeliveriesView(ListAPIView[WebhookDelivery]):
    """What a webhook was sent."""

    serializer_class = DeliverySerializer
    queryset = WebhookDelivery.objects.none()
    pagination_class = ByPosition

    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        """Raises NotFound for a webhook that is not there."""
        return deliveries(principal_of_request(self.request), self.kwargs["webhook_id"])


def _shown(request: Request, webhook_id: int) -> Response:
    found = get_webhook(principal_of_request(request), webhook_id)
    return Response(WebhookSerializer(found).data)


def _with_secret(request: Request, row: Webhook, code: int = status.HTTP_200_OK) -> Response:
    shown = WebhookSerializer(get_webhook(principal_of_request(request), row.pk)).data
    return Response({**shown, "secret": services.secret_of(row)}, status=code)
