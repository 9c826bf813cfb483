"""Shapes of suggested classifications and their reviews over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from lineage.api.shapes import ColumnNodeSerializer, NodeSerializer
from lineage.types import ReviewVerdict


class ClassificationStepSerializer(serializers.Serializer[Any]):
    """A column on the way of a classification."""

    column = ColumnNodeSerializer()
    dataset = NodeSerializer()


class ClassEvidenceSerializer(serializers.Serializer[Any]):
    """What speaks for a classification, or with a weight below 0 against it."""

    source = serializers.CharField()  # type: ignore[assignment]
    text = serializers.CharField()
    weight = serializers.FloatField()


class ClassificationSuggestionSerializer(serializers.Serializer[Any]):
    """A classification that lineage, a name or counts of values suggest for a column."""

    column = ColumnNodeSerializer()
    dataset = NodeSerializer()
    label_id = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    strength = serializers.FloatField()
    weakened = serializers.ListField(child=serializers.CharField())
    path = ClassificationStepSerializer(many=True)
    sources = serializers.ListField(child=serializers.CharField())
    evidence = ClassEvidenceSerializer(many=True)


class StoppedSerializer(serializers.Serializer[Any]):
    """A classification that does not flow on into a column, and why."""

    column = ColumnNodeSerializer()
    dataset = NodeSerializer()
    label = serializers.CharField()  # type: ignore[assignment]
    reason = serializers.CharField()


class SuggestionsSerializer(serializers.Serializer[Any]):
    """What is suggested, the strongest first."""

    suggestions = ClassificationSuggestionSerializer(many=True)
    stopped = StoppedSerializer(many=True)
    truncated = serializers.BooleanField()


class SuggestedItemSerializer(serializers.Serializer[Any]):
    """A suggestion, by the ids of its column and its label."""

    column = serializers.IntegerField(min_value=1)
    label = serializers.IntegerField(min_value=1)  # type: ignore[assignment]
    verdict = serializers.ChoiceField(
        choices=[verdict.value for verdict in ReviewVerdict], required=False
    )
    instead = serializers.CharField(required=False, default="", allow_blank=True, max_length=1_000)


class ReviewRequestSerializer(serializers.Serializer[Any]):
    """What a steward says to suggestions: all of them, or none. `verdict` holds for every item that
    has none of its own; a changed one says what it is `instead`."""

    items = SuggestedItemSerializer(many=True)
    verdict = serializers.ChoiceField(
        choices=[verdict.value for verdict in ReviewVerdict], required=False
    )
    reason = serializers.CharField(required=False, default="", allow_blank=True)


class SurestRequestSerializer(serializers.Serializer[Any]):
    """Accept what is suggested with `least` certainty (0.5 to 1) for what the caller stewards."""

    least = serializers.FloatField(min_value=0.5, max_value=1.0)
    dataset = serializers.IntegerField(required=False, default=None, allow_null=True, min_value=1)
    source = serializers.CharField(required=False, default="", allow_blank=True)  # type: ignore[assignment]
    under = serializers.CharField(required=False, default="", allow_blank=True)
    text = serializers.CharField(required=False, default="", allow_blank=True)
    reason = serializers.CharField(required=False, default="", allow_blank=True)


class UndoRequestSerializer(serializers.Serializer[Any]):
    """Reviews to take back, with the classifications that they put on columns."""

    reviews = serializers.ListField(
        child=serializers.IntegerField(min_value=1), min_length=1, max_length=500
    )


class ReviewsSerializer(serializers.Serializer[Any]):
    """How many suggestions were reviewed, and the ids of the reviews."""

    reviewed = serializers.IntegerField()
    reviews = serializers.ListField(child=serializers.IntegerField())
