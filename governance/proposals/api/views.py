"""Proposals over REST: thin views over the services and selectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import KeysetPagination
from catalog.api.views.base import principal_of_request, validated
from catalog.selectors.datasets import get_dataset
from governance.council.offered import vote
from governance.models import Proposal
from governance.proposals.api import shapes
from governance.proposals.incoming import (
    changes_from,
    domain_id_from,
    draft_from,
    evidence_from,
    looked_at,
    named_person,
    person_id_from,
)
from governance.proposals.offered import APPEAL_STEPS
from governance.proposals.selectors.proposals import proposal_detail, proposal_list, waiting_for
from governance.proposals.selectors.touching import open_proposals_on_dataset
from governance.proposals.services import comments, concerns, interests, positions
from governance.proposals.services.drafting import create_draft, revise
from governance.proposals.services.emergencies import declare_emergency
from governance.types import Outcome, PositionValue


class ByNumber(KeysetPagination):
    """The newest proposal first."""

    ordering = "-number"


def _detail(request: Request, key: str, code: int = status.HTTP_200_OK) -> Response:
    found = proposal_detail(principal_of_request(request), key)
    return Response(shapes.ProposalDetailSerializer(found).data, status=code)


@extend_schema(
    parameters=[
        OpenApiParameter("state", OpenApiTypes.STR, description="A state, or `open`."),
        OpenApiParameter("kind", OpenApiTypes.STR),
        OpenApiParameter("mine", OpenApiTypes.BOOL),
        OpenApiParameter("q", OpenApiTypes.STR),
    ]
)
class ProposalsView(ListAPIView[Proposal]):
    """What people ask to agree on."""

    serializer_class = shapes.ProposalSerializer
    queryset = Proposal.objects.none()
    pagination_class = ByNumber

    def get_queryset(self) -> QuerySet[Proposal]:
        """Narrowed by the query string."""
        query = self.request.query_params
        return proposal_list(
            principal_of_request(self.request),
            state=query.get("state") or None,
            kind=query.get("kind") or None,
            mine=query.get("mine") in ("1", "true"),
            query=query.get("q", ""),
        )

    @extend_schema(request=shapes.DraftSerializer, responses={201: shapes.ProposalDetailSerializer})
    def post(self, request: Request) -> Response:
        """Start a draft; nobody is asked before it is submitted."""
        principal = principal_of_request(request)
        given = validated(shapes.DraftSerializer, request)
        made = create_draft(
            acting=principal,
            domain_id=domain_id_from(principal, given["domain"]),
            **draft_from(principal, given),
        )
        return _detail(request, made.key, status.HTTP_201_CREATED)


class DatasetProposalsView(ListAPIView[Proposal]):
    """Open proposals that touch a dataset."""

    serializer_class = shapes.ProposalSerializer
    queryset = Proposal.objects.none()
    pagination_class = ByNumber

    def get_queryset(self) -> QuerySet[Proposal]:
        """Raises NotFound for a dataset that may not be seen."""
        principal = principal_of_request(self.request)
        dataset = get_dataset(principal, self.kwargs["dataset_id"])
        found = open_proposals_on_dataset(principal, dataset.pk)
        return found.select_related("author", "champion", "domain")


class ProposalView(APIView):
    """One proposal in full."""

    @extend_schema(responses=shapes.ProposalDetailSerializer)
    def get(self, request: Request, key: str) -> Response:
        """What it asks, whom it touches, what was said, what the reader may do."""
        return _detail(request, key)

    @extend_schema(request=shapes.DraftSerializer, responses=shapes.ProposalDetailSerializer)
    def put(self, request: Request, key: str) -> Response:
        """Write the next revision."""
        principal = principal_of_request(request)
        given = validated(shapes.DraftSerializer, request)
        revise(acting=principal, key=key, **draft_from(principal, given))
        return _detail(request, key)


class DryRunView(APIView):
    """What would happen."""

    @extend_schema(request=shapes.ProposedChangesSerializer, responses=shapes.DryRunSerializer)
    def post(self, request: Request) -> Response:
        """Checks, conflicts, scope and signers of changes; nothing is written."""
        principal = principal_of_request(request)
        changes = changes_from(validated(shapes.ProposedChangesSerializer, request)["changes"])
        answer = looked_at(principal, changes)
        return Response(shapes.DryRunSerializer(answer).data)


class PositionView(APIView):
    """Positions."""

    @extend_schema(
        request=shapes.PositionInSerializer, responses={201: shapes.ProposalDetailSerializer}
    )
    def post(self, request: Request, key: str) -> Response:
        """Say what one thinks of the revision whose digest is given."""
        principal = principal_of_request(request)
        given = validated(shapes.PositionInSerializer, request)
        positions.take_position(
            acting=principal,
            key=key,
            revision_digest=given["revision_digest"],
            value=PositionValue(given["value"]),
            reason=given["reason"],
            block_kind=given["block_kind"],
            title=given["title"],
            evidence=evidence_from(given["evidence"]),
            on_behalf_of_id=person_id_from(principal, given["on_behalf_of"]),
        )
        return _detail(request, key, status.HTTP_201_CREATED)


class ConcernsView(APIView):
    """Concerns."""

    @extend_schema(
        request=shapes.ConcernInSerializer, responses={201: shapes.ProposalDetailSerializer}
    )
    def post(self, request: Request, key: str) -> Response:
        """Raise a doubt that blocks nothing."""
        given = validated(shapes.ConcernInSerializer, request)
        concerns.raise_concern(acting=principal_of_request(request), key=key, **given)
        return _detail(request, key, status.HTTP_201_CREATED)


class CommentsView(APIView):
    """Remarks."""

    @extend_schema(request=shapes.WordsSerializer, responses={201: shapes.ProposalDetailSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Comment."""
        text = validated(shapes.WordsSerializer, request)["text"]
        comments.comment(acting=principal_of_request(request), key=key, text=text)
        return _detail(request, key, status.HTTP_201_CREATED)


