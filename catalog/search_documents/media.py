"""Facets of media datasets, and the documents of their transcripts (R-053)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catalog.models import Media
from catalog.search.answers import HitFacts
from catalog.search.documents import SearchDocument, Term
from catalog.search_documents.naming import place_of

# Up to so many seconds, or pages; the last is for all beyond.
_PLAYS = ((60, "under-a-minute"), (600, "1-to-10-minutes"), (3_600, "10-to-60-minutes"))
_READS = ((1, "1-page"), (10, "2-to-10-pages"), (100, "11-to-100-pages"))


def media_terms(among: Mapping[str, Any]) -> dict[int, list[Term]]:
    """The facet values of media datasets by their id, in one query; `among` says of which."""
    rows = Media.objects.filter(**among).defer("transcript")
    return {media.dataset_id: list(_terms(media)) for media in rows}


def transcript_documents(ids: Sequence[int]) -> list[SearchDocument]:
    """The words of media datasets, in one query; what has none is in no index."""
    return [
        SearchDocument(
            kind="transcript",
            id=media.pk,
            name=f"Transcript of {media.dataset.name}"[:500],
            qualified_name=media.dataset.qualified_name,
            place=(*place_of(media.dataset.qualified_name), media.dataset.name),
            parent_id=media.dataset_id,
            description=media.transcript,
            terms=(
                Term("kind", "transcript"),
                Term("platform", media.dataset.system.platform),
                *_terms(media),
            ),
            facts=HitFacts(type=media.kind, platform=media.dataset.system.platform),
        )
        for media in Media.objects.filter(pk__in=ids)
        .exclude(transcript="")
        .select_related("dataset__system")
    ]


def length_of(media: Media) -> str:
    """The span into which its length falls; empty where nobody knows."""
    if media.duration_seconds is not None:
        return _span(media.duration_seconds, _PLAYS, "over-an-hour")
    if media.pages is not None:
        return _span(media.pages, _READS, "over-100-pages")
    return ""


def _span(length: int, spans: Sequence[tuple[int, str]], beyond: str) -> str:
    return next((words for most, words in spans if length <= most), beyond)


def _terms(media: Media) -> Iterator[Term]:
    yield Term("media", media.kind)
    for field, value in (
        ("format", media.format),
        ("length", length_of(media)),
        ("language", media.language),
    ):
        if value:
            yield Term(field, value)
