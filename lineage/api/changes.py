"""Lineage over REST: what people draw, changes of a column, suggested classifications, export."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.views.base import instant, principal_of_request, validated, whole_number
from catalog.errors import InvalidInput
from lineage.api import class_shapes, shapes
from lineage.api.views import AS_OF, BIGGEST, choice
from lineage.models import ClassificationReview
from lineage.selectors.classifications import classification_suggestions
from lineage.selectors.column_change import column_change
from lineage.selectors.detected import Asked, asked_for
from lineage.selectors.manual import drawn_changes, drawn_edges
from lineage.selectors.openlineage import dataset_event
from lineage.selectors.walking import MOST_DEPTH
from lineage.services.manual import draw_edge, remove_edge
from lineage.services.reviews import (
    Answer,
    accept_surest,
    forget_review,
    review_each,
    undo_reviews,
)
from lineage.types import ColumnChange, EdgeKind, EdgeSubtype, ReviewVerdict
from lineage.web.drawing import image


class DrawnEdgesView(APIView):
    """What people drew around a dataset."""

    @extend_schema(responses=shapes.DrawnEdgesSerializer)
    def get(self, request: Request, dataset_id: int) -> Response:
        """The edges that stand, and the newest changes of them."""
        principal = principal_of_request(request)
        answer = {
            "edges": drawn_edges(principal, dataset_id),
            "changes": drawn_changes(principal, dataset_id),
        }
        return Response(shapes.DrawnEdgesSerializer(answer).data)

    @extend_schema(request=shapes.DrawEdgeSerializer, responses={201: shapes.DrawnEdgesSerializer})
    def post(self, request: Request, dataset_id: int) -> Response:
        """Draw an edge into the dataset."""
        given = validated(shapes.DrawEdgeSerializer, request)
        principal = principal_of_request(request)
        draw_edge(
            acting=principal,
            source_id=given["source"],
            target_id=dataset_id,
            source_column=given["source_column"],
            target_column=given["target_column"],
            kind=EdgeKind(given["kind"]),
            subtype=EdgeSubtype(given["subtype"]) if given["subtype"] else None,
            masking=given["masking"],
            transformation=given["transformation"],
            reason=given["reason"],
        )
        answer = {
            "edges": drawn_edges(principal, dataset_id),
            "changes": drawn_changes(principal, dataset_id),
        }
        return Response(shapes.DrawnEdgesSerializer(answer).data, status=status.HTTP_201_CREATED)


class DrawnEdgeView(APIView):
    """One edge that somebody drew."""

    @extend_schema(request=shapes.ReasonSerializer, responses={204: None})
    def delete(self, request: Request, edge_id: int) -> Response:
        """Take it away; the history keeps it."""
        reason = validated(shapes.ReasonSerializer, request)["reason"]
        remove_edge(acting=principal_of_request(request), edge_id=edge_id, reason=reason)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ColumnChangeView(APIView):
    """What a change of a column takes."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "change",
                OpenApiTypes.STR,
                enum=[change.value for change in ColumnChange],
                required=True,
            ),
            OpenApiParameter("to", OpenApiTypes.STR, description="The new name or type."),
        ],
        responses=shapes.ColumnChangeSerializer,
    )
    def get(self, request: Request, column_id: int) -> Response:
        """Whom it reaches, and every statement rewritten as far as that is sure."""
        found = column_change(
            principal_of_request(request),
            column_id,
            choice(ColumnChange, request.query_params.get("change", ""), "change"),
            request.query_params.get("to", ""),
        )
        answer = {
            "change": found.change,
            "to": found.to,
            "impact": found.impact,
            "touched": dict(found.touched),
            "jobs": found.jobs,
            "statements": found.statements,
            "left_out": found.left_out,
        }
        return Response(shapes.ColumnChangeSerializer(answer).data)


