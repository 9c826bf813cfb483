"""Exceptions from opt-outs over REST: ask, decide, end, break glass, review it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import NewestFirst
from catalog.api.views.base import principal_of_request, validated
from catalog.errors import InvalidInput
from catalog.models.choices import choices
from governance.models import BreakGlassTemplate, OptOutException
from governance.permissions.selectors.exceptions import (
    exceptions_seen,
    get_exception,
    review_due,
    templates_seen,
)
from governance.permissions.services.break_glass import (
    approve_template,
    break_glass,
    end_template,
    review_glass,
)
from governance.permissions.services.exceptions import (
    decide_exception,
    end_exception,
    request_exception,
)
from governance.permissions.types import ReviewOutcome, ReviewState


class OptOutExceptionSerializer(serializers.ModelSerializer[OptOutException]):
    """One opt-out that does not hold for a person or a team until a day."""

    agreement = serializers.SlugRelatedField[Any](slug_field="key", read_only=True)
    person = serializers.SlugRelatedField[Any](
        slug_field="username", read_only=True, allow_null=True
    )
    team = serializers.SlugRelatedField[Any](slug_field="name", read_only=True, allow_null=True)
    requested_by = serializers.SlugRelatedField[Any](
        slug_field="username", read_only=True, allow_null=True
    )
    decided_by = serializers.SlugRelatedField[Any](
        slug_field="username", read_only=True, allow_null=True
    )
    reviewed_by = serializers.SlugRelatedField[Any](
        slug_field="username", read_only=True, allow_null=True
    )
    review_due_at = serializers.SerializerMethodField()

    class Meta:
        model = OptOutException
        fields = [
            "id", "agreement", "person", "team", "datasets", "reason", "begins_at", "ends_at",
            "state", "requested_by", "requested_at", "decided_by", "decided_at", "decision_note",
            "template", "review", "review_note", "reviewed_by", "reviewed_at", "review_due_at",
        ]  # fmt: skip

    def get_review_due_at(self, row: OptOutException) -> dt.datetime | None:
        """Until when broken glass is to be reviewed; null for every other exception."""
        return review_due(row)


class ExceptionRequestSerializer(serializers.Serializer[Any]):
    """What is asked for; without person and team, for oneself."""

    agreement = serializers.CharField(max_length=300)
    reason = serializers.CharField(max_length=4_000)
    ends_at = serializers.DateTimeField()
    begins_at = serializers.DateTimeField(required=False)
    username = serializers.CharField(required=False, max_length=150)
    team = serializers.CharField(required=False, max_length=200)
    datasets = serializers.ListField(
        child=serializers.CharField(max_length=500), required=False, max_length=50
    )


class ExceptionDecisionSerializer(serializers.Serializer[Any]):
    """Yes, or no with a sentence."""

    approve = serializers.BooleanField()
    note = serializers.CharField(required=False, allow_blank=True, max_length=4_000)


class ExceptionEndSerializer(serializers.Serializer[Any]):
    """Why it ends."""

    reason = serializers.CharField(max_length=4_000)


class GlassReviewSerializer(serializers.Serializer[Any]):
    """How the review of broken glass came out, with a sentence."""

    outcome = serializers.ChoiceField(choices=choices(ReviewOutcome))
    note = serializers.CharField(max_length=4_000)


class BreakGlassTemplateSerializer(serializers.ModelSerializer[BreakGlassTemplate]):
    """An exception approved in advance, for minutes and for one team."""

    agreement = serializers.SlugRelatedField[Any](slug_field="key", read_only=True)
    team = serializers.SlugRelatedField[Any](slug_field="name", read_only=True)
    approved_by = serializers.SlugRelatedField[Any](
        slug_field="username", read_only=True, allow_null=True
    )

    class Meta:
        model = BreakGlassTemplate
        fields = [
            "id", "agreement", "team", "minutes", "reason", "approved_by", "approved_at",
            "ends_at", "ended_at",
        ]  # fmt: skip


class BreakGlassApprovalSerializer(serializers.Serializer[Any]):
    """For whom, how long at a time, and until when."""

    agreement = serializers.CharField(max_length=300)
    team = serializers.CharField(max_length=200)
    minutes = serializers.IntegerField(min_value=1, max_value=240)
    reason = serializers.CharField(max_length=4_000)
    ends_at = serializers.DateTimeField()


@extend_schema(
    parameters=[
        OpenApiParameter("state", OpenApiTypes.STR),
        OpenApiParameter("review", OpenApiTypes.STR, enum=list(ReviewState)),
    ]
)
class ExceptionsView(ListAPIView[OptOutException]):
    """Who is excepted from which opt-out, until when and why."""

    serializer_class = OptOutExceptionSerializer
    queryset = OptOutException.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[OptOutException]:
        """Narrowed by state, and to broken glass by where its review stands."""
        state = self.request.query_params.get("state", "")
        review = self.request.query_params.get("review", "")
        if review and review not in set(ReviewState):
            raise InvalidInput(f"Choose one of {', '.join(ReviewState)}.", field="review")
        return exceptions_seen(principal_of_request(self.request), state=state, review=review)

    @extend_schema(request=ExceptionRequestSerializer, responses={201: OptOutExceptionSerializer})
    def post(self, request: Request) -> Response:
        """Ask for one."""
        principal = principal_of_request(request)
        row = request_exception(acting=principal, **validated(ExceptionRequestSerializer, request))
        return _answer(request, row.pk, 201)


class ExceptionView(APIView):
    """One exception."""

    @extend_schema(responses=OptOutExceptionSerializer)
    def get(self, request: Request, exception_id: int) -> Response:
        """With who asked and who decided."""
        return _answer(request, exception_id)


class DecideView(APIView):
    """Deciding about a request."""

    @extend_schema(request=ExceptionDecisionSerializer, responses=OptOutExceptionSerializer)
    def post(self, request: Request, exception_id: int) -> Response:
        """The holder of the opt-out's owner seat may, never its beneficiary."""
        given = validated(ExceptionDecisionSerializer, request)
        decide_exception(acting=principal_of_request(request), exception_id=exception_id, **given)
        return _answer(request, exception_id)


