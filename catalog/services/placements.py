"""Putting datasets first in searches, with a reason and a last day (R-055)."""

from __future__ import annotations

import datetime as dt

from catalog.access import Action, gate
from catalog.errors import Conflict, InvalidInput, NotFound
from catalog.events import DatasetChanged
from catalog.models import Dataset, SearchPlacement
from catalog.search.cursors import MAX_PLACED
from catalog.search.placing import key_of, today
from catalog.services.actors import person_of
from catalog.services.curation.locking import take_dataset
from catalog.services.event_log import record
from catalog.services.transaction import writing
from catalog.types import Principal

FACT = "search_placements"  # a fact that stewards change, unless a protocol says otherwise
MAX_REASON = 300
MAX_DAYS = 366
_MAX_QUERY = 200


def place_first(
    *, acting: Principal, dataset_id: int, query: str, reason: str, ends_on: dt.date
) -> SearchPlacement:
    """Show a dataset before what fits a search as well as it does, up to and including `ends_on`;
    without a query somewhat before its like in all searches. What is there already for these words
    is placed anew.

    Raises InvalidInput (fields `query`, `reason`, `ends_on`), Conflict when enough stand first for
    these words already.
    """
    words = key_of(query)
    _check(query, words, reason, ends_on)
    with writing(acting, reason=reason.strip()):
        dataset = take_dataset(acting, dataset_id, facts=[FACT])
        visible = gate().scope(acting, Action.SEE, Dataset.objects.all())
        others = SearchPlacement.objects.filter(
            query=words, ends_on__gte=today(), dataset__in=visible
        )
        if words and others.exclude(dataset=dataset).count() >= MAX_PLACED:
            raise Conflict(
                f"{MAX_PLACED} datasets stand first for these words already: take one away first."
            )
        placement, _ = SearchPlacement.objects.update_or_create(
            dataset=dataset,
            query=words,
            defaults={
                "reason": reason.strip(),
                "ends_on": ends_on,
                "placed_by": person_of(acting),
            },
        )
        record(DatasetChanged(fields=(FACT,), reason=reason.strip()), dataset, acting=acting)
    return placement


def take_back(*, acting: Principal, placement_id: int, reason: str = "") -> int:
    """End a placement now; returns the dataset's id. Raises NotFound when it is gone."""
    with writing(acting, reason=reason):
        placement = SearchPlacement.objects.filter(pk=placement_id).first()
        if placement is None:
            raise NotFound("There is no such placement in searches.")
        dataset = take_dataset(acting, placement.dataset_id, facts=[FACT])
        placement.delete()
        record(DatasetChanged(fields=(FACT,), reason=reason), dataset, acting=acting)
    return dataset.pk


def _check(query: str, words: str, reason: str, ends_on: dt.date) -> None:
    if query.strip() and not words:
        raise InvalidInput("These words hold no letter and no digit.", field="query")
    if len(words) > _MAX_QUERY:
        raise InvalidInput(f"The words are longer than {_MAX_QUERY} characters.", field="query")
    if not reason.strip():
        raise InvalidInput("Say why it comes first: people read it there.", field="reason")
    if len(reason.strip()) > MAX_REASON or "\x00" in reason:
        raise InvalidInput(f"A reason takes at most {MAX_REASON} characters.", field="reason")
    if not today() <= ends_on <= today() + dt.timedelta(days=MAX_DAYS):
        raise InvalidInput("The last day lies between today and a year from now.", field="ends_on")
