"""What a proposal must say beside its changes before anybody is asked to answer it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from catalog.dates import exact_time
from governance.agreements.kinds.charter import rules_in_force
from governance.proposals.models import Proposal
from governance.proposals.rules.deadlines import earliest_effect
from governance.proposals.services.dry_run import DryRun
from governance.proposals.services.opening import compute_class, notice_of
from governance.types import ChangeSpec, Finding, FindingLevel, ProposalClass, Scope


def missing(
    klass: ProposalClass,
    changes: Iterable[ChangeSpec],
    *,
    is_founded: bool,
    wanted_effective_at: dt.datetime | None,
    at: dt.datetime,
) -> Iterator[Finding]:
    """What submission refuses, each at its field. `is_founded`: it names its evidence, or says why
    there is none."""
    if not is_founded:
        yield Finding(
            "proposal.evidence_missing",
            FindingLevel.ERROR,
            "Name the evidence it rests on, or say why there is none.",
            "evidence",
        )
    if wanted_effective_at is None:
        return
    if wanted_effective_at < at:
        yield _too_early("The effective date lies in the past: choose a later one.")
        return
    earliest = earliest_effect(klass, at, rules_in_force(at), notice_of(changes))
    if wanted_effective_at < earliest:
        yield _too_early(
            f"It can take effect on {exact_time(earliest)} at the earliest: a proposal of"
            f" class {klass.value} needs that time. Choose a later date or leave it empty."
        )


def missing_in_draft(
    found: DryRun,
    changes: Sequence[ChangeSpec],
    *,
    scope: Scope,
    is_founded: bool,
    wanted_effective_at: dt.datetime | None,
    at: dt.datetime,
) -> tuple[Finding, ...]:
    """The same of what is not saved yet: `found` is its dry run, `scope` that of its impact."""
    klass = compute_class(Proposal(scope=scope), found)
    return tuple(
        missing(
            ProposalClass(klass),
            changes,
            is_founded=is_founded,
            wanted_effective_at=wanted_effective_at,
            at=at,
        )
    )


def _too_early(message: str) -> Finding:
    return Finding("proposal.effect_too_early", FindingLevel.ERROR, message, "wanted_effective_at")
