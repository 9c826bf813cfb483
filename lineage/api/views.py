"""Lineage over REST: thin views over the selectors."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.views.base import instant, principal_of_request, validated, whole_number
from catalog.errors import InvalidInput
from lineage.api import shapes
from lineage.api.rendering import LeanRenderer
from lineage.selectors.answers import Direction
from lineage.selectors.columns import column_closure, column_edges, links_from, told_together
from lineage.selectors.evidence import evidence
from lineage.selectors.impact import column_impact, dataset_impact
from lineage.selectors.sentences import sentence_of
from lineage.selectors.sql_reading import read_sql, report_sql
from lineage.selectors.traversal import paths_between, traverse
from lineage.selectors.walking import MOST_DEPTH
from lineage.types import EdgeKind

MOST_COLUMN_EDGES = 5_000
MOST_IN_ANSWER = 5_000  # datasets in one direction
BIGGEST = 2**63 - 1

ChoiceT = TypeVar("ChoiceT", bound=StrEnum)

DEPTH = OpenApiParameter("depth", OpenApiTypes.INT, description="Levels, 0 to 20; 20 unless told.")
DIRECTION = OpenApiParameter("direction", OpenApiTypes.STR, enum=["up", "down", "both"])
AS_OF = OpenApiParameter("as_of", OpenApiTypes.DATETIME, description="The graph at this instant.")


class DatasetLineageView(APIView):
    """Where the data of a dataset comes from and goes."""

    renderer_classes = (LeanRenderer,)

    @extend_schema(
        parameters=[
            DIRECTION,
            DEPTH,
            AS_OF,
            OpenApiParameter(
                "columns",
                OpenApiTypes.BOOL,
                description="With its own column edges (5,000 at most).",
            ),
        ],
        responses=shapes.LineageSerializer,
    )
    def get(self, request: Request, dataset_id: int) -> Response:
        """Levels and links in one direction or both."""
        principal = principal_of_request(request)
        depth = whole_number(request, "depth", default=MOST_DEPTH, most=MOST_DEPTH)
        at = instant(request, "as_of")
        found = [
            traverse(principal, dataset_id, direction, depth=depth, most=MOST_IN_ANSWER, at=at)
            for direction in _directions(request)
        ]
        with_columns = request.query_params.get("columns", "") in {"1", "true", "yes"}
        edges = column_edges(principal, dataset_id)[:MOST_COLUMN_EDGES] if with_columns else ()
        return Response(
            {
                "dataset": found[0].start,
                "traversals": [
                    {
                        "direction": traversal.direction,
                        "sentence": sentence_of(traversal),
                        "truncated": traversal.truncated,
                        "levels": traversal.levels,
                        "links": traversal.links,
                    }
                    for traversal in found
                ],
                "column_edges": shapes.ColumnLinkSerializer(links_from(edges), many=True).data,
            }
        )


class DatasetImpactView(APIView):
    """What a change of a dataset reaches."""

    @extend_schema(parameters=[DEPTH], responses=shapes.ImpactSerializer)
    def get(self, request: Request, dataset_id: int) -> Response:
        """Affected datasets with a shortest path each, columns and owners."""
        depth = whole_number(request, "depth", default=MOST_DEPTH, most=MOST_DEPTH)
        found = dataset_impact(principal_of_request(request), dataset_id, depth=depth)
        return Response(shapes.ImpactSerializer(found).data)


class ColumnLineageView(APIView):
    """Everything that a column's values reach, or come from."""

    @extend_schema(
        parameters=[
            DIRECTION,
            DEPTH,
            AS_OF,
            OpenApiParameter(
                "kinds", OpenApiTypes.STR, enum=["DIRECT", "INDIRECT"], many=True,
                description="DIRECT unless told.",
            ),
        ],
        responses=shapes.ColumnClosureSerializer,
    )  # fmt: skip
    def get(self, request: Request, column_id: int) -> Response:
        """The closure of a column."""
        directions = _directions(request, default=Direction.DOWN)
        kinds = [choice(EdgeKind, word, "kinds") for word in request.query_params.getlist("kinds")]
        found = [
            column_closure(
                principal_of_request(request),
                column_id,
                direction,
                kinds=kinds or [EdgeKind.DIRECT],
                depth=whole_number(request, "depth", default=MOST_DEPTH, most=MOST_DEPTH),
                at=instant(request, "as_of"),
            )
            for direction in directions
        ]
        return Response(shapes.ColumnClosureSerializer(told_together(found)).data)


