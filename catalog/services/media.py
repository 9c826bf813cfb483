"""Describing images, sound and documents (R-053)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from catalog.access import Action, require
from catalog.errors import InvalidInput
from catalog.events import DatasetChanged
from catalog.models import Media
from catalog.services.curation.locking import take_dataset
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import DatasetKind, MediaKind, MediaRecord, Principal
from catalog.whole_numbers import whole

FIELDS = (
    "kind", "format", "duration_seconds", "pages", "width", "height", "language", "transcript",
)  # fmt: skip
NUMBERS = frozenset({"duration_seconds", "pages", "width", "height"})
MOST_NUMBER = 2**31 - 1
MOST_TRANSCRIPT = 1_000_000  # characters
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
HOLDS_MEDIA = (DatasetKind.MEDIA.value, DatasetKind.FILE.value)


def describe_media(
    *, acting: Principal, dataset_id: int, changes: Mapping[str, Any], reason: str = ""
) -> Media:
    """Set facts of a media dataset by name (`FIELDS`); empty gives a fact back to the source.

    For its stewards; the transcript also needs the right to read the data. Raises InvalidInput
    naming the field, also for a dataset that is no media or file.
    """
    with writing(acting, reason=reason):
        dataset = take_dataset(acting, dataset_id, facts=["media"])
        if dataset.kind not in HOLDS_MEDIA:
            raise InvalidInput(
                f"{dataset.name} is a {dataset.kind.replace('_', ' ')}: only media and files have"
                " these facts.",
                field="kind",
            )
        if "transcript" in changes:
            require(acting, Action.READ_WHOLE, dataset)
        media = Media.objects.filter(dataset=dataset).first() or Media(dataset=dataset)
        checked = {name: _checked(name, value) for name, value in changes.items()}
        if not (checked.get("kind") or media.kind):
            raise InvalidInput(f"Say which kind it is: {', '.join(MediaKind)}.", field="kind")
        before = {name: getattr(media, name) for name in checked}
        for name, value in checked.items():
            setattr(media, name, value)
        declared = {name for name, value in checked.items() if value not in ("", None)}
        media.declared_fields = sorted((set(media.declared_fields) - checked.keys()) | declared)
        differing = [name for name in checked if before[name] != checked[name]]
        if differing or media.pk is None:
            media.save()
            event = DatasetChanged(fields=tuple(f"media.{n}" for n in differing), reason=reason)
            record(event, dataset, acting=acting)
    return media


def checked_media(media: MediaRecord | None, notices: list[str]) -> MediaRecord | None:
    """What a source says, without what cannot be stored; `notices` tell what was left out."""
    if media is None:
        return None
    kept: dict[str, Any] = {}
    for name in FIELDS:
        value = getattr(media, name)
        if value is None:
            continue
        if name == "transcript" and len(value) > MOST_TRANSCRIPT:
            notices.append(
                f"The transcript has {len(value)} characters; the first {MOST_TRANSCRIPT} were"
                " taken."
            )
            kept[name] = value[:MOST_TRANSCRIPT]
            continue
        try:
            kept[name] = _checked(name, value)
        except InvalidInput as error:
            notices.append(f"{error.message} It was left out.")
            kept[name] = None
    return replace(media, **kept)


def _checked(name: str, value: Any) -> Any:
    if name not in FIELDS:
        raise InvalidInput(
            f"There is no media fact {name!r}; there are {', '.join(FIELDS)}.", field=name
        )
    text = str(value if value is not None else "").strip()
    if "\x00" in text:
        raise InvalidInput("The text holds a NUL character: remove it.", field=name)
    if name in NUMBERS:
        return _number(name, text)
    if name == "kind":
        if text not in set(MediaKind):
            raise InvalidInput(f"The kind is one of {', '.join(MediaKind)}.", field=name)
        return text
    if name == "language" and text and not (len(text) <= 35 and _LANGUAGE.fullmatch(text)):
        raise InvalidInput(f"{text[:40]!r} is no language: write de or en-GB.", field=name)
    if name == "format":
        text = text.lower().removeprefix(".")
        if len(text) > 50:
            raise InvalidInput("The format has more than 50 characters.", field=name)
    if name == "transcript" and len(text) > MOST_TRANSCRIPT:
        raise InvalidInput(
            f"The transcript has {len(text):,} characters; the limit is {MOST_TRANSCRIPT:,}.",
            field=name,
        )
    return text


def _number(name: str, text: str) -> int | None:
    if not text:
        return None
    number = whole(text)
    if number is None or number > MOST_NUMBER:
        raise InvalidInput(
            f"{name.replace('_', ' ').capitalize()} is a whole number, not {text[:40]!r}.",
            field=name,
        )
    return number
