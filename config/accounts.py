"""The pages of allauth that coming in needs, and no others.

Its other pages change people past the services: an address that somebody gives themselves is one
that nobody checked, and invitations, mail and owners that a source names go by addresses.
"""

from __future__ import annotations

from collections.abc import Iterable

from allauth.account.urls import urlpatterns as local_pages
from allauth.socialaccount.providers.openid_connect.urls import urlpatterns as provider_pages
from allauth.socialaccount.urls import urlpatterns as directory_pages
from django.urls import URLPattern, URLResolver, include, path

LOCAL = frozenset(
    {
        "account_login",
        "account_logout",
        "account_inactive",
        "account_signup",  # says that it is closed
        "account_reauthenticate",
        "account_change_password",
        "account_set_password",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
    }
)
DIRECTORY = frozenset({"socialaccount_login_cancelled", "socialaccount_login_error"})


def _only(
    pages: Iterable[URLPattern | URLResolver], names: frozenset[str]
) -> list[URLPattern | URLResolver]:
    return [page for page in pages if isinstance(page, URLPattern) and page.name in names]


urlpatterns: list[URLPattern | URLResolver] = [
    *_only(local_pages, LOCAL),
    path("2fa/", include("allauth.mfa.urls")),
    path("3rdparty/", include(_only(directory_pages, DIRECTORY))),
    *provider_pages,
]
