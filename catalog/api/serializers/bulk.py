"""The same change on many datasets over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.api.changes import OPERATIONS


class BulkChangeSerializer(serializers.Serializer[Any]):
    """`change` is what the operation takes on a single dataset, for example
    `{"operation": "add_label", "change": {"kind": "tag", "path": "gold"}}`."""

    datasets = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1)
    operation = serializers.ChoiceField(choices=sorted(OPERATIONS))
    change = serializers.DictField()


class BulkRefusalSerializer(serializers.Serializer[Any]):
    """A dataset that stayed as it was."""

    dataset = serializers.IntegerField()
    reason = serializers.CharField()


class BulkReportSerializer(serializers.Serializer[Any]):
    """Ids of the datasets that changed, and the others with the reason."""

    changed = serializers.ListField(child=serializers.IntegerField())
    refused = BulkRefusalSerializer(many=True)