class ClassificationsView(APIView):
    """Classifications that lineage, names and counts of values suggest."""

    @extend_schema(
        parameters=[
            OpenApiParameter("dataset", OpenApiTypes.INT, description="Everywhere unless told."),
            OpenApiParameter(
                "mine", OpenApiTypes.BOOL, description="Only where the caller is a steward."
            ),
            OpenApiParameter("least", OpenApiTypes.FLOAT, description="How sure, 0 to 1."),
            OpenApiParameter("source", OpenApiTypes.STR, description="lineage, name or values."),
            OpenApiParameter("under", OpenApiTypes.STR, description="One and all below it."),
            OpenApiParameter("text", OpenApiTypes.STR, description="In the name of the column."),
        ],
        responses=class_shapes.SuggestionsSerializer,
    )
    def get(self, request: Request) -> Response:
        """What is suggested, and what does not flow on, with the reason."""
        given = request.query_params
        found = classification_suggestions(
            principal_of_request(request),
            dataset_id=whole_number(request, "dataset", default=0, most=BIGGEST) or None,
            mine=given.get("mine", "") in {"1", "true", "yes"},
            asked=asked_for(given),
        )
        return Response(class_shapes.SuggestionsSerializer(found).data)

    @extend_schema(
        request=class_shapes.ReviewRequestSerializer,
        responses={201: class_shapes.ReviewsSerializer},
    )
    def post(self, request: Request) -> Response:
        """Answer some of them: all that are named, or none."""
        given = validated(class_shapes.ReviewRequestSerializer, request)
        answers = []
        for item in given["items"]:
            verdict = item.get("verdict") or given.get("verdict")
            if not verdict:
                raise InvalidInput("Say accepted, rejected or changed.", field="verdict")
            answers.append(
                Answer(item["column"], item["label"], ReviewVerdict(verdict), item["instead"])
            )
        reviews = review_each(
            acting=principal_of_request(request), answers=answers, reason=given["reason"]
        )
        return _told(reviews)


class SurestView(APIView):
    """The surest suggestions at once."""

    @extend_schema(
        request=class_shapes.SurestRequestSerializer,
        responses={201: class_shapes.ReviewsSerializer},
    )
    def post(self, request: Request) -> Response:
        """Accept all from a certainty on, of what the caller stewards."""
        given = validated(class_shapes.SurestRequestSerializer, request)
        reviews = accept_surest(
            acting=principal_of_request(request),
            least=given["least"],
            dataset_id=given["dataset"],
            asked=Asked(source=given["source"], under=given["under"], text=given["text"]),
            reason=given["reason"],
        )
        return _told(reviews)


class UndoView(APIView):
    """Reviews that are taken back."""

    @extend_schema(
        request=class_shapes.UndoRequestSerializer, responses=class_shapes.ReviewsSerializer
    )
    def post(self, request: Request) -> Response:
        """With the classifications that they put on columns."""
        given = validated(class_shapes.UndoRequestSerializer, request)
        count = undo_reviews(acting=principal_of_request(request), review_ids=given["reviews"])
        return Response(
            class_shapes.ReviewsSerializer({"reviewed": count, "reviews": given["reviews"]}).data
        )


def _told(reviews: Sequence[ClassificationReview]) -> Response:
    answer = {"reviewed": len(reviews), "reviews": [review.pk for review in reviews]}
    return Response(class_shapes.ReviewsSerializer(answer).data, status=status.HTTP_201_CREATED)


class ReviewView(APIView):
    """One review of a suggestion."""

    @extend_schema(responses={204: None})
    def delete(self, request: Request, review_id: int) -> Response:
        """Let it be suggested again."""
        forget_review(acting=principal_of_request(request), review_id=review_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class LineageImageView(APIView):
    """The picture of the map around a dataset."""

    @extend_schema(
        parameters=[
            OpenApiParameter("up", OpenApiTypes.INT, description="Levels above, 0 to 20 (1)."),
            OpenApiParameter("down", OpenApiTypes.INT, description="Levels below, 0 to 20 (1)."),
            AS_OF,
        ],
        responses={(200, "image/svg+xml"): OpenApiTypes.STR},
    )
    def get(self, request: Request, dataset_id: int) -> HttpResponse:
        """The picture as SVG, 200 datasets at most."""
        levels = {
            name: whole_number(request, name, default=1, most=MOST_DEPTH) for name in ("up", "down")
        }
        drawn = image(
            principal_of_request(request), dataset_id, **levels, at=instant(request, "as_of")
        )
        return HttpResponse(drawn, content_type="image/svg+xml")


class OpenLineageView(APIView):
    """The lineage of a dataset in OpenLineage's words."""

    @extend_schema(parameters=[AS_OF], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, dataset_id: int) -> Response:
        """A DatasetEvent with schema and columnLineage (1-2-0) facets."""
        at = instant(request, "as_of")
        return Response(dataset_event(principal_of_request(request), dataset_id, at=at))
