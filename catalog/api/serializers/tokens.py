"""API tokens over REST."""

from __future__ import annotations

from rest_framework import serializers

from catalog.api.serializers.strict import StrictSerializer
from catalog.models import ApiToken
from catalog.types import TokenScope


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token without its secret."""

    class Meta:
        model = ApiToken
        fields = [
            "id", "name", "prefix", "scopes", "created_at", "expires_at", "revoked_at",
            "last_used_at",
        ]  # fmt: skip


class TokenCreateSerializer(StrictSerializer):
    """A token to make."""

    name = serializers.CharField(max_length=200)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=[scope.value for scope in TokenScope])
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class TokenCreatedSerializer(TokenSerializer):
    """A new token with its secret, shown this once."""

    secret = serializers.CharField()

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "secret"]