class InterestsView(APIView):
    """Suggested conflicts of interest."""

    @extend_schema(
        request=shapes.InterestRulingSerializer, responses={201: shapes.ProposalDetailSerializer}
    )
    def post(self, request: Request, key: str) -> Response:
        """Rule on one, as the chair."""
        principal = principal_of_request(request)
        given = validated(shapes.InterestRulingSerializer, request)
        interests.rule_on_interest(
            acting=principal,
            key=key,
            person_id=named_person(principal, given["username"]),
            stands_aside=given["stands_aside"],
            ruling=given["ruling"],
        )
        return _detail(request, key, status.HTTP_201_CREATED)


class VoteView(APIView):
    """The council's vote."""

    @extend_schema(request=shapes.VoteSerializer, responses={201: shapes.ProposalDetailSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Record how it ended; without a quorum it cannot be recorded."""
        given = validated(shapes.VoteSerializer, request)
        vote(
            acting=principal_of_request(request),
            key=key,
            outcome=Outcome(given["outcome"]),
            reason=given["reason"],
            meeting_id=given["meeting"],
            effective_at=given["effective_at"],
            deferred_until=given["deferred_until"],
        )
        return _detail(request, key, status.HTTP_201_CREATED)


class EmergenciesView(APIView):
    """Emergencies."""

    @extend_schema(
        request=shapes.EmergencySerializer, responses={201: shapes.ProposalDetailSerializer}
    )
    def post(self, request: Request) -> Response:
        """Opt out at once; a second person confirms it within hours, or it lapses."""
        given = validated(shapes.EmergencySerializer, request)
        made = declare_emergency(
            acting=principal_of_request(request),
            title=given["title"],
            ask=given["ask"],
            changes=changes_from(given["changes"]),
            reason=given["reason"],
            evidence=evidence_from(given["evidence"]),
        )
        return _detail(request, made.key, status.HTTP_201_CREATED)


class WaitingView(APIView):
    """What waits for the reader."""

    @extend_schema(responses=shapes.WaitingSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The most pressing first."""
        found = waiting_for(principal_of_request(request))
        return Response(shapes.WaitingSerializer(found, many=True).data)


class StepView(APIView):
    """One step of a proposal; `as_view(act=...)` says which."""

    act: Callable[..., Any] | None = None
    takes_reason = False

    @extend_schema(request=shapes.StepReasonSerializer, responses=shapes.ProposalDetailSerializer)
    def post(self, request: Request, key: str) -> Response:
        """Take the step named by the address; a reversal answers with the proposal it made."""
        given = validated(shapes.StepReasonSerializer, request) if self.takes_reason else {}
        assert self.act is not None
        made = self.act(acting=principal_of_request(request), key=key, **given)
        return _detail(request, made.key)


class ConcernStepView(APIView):
    """One step of a concern; `as_view(act=..., text=...)` says which, with what text."""

    act: Callable[..., Any] | None = None
    text = ""

    @extend_schema(request=shapes.WordsSerializer, responses=shapes.ConcernSerializer)
    def post(self, request: Request, concern_id: int) -> Response:
        """Answer, resolve, withdraw or rule on it."""
        given = {self.text: validated(shapes.WordsSerializer, request)["text"]} if self.text else {}
        assert self.act is not None
        row = self.act(acting=principal_of_request(request), concern_id=concern_id, **given)
        return Response(shapes.ConcernSerializer(row).data)


class AppealVoteView(APIView):
    """Votes on an appeal."""

    @extend_schema(request=shapes.AppealVoteSerializer, responses=shapes.ConcernSerializer)
    def post(self, request: Request, appeal_id: int) -> Response:
        """Vote from the seats one attends on in the open meeting."""
        act, name = APPEAL_STEPS["vote"]
        given = {name: validated(shapes.AppealVoteSerializer, request)["choice"]}
        row = act(acting=principal_of_request(request), appeal_id=appeal_id, **given)
        return Response(shapes.ConcernSerializer(row).data)


class AppealDecisionView(APIView):
    """The end of an appeal."""

    @extend_schema(request=None, responses=shapes.ConcernSerializer)
    def post(self, request: Request, appeal_id: int) -> Response:
        """Record what the meeting decided, from the votes of the seats in the room."""
        act, _ = APPEAL_STEPS["decide"]
        row = act(acting=principal_of_request(request), appeal_id=appeal_id)
        return Response(shapes.ConcernSerializer(row).data)
