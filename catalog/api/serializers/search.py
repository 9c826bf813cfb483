"""Search over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class MarkedTextSerializer(serializers.Serializer[Any]):
    """A text and the ranges of it that matched, in characters, end exclusive."""

    text = serializers.CharField()
    marks = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class LockSerializer(serializers.Serializer[Any]):
    """Why the data behind a hit may not be read, and whom to ask."""

    reason = serializers.CharField()
    ask = serializers.CharField()


class HitFactsSerializer(serializers.Serializer[Any]):
    """What every result shows."""

    type = serializers.CharField()
    platform = serializers.CharField()
    system = serializers.CharField()
    domain = serializers.CharField()
    owners = serializers.ListField(child=serializers.CharField())
    labels = serializers.ListField(child=serializers.CharField())
    lifecycle = serializers.CharField()
    stage = serializers.CharField()
    is_demoted = serializers.BooleanField()
    modified_at = serializers.DateTimeField(allow_null=True)
    usage = serializers.FloatField()
    rows = serializers.IntegerField(allow_null=True)
    physical_type = serializers.CharField()


class SearchHitSerializer(serializers.Serializer[Any]):
    """One result and why it stands here."""

    kind = serializers.CharField()
    id = serializers.IntegerField()
    name = MarkedTextSerializer()
    qualified_name = serializers.CharField()
    parent_id = serializers.IntegerField(allow_null=True)
    place = serializers.ListField(child=serializers.CharField())
    snippet = MarkedTextSerializer()
    explanation = serializers.CharField()
    matched = serializers.ListField(child=serializers.CharField())
    columns = MarkedTextSerializer(many=True)
    facts = HitFactsSerializer()
    lock = LockSerializer(allow_null=True)


class FacetValueSerializer(serializers.Serializer[Any]):
    """A value to filter by, with its count."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField()
    is_lower_bound = serializers.BooleanField(help_text="There are more than counted.")
    is_chosen = serializers.BooleanField()


class FacetSerializer(serializers.Serializer[Any]):
    """One question of the filter list."""

    field = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    values = FacetValueSerializer(many=True)
    has_more = serializers.BooleanField()


class NoticeSerializer(serializers.Serializer[Any]):
    """Something to know about this answer."""

    code = serializers.CharField()
    text = serializers.CharField()


class DidYouMeanSerializer(serializers.Serializer[Any]):
    """A corrected query."""

    text = serializers.CharField()
    was_applied = serializers.BooleanField()


class PageSerializer(serializers.Serializer[Any]):
    """The next part of the hits: send `cursor` and `size` back."""

    size = serializers.IntegerField()
    cursor = serializers.CharField()


class SearchAnswerSerializer(serializers.Serializer[Any]):
    """A page of hits with facets and notices."""

    total = serializers.IntegerField()
    total_is_exact = serializers.BooleanField(help_text="False: there are more.")
    hits = SearchHitSerializer(many=True)
    column_hits = SearchHitSerializer(many=True)
    facets = FacetSerializer(many=True)
    notices = NoticeSerializer(many=True)
    did_you_mean = DidYouMeanSerializer(allow_null=True)
    next_page = PageSerializer(allow_null=True)


class SuggestionSerializer(serializers.Serializer[Any]):
    """One line under the search box."""

    kind = serializers.CharField()
    id = serializers.IntegerField(allow_null=True)
    name = MarkedTextSerializer()
    qualified_name = serializers.CharField()
    place = serializers.ListField(child=serializers.CharField())
    type = serializers.CharField()
    parent_id = serializers.IntegerField(allow_null=True)
    query = serializers.CharField()
    note = serializers.CharField(help_text="Why it stands there before anything is typed.")
