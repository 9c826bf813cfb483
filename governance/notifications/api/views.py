"""One's messages and what one follows, over REST."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.access import Action, require
from catalog.api.pagination import NewestFirst
from catalog.api.views.base import principal_of_request, validated
from governance.models import Notification, NotificationPreference, Watch
from governance.notifications.kinds import MESSAGE_KINDS
from governance.notifications.selectors.inbox import inbox, preferences, watched
from governance.notifications.services.preferences import (
    mark_read,
    set_preferences,
    unwatch,
    watch,
)


class MessageSerializer(serializers.ModelSerializer[Notification]):
    """A message to oneself."""

    class Meta:
        model = Notification
        fields = [
            "id", "kind", "title", "body", "url", "subject_type", "subject_key", "is_immediate",
            "created_at", "read_at",
        ]  # fmt: skip


class ReadSerializer(serializers.Serializer[Any]):
    """Which messages were read; none given means all."""

    ids = serializers.ListField(
        child=serializers.IntegerField(), required=False, default=None, allow_null=True
    )


class WatchSerializer(serializers.Serializer[Any]):
    """What is followed: an agreement, a proposal, a domain, the council."""

    subject_type = serializers.CharField(max_length=50)
    subject_key = serializers.CharField(max_length=200)


class WatchedSerializer(serializers.ModelSerializer[Watch]):
    """Something that one follows."""

    class Meta:
        model = Watch
        fields = ["subject_type", "subject_key", "created_at"]


class PreferencesSerializer(serializers.ModelSerializer[NotificationPreference]):
    """How one wants to hear; `chat_url` is taken and never shown: empty ends it, left out keeps
    it."""

    has_chat = serializers.SerializerMethodField()
    muted_kinds = serializers.ListField(
        child=serializers.CharField(max_length=50), required=False, default=list
    )
    chat_url = serializers.CharField(
        max_length=500, write_only=True, required=False, allow_null=True, allow_blank=True
    )
    digest_hour = serializers.IntegerField(required=False, default=8)
    quiet_from = serializers.TimeField(required=False, default=None, allow_null=True)
    quiet_to = serializers.TimeField(required=False, default=None, allow_null=True)
    mail = serializers.BooleanField(required=False, default=True)

    class Meta:
        model = NotificationPreference
        fields = [
            "mail", "muted_kinds", "chat_url", "has_chat", "quiet_from", "quiet_to", "time_zone",
            "digest_hour",
        ]  # fmt: skip

    def get_has_chat(self, held: NotificationPreference) -> bool:
        """Whether messages go to a chat as well."""
        return bool(held.chat_url)


class MessageKindSerializer(serializers.Serializer[Any]):
    """A kind of message; what is not immediate waits for the digest."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    is_immediate = serializers.BooleanField()


class MessagesView(ListAPIView[Notification]):
    """One's messages, the newest first; `?unread=1` leaves out what was read."""

    serializer_class = MessageSerializer
    queryset = Notification.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Notification]:
        """One's own only."""
        unread = self.request.query_params.get("unread") in ("1", "true")
        return inbox(principal_of_request(self.request), unread=unread)


class ReadView(APIView):
    """Reading messages."""

    @extend_schema(request=ReadSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """Mark them read."""
        given = validated(ReadSerializer, request)
        mark_read(acting=principal_of_request(request), notification_ids=given["ids"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class MessageKindsView(APIView):
    """The kinds of messages."""

    @extend_schema(responses=MessageKindSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What can be muted."""
        require(principal_of_request(request), Action.SEE)
        return Response(MessageKindSerializer(MESSAGE_KINDS, many=True).data)


class PreferencesView(APIView):
    """How one wants to hear."""

    @extend_schema(responses=PreferencesSerializer)
    def get(self, request: Request) -> Response:
        """What holds by default where nothing was set."""
        return Response(PreferencesSerializer(preferences(principal_of_request(request))).data)

    @extend_schema(request=PreferencesSerializer, responses=PreferencesSerializer)
    def put(self, request: Request) -> Response:
        """Set them."""
        given = validated(PreferencesSerializer, request)
        held = set_preferences(acting=principal_of_request(request), **given)
        return Response(PreferencesSerializer(held).data)


class WatchView(ListAPIView[Watch]):
    """What one follows beside datasets, the newest first."""

    serializer_class = WatchedSerializer
    queryset = Watch.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Watch]:
        """One's own only."""
        return watched(principal_of_request(self.request))

    @extend_schema(request=WatchSerializer, responses={204: None})
    def put(self, request: Request) -> Response:
        """Follow."""
        watch(acting=principal_of_request(request), **validated(WatchSerializer, request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=WatchSerializer, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Stop following."""
        unwatch(acting=principal_of_request(request), **validated(WatchSerializer, request))
        return Response(status=status.HTTP_204_NO_CONTENT)
