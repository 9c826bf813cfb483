"""Reading every definition again, for a new reader of SQL or after a restore."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import Q

from catalog.access import Action, require
from catalog.models import Dataset
from catalog.types import Principal
from lineage.models import Statement
from lineage.services.declared import DECLARED_KINDS, resolve_declared
from lineage.services.reading import DEFINITION_KINDS, ReadingOutcome, read_definitions


def rebuild_lineage(
    *,
    acting: Principal,
    anew: bool = True,
    note_progress: Callable[[int, int], None] | None = None,
) -> ReadingOutcome:
    """Make all edges current: every definition is analyzed (only what changed with
    `anew=False`), every declared statement resolved. Edges that stay are not touched.

    `note_progress(done, total)` hears of every batch, in datasets.
    """
    require(acting, Action.INGEST)
    ids = list(
        Dataset.objects.filter(~Q(definition_sql="") | Q(statements__kind__in=DEFINITION_KINDS))
        .distinct()
        .order_by("pk")
        .values_list("pk", flat=True)
    )

    def note(done: int) -> None:
        if note_progress is not None:
            note_progress(done, len(ids))

    outcome = read_definitions(ids, acting=acting, anew=anew, note_progress=note)
    declared = Statement.objects.filter(kind__in=DECLARED_KINDS)
    resolve_declared(declared.values_list("pk", flat=True), acting=acting)
    return outcome
