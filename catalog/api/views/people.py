"""Invitations, stewardship and saved searches over REST."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.pagination import NewestFirst
from catalog.api.serializers import people as shapes
from catalog.api.views.base import principal_of_request, validated
from catalog.models import Invitation, SavedSearch
from catalog.selectors.home import saved_searches
from catalog.selectors.invitations import invitations
from catalog.selectors.stewardship import chosen_domains
from catalog.services import people, personal
from catalog.types import JobRole


class InvitationsView(ListAPIView[Invitation]):
    """Invitations, for administrators."""

    serializer_class = shapes.InvitationSerializer
    queryset = Invitation.objects.none()
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Invitation]:
        """Newest first."""
        return invitations(principal_of_request(self.request))

    @extend_schema(
        request=shapes.InviteSerializer, responses={201: shapes.InvitationCreatedSerializer}
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Invite somebody; the secret of the link is in this answer and nowhere else."""
        principal = principal_of_request(request)
        given = validated(shapes.InviteSerializer, request)
        invitation, secret = people.invite(
            acting=principal,
            email=given["email"],
            job_role=JobRole(given["job_role"]),
            is_administrator=given["is_administrator"],
            steward_of=chosen_domains(principal, given["steward_of"]),
        )
        body = {**shapes.InvitationSerializer(invitation).data, "secret": secret}
        return Response(body, status=status.HTTP_201_CREATED)


class StewardView(APIView):
    """One person's stewardship of one domain."""

    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request, domain_id: int, person_id: int) -> Response:
        """Make the person a steward."""
        return self._set(request, domain_id, person_id, is_steward=True)

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, domain_id: int, person_id: int) -> Response:
        """End the stewardship."""
        return self._set(request, domain_id, person_id, is_steward=False)

    @staticmethod
    def _set(request: Request, domain_id: int, person_id: int, *, is_steward: bool) -> Response:
        people.set_stewardship(
            acting=principal_of_request(request),
            person_id=person_id,
            domain_id=domain_id,
            is_steward=is_steward,
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class SavedSearchesView(ListAPIView[SavedSearch]):
    """The searches that the caller keeps."""

    serializer_class = shapes.SavedSearchSerializer
    queryset = SavedSearch.objects.none()

    def get_queryset(self) -> QuerySet[SavedSearch]:
        """The caller's own."""
        return saved_searches(principal_of_request(self.request))

    @extend_schema(
        request=shapes.SearchToSaveSerializer, responses={201: shapes.SavedSearchSerializer}
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Keep a search under a name."""
        given = validated(shapes.SearchToSaveSerializer, request)
        saved = personal.save_search(acting=principal_of_request(request), **given)
        return Response(shapes.SavedSearchSerializer(saved).data, status=status.HTTP_201_CREATED)


class SavedSearchView(APIView):
    """One search that the caller keeps."""

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, saved_search_id: int) -> Response:
        """Forget it."""
        personal.forget_search(
            acting=principal_of_request(request), saved_search_id=saved_search_id
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
