"""The native check over REST: a whole statement, one answer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.fields import TextField
from catalog.api.serializers.strict import StrictSerializer
from catalog.api.views.base import principal_of_request, validated
from governance.brakes.answering import answer_with_brakes
from governance.brakes.api.shapes import ClaimSerializer
from governance.brakes.engine import Claim
from governance.brakes.services.checking import Asking, check_query
from governance.brakes.services.judging import Origin
from governance.permissions.services.statements import Statement


class StatementSerializer(StrictSerializer):
    """A statement and where it would run. A misspelt field is refused: without its subject a
    question would be answered for whoever asks."""

    sql = TextField(trim_whitespace=False)
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
    gateway = serializers.CharField(
        max_length=100, required=False, allow_blank=True, default="",
        help_text="Through what it runs, as brakes name it; for a gateway its own user name.",
    )  # fmt: skip
    environment = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    estimate = ClaimSerializer(
        required=False, allow_null=True, default=None,
        help_text="What the engine's planner says; the larger of it and the profiles counts.",
    )  # fmt: skip
    lease = serializers.BooleanField(
        required=False, default=False, help_text="It runs at once: grant a lease for it."
    )
    query_id = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="",
        help_text="How the engine calls it.",
    )  # fmt: skip


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
    brakes = serializers.ListField(child=serializers.DictField())
    estimate = serializers.DictField(allow_null=True)
    lease = serializers.DictField(allow_null=True)


class GatewayCheckView(APIView):
    """What the opt-outs leave of a statement, and what the brakes say of it."""

    @extend_schema(request=StatementSerializer, responses=CheckedSerializer)
    def post(self, request: Request) -> Response:
        """Only what the answer holds in `rewritten_sql` may run where it says rewrite."""
        given = validated(StatementSerializer, request)
        subject = given.pop("subject")
        given["default_database"] = given.pop("default_db")
        acting = principal_of_request(request)
        origin = Origin(
            given.pop("gateway"), given.pop("environment"), Claim(**(given.pop("estimate") or {}))
        )
        asking = Asking(origin, given.pop("query_id"), given.pop("lease"))
        checked = check_query(Statement(**given), acting=acting, subject=subject, asking=asking)
        return Response(answer_with_brakes(checked))
