"""What people say about anything, over REST."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import NewestFirst
from catalog.api.serializers.datasets import TextSerializer, values
from catalog.api.serializers.directory import PersonBriefSerializer
from catalog.api.views.base import principal_of_request, validated
from catalog.errors import InvalidInput
from catalog.models import Remark
from catalog.selectors.remarks import questions_for, remarks_on
from catalog.services.remarks import remark, reply, solve_remark, subject_of
from catalog.types import RemarkKind
from catalog.whole_numbers import LARGEST, whole


class ReplySerializer(serializers.ModelSerializer[Remark]):
    """A reply."""

    author = PersonBriefSerializer(read_only=True)

    class Meta:
        model = Remark
        fields = ["id", "text", "author", "created_at"]


class RemarkSerializer(serializers.ModelSerializer[Remark]):
    """A comment, question or known problem with its replies."""

    author = PersonBriefSerializer(read_only=True)
    replies = ReplySerializer(many=True, read_only=True)

    class Meta:
        model = Remark
        fields = [
            "id", "kind", "subject_type", "subject_id", "text", "author", "created_at",
            "solved_at", "replies",
        ]  # fmt: skip


class RemarkAddSerializer(serializers.Serializer[Any]):
    """Something to say; `@username` in the text calls somebody."""

    subject_type = serializers.CharField(max_length=30)
    subject_id = serializers.IntegerField(min_value=1, max_value=LARGEST)
    kind = serializers.ChoiceField(choices=values(RemarkKind), default=RemarkKind.COMMENT.value)
    text = serializers.CharField(max_length=10_000)


class RemarksView(ListAPIView[Any]):
    """Remarks on one object, newest first."""

    serializer_class = RemarkSerializer
    queryset = Remark.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Remark]:
        """Of the object in the address."""
        principal = principal_of_request(self.request)
        kind = self.request.query_params.get("subject_type", "")
        written = self.request.query_params.get("subject_id", "")
        if (number := whole(written)) is None:
            raise InvalidInput("subject_id is the number of the object.", field="subject_id")
        subject = subject_of(principal, kind, number)
        return remarks_on(principal, subject.type, subject.id)

    @extend_schema(
        parameters=[
            OpenApiParameter("subject_type", OpenApiTypes.STR, required=True),
            OpenApiParameter("subject_id", OpenApiTypes.INT, required=True),
        ]
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Read them with their replies."""
        return super().get(request, *args, **kwargs)

    @extend_schema(request=RemarkAddSerializer, responses={201: RemarkSerializer})
    def post(self, request: Request) -> Response:
        """Say something."""
        given = validated(RemarkAddSerializer, request)
        made = remark(
            acting=principal_of_request(request),
            subject_type=given["subject_type"],
            subject_id=given["subject_id"],
            kind=RemarkKind(given["kind"]),
            text=given["text"],
        )
        return Response(RemarkSerializer(made).data, status=status.HTTP_201_CREATED)


class QuestionsForMeView(ListAPIView[Any]):
    """Questions without a reply on what you answer for, the oldest first; datasets have their own
    in the queue of stewardship."""

    serializer_class = RemarkSerializer
    queryset = Remark.objects.none()

    def get_queryset(self) -> QuerySet[Remark]:
        """Yours."""
        waiting = questions_for(principal_of_request(self.request))
        return waiting.select_related("author").prefetch_related("replies")


class RepliesView(APIView):
    """Replies to a remark."""

    @extend_schema(request=TextSerializer, responses={201: ReplySerializer})
    def post(self, request: Request, remark_id: int) -> Response:
        """Reply."""
        made = reply(
            acting=principal_of_request(request),
            remark_id=remark_id,
            text=validated(TextSerializer, request)["text"],
        )
        return Response(ReplySerializer(made).data, status=status.HTTP_201_CREATED)


class RemarkSolvedView(APIView):
    """Solving a known problem."""

    @extend_schema(request=None, responses=RemarkSerializer)
    def post(self, request: Request, remark_id: int) -> Response:
        """Take the banner down."""
        made = solve_remark(acting=principal_of_request(request), remark_id=remark_id)
        return Response(RemarkSerializer(made).data)
