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

from catalog.api.pagination import NewestFirst
from catalog.api.views.base import principal_of_request, validated
from governance.models import Notification
from governance.notifications.selectors.inbox import inbox
from governance.notifications.services.preferences import mark_read, unwatch, watch


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


class WatchView(APIView):
    """Following."""

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
