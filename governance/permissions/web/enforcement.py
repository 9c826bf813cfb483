"""Which process decides from which policy version, and what is in force everywhere (G3)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from catalog.web.middleware import principal_from
from governance.permissions.selectors.enforcement import enforcement


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """`/access/enforcement/`."""
    found = enforcement(principal_from(request), timezone.now())
    return render(request, "governance/permissions/enforcement.html", {"found": found})
