"""The stages of the supply chain over REST."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.views.base import principal_of_request
from lineage.selectors.stages import StageCounts, stage_board


class StageCountsSerializer(serializers.Serializer[StageCounts]):
    """What stands in one stage (R-060); `stage` is empty for what has none yet."""

    stage = serializers.CharField()
    datasets = serializers.IntegerField()
    declared = serializers.IntegerField(help_text="Whose stage a person declared.")
    harvested = serializers.IntegerField(help_text="Whose stage the source said.")
    derived = serializers.IntegerField(help_text="Whose stage lineage gave.")
    fresh = serializers.IntegerField(help_text="Measured or changed within seven days.")
    stale = serializers.IntegerField(help_text="Measured or changed before.")
    unknown = serializers.IntegerField(help_text="Never measured nor dated.")
    newest = serializers.DateTimeField(allow_null=True)
    failing = serializers.IntegerField(help_text="With a test that fails.")
    problems = serializers.IntegerField(help_text="With a known problem.")
    jobs = serializers.IntegerField()
    failing_jobs = serializers.IntegerField(help_text="Whose last run failed or was aborted.")


class StagesView(APIView):
    """The stages of the supply chain in order."""

    @extend_schema(responses=StageCountsSerializer(many=True))
    def get(self, request: Request) -> Response:
        """What stands in each, how fresh it is and what fails."""
        board = stage_board(principal_of_request(request))
        return Response([StageCountsSerializer(counts).data for counts in board])
