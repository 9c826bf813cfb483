"""The native check over REST: a whole statement, one answer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.views.base import principal_of_request, validated
from governance.permissions.services.statements import Statement, check_statement
from governance.permissions.shown import answer_of


class StatementSerializer(serializers.Serializer[Any]):
    """A statement and where it would run."""

    sql = serializers.CharField(trim_whitespace=False)
    dialect = serializers.CharField(max_length=50)
    subject = serializers.CharField(
        max_length=150, required=False, allow_blank=True, default="",
        help_text="User name of whoever runs it; oneself where empty. For gateways only.",
    )  # fmt: skip
    purpose = serializers.CharField(
        max_length=50, required=False, allow_blank=True, default="",
        help_text="Without one, the opt-outs of every purpose hold.",
    )  # fmt: skip
    system = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, default="",
        help_text="Qualified name of the system, such as postgres://warehouse.",
    )  # fmt: skip
    default_db = serializers.CharField(
        max_length=500, required=False, allow_blank=True, allow_null=True, default=None
    )
    default_schema = serializers.CharField(
        max_length=500, required=False, allow_blank=True, allow_null=True, default=None
    )
    hide_denied = serializers.BooleanField(
        required=False, default=False, help_text="Leave denied columns out of a star."
    )


class VerdictReasonSerializer(serializers.Serializer[Any]):
    """Why something is refused."""

    code = serializers.CharField()
    sentence = serializers.CharField()
    dataset = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    rules = serializers.ListField(child=serializers.CharField())
    ask = serializers.CharField()


class CheckedSerializer(serializers.Serializer[Any]):
    """Allowed, denied or rewritten, with everything that touched it."""

    decision = serializers.ChoiceField(choices=["allow", "deny", "rewrite"])
    subject = serializers.CharField()
    rewritten_sql = serializers.CharField(allow_null=True)
    reasons = VerdictReasonSerializer(many=True)
    changes = serializers.ListField(child=serializers.DictField())
    masks = serializers.ListField(child=serializers.DictField())
    row_filters = serializers.ListField(child=serializers.DictField())
    limits = serializers.ListField(child=serializers.DictField())
    notices = serializers.ListField(child=serializers.DictField())
    opt_outs = serializers.ListField(child=serializers.DictField())
    policy_epoch = serializers.IntegerField()
    decision_id = serializers.CharField()


class GatewayCheckView(APIView):
    """What the opt-outs leave of a statement."""

    @extend_schema(request=StatementSerializer, responses=CheckedSerializer)
    def post(self, request: Request) -> Response:
        """Only what the answer holds in `rewritten_sql` may run where it says rewrite."""
        given = validated(StatementSerializer, request)
        subject = given.pop("subject")
        given["default_database"] = given.pop("default_db")
        checked = check_statement(
            Statement(**given), acting=principal_of_request(request), subject=subject
        )
        return Response(answer_of(checked))
