"""Bearer tokens over REST and GraphQL."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from catalog.models import ApiToken, Person
from catalog.selectors.principals import principal_of
from catalog.services.tokens import use_token
from catalog.types import TokenScope


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; a wrong, ended or revoked token is a 401, never a guest."""

    def authenticate(self, request: Request) -> tuple[Person, ApiToken] | None:
        """The token's person, with `request.principal` limited to the token's scopes."""
        words = get_authorization_header(request).decode("latin-1").split()
        if not words or words[0].lower() != "bearer":
            return None
        token = use_token(words[1]) if len(words) == 2 else None
        if token is None or not token.person.is_active:
            raise AuthenticationFailed(_("This token is not valid, has ended or was revoked."))
        django_request = request._request
        django_request.principal = principal_of(  # type: ignore[attr-defined]
            token.person,
            request_id=django_request.principal.request_id,  # type: ignore[attr-defined]
            scopes=frozenset(TokenScope(scope) for scope in token.scopes),
            ends_at=token.expires_at,
        )
        return token.person, token

    def authenticate_header(self, request: Request) -> str:
        """Makes DRF answer 401 instead of 403."""
        return "Bearer"
