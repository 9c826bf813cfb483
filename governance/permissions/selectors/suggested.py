"""Suggested classes that count as labels while a protocol in force says so, until a review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from catalog.models import Dataset
from governance.agreements.kinds.metadata_protocol.counting import Counted, counted_by
from governance.agreements.kinds.metadata_protocol.document import MetadataProtocolDocument
from governance.agreements.kinds.metadata_protocol.selection import fitting
from governance.agreements.selectors.in_force import InForce, in_force

log = structlog.get_logger(__name__)

KIND = "metadata_protocol"


@dataclass(frozen=True, slots=True)
class CountedClass:
    """A column whose suggested class counts, with the protocol that says so."""

    path: str
    label: str
    confidence: float
    why: tuple[str, ...]
    key: str
    title: str


def suggestions_count() -> bool:
    """Whether a protocol in force has suggestions count at all."""
    return any(True for _ in _counting(None))


def counted(at: dt.datetime | None = None) -> list[Counted]:
    """Every suggestion that counts now; with `at`, by the protocols of an instant of the past."""
    return [
        one
        for held, document in _counting(at)
        for one in counted_by(
            document, fitting(document.selector, Dataset.objects.all()), held.since
        )
    ]


def counted_on(dataset: Dataset) -> list[CountedClass]:
    """The suggestions of one dataset that count, as the access tab tells them; who may see the
    dataset is asked before."""
    found: dict[tuple[str, str], CountedClass] = {}
    for held, document in _counting(None):
        mine = fitting(document.selector, Dataset.objects.filter(pk=dataset.pk))
        for one in counted_by(document, mine, held.since):
            told = CountedClass(one.path, one.label, one.confidence, one.why, held.key, held.title)
            found.setdefault((one.path, one.label), told)
    return list(found.values())


def _counting(at: dt.datetime | None) -> Iterator[tuple[InForce, MetadataProtocolDocument]]:
    for held in in_force(KIND) if at is None else in_force(KIND, at=at):
        if not held.document.get("treat_suggestions_as_class"):
            continue
        try:
            yield held, MetadataProtocolDocument.model_validate(held.document)
        except ValidationError as error:
            log.error("protocol_unreadable", key=held.key, error=str(error)[:300])
