"""Datasets over REST: reading, changing, history."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.decorators import action
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from catalog.api.changes import OPERATIONS
from catalog.api.filters import DatasetFilter
from catalog.api.serializers import datasets as shapes
from catalog.api.views.base import instant, principal_of_request, validated, whole_number
from catalog.errors import NotFound
from catalog.models import Dataset
from catalog.selectors import datasets as reading
from catalog.selectors.history import ChangePlace, changes_of, dataset_as_of
from catalog.selectors.metadata import completeness, thirteen_facts
from catalog.selectors.promises import promise_of
from catalog.services import curation
from catalog.services.curation.facts import version_of

AS_OF = OpenApiParameter("as_of", OpenApiTypes.DATETIME, description="The state at this instant.")


class DatasetViewSet(ReadOnlyModelViewSet[Dataset]):
    """Datasets: list with filters, read, change facts, owners, labels and lifecycle, revert.

    `GET /datasets/{id}/` answers with an `ETag`; send it back as `If-Match` with a change of facts
    or a revert, and a change that somebody made meanwhile is answered with 409.
    """

    serializer_class = shapes.DatasetSerializer
    filterset_class = DatasetFilter
    queryset = Dataset.objects.none()
    lookup_value_regex = r"\d+"

    def get_queryset(self) -> QuerySet[Dataset]:
        """What the caller may see."""
        return reading.with_header(reading.visible_datasets(principal_of_request(self.request)))

    @extend_schema(
        parameters=[AS_OF],
        responses=PolymorphicProxySerializer(
            component_name="DatasetNowOrThen",
            serializers=[shapes.DatasetSerializer, shapes.DatasetSnapshotSerializer],
            resource_type_field_name=None,
        ),
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One dataset, now or `as_of` an instant with columns, owners, labels and edges."""
        principal, dataset_id = principal_of_request(request), int(kwargs["pk"])
        moment = instant(request, "as_of")
        if moment is not None:
            snapshot = dataset_as_of(principal, dataset_id, moment)
            if snapshot is None:
                raise NotFound("This dataset did not exist at that time.")
            return Response(shapes.DatasetSnapshotSerializer(snapshot).data)
        dataset = reading.get_dataset(principal, dataset_id)
        return Response(self.get_serializer(dataset).data, headers={"ETag": _etag(dataset)})

    @extend_schema(
        parameters=[OpenApiParameter("name", OpenApiTypes.STR, required=True)],
        responses=shapes.DatasetSerializer,
    )
    @action(detail=False, url_path="by-name", filterset_class=None, pagination_class=None)
    def by_name(self, request: Request) -> Response:
        """One dataset by qualified name or alias."""
        name = request.query_params.get("name", "")
        dataset = reading.find_dataset(principal_of_request(request), name)
        return Response(self.get_serializer(dataset).data, headers={"ETag": _etag(dataset)})

    @extend_schema(
        request=shapes.DatasetChangeSerializer,
        responses=shapes.DatasetSerializer,
        methods=["PATCH"],
    )
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change declared facts by name."""
        given = validated(shapes.DatasetChangeSerializer, request)
        dataset = curation.change_dataset(
            acting=principal_of_request(request),
            dataset_id=int(kwargs["pk"]),
            changes=given["changes"],
            expected_version=_expected_version(request),
            reason=given["reason"],
        )
        return self._current(request, dataset.pk)

    @extend_schema(responses=shapes.DatasetFactsSerializer)
    @action(detail=True)
    def facts(self, request: Request, pk: str) -> Response:
        """The thirteen facts with their origins (R-050)."""
        principal = principal_of_request(request)
        facts = thirteen_facts(principal, reading.get_dataset(principal, int(pk)))
        answer = {"completeness": completeness(facts), "facts": facts}
        return Response(shapes.DatasetFactsSerializer(answer).data)

    @extend_schema(responses=shapes.PromiseSerializer)
    @action(detail=True)
    def promise(self, request: Request, pk: str) -> Response:
        """How right and how late it may be; of a metric, dashboard or view the weakest of what it
        is made from (R-064)."""
        principal = principal_of_request(request)
        promise = promise_of(principal, reading.get_dataset(principal, int(pk)))
        return Response(shapes.PromiseSerializer(promise).data)

    @extend_schema(request=shapes.OwnerAddSerializer, responses=shapes.DatasetSerializer)
    @action(detail=True, methods=["post"])
    def owners(self, request: Request, pk: str) -> Response:
        """Name an owner."""
        return self._do("add_owner", request, int(pk))

    @extend_schema(responses=shapes.DatasetSerializer)
    @action(detail=True, methods=["delete"], url_path=r"owners/(?P<ownership_id>\d+)")
    def owner(self, request: Request, pk: str, ownership_id: str) -> Response:
        """Release an owner."""
        curation.remove_owner(
            acting=principal_of_request(request),
            dataset_id=int(pk),
            ownership_id=int(ownership_id),
        )
        return self._current(request, int(pk))

    @extend_schema(request=shapes.TagsSerializer, responses=shapes.DatasetSerializer)
    @action(detail=True, methods=["put"])
    def tags(self, request: Request, pk: str) -> Response:
        """Set all tags."""
        return self._do("set_tags", request, int(pk))

    @extend_schema(request=shapes.LabelChangeSerializer, responses=shapes.DatasetSerializer)
    @action(detail=True, methods=["post"], url_path="labels/add")
    def add_label(self, request: Request, pk: str) -> Response:
        """Add a tag or classification to the dataset or a column."""
        return self._do("add_label", request, int(pk))

    @extend_schema(request=shapes.LabelChangeSerializer, responses=shapes.DatasetSerializer)
    @action(detail=True, methods=["post"], url_path="labels/remove")
    def remove_label(self, request: Request, pk: str) -> Response:
        """Take a tag or classification off."""
        return self._do("remove_label", request, int(pk))

    @extend_schema(request=shapes.LifecycleChangeSerializer, responses=shapes.DatasetSerializer)
    @action(detail=True, methods=["post"])
    def lifecycle(self, request: Request, pk: str) -> Response:
        """Take a step in the lifecycle."""
        return self._do("change_lifecycle", request, int(pk))

    @extend_schema(request=shapes.RevertSerializer, responses=shapes.DatasetSerializer)
    @action(detail=True, methods=["post"])
    def revert(self, request: Request, pk: str) -> Response:
        """Go back to an earlier version of the declared facts."""
        given = validated(shapes.RevertSerializer, request)
        curation.revert_dataset(
            acting=principal_of_request(request),
            dataset_id=int(pk),
            history_id=given["history_id"],
            expected_version=_expected_version(request),
        )
        return self._current(request, int(pk))

    @extend_schema(
        parameters=[
            OpenApiParameter("before", OpenApiTypes.STR, description="Cursor: `next` of a page."),
            OpenApiParameter("limit", OpenApiTypes.INT, description="1 to 200, 50 unless told."),
        ],
        responses=shapes.ChangePageSerializer,
    )
    @action(detail=True, pagination_class=None, filterset_class=None)
    def history(self, request: Request, pk: str) -> Response:
        """Changes, newest first, with who, why and what."""
        before = request.query_params.get("before", "")
        limit = max(1, whole_number(request, "limit", default=50, most=200))
        changes = changes_of(
            principal_of_request(request),
            int(pk),
            after=ChangePlace.read(before) if before else None,
            limit=limit,
        )
        following = str(changes[-1].place) if len(changes) == limit else None
        page = {"next": following, "results": changes}
        return Response(shapes.ChangePageSerializer(page).data)

    def _do(self, name: str, request: Request, dataset_id: int) -> Response:
        operation = OPERATIONS[name]
        given = validated(operation.body, request)
        operation.apply(principal_of_request(request), dataset_id, given)
        return self._current(request, dataset_id)

    def _current(self, request: Request, dataset_id: int) -> Response:
        dataset = reading.get_dataset(principal_of_request(request), dataset_id)
        return Response(self.get_serializer(dataset).data, headers={"ETag": _etag(dataset)})


class DatasetPartView(ListAPIView[Any]):
    """A paged list of what hangs on one dataset."""

    def dataset(self) -> Dataset:
        """The dataset of the address; raises NotFound."""
        principal = principal_of_request(self.request)
        return reading.get_dataset(principal, int(self.kwargs["dataset_id"]))


def _expected_version(request: Request) -> str | None:
    """What the client last saw; a proxy that compresses an answer marks its tag as a weak one."""
    return request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"') or None


def _etag(dataset: Dataset) -> str:
    return f'"{version_of(dataset)}"'
