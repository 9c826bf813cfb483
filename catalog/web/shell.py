"""What every page's frame needs: the company's name, the seven places, what waits for me."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from catalog.registries.navigation import places
from catalog.web.middleware import principal_from


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor of the shell; costs no query."""
    if not hasattr(request, "principal"):
        return {"instance_name": settings.INSTANCE_NAME}
    return {
        "instance_name": settings.INSTANCE_NAME,
        "navigation": [
            {
                "label": place.label,
                "href": place.href,
                "icon": place.icon,
                "is_current": request.path == place.href
                or (place.href != "/" and request.path.startswith(place.href)),
            }
            for place in places
            if place.is_shown(principal_from(request))
        ],
    }
