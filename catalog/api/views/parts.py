"""What hangs on a dataset: columns, relations, profiles, tests, conversation, following."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import NewestFirst
from catalog.api.serializers import datasets as shapes
from catalog.api.views.base import principal_of_request, validated
from catalog.api.views.datasets import DatasetPartView
from catalog.models import (
    Column,
    ExampleQuery,
    KnownProblem,
    Profile,
    Question,
    Relation,
    SearchPlacement,
    TestResult,
)
from catalog.selectors import datasets as reading
from catalog.services import conversation, curation, personal, placements


class ColumnsView(DatasetPartView):
    """Columns of a dataset, in order."""

    serializer_class = shapes.ColumnSerializer
    queryset = Column.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        """The dataset's columns."""
        return reading.columns_of(principal_of_request(self.request), self.dataset())

    @extend_schema(request=shapes.ColumnChangeSerializer, responses=shapes.ColumnSerializer)
    def patch(self, request: Request, dataset_id: int) -> Response:
        """Describe one column, named by its path."""
        given = validated(shapes.ColumnChangeSerializer, request)
        column = curation.change_column(
            acting=principal_of_request(request),
            dataset_id=dataset_id,
            path=given["path"],
            description=given["description"],
            reason=given["reason"],
        )
        return Response(shapes.ColumnSerializer(column).data)


class RelationsView(DatasetPartView):
    """Relations from and to a dataset."""

    serializer_class = shapes.RelationSerializer
    queryset = Relation.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        """Relations whose other end may be seen."""
        return reading.relations_of(principal_of_request(self.request), self.dataset())


class ProfilesView(DatasetPartView):
    """The profile series of a dataset."""

    serializer_class = shapes.ProfileSerializer
    queryset = Profile.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Any]:
        """Measurements of a dataset that may be read, since they hold extreme values."""
        return reading.profiles_of(principal_of_request(self.request), self.dataset())


class TestResultsView(DatasetPartView):
    """The latest test results of a dataset."""

    __test__ = False
    serializer_class = shapes.TestResultSerializer
    queryset = TestResult.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        """The latest of each test."""
        return reading.test_results_of(principal_of_request(self.request), self.dataset())


class QuestionsView(DatasetPartView):
    """Questions on a dataset with their answers."""

    serializer_class = shapes.QuestionSerializer
    queryset = Question.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Any]:
        """Newest first."""
        return reading.conversation_of(principal_of_request(self.request), self.dataset())

    @extend_schema(request=shapes.TextSerializer, responses={201: shapes.QuestionSerializer})
    def post(self, request: Request, dataset_id: int) -> Response:
        """Ask."""
        question = conversation.ask(
            acting=principal_of_request(request),
            dataset_id=dataset_id,
            text=validated(shapes.TextSerializer, request)["text"],
        )
        return Response(shapes.QuestionSerializer(question).data, status=status.HTTP_201_CREATED)


class AnswersView(APIView):
    """Answers to a question."""

    @extend_schema(request=shapes.TextSerializer, responses={201: shapes.AnswerSerializer})
    def post(self, request: Request, question_id: int) -> Response:
        """Answer."""
        answer = conversation.answer(
            acting=principal_of_request(request),
            question_id=question_id,
            text=validated(shapes.TextSerializer, request)["text"],
        )
        return Response(shapes.AnswerSerializer(answer).data, status=status.HTTP_201_CREATED)


class KnownProblemsView(DatasetPartView):
    """Known problems of a dataset, solved ones too."""

    serializer_class = shapes.KnownProblemSerializer
    queryset = KnownProblem.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Any]:
        """Newest first."""
        return reading.problems_of(principal_of_request(self.request), self.dataset())

    @extend_schema(request=shapes.TextSerializer, responses={201: shapes.KnownProblemSerializer})
    def post(self, request: Request, dataset_id: int) -> Response:
        """Report a problem."""
        problem = conversation.report_problem(
            acting=principal_of_request(request),
            dataset_id=dataset_id,
            text=validated(shapes.TextSerializer, request)["text"],
        )
        return Response(shapes.KnownProblemSerializer(problem).data, status=status.HTTP_201_CREATED)


class ProblemSolvedView(APIView):
    """Solving a known problem."""

    @extend_schema(request=None, responses=shapes.KnownProblemSerializer)
    def post(self, request: Request, problem_id: int) -> Response:
        """Mark as solved."""
        problem = conversation.solve_problem(
            acting=principal_of_request(request), problem_id=problem_id
        )
        return Response(shapes.KnownProblemSerializer(problem).data)


class SearchPlacementsView(DatasetPartView):
    """Searches in which curators put a dataset first."""

    serializer_class = shapes.SearchPlacementSerializer
    queryset = SearchPlacement.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Any]:
        """Those that hold today."""
        return reading.placements_of(principal_of_request(self.request), self.dataset())

    @extend_schema(
        request=shapes.PlaceFirstSerializer, responses={201: shapes.SearchPlacementSerializer}
    )
    def post(self, request: Request, dataset_id: int) -> Response:
        """Put it first until a day, for a reason."""
        given = validated(shapes.PlaceFirstSerializer, request)
        placement = placements.place_first(
            acting=principal_of_request(request), dataset_id=dataset_id, **given
        )
        body = shapes.SearchPlacementSerializer(placement).data
        return Response(body, status=status.HTTP_201_CREATED)


class SearchPlacementView(APIView):
    """One search in which a dataset comes first."""

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, placement_id: int) -> Response:
        """Take it back."""
        placements.take_back(acting=principal_of_request(request), placement_id=placement_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ExampleQueriesView(DatasetPartView):
    """Example queries of a dataset."""

    serializer_class = shapes.ExampleQuerySerializer
    queryset = ExampleQuery.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Any]:
        """Newest first."""
        return reading.examples_of(principal_of_request(self.request), self.dataset())

    @extend_schema(
        request=shapes.ExampleAddSerializer, responses={201: shapes.ExampleQuerySerializer}
    )
    def post(self, request: Request, dataset_id: int) -> Response:
        """Keep a query with the question it answers."""
        given = validated(shapes.ExampleAddSerializer, request)
        example = conversation.add_example_query(
            acting=principal_of_request(request), dataset_id=dataset_id, **given
        )
        return Response(shapes.ExampleQuerySerializer(example).data, status=status.HTTP_201_CREATED)


class FollowView(APIView):
    """Following a dataset."""

    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request, dataset_id: int) -> Response:
        """Follow."""
        personal.follow(acting=principal_of_request(request), dataset_id=dataset_id)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, dataset_id: int) -> Response:
        """Stop following."""
        personal.unfollow(acting=principal_of_request(request), dataset_id=dataset_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
