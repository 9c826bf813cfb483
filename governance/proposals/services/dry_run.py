"""The dry run: what checks, bindings and conflicts say of changes, before anybody is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from catalog.access import Action, require
from catalog.types import Principal
from governance import clock
from governance.agreements.selectors.reading_once import reading_once
from governance.proposals.models import Change, Proposal
from governance.proposals.rules.classes import without_prose
from governance.proposals.rules.transitions import OPEN
from governance.proposals.services.preparing import Prepared, contexts, prepare
from governance.types import (
    BindingSpec,
    ChangeOp,
    ChangeSpec,
    ConflictKind,
    ConflictSpec,
    Finding,
    FindingLevel,
    Party,
    ProposalState,
)


@dataclass(frozen=True, slots=True)
class ChangeDiff:
    """One change beside what it changes; `before` is None where nothing holds yet."""

    key: str
    kind: str
    op: ChangeOp
    title: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]
    is_editorial: bool


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a dry run found. `bindings` maps the key of a changed agreement to what it rests on.

    Findings of level `error` stop submission; `unchecked` guards never do.
    """

    findings: tuple[Finding, ...]
    diffs: tuple[ChangeDiff, ...]
    bindings: Mapping[str, tuple[BindingSpec, ...]]
    conflicts: tuple[ConflictSpec, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What stops submission."""
        return tuple(f for f in self.findings if f.level is FindingLevel.ERROR)

    @property
    def unchecked(self) -> tuple[Finding, ...]:
        """Guards that no engine can answer yet."""
        return tuple(f for f in self.findings if f.level is FindingLevel.UNCHECKED)

    @property
    def is_editorial(self) -> bool:
        """Whether nothing but prose differs from what is in force."""
        return all(diff.is_editorial for diff in self.diffs)


def dry_run(*, acting: Principal, changes: Sequence[ChangeSpec]) -> DryRun:
    """Check changes without writing anything; raises InvalidInput for what cannot be read."""
    require(acting, Action.PROPOSE)
    return run(prepare(changes), acting=acting, at=clock.now(), signing=True)


def run(
    prepared: Sequence[Prepared],
    *,
    acting: Principal,
    at: dt.datetime,
    own_key: str = "",
    repeats: bool = False,
    cheap: bool = False,
    signing: bool = False,
) -> DryRun:
    """The same for changes that were read already. `own_key` is the proposal they belong to, which
    is no other one on the same target. `repeats` allows a text that is in force already: an
    emergency is ratified word for word. `cheap` looks for no conflicts. `signing` adds what stands
    against asking for signatures."""
    with reading_once():
        return _run(prepared, acting, at, own_key, repeats=repeats, cheap=cheap, signing=signing)


def _run(
    prepared: Sequence[Prepared],
    acting: Principal,
    at: dt.datetime,
    own_key: str,
    *,
    repeats: bool,
    cheap: bool,
    signing: bool,
) -> DryRun:
    findings: list[Finding] = []
    conflicts: list[ConflictSpec] = []
    bindings: dict[str, tuple[BindingSpec, ...]] = {}
    for number, (one, context) in enumerate(
        zip(prepared, contexts(prepared, acting=acting, at=at), strict=True)
    ):
        findings += [_placed(finding, number) for finding in _op_findings(one, repeats=repeats)]
        if one.document is None:
            continue
        findings += [_placed(finding, number) for finding in one.kind.check(one.document, context)]
        if signing:
            stands_against = one.kind.before_signing(one.document, context)
            findings += [_placed(finding, number) for finding in stands_against]
        bindings[one.key] = tuple(one.kind.bindings(one.document, context))
        if one.op is not ChangeOp.RETIRE and not cheap:
            conflicts += one.kind.conflicts(one.document, context)
    if not cheap:
        conflicts += _pending(prepared, own_key)
    return DryRun(
        findings=tuple(findings),
        diffs=tuple(diff_of(one) for one in prepared),
        bindings=bindings,
        conflicts=tuple(conflicts),
    )


def diff_of(one: Prepared) -> ChangeDiff:
    """One change beside what it changes."""
    before = one.before
    # New words in force would keep what is to go, or put its last day off: that is no wording.
    is_editorial = (
        one.op is ChangeOp.REPLACE
        and before is not None
        and not one.is_going
        and without_prose(before, one.kind.prose) == without_prose(one.content, one.kind.prose)
    )
    return ChangeDiff(
        key=one.key,
        kind=one.kind.name,
        op=one.op,
        title=one.title,
        before=before,
        after=one.content,
        is_editorial=is_editorial,
    )


def finding_rows(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings as a revision stores them."""
    return [asdict(finding) for finding in findings]


def _op_findings(one: Prepared, *, repeats: bool) -> Iterable[Finding]:
    holds = one.before is not None
    if one.op is ChangeOp.CREATE and holds:
        yield Finding(
            "change.exists_already",
            FindingLevel.ERROR,
            f"{one.key} is in force already.",
            fix="Replace it instead of creating it, or give this another number or name.",
        )
    if one.op is not ChangeOp.CREATE and not holds:
        yield Finding(
            "change.nothing_in_force",
            FindingLevel.ERROR,
            f"{one.key} is not in force, so there is nothing to {one.op.value}.",
            fix="Create it.",
        )
    if one.op is ChangeOp.REPLACE and not repeats and one.before == one.content:
        yield Finding(
            "change.changes_nothing",
            FindingLevel.ERROR,
            f"{one.key} says exactly this already.",
            fix="Leave this change out.",
        )


def _placed(finding: Finding, number: int) -> Finding:
    """The finding with its field under the change that it belongs to."""
    place = f"changes.{number}" + (f".document.{finding.field}" if finding.field else "")
    return Finding(finding.check, finding.level, finding.message, place, finding.fix)


def _pending(prepared: Sequence[Prepared], own_key: str) -> list[ConflictSpec]:
    """Other open proposals on the same targets: both belong on one line of the agenda."""
    titles = {one.key: one.title for one in prepared}
    open_states = [state for state in OPEN if state is not ProposalState.DRAFT]
    rows = (
        Change.objects.filter(
            agreement_key__in=titles,
            revision__in=Proposal.objects.filter(state__in=open_states)
            .exclude(key=own_key)
            .values("current"),
        )
        .select_related("revision__proposal")
        .order_by("agreement_key", "revision__proposal__number")
    )
    found = []
    for row in rows:
        other = row.revision.proposal
        parties = [Party("proposal", other.key, other.title)]
        if own_key:
            parties.insert(0, Party("proposal", own_key, titles[row.agreement_key]))
        found.append(
            ConflictSpec(
                kind=ConflictKind.PENDING,
                parties=tuple(sorted(parties, key=lambda party: party.key)),
                witness=f"{other.key} changes the same as well: {row.title}.",
            )
        )
    return found
