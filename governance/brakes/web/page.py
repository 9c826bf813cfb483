"""The page of brakes: what is agreed, what teams have used, what runs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from catalog.web.middleware import principal_from
from governance.brakes.engine.wording import size
from governance.brakes.selectors.register import register_of


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
