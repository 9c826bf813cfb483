"""Looking after the search index, for administrators."""

from __future__ import annotations

from catalog.access import Action, require
from catalog.errors import Conflict, NotFound
from catalog.models import RefusedDocument
from catalog.search.indexing import renew
from catalog.types import Principal


def retry_refused(*, acting: Principal, refused_id: int) -> None:
    """Write a refused document once more, as it is now; raises Conflict when it is refused again,
    Unavailable when the index does not answer."""
    require(acting, Action.ADMINISTER)
    refused = RefusedDocument.objects.filter(pk=refused_id).first()
    if refused is None:
        raise NotFound("This document is not refused any more.")
    renew(refused.kind, [refused.object_id])
    again = RefusedDocument.objects.filter(pk=refused_id).first()
    if again is not None:
        raise Conflict(f"It was refused again: {again.error}")
