"""Keeping how open data is, one figure a day (R-009)."""

from __future__ import annotations

from dataclasses import asdict, fields

from catalog.services.transaction import writing
from catalog.types import Principal
from governance import clock
from governance.models import OpennessMeasure
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.openness import Openness, openness

SYSTEM = Principal.system("openness")
_FIGURES = tuple(one.name for one in fields(Openness) if one.name != "reasons")


def measure_openness() -> OpennessMeasure:
    """Measure now and keep it as the figure of the day; the last of a day stays."""
    found = openness(opt_outs.current())
    at = clock.now()
    with writing(SYSTEM, reason="Openness of the day"):
        row, _ = OpennessMeasure.objects.update_or_create(
            day=at.date(),
            defaults={
                "measured_at": at,
                "reasons": [asdict(one) for one in found.reasons],
                **{name: getattr(found, name) for name in _FIGURES},
            },
        )
    return row
