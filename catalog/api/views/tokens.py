"""The caller's API tokens."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.api.serializers.tokens import (
    TokenCreatedSerializer,
    TokenCreateSerializer,
    TokenSerializer,
)
from catalog.api.views.base import principal_of_request, validated
from catalog.models import ApiToken
from catalog.selectors.tokens import own_tokens
from catalog.services.tokens import create_token, revoke_token
from catalog.types import TokenScope


class TokensView(ListAPIView[ApiToken]):
    """List the caller's tokens or make one."""

    serializer_class = TokenSerializer
    queryset = ApiToken.objects.none()

    def get_queryset(self) -> QuerySet[ApiToken]:
        """The caller's own."""
        return own_tokens(principal_of_request(self.request))

    @extend_schema(request=TokenCreateSerializer, responses={201: TokenCreatedSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a token; its secret is in this answer and nowhere else."""
        given = validated(TokenCreateSerializer, request)
        token, secret = create_token(
            acting=principal_of_request(request),
            name=given["name"],
            scopes=[TokenScope(scope) for scope in given["scopes"]],
            expires_at=given["expires_at"],
        )
        body = {**TokenSerializer(token).data, "secret": secret}
        return Response(body, status=status.HTTP_201_CREATED)


class TokenView(APIView):
    """One token of the caller."""

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, token_id: int) -> Response:
        """Revoke it at once."""
        revoke_token(acting=principal_of_request(request), token_id=token_id)
        return Response(status=status.HTTP_204_NO_CONTENT)
