"""What a source says of images, sound and documents: it fills all but what people set (law 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from catalog.models import Media
from catalog.services.ingest.work import Work
from catalog.services.media import FIELDS


def keep_media(works: Sequence[Work]) -> None:
    """Write the media facts of a chunk; a query for those there, one for each that differs."""
    told = [work for work in works if work.checked.record.media and not work.describes_only]
    if not told:
        return
    there = Media.objects.select_for_update().order_by("dataset_id")
    known = {
        media.dataset_id: media
        for media in there.filter(dataset_id__in=[work.dataset_id for work in told])
    }
    for work in told:
        record = work.checked.record.media
        media = known.get(work.dataset_id) or Media(dataset_id=work.dataset_id)
        changed: dict[str, tuple[Any, Any]] = {}
        for name in FIELDS:
            value, held = getattr(record, name), getattr(media, name)
            if value is not None and value != held and name not in media.declared_fields:
                changed[f"media.{name}"] = (held, value)
                setattr(media, name, value)
        if changed or media.pk is None:
            media.save()
            # What a transcript says is data: a difference that people read does not show it.
            changed.pop("media.transcript", None)
            work.diff.fields.update(changed or {"media": (None, str(record and record.kind))})
