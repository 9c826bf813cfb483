"""Shapes of agreements over REST."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.api.views.base import principal_of_request
from governance.agreements.selectors.withholding import version_as_read
from governance.models import Agreement, AgreementVersion, UseCount


class AgreementSerializer(serializers.ModelSerializer[Agreement]):
    """An agreement in a list."""

    domain = serializers.SlugRelatedField[Any](slug_field="slug", read_only=True, allow_null=True)

    class Meta:
        model = Agreement
        fields = ["key", "kind", "title", "state", "scope", "domain", "sunset_on", "created_at"]


class VersionSerializer(serializers.ModelSerializer[AgreementVersion]):
    """What an agreement said, from when until when, by which decision; `valid_to` is null while it
    holds. `document` follows the JSON Schema of its kind."""

    agreement = serializers.SlugRelatedField[Any](slug_field="key", read_only=True)
    decision = serializers.SlugRelatedField[Any](slug_field="key", read_only=True)
    document = serializers.SerializerMethodField()

    class Meta:
        model = AgreementVersion
        fields = [
            "agreement", "number", "op", "title", "scope", "document", "digest", "valid_from",
            "valid_to", "recorded_at", "epoch", "decision",
        ]  # fmt: skip

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_document(self, version: AgreementVersion) -> Mapping[str, Any]:
        """As the reader may see it."""
        return version_as_read(principal_of_request(self.context["request"]), version)


class UseCountSerializer(serializers.ModelSerializer[UseCount]):
    """How many uses were left of an agreement that goes; `content` names the first fifty."""

    content = serializers.JSONField()

    class Meta:
        model = UseCount
        fields = ["counted_at", "number", "content"]


class KindSerializer(serializers.Serializer[Any]):
    """A kind of agreement; `not_enforced` says what adopting one does not do yet."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    plural = serializers.CharField()
    about = serializers.CharField()
    not_enforced = serializers.CharField()
