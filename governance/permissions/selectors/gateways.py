"""What gateways there are, as far as others have to know."""

from __future__ import annotations

from governance.permissions.models import Gateway


def uses_registered() -> frozenset[str]:
    """What the gateways are for that may ask."""
    rows = Gateway.objects.filter(revoked_at__isnull=True).values_list("uses", flat=True)
    return frozenset(use for uses in rows for use in uses)
