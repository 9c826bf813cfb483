"""The single sign-on provider as allauth's settings take it."""

from __future__ import annotations

from typing import Any

from config.environment import OidcClient


def sign_in_providers(client: OidcClient | None) -> dict[str, Any]:
    """allauth's SOCIALACCOUNT_PROVIDERS; empty without a provider, and no button is shown then.

    The code is exchanged with PKCE (S256); discovery starts at the issuer.
    """
    if client is None:
        return {}
    return {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "directory",
                    "name": "Company sign-in",
                    "client_id": client.client_id,
                    "secret": client.client_secret,
                    "settings": {"server_url": client.issuer},
                }
            ],
        }
    }
