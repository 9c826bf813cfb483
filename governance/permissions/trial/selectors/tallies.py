"""What replays and shadows of a proposal counted, by person, dataset and purpose, by name.

Who asked what is the access log's to tell: people are named to who may read all of it, others see
how many they are.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from catalog.models import Person
from catalog.selectors.datasets import visible_datasets
from catalog.types import Principal
from governance.audit.selectors.records import is_auditor
from governance.permissions.trial.difference import Change
from governance.permissions.trial.models import OptOutReplay, OptOutShadow
from governance.permissions.trial.selectors.standing import proposal_to_try
from governance.permissions.types import TrialState
from governance.proposals.models import Proposal

SHOWN = 50
NO_PURPOSE = "none stated"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many answers would have been others for one person, dataset or purpose."""

    name: str
    change: str
    count: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows of the log that asked for data and could not be asked again, and why."""

    why: str
    count: int


@dataclass(frozen=True, slots=True)
class Tallies:
    """Answers that would have been others. `people_withheld` says that people are counted and not
    named; datasets whose names are hidden to the reader are left out of `by_dataset`."""

    asked: int
    left_out: tuple[LeftOut, ...]
    differing: tuple[tuple[str, int], ...]
    people: int
    datasets: int
    by_person: tuple[Tally, ...]
    by_dataset: tuple[Tally, ...]
    by_purpose: tuple[Tally, ...]
    people_withheld: bool

    @property
    def different(self) -> int:
        """All that would have been others."""
        return sum(count for _, count in self.differing)


@dataclass(frozen=True, slots=True)
class ReplayView:
    """One replay; `is_old` says that the text was changed since."""

    replay: OptOutReplay
    tallies: Tallies | None
    is_old: bool

    @property
    def is_under_way(self) -> bool:
        """Whether it still waits or runs."""
        return self.replay.state in (TrialState.WAITING, TrialState.RUNNING)


@dataclass(frozen=True, slots=True)
class ShadowView:
    """One shadow; `is_old` says that the text was changed since."""

    shadow: OptOutShadow
    tallies: Tallies
    is_running: bool
    is_old: bool

    @property
    def last_day(self) -> dt.date:
        """The day with which it ends, or ended."""
        ends = min(self.shadow.ended_at or self.shadow.ends_at, self.shadow.ends_at)
        return (ends - dt.timedelta(microseconds=1)).date()


def replays_of(principal: Principal, key: str) -> list[ReplayView]:
    """The replays of a proposal, the newest first. Raises as `proposal_to_try` does."""
    return replays_of_proposal(principal, proposal_to_try(principal, key))


def replays_of_proposal(
    principal: Principal, proposal: Proposal, *, most: int = SHOWN
) -> list[ReplayView]:
    """The same of a proposal that the principal may try."""
    rows = OptOutReplay.objects.filter(proposal=proposal).select_related("requested_by")[:most]
    return [
        ReplayView(
            row,
            _of_result(principal, row.result) if row.state == TrialState.FINISHED else None,
            row.revision_id != proposal.current_id,
        )
        for row in rows
    ]


def shadows_of(principal: Principal, key: str) -> list[ShadowView]:
    """The shadows of a proposal, the newest first. Raises as `proposal_to_try` does."""
    return shadows_of_proposal(principal, proposal_to_try(principal, key))


def shadows_of_proposal(
    principal: Principal, proposal: Proposal, *, most: int = SHOWN
) -> list[ShadowView]:
    """The same of a proposal that the principal may try."""
    rows = OptOutShadow.objects.filter(proposal=proposal).select_related("started_by")[:most]
    now = timezone.now()
    return [
        ShadowView(
            row,
            _of_counts(principal, row),
            _runs(row, now),
            row.revision_id != proposal.current_id,
        )
        for row in rows
    ]


def _runs(row: OptOutShadow, now: dt.datetime) -> bool:
    return row.ended_at is None and row.ends_at > now


def _of_result(principal: Principal, result: dict[str, Any]) -> Tallies:
    return _tallies(
        principal,
        asked=result["asked"],
        left_out=result.get("left_out", {}),
        differing=Counter(result["differing"]),
        people=result["people"],
        datasets=result["datasets"],
        by_person=[tuple(one) for one in result["by_person"]],
        by_dataset=[tuple(one) for one in result["by_dataset"]],
        by_purpose=[tuple(one) for one in result["by_purpose"]],
    )


def _of_counts(principal: Principal, row: OptOutShadow) -> Tallies:
    def grouped(name: str) -> list[tuple[Any, str, int]]:
        rows = row.counts.values_list(name, "change").annotate(total=Sum("count"))
        return list(rows.order_by("-total", name, "change")[:SHOWN])

    by_change = row.counts.values_list("change").annotate(total=Sum("count")).order_by("change")
    return _tallies(
        principal,
        asked=row.seen,
        differing=Counter(dict(by_change)),
        people=row.counts.values("person").distinct().count(),
        datasets=row.counts.values("dataset").distinct().count(),
        by_person=grouped("person"),
        by_dataset=grouped("dataset"),
        by_purpose=grouped("purpose"),
    )


def _tallies(
    principal: Principal,
    *,
    asked: int,
    differing: Counter[str],
    left_out: Mapping[str, int] = MappingProxyType({}),
    people: int,
    datasets: int,
    by_person: Sequence[tuple[Any, str, int]],
    by_dataset: Sequence[tuple[Any, str, int]],
    by_purpose: Sequence[tuple[Any, str, int]],
) -> Tallies:
    may_name = is_auditor(principal)
    names: dict[Any, str] = {}
    if may_name:
        persons = Person.objects.filter(pk__in=[pk for pk, _, _ in by_person[:SHOWN]])
        names = dict(persons.values_list("pk", "username"))
    held = visible_datasets(principal).filter(pk__in=[pk for pk, _, _ in by_dataset[:SHOWN]])
    data = {one.pk: one.qualified_name for one in held.select_related("system")}
    return Tallies(
        asked=asked,
        left_out=tuple(LeftOut(why, count) for why, count in sorted(left_out.items())),
        differing=tuple(
            (change.value, differing[change.value]) for change in Change if differing[change.value]
        ),
        people=people,
        datasets=datasets,
        by_person=_named(by_person, names),
        by_dataset=_named(by_dataset, data),
        by_purpose=tuple(
            Tally(purpose or NO_PURPOSE, change, count) for purpose, change, count in by_purpose
        ),
        people_withheld=not may_name,
    )


def _named(rows: Iterable[tuple[Any, str, int]], names: dict[Any, str]) -> tuple[Tally, ...]:
    return tuple(
        Tally(names[pk], change, count) for pk, change, count in list(rows)[:SHOWN] if pk in names
    )