class EndView(APIView):
    """Withdrawing a request, or revoking an exception."""

    @extend_schema(request=ExceptionEndSerializer, responses=OptOutExceptionSerializer)
    def post(self, request: Request, exception_id: int) -> Response:
        """Who asked, its subject and the owner seat may, with a reason."""
        given = validated(ExceptionEndSerializer, request)
        end_exception(acting=principal_of_request(request), exception_id=exception_id, **given)
        return _answer(request, exception_id)


class ReviewView(APIView):
    """Reviewing broken glass."""

    @extend_schema(request=GlassReviewSerializer, responses=OptOutExceptionSerializer)
    def post(self, request: Request, exception_id: int) -> Response:
        """Once it is over; the holder of the opt-out's owner seat may, never who broke it."""
        given = validated(GlassReviewSerializer, request)
        review_glass(acting=principal_of_request(request), exception_id=exception_id, **given)
        return _answer(request, exception_id)


class TemplatesView(ListAPIView[BreakGlassTemplate]):
    """What may be broken in an emergency, by whom, for how long."""

    serializer_class = BreakGlassTemplateSerializer
    queryset = BreakGlassTemplate.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[BreakGlassTemplate]:
        """All of them."""
        return templates_seen(principal_of_request(self.request))

    @extend_schema(
        request=BreakGlassApprovalSerializer, responses={201: BreakGlassTemplateSerializer}
    )
    def post(self, request: Request) -> Response:
        """Approve one in advance; the holder of the owner seat may."""
        principal = principal_of_request(request)
        row = approve_template(acting=principal, **validated(BreakGlassApprovalSerializer, request))
        return Response(BreakGlassTemplateSerializer(row).data, status=201)


class BreakGlassView(APIView):
    """Breaking glass."""

    @extend_schema(request=ExceptionEndSerializer, responses={201: OptOutExceptionSerializer})
    def post(self, request: Request, template_id: int) -> Response:
        """For oneself, now, for the template's minutes; the owner is paged."""
        given = validated(ExceptionEndSerializer, request)
        principal = principal_of_request(request)
        row = break_glass(acting=principal, template_id=template_id, **given)
        return _answer(request, row.pk, 201)


class EndTemplateView(APIView):
    """Ending what was approved in advance."""

    @extend_schema(request=ExceptionEndSerializer, responses=BreakGlassTemplateSerializer)
    def post(self, request: Request, template_id: int) -> Response:
        """At once; the holder of the owner seat may, with a reason."""
        given = validated(ExceptionEndSerializer, request)
        principal = principal_of_request(request)
        row = end_template(acting=principal, template_id=template_id, **given)
        return Response(BreakGlassTemplateSerializer(row).data)


def _answer(request: Request, pk: int, status: int = 200) -> Response:
    found = get_exception(principal_of_request(request), pk)
    return Response(OptOutExceptionSerializer(found).data, status=status)