class ColumnImpactView(APIView):
    """What a change of a column reaches."""

    @extend_schema(parameters=[DEPTH], responses=shapes.ImpactSerializer)
    def get(self, request: Request, column_id: int) -> Response:
        """Affected datasets: by the column's values, or by the rows it decides."""
        depth = whole_number(request, "depth", default=MOST_DEPTH, most=MOST_DEPTH)
        found = column_impact(principal_of_request(request), column_id, depth=depth)
        return Response(shapes.ImpactSerializer(found).data)


class PathsView(APIView):
    """The ways between two datasets."""

    @extend_schema(
        parameters=[
            OpenApiParameter("source", OpenApiTypes.INT, required=True),
            OpenApiParameter("target", OpenApiTypes.INT, required=True),
            DEPTH,
            AS_OF,
        ],
        responses=shapes.PathsSerializer,
    )
    def get(self, request: Request) -> Response:
        """The shortest paths from `source` to `target`, and everything between."""
        found = paths_between(
            principal_of_request(request),
            *_ends(request),
            depth=whole_number(request, "depth", default=MOST_DEPTH, most=MOST_DEPTH),
            at=instant(request, "as_of"),
        )
        return Response(shapes.PathsSerializer(found).data)


class EvidenceView(APIView):
    """Why a flow is believed."""

    @extend_schema(
        parameters=[
            OpenApiParameter("source", OpenApiTypes.INT, required=True),
            OpenApiParameter("target", OpenApiTypes.INT, required=True),
            OpenApiParameter("edge", OpenApiTypes.INT, description="A column edge to mark."),
        ],
        responses=shapes.EvidenceSerializer,
    )
    def get(self, request: Request) -> Response:
        """Statements behind the flow from `source` to `target`."""
        source, target = _ends(request)
        edge = whole_number(request, "edge", default=0, most=BIGGEST) or None
        found = evidence(principal_of_request(request), source, target, column_edge_id=edge)
        return Response(shapes.EvidenceSerializer(found).data)


class SqlLineageView(APIView):
    """Reading SQL against the catalog."""

    @extend_schema(request=shapes.SqlRequestSerializer, responses=shapes.SqlReadingSerializer)
    def post(self, request: Request) -> Response:
        """The lineage of a script; nothing is kept."""
        given = validated(shapes.SqlRequestSerializer, request)
        given["default_db"] = given["default_db"] or given["default_database"]
        principal = principal_of_request(request)
        readings = read_sql(
            principal,
            given["sql"],
            dialect=given["dialect"],
            system=given["system"],
            default_database=given["default_db"],
            default_schema=given["default_schema"],
            tables=given["schema"],
        )
        told = report_sql(principal, given, system=given["system"])
        return Response(shapes.SqlReadingSerializer(told | {"statements": readings}).data)


def _directions(request: Request, default: Direction | None = None) -> list[Direction]:
    word = request.query_params.get("direction", "")
    if not word and default is not None:
        return [default]
    if word in {"", "both"}:
        return [Direction.UP, Direction.DOWN]
    return [choice(Direction, word, "direction")]


def choice(choices: type[ChoiceT], word: str, field: str) -> ChoiceT:
    """The member of that value; raises InvalidInput that lists what there is."""
    try:
        return choices(word)
    except ValueError:
        known = ", ".join(choice.value for choice in choices)
        raise InvalidInput(f"{field} is one of {known}.", field=field) from None


def _ends(request: Request) -> tuple[int, int]:
    ends = [whole_number(request, name, default=0, most=BIGGEST) for name in ("source", "target")]
    for name, number in zip(("source", "target"), ends, strict=True):
        if not number:
            raise InvalidInput(f"Give the id of a dataset as {name}.", field=name)
    return ends[0], ends[1]
