"""Background jobs of lineage."""

from __future__ import annotations

from celery import shared_task

from catalog.types import Principal
from lineage.services.rebuilding import rebuild_lineage


@shared_task(name="lineage.rebuild")
def rebuild() -> None:
    """Read every definition again, edges that stay untouched."""
    rebuild_lineage(acting=Principal.system("lineage rebuild"))
