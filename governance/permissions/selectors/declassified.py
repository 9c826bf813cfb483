"""The declassifications in force: which columns no longer inherit which labels, and who said so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from catalog.models import Alias, Dataset, Label
from catalog.names import lookup_key
from governance.agreements.kinds.declassification.document import DeclassificationDocument
from governance.agreements.kinds.declassification.sources import labels_condition
from governance.agreements.selectors.in_force import InForce, in_force
from governance.permissions.engine import Declassified

log = structlog.get_logger(__name__)

KIND = "declassification"


@dataclass(frozen=True, slots=True)
class Ended:
    """One declassification of a dataset: what it ends, on what basis, and who answers for it."""

    key: str
    title: str
    columns: tuple[str, ...]
    labels: tuple[str, ...]
    basis: str
    group_of: int | None
    reason: str
    owner: str
    review_by: dt.date
    is_review_due: bool


def declassified(at: dt.datetime | None = None) -> tuple[Declassified, ...]:
    """All of them as the engine takes them; with `at` those of an instant of the past.

    One whose document can no longer be read ends nothing, and neither does one whose dataset,
    column or label is not there: what it was about is inherited again.
    """
    held = _read(in_force(KIND) if at is None else in_force(KIND, at=at))
    if not held:
        return ()
    places = _datasets(document.dataset for _, document in held)
    found = []
    for _, document in held:
        dataset = places.get(lookup_key(document.dataset))
        if dataset is None:
            continue
        meant = Label.objects.filter(labels_condition(document.labels, ""))
        labels = frozenset(map(str, meant.values_list("pk", flat=True)))
        found += [Declassified(dataset, lookup_key(path), labels) for path in document.columns]
    return tuple(found)


def declassified_names() -> frozenset[str]:
    """What the datasets of all of them are called there, as keys."""
    return frozenset(lookup_key(document.dataset) for _, document in _read(in_force(KIND)))


def ended_on(dataset: Dataset, today: dt.date) -> list[Ended]:
    """The declassifications of one dataset, by title, as the access tab tells them. Their text is
    open to everybody; who may see the dataset is asked before."""
    held = _read(in_force(KIND))
    places = _datasets(document.dataset for _, document in held)
    return [
        Ended(
            key=one.key,
            title=one.title,
            columns=document.columns,
            labels=document.labels,
            basis=document.basis.value,
            group_of=document.group_of,
            reason=document.reason,
            owner=document.owner,
            review_by=document.review_by,
            is_review_due=document.review_by <= today,
        )
        for one, document in held
        if places.get(lookup_key(document.dataset)) == dataset.pk
    ]


def _read(held: Iterable[InForce]) -> list[tuple[InForce, DeclassificationDocument]]:
    found = []
    for one in held:
        try:
            found.append((one, DeclassificationDocument.model_validate(one.document)))
        except ValidationError as error:
            log.error("declassification_unreadable", key=one.key, error=str(error)[:300])
    return found


def _datasets(names: Iterable[str]) -> Mapping[str, int]:
    """Datasets by the key of their name, or of a former one that no other has now."""
    keys = list({lookup_key(name) for name in names})
    if not keys:
        return {}
    former = Alias.objects.filter(lookup_name__in=keys).values_list("lookup_name", "dataset_id")
    now = Dataset.objects.filter(lookup_name__in=keys).values_list("lookup_name", "pk")
    return dict(former) | dict(now)
