"""Sign-in rules: accounts come from invitations or the company directory, never by sign-up."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.http import HttpRequest, HttpResponse

from catalog.models import Person
from catalog.services.directory_people import admit_from_directory, refresh_from_directory
from catalog.web.presentation.appearance import remember

_NONCE = "directory_nonce"


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


class DirectoryProvider(OpenIDConnectProvider):
    """The company's provider, asked with a nonce of our own; an address adds no parameters."""

    def get_auth_params_from_request(self, request: HttpRequest, action: str) -> dict[str, Any]:
        """The configured parameters and a fresh nonce, kept in the session."""
        nonce = secrets.token_urlsafe(24)
        request.session[_NONCE] = nonce
        return {**self.get_auth_params(), "nonce": nonce}

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        """The configured scope only."""
        scope: list[str] = self.get_scope()
        return scope


class DirectoryAdapter(DefaultSocialAccountAdapter):
    """Who the company's OIDC provider vouches for gets an account; `sub` is the key.

    An e-mail address never joins two accounts: whoever can set it at the provider would else
    take over the account of the person it names.
    """

    def get_provider(self, request: HttpRequest, provider: str, client_id: Any = None) -> Any:
        """The provider, with the nonce."""
        found = super().get_provider(request, provider, client_id=client_id)
        if isinstance(found, OpenIDConnectProvider):
            return DirectoryProvider(request, app=found.app)
        return found

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """The directory decides who belongs to the company."""
        return True

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Refuse an answer to somebody else's question, and one that would be tied to the account
        that is signed in; take over what the directory says."""
        expected = request.session.pop(_NONCE, None)
        stated = sociallogin.account.extra_data.get("id_token", {}).get("nonce")
        if expected is None or not secrets.compare_digest(str(stated), expected):
            raise OAuth2Error("The provider's answer does not belong to this sign-in.")
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            raise OAuth2Error("The directory's people have accounts of their own.")
        sociallogin.email_addresses = []
        if sociallogin.is_existing:
            refresh_from_directory(
                person_id=sociallogin.user.pk, claims=_facts(sociallogin.account.extra_data)
            )

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Person:
        """Take what describes the person from the directory's claims."""
        person: Person = super().populate_user(request, sociallogin, data)
        facts = _facts(sociallogin.account.extra_data)
        for name, value in facts.items():
            setattr(person, name, value)
        person.display_name = facts["display_name"] or person.username or facts["email"]
        return person

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Person:
        """Through the service, with history and event."""
        store = partial(super().save_user, request, sociallogin, form)
        return admit_from_directory(sociallogin.user, store=store)


def _facts(data: Mapping[str, Any]) -> dict[str, str]:
    """What the claims say about a person, cut to what the table takes; empty when unsaid."""
    claims = data.get("userinfo") or data.get("id_token") or {}
    stated = {
        "display_name": claims.get("name"),
        "department": claims.get("department"),
        "location": claims.get("location"),
        # Some providers say nothing of it; where they say that nobody checked it, it is not taken.
        "email": claims.get("email") if claims.get("email_verified") is not False else None,
    }
    lengths = {name: getattr(Person._meta.get_field(name), "max_length", 0) for name in stated}
    return {
        name: " ".join(value.replace("\x00", "").split())[: lengths[name]]
        if isinstance(value, str)
        else ""
        for name, value in stated.items()
    }
