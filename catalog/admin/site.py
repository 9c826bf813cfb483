"""Our own admin site: it holds what was registered here and nothing that an app brings along.

Apps such as allauth register models on Django's default site that would be written past the
services; that site is not mounted.
"""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.decorators import method_decorator

from catalog.access import Action, gate, require
from catalog.web.middleware import principal_from


class StewardSite(AdminSite):
    """Open to staff whom the access port lets see anything at all."""

    site_header = "Concord"
    site_title = "Concord administration"
    index_title = "What stewards and administrators look after"
    site_url = "/"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff by flag, and allowed by the port."""
        user = request.user
        return bool(
            user.is_active
            and getattr(user, "is_staff", False)
            and gate().authorize(principal_from(request), Action.SEE).allowed
        )

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The one sign-in of the service: Django's own form knows no second factor and no limit."""
        if request.user.is_authenticated:
            require(principal_from(request), Action.SEE)
            raise PermissionDenied("Only stewards and administrators work here.")
        return redirect_to_login(request.GET.get("next", "/admin/"))


site = StewardSite(name="admin")
