"""The addresses of one's own account; part of the catalog's."""

from __future__ import annotations

from django.urls import path

from catalog.web.account import invitation, profile, tokens

urlpatterns = [
    path("account/", profile.profile, name="profile"),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("account/tokens/<int:token_id>/revoke/", tokens.revoke, name="revoke_token"),
    path("invitation/<str:secret>/", invitation.accept, name="invitation"),
]
