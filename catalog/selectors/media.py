"""What a media dataset says of itself, and the words in it for who may read them (R-053)."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.access import Action, Verdict, gate
from catalog.models import Dataset, Media
from catalog.types import Principal


@dataclass(frozen=True, slots=True)
class MediaAnswer:
    """The facts; `transcript` is None where it may not be read, and `verdict` says why."""

    media: Media
    has_transcript: bool
    transcript: str | None
    verdict: Verdict


def media_of(
    principal: Principal, dataset: Dataset, *, with_transcript: bool = True
) -> MediaAnswer | None:
    """The media facts of a dataset that the principal sees, None without any. A transcript that is
    shown is on record like any data."""
    media = Media.objects.filter(dataset=dataset).defer("transcript").first()
    if media is None:
        return None
    text = Media.objects.filter(pk=media.pk).exclude(transcript="")
    has_transcript = text.exists()
    shows = with_transcript and has_transcript
    verdict = (
        gate().answer(principal, Action.READ_WHOLE, dataset, use="transcript")
        if shows
        else gate().authorize(principal, Action.READ_WHOLE, dataset)
    )
    transcript = (
        text.values_list("transcript", flat=True).first() if shows and verdict.allowed else None
    )
    return MediaAnswer(media, has_transcript, transcript, verdict)
