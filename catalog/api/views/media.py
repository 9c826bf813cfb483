"""Media facts and transcripts over REST."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.access import AccessRefused
from catalog.api.serializers.datasets import DatasetChangeSerializer
from catalog.api.views.base import principal_of_request, validated
from catalog.errors import NotFound
from catalog.models import Media
from catalog.selectors.datasets import get_dataset
from catalog.selectors.media import MediaAnswer, media_of
from catalog.services.media import describe_media
from catalog.types import Principal


class MediaSerializer(serializers.ModelSerializer[Media]):
    """What a media dataset says of itself; its transcript is data and has an address of its own."""

    class Meta:
        model = Media
        fields = [
            "kind", "format", "duration_seconds", "pages", "width", "height", "language",
            "declared_fields",
        ]  # fmt: skip


class TranscriptSerializer(serializers.Serializer[str]):
    """The words of a media dataset."""

    transcript = serializers.CharField()


class MediaView(APIView):
    """Media facts of a dataset."""

    @extend_schema(responses=MediaSerializer)
    def get(self, request: Request, dataset_id: int) -> Response:
        """The facts; 404 where there are none."""
        answer = _answer(principal_of_request(request), dataset_id, with_transcript=False)
        return Response(MediaSerializer(answer.media).data)

    @extend_schema(request=DatasetChangeSerializer, responses=MediaSerializer)
    def patch(self, request: Request, dataset_id: int) -> Response:
        """Change facts by name; an empty one is the source's again."""
        given = validated(DatasetChangeSerializer, request)
        media = describe_media(
            acting=principal_of_request(request),
            dataset_id=dataset_id,
            changes=given["changes"],
            reason=given["reason"],
        )
        return Response(MediaSerializer(media).data)


class TranscriptView(APIView):
    """The transcript of a media dataset."""

    @extend_schema(responses=TranscriptSerializer)
    def get(self, request: Request, dataset_id: int) -> Response:
        """The words, for who may read the data; it is on record who read them."""
        answer = _answer(principal_of_request(request), dataset_id, with_transcript=True)
        if answer.has_transcript and not answer.verdict.allowed:
            raise AccessRefused(answer.verdict)
        if not answer.has_transcript:
            raise NotFound("This dataset has no transcript.")
        return Response({"transcript": answer.transcript})


def _answer(principal: Principal, dataset_id: int, *, with_transcript: bool) -> MediaAnswer:
    dataset = get_dataset(principal, dataset_id)
    answer = media_of(principal, dataset, with_transcript=with_transcript)
    if answer is None:
        raise NotFound("Nothing is known of this dataset as media.")
    return answer
