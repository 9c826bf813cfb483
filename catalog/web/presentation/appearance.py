"""Light or dark, comfortable or compact: remembered per person in two cookies, so that the
first paint is already right."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

THEMES = ("system", "light", "dark")
DENSITIES = ("comfortable", "compact")
COOKIES = {"theme": "concord_theme", "density": "concord_density"}
CHOICES = {"theme": THEMES, "density": DENSITIES}
ONE_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Appearance:
    theme: str = "system"
    density: str = "comfortable"


def appearance_of(cookies: dict[str, str]) -> Appearance:
    """The person's choice; a value nobody offered counts as none."""
    theme = cookies.get(COOKIES["theme"], "")
    density = cookies.get(COOKIES["density"], "")
    return Appearance(
        theme=theme if theme in THEMES else "system",
        density=density if density in DENSITIES else "comfortable",
    )


def appearance(request: HttpRequest) -> dict[str, Appearance]:
    """Context processor: `appearance.theme` and `appearance.density` for the base template."""
    return {"appearance": appearance_of(request.COOKIES)}


@require_POST
def remember_appearance(request: HttpRequest) -> HttpResponse:
    """The menu's buttons without a script: store the posted choice, go back to the page.
    A choice nobody offered is left out."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    response = HttpResponseRedirect(target if safe else "/")
    remember(response, request.POST, is_secure=request.is_secure())
    return response


def remember(response: HttpResponse, chosen: Mapping[str, str], *, is_secure: bool) -> None:
    """Put the choices of `chosen` that are offered into the browser's cookies."""
    for name, cookie in COOKIES.items():
        choice = chosen.get(name, "")
        if choice in CHOICES[name]:
            response.set_cookie(cookie, choice, max_age=ONE_YEAR, samesite="Lax", secure=is_secure)
