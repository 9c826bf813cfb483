"""Sign-in rules: accounts come from invitations or the company directory, never by sign-up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest, HttpResponse

from catalog.models import Person
from catalog.web.presentation.appearance import remember


class InvitationOnlyAdapter(DefaultAccountAdapter):
    """Local accounts cannot be made by anybody who finds the page."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never; invitations have a page of their own."""
        return False

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """Bring the person's theme and density to the device they signed in on."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if isinstance(user, Person):
            remember(response, user.preferences, is_secure=request.is_secure())
        return response


class DirectoryAdapter(DefaultSocialAccountAdapter):
    """Who the company's OIDC provider vouches for gets an account; `sub` is the key."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """The directory decides who belongs to the company."""
        return True

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Person:
        """Take the person's names from the directory's claims."""
        person: Person = super().populate_user(request, sociallogin, data)
        claims = sociallogin.account.extra_data
        claims = claims.get("userinfo", claims)
        person.display_name = claims.get("name") or data.get("name") or person.username
        person.department = claims.get("department", "")
        person.location = claims.get("locale", "")
        return person
