"""The shape of every refusal over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457) with a stable `code`."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    field = serializers.CharField(required=False, help_text="The one field that is wrong.")
    fields = serializers.DictField(  # type: ignore[assignment]
        required=False, help_text="Every field that is wrong, with its sentences."
    )
    ask = serializers.CharField(required=False, help_text="Whom to ask for what was refused.")
