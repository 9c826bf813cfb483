"""Everything that is closed or narrowed for one person, with their exceptions and requests."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import islice

from django.db.models import Q

from catalog.models import Dataset
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from governance import clock
from governance.models import BreakGlassTemplate, OptOutException
from governance.permissions.holder import opt_outs
from governance.permissions.selectors.exceptions import exceptions_seen, templates_seen
from governance.permissions.selectors.register import (
    OptOutEntry,
    datasets_under,
    entries_by_key,
)
from governance.permissions.types import ExceptionState

DATASETS_SHOWN = 12
MOST_EXCEPTIONS = 100


@dataclass(frozen=True, slots=True)
class ClosedForMe:
    """One opt-out that concerns somebody now: how many datasets, the first of them, and the
    exception that lifts it on all or some of them, where there is one."""

    entry: OptOutEntry
    dataset_count: int
    datasets: tuple[Dataset, ...]
    lifted_by: OptOutException | None


@dataclass(frozen=True, slots=True)
class MyAccess:
    """What `/access/mine/` shows."""

    closed: tuple[ClosedForMe, ...]
    exceptions: tuple[OptOutException, ...]
    requests: tuple[OptOutException, ...]
    templates: tuple[BreakGlassTemplate, ...]


def access_of_mine(principal: Principal) -> MyAccess:
    """What holds for the principal; in a fixed number of queries."""
    person = principal.person_id
    if person is None:
        return MyAccess((), (), (), ())
    at = clock.now()
    covering = Q(person=person) | Q(team__name__in=principal.teams)
    known = exceptions_seen(principal)
    current = known.filter(covering, state=ExceptionState.APPROVED, ends_at__gt=at)
    asked = known.filter(Q(requested_by=person) | covering).exclude(
        state=ExceptionState.APPROVED, ends_at__gt=at
    )
    exceptions = tuple(current.order_by("ends_at", "id")[:MOST_EXCEPTIONS])
    return MyAccess(
        closed=_closed(principal, person, exceptions),
        exceptions=exceptions,
        requests=tuple(asked[:MOST_EXCEPTIONS]),
        templates=tuple(
            templates_seen(principal).filter(
                team__name__in=principal.teams, ended_at__isnull=True, ends_at__gt=at
            )
        ),
    )


def _closed(
    principal: Principal, person: int, exceptions: tuple[OptOutException, ...]
) -> tuple[ClosedForMe, ...]:
    index = opt_outs.index_for(person)
    rules = index.rules_of(person)
    if not rules:
        return ()
    hidden = index.hidden(person)
    entries = entries_by_key(index, hidden)
    mask = index.parts.masks.get(person, 0)
    touched = {rule.key: datasets_under(index, rule.key, mask) - hidden for rule in rules}
    wanted = {pk for found in touched.values() for pk in islice(found, DATASETS_SHOWN)}
    named = visible_datasets(principal).select_related("system").in_bulk(wanted)
    lifting = {one.agreement.key: one for one in exceptions if one.begins_at <= clock.now()}
    found = [
        ClosedForMe(
            entries[rule.key],
            len(touched[rule.key]),
            tuple(named[pk] for pk in islice(touched[rule.key], DATASETS_SHOWN) if pk in named),
            lifting.get(rule.key),
        )
        for rule in rules
        if rule.key in entries and touched[rule.key]
    ]
    return tuple(sorted(found, key=_soonest_end))


def _soonest_end(one: ClosedForMe) -> tuple[dt.date, str]:
    return one.entry.until or dt.date.max, one.entry.number
