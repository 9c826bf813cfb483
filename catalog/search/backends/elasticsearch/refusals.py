"""Documents that the index will never take as they are: kept where an administrator sees them."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from django.db.models import F, Q

from catalog.models import RefusedDocument
from catalog.search.backends.base import Key
from catalog.search.backends.elasticsearch.bulk import Refusal

log = structlog.get_logger(__name__)


def note_refused(keys: Sequence[Key], refused: Sequence[Refusal]) -> None:
    """Of what was written, `keys`, keep what was refused, and forget what was taken."""
    reasons = {refusal.operation.key: refusal.reason for refusal in refused}
    if RefusedDocument.objects.exists():
        taken = Q(pk__in=())
        for kind in {kind for kind, _ in keys}:
            ids = [pk for other, pk in keys if other == kind and (kind, pk) not in reasons]
            taken |= Q(kind=kind, object_id__in=ids)
        RefusedDocument.objects.filter(taken).delete()
    for (kind, pk), reason in sorted(reasons.items()):
        log.error("search_document_refused", kind=kind, id=pk, reason=reason)
        known, is_new = RefusedDocument.objects.get_or_create(
            kind=kind, object_id=pk, defaults={"error": reason}
        )
        if not is_new:
            known.error, known.attempts = reason, F("attempts") + 1
            known.save()
