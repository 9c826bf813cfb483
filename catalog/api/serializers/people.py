"""Invitations and saved searches over REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.api.serializers.datasets import values
from catalog.api.serializers.directory import PersonBriefSerializer
from catalog.models import Invitation, SavedSearch
from catalog.types import JobRole


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """An invitation without its secret."""

    job_role = serializers.ChoiceField(choices=values(JobRole), read_only=True)
    invited_by = PersonBriefSerializer(read_only=True)

    class Meta:
        model = Invitation
        fields = [
            "id", "email", "job_role", "is_administrator", "steward_of", "invited_by",
            "created_at", "expires_at", "accepted_at",
        ]  # fmt: skip
        read_only_fields = fields


class InvitationCreatedSerializer(InvitationSerializer):
    """A new invitation with the secret of its link, shown this once."""

    secret = serializers.CharField()

    class Meta(InvitationSerializer.Meta):
        fields = [*InvitationSerializer.Meta.fields, "secret"]


class InviteSerializer(serializers.Serializer[Any]):
    """Whom to invite; `steward_of` holds ids of domains."""

    email = serializers.EmailField()
    job_role = serializers.ChoiceField(choices=values(JobRole), default=JobRole.ANALYST.value)
    is_administrator = serializers.BooleanField(required=False, default=False)
    steward_of = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=100, required=False, default=list
    )


class SavedSearchSerializer(serializers.ModelSerializer[SavedSearch]):
    """A search that the caller keeps."""

    class Meta:
        model = SavedSearch
        fields = ["id", "name", "query_string", "created_at"]
        read_only_fields = fields


class SearchToSaveSerializer(serializers.Serializer[Any]):
    """A search to keep; the same name replaces it."""

    name = serializers.CharField(max_length=200)
    query_string = serializers.CharField(
        max_length=2000, allow_blank=True, help_text="As in the address of the search page."
    )
