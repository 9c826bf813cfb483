"""The page of brakes: what is agreed, what teams have used, what runs."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from catalog.access import AccessRefused
from catalog.errors import CatalogError
from catalog.web.middleware import principal_from
from catalog.web.refusals import reason_of
from governance.brakes.engine.wording import size
from governance.brakes.selectors.register import register_of
from governance.brakes.services.stopping import stop


@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """`/access/brakes/`."""
    found = register_of(principal_from(request), timezone.now())
    budgets = []
    for one in found.budgets:
        quota = one.brake.quota
        assert quota is not None  # only a quota has budgets
        shares = [one.use.bytes / quota.bytes if quota.bytes else 0.0]
        shares.append(one.cost / quota.cost if quota.cost else 0.0)
        shares.append(one.use.running / quota.at_once if quota.at_once else 0.0)
        budgets.append(
            {
                "budget": one,
                "quota": quota,
                "read": size(one.use.bytes),
                "most": size(quota.bytes) if quota.bytes else "",
                "is_full": max(shares) >= 1,
            }
        )
    leases = [(lease, size(lease.bytes)) for lease in found.leases]
    return render(
        request,
        "governance/brakes/brakes.html",
        {"found": found, "budgets": budgets, "leases": leases},
    )


@require_POST
def stop_query(request: HttpRequest, lease: uuid.UUID) -> HttpResponse:
    """`/access/brakes/queries/<lease>/stop/`: its gateway is told at the next heartbeat."""
    try:
        stop(str(lease), request.POST.get("reason", ""), acting=principal_from(request))
    except (CatalogError, AccessRefused) as error:
        messages.error(request, f"Nothing was stopped. {reason_of(error)}")
    else:
        messages.success(request, "It is stopped: its engine is told at its next heartbeat.")
    return redirect("governance:brakes")
