"""What every page's frame needs: the company's name, the seven places, what waits for me."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from catalog.registries.navigation import person_menu, places
from catalog.selectors.home import bar_count
from catalog.types import Principal
from catalog.web.addresses import own_page
from catalog.web.middleware import principal_from
from catalog.web.presentation.shapes import Link, NavigationItem, Shell

PLACES_ON_A_PHONE = 5


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor of the shell: `shell` and `navigation`. It costs one query, for what
    waits, and only where the frame is shown."""
    if not hasattr(request, "principal"):
        return {"shell": Shell(instance_name=settings.INSTANCE_NAME)}
    return {
        "shell": SimpleLazyObject(lambda: _shell(request, principal_from(request))),
        "navigation": SimpleLazyObject(lambda: _navigation(request, principal_from(request))),
    }


def _shell(request: HttpRequest, principal: Principal) -> Shell:
    if not principal.is_authenticated:
        return Shell(
            instance_name=settings.INSTANCE_NAME,
            sign_in_url=reverse("account_login"),
            appearance_url=reverse("catalog:appearance"),
        )
    search = reverse("catalog:search")
    count = bar_count(principal)
    return Shell(
        instance_name=settings.INSTANCE_NAME,
        home_url=reverse("catalog:home"),
        search_url=search,
        suggest_url=reverse("catalog:suggest"),
        query=request.GET.get("q", "") if request.path == search else "",
        waiting_count=count.waiting,
        waiting_url=f"{reverse('catalog:home')}#waiting",
        person_name=principal.display_name,
        person_detail=principal.department,
        person_menu=(
            *_added_to_menu(principal, count.unread),
            Link("Profile and settings", reverse("catalog:profile"), "person"),
            Link("What you answer for", own_page("person", None, principal.username), "check"),
            Link("API tokens", reverse("catalog:tokens"), "access"),
            Link("Documentation", reverse("catalog:documentation"), "question"),
        ),
        sign_out_url=reverse("account_logout"),
        appearance_url=reverse("catalog:appearance"),
    )


def _added_to_menu(principal: Principal, unread: int) -> list[Link]:
    """What the packages above put first under the person's name."""
    shown = sorted(
        (entry for entry in person_menu if entry.is_shown(principal)), key=lambda entry: entry.order
    )
    return [
        Link(entry.label, entry.href, entry.icon, unread if entry.tells_unread else 0)
        for entry in shown
    ]


def _navigation(request: HttpRequest, principal: Principal) -> list[NavigationItem]:
    shown = sorted(
        (place for place in places if place.is_shown(principal)), key=lambda place: place.order
    )
    return [
        NavigationItem(
            label=place.label,
            href=place.href,
            icon=place.icon,
            current=request.path == place.href
            or (place.href != "/" and request.path.startswith((place.href, *place.covers))),
            phone=position < PLACES_ON_A_PHONE,
        )
        for position, place in enumerate(shown)
    ]
