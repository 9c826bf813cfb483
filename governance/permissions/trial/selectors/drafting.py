"""A draft of opt-outs as an index beside the one in force; nobody's answer comes from it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from governance import clock
from governance.agreements.canonical import digest
from governance.agreements.kinds.permission_policy.document import OptOut
from governance.permissions.conditions import NotInTheSet
from governance.permissions.engine import Delta, Index, Rule, World, compile_index, next_index
from governance.permissions.engine.deltas import matched
from governance.permissions.engine.periods import edges, holds_at
from governance.permissions.holder import opt_outs
from governance.permissions.selectors import world
from governance.permissions.selectors.rules import KIND, rule_of
from governance.permissions.trial.analysis import analyzed
from governance.permissions.trial.difference import Difference, access_difference
from governance.permissions.trial.flaws import Found
from governance.permissions.trial.selectors.benching import Regression, regressions_of
from governance.proposals.models import Revision
from governance.types import ChangeOp

_MOST_BY_DELTA = 500
"""Datasets whose columns a delta takes in; with more the whole index is compiled anew."""
_AHEAD = 366 * 86_400.0
HOUR = 3_600.0
_MOST_KEPT = 3
"""Drafts at hand; who loses what of a hundred thousand datasets takes a hundred megabytes."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a draft does to one opt-out; `document` is None where it ends."""

    key: str
    number: int
    document: OptOut | None
    digest: str


class Draft:
    """What holds (`base`) and what would hold (`index`), compared at the instant `at`: the first
    from now on at which everything that changes holds. `documents` are the opt-outs as they would
    read, `keys` all that change, those that would end included."""

    def __init__(
        self,
        base: Index,
        index: Index,
        documents: Mapping[str, OptOut],
        keys: frozenset[str],
        now: float,
    ) -> None:
        self.base, self.index, self.now = base, index, now
        self.documents, self.keys = documents, keys
        self.at = max((self.at_of(key) for key in keys), default=now)

    @cached_property
    def always(self) -> Index:
        """The index as if what changes had always held, for questions of the past and of now."""
        rules = [
            replace(rule, when=replace(rule.when, begins=0.0))
            for key, rule in self.index.parts.rules.items()
            if key in self.keys
        ]
        gone = self.keys - self.index.parts.rules.keys()
        return with_rules(self.base, rules, frozenset(gone))

    @cached_property
    def difference(self) -> Difference:
        """Who gains and who loses what, reading for any purpose."""
        return access_difference(self.base, self.index, at=self.at)

    @cached_property
    def flaws(self) -> tuple[Found, ...]:
        """What is wrong with the opt-outs that change, or goes wrong with others through them."""
        return tuple(analyzed(self.index, among=self.keys, at=self.at))

    @cached_property
    def regressions(self) -> tuple[Regression, ...]:
        """The tests of other opt-outs that it breaks."""
        return regressions_of(self.base, self.index, self.keys, at=self.at)

    def at_of(self, key: str) -> float:
        """The first instant from now on at which one of its opt-outs holds."""
        rule = self.index.parts.rules.get(key)
        return self.now if rule is None else first_held(rule, self.now)


def draft_of(revision: Revision) -> Draft:
    """The draft that a revision of a proposal writes."""
    changes = revision.changes.filter(kind=KIND).exclude(op=ChangeOp.DEPRECATE)
    return draft_from(
        drafted(
            op=ChangeOp(one.op), key=one.agreement_key, document=one.document,
            number=one.base_version + 1, known=one.digest,
        )
        for one in changes.order_by("position")
    )  # fmt: skip


def drafted(
    *, op: ChangeOp, key: str, document: Mapping[str, Any], number: int, known: str = ""
) -> Drafted:
    """What a change of a proposal does to an opt-out. `known` is the digest of its document."""
    if op is ChangeOp.RETIRE:
        return Drafted(key, number, None, "")
    return Drafted(key, number, OptOut.model_validate(document), known or digest(document))


def draft_from(changes: Iterable[Drafted]) -> Draft:
    """The draft that some changes make together, on top of what holds now. An opt-out that the
    engine cannot read is left as it is: its own checks say why."""
    base = opt_outs.settled()
    held = sorted(changes, key=lambda one: one.key)
    return _kept.draft(base, held, clock.now().timestamp())


class _Kept:
    """The last drafts that were compiled, while what holds beside them stays."""

    def __init__(self) -> None:
        self._drafts: dict[tuple[tuple[str, str], ...], Draft] = {}
        self._lock = threading.Lock()

    def draft(self, base: Index, changes: list[Drafted], now: float) -> Draft:
        """The draft at hand, if it was made this hour; else a new one."""
        asked = tuple((one.key, one.digest) for one in changes)
        with self._lock:
            found = self._drafts.get(asked)
            if found is None or found.base is not base or found.now // HOUR != now // HOUR:
                found = _made(base, changes, now)
                self._drafts.pop(asked, None)
                while len(self._drafts) >= _MOST_KEPT:
                    del self._drafts[next(iter(self._drafts))]
                self._drafts[asked] = found
            return found


_kept = _Kept()


def _made(base: Index, changes: list[Drafted], now: float) -> Draft:
    rules: list[Rule] = []
    gone: set[str] = set()
    for one in changes:
        if one.document is None:
            gone.add(one.key)
            continue
        try:
            rules.append(rule_of(one.key, one.number, one.document))
        except NotInTheSet:
            continue
    documents = {one.key: one.document for one in changes if one.document is not None}
    keys = frozenset(rule.key for rule in rules) | gone
    return Draft(base, with_rules(base, rules, frozenset(gone)), documents, keys, now)


def with_rules(base: Index, rules: Iterable[Rule], gone: frozenset[str] = frozenset()) -> Index:
    """The index with some opt-outs written anew and others gone, on the same people and data."""
    parts = matched(base)
    held = tuple(rules)
    unread = world.unread_columns(parts.records.values(), held)
    everything = (*parts.rules.values(), *held)
    datasets = world.datasets(everything, unread) if unread else ()
    if len(datasets) <= _MOST_BY_DELTA:
        # What the base index has interned stays its own: both go on from it by themselves.
        apart = base.following(replace(parts, interned=dict(parts.interned)))
        return next_index(
            apart, Delta(parts.version, datasets=datasets, rules=held, gone_rules=gone)
        )
    records = {one.id: one for one in parts.records.values()} | {one.id: one for one in datasets}
    kept = {key: rule for key, rule in parts.rules.items() if key not in gone}
    anew = World(
        version=parts.version,
        people=tuple(parts.persons.values()),
        datasets=tuple(records.values()),
        rules=tuple((kept | {rule.key: rule for rule in held}).values()),
        exceptions=tuple(parts.exceptions.values()),
        floors=parts.floors,
    )
    return compile_index(anew, clock=base.now)


def first_held(rule: Rule, now: float) -> float:
    """The first instant from now on at which an opt-out holds; now where it never does."""
    soonest = max(now, rule.when.begins)
    if holds_at(rule.when, soonest):
        return soonest
    ahead = sorted(edges(rule.when, soonest, soonest + _AHEAD))
    return next((edge for edge in ahead if holds_at(rule.when, edge)), now)
