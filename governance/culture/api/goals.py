"""Goals over REST (R-023)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import KeysetPagination
from catalog.api.views.base import principal_of_request, validated, whole_number
from governance.culture.api import shapes
from governance.culture.models import Goal, GoalMeasurement
from governance.culture.selectors.goals import get_goal, goals, measurements
from governance.culture.selectors.scorecard import scorecard
from governance.culture.services.goals import (
    change_goal,
    create_goal,
    record_measurement,
    withdraw_goal,
)
from governance.culture.types import GoalDraft, GoalState

_MOST = 2**31 - 1


class NewestMeasured(KeysetPagination):
    """The newest value first."""

    ordering = "-measured_at"


@extend_schema(
    parameters=[
        OpenApiParameter("team", OpenApiTypes.INT, description="Of one team."),
        OpenApiParameter("state", OpenApiTypes.STR, description=", ".join(GoalState)),
        OpenApiParameter("q", OpenApiTypes.STR, description="Words of text, metric or team."),
    ]
)
class GoalsView(ListAPIView[Goal]):
    """Goals that were not withdrawn, in the order of their ids."""

    serializer_class = shapes.GoalSerializer
    queryset = Goal.objects.none()

    def get_queryset(self) -> QuerySet[Goal]:
        """Narrowed by the query string."""
        asked = self.request.query_params
        return goals(
            principal_of_request(self.request),
            team_id=whole_number(self.request, "team", default=0, most=_MOST) or None,
            state=asked.get("state", ""),
            query=asked.get("q", ""),
        )

    @extend_schema(request=shapes.GoalInSerializer, responses={201: shapes.GoalSerializer})
    def post(self, request: Request) -> Response:
        """Set one; a goal that misses one of its five parts is refused."""
        principal = principal_of_request(request)
        given = validated(shapes.GoalInSerializer, request)
        named: dict[str, Any] = {
            f"{name}_id": given.pop(name) for name in ("query", "dataset", "team")
        }
        made = create_goal(acting=principal, draft=GoalDraft(**named, **given))
        answer = shapes.GoalSerializer(get_goal(principal, made.pk)).data
        return Response(answer, status=status.HTTP_201_CREATED)


class GoalView(APIView):
    """One goal."""

    @extend_schema(responses=shapes.GoalSerializer)
    def get(self, request: Request, goal_id: int) -> Response:
        """With where it stands; withdrawn ones as well."""
        found = get_goal(principal_of_request(request), goal_id)
        return Response(shapes.GoalSerializer(found).data)

    @extend_schema(request=shapes.GoalChangeSerializer, responses=shapes.GoalSerializer)
    def put(self, request: Request, goal_id: int) -> Response:
        """State it anew, and why."""
        given = validated(shapes.GoalChangeSerializer, request)
        change_goal(acting=principal_of_request(request), goal_id=goal_id, **given)
        return self.get(request, goal_id)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, goal_id: int) -> Response:
        """Withdraw it; `?reason=` says why."""
        withdraw_goal(
            acting=principal_of_request(request),
            goal_id=goal_id,
            reason=request.query_params.get("reason", ""),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class ScorecardView(APIView):
    """A team in numbers."""

    @extend_schema(responses=shapes.ScorecardSerializer)
    def get(self, request: Request, team_id: int) -> Response:
        """Goals, quality of its data, open conflicts."""
        card = scorecard(principal_of_request(request), team_id)
        return Response(shapes.ScorecardSerializer(card).data)


class GoalMeasurementsView(ListAPIView[GoalMeasurement]):
    """What a goal's measure was over time, the newest first."""

    serializer_class = shapes.MeasurementSerializer
    queryset = GoalMeasurement.objects.none()
    pagination_class = NewestMeasured

    def get_queryset(self) -> QuerySet[GoalMeasurement]:
        """Of one goal."""
        return measurements(principal_of_request(self.request), self.kwargs["goal_id"])

    @extend_schema(
        request=shapes.MeasurementInSerializer, responses={201: shapes.MeasurementSerializer}
    )
    def post(self, request: Request, goal_id: int) -> Response:
        """Record a value of its query or metric."""
        given = validated(shapes.MeasurementInSerializer, request)
        made = record_measurement(acting=principal_of_request(request), goal_id=goal_id, **given)
        answer = shapes.MeasurementSerializer(made).data
        return Response(answer, status=status.HTTP_201_CREATED)
