"""Adoption: a decided proposal takes effect, all of it at one instant, or none of it (3.7).

One transaction under one lock: targets in the order of their keys, base versions compared, cheap
checks run again, old versions closed and new ones written, the epoch raised, the proposal active
and what it replaces superseded, events recorded. Readers who took the epoch before see the old
agreements, those who take it afterwards the new ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import structlog
from django.db import connection, transaction

from catalog.errors import Conflict, InvalidInput
from catalog.models import Domain
from catalog.services.event_log import record_all
from catalog.services.transaction import writing
from governance import clock
from governance.agreements.models import Agreement, AgreementVersion, Binding, PolicyEpoch
from governance.agreements.services.migration import create_migration_tasks
from governance.council.models import Decision
from governance.events import AgreementAdopted
from governance.proposals.models import Change, Proposal
from governance.proposals.rules.transitions import may_follow
from governance.proposals.services.dry_run import run
from governance.proposals.services.preparing import Prepared, prepare
from governance.proposals.services.revisions import specs_of
from governance.proposals.services.steps import SYSTEM, step, take
from governance.types import (
    AgreementState,
    BindingSpec,
    ChangeOp,
    FindingLevel,
    ProposalState,
    Scope,
)

log = structlog.get_logger(__name__)

ADOPTION_LOCK = 3_310_003
SUNSET_DAYS = 90
MOST_TOLD = 20  # of a proposal with hundreds of changes the first tell enough
_STATE_AFTER = {
    ChangeOp.CREATE: AgreementState.ACTIVE,
    ChangeOp.REPLACE: AgreementState.ACTIVE,
    ChangeOp.DEPRECATE: AgreementState.DEPRECATED,
    ChangeOp.RETIRE: AgreementState.RETIRED,
}
_TICK = dt.timedelta(microseconds=1)


class Written(NamedTuple):
    """What an adoption wrote, and what the kinds did beyond it, in sentences for the timeline."""

    versions: list[AgreementVersion]
    told: tuple[str, ...]


class CannotAdopt(Conflict):
    """What a decision rests on is no longer there; the proposal is in conflict now."""


def activate_due(*, now: dt.datetime | None = None) -> list[str]:
    """Bring every decided proposal into force whose time has come, in the order of those times.

    Each in a transaction of its own; one that fails is logged and tried again by the next run.
    Returns the keys that were looked at. Running it twice changes nothing.
    """
    at = now or clock.now()
    due = Proposal.objects.filter(state=ProposalState.DECIDED_SCHEDULED, effective_at__lte=at)
    keys = list(due.order_by("effective_at", "number").values_list("key", flat=True))
    for key in keys:
        try:
            activate_one(key, now=at)
        except Exception:
            log.exception("activation_failed", proposal=key)
    return keys


def activate(proposal: Proposal) -> ProposalState:
    """Bring one decided proposal into force if its time has come; returns its state."""
    return activate_one(proposal.key)


def activate_one(key: str, *, now: dt.datetime | None = None) -> ProposalState:
    """The same by key. A proposal that is not decided, or not yet due, stays as it is."""
    at = now or clock.now()
    with writing(SYSTEM, reason=f"Adoption of {key}"):
        lock_adoption()
        proposal = take(key)
        if proposal.state != ProposalState.DECIDED_SCHEDULED:
            return ProposalState(proposal.state)
        if proposal.effective_at is None or proposal.effective_at > at:
            return ProposalState.DECIDED_SCHEDULED
        decision = (
            Decision.objects.filter(proposal=proposal, state_after=ProposalState.DECIDED_SCHEDULED)
            .order_by("-number")
            .first()
        )
        if decision is None:
            raise Conflict(f"{key} has no decision, so it cannot take effect.")
        try:
            with transaction.atomic():
                adopt(proposal, decision, at=at, effective_at=proposal.effective_at)
        except (CannotAdopt, InvalidInput) as refused:
            step(
                proposal,
                ProposalState.CONFLICTED,
                acting=SYSTEM,
                at=at,
                reason=refused.message,
                outcome_note=refused.message,
            )
    return ProposalState(proposal.state)


def lock_adoption() -> None:
    """Let one adoption at a time write versions; held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADOPTION_LOCK])


def adopt(
    proposal: Proposal, decision: Decision, *, at: dt.datetime, effective_at: dt.datetime
) -> None:
    """Write the versions of a locked proposal, and make it active.

    Raises CannotAdopt when a base version moved or a check no longer holds; then nothing of it
    stays.
    """
    revision = proposal.current
    if revision is None:
        raise CannotAdopt("The proposal has no text.")
    changes = sorted(revision.changes.all(), key=lambda change: change.agreement_key)
    agreements = _lock_targets(changes, at)
    prepared = prepare(specs_of(revision))
    _compare_bases(changes, prepared)
    bindings = _check_again(proposal, prepared, at)
    written = write_versions(
        sorted(prepared, key=lambda one: one.key),
        agreements,
        decision,
        bindings=bindings,
        scope=Scope(proposal.scope or Scope.LOCAL),
        author_id=revision.author_id,
        effective_at=effective_at,
        recorded_at=at,
    )
    before = ProposalState(proposal.state)
    step(
        proposal,
        ProposalState.ACTIVE,
        acting=SYSTEM,
        at=at,
        reason=" ".join([f"In force by {decision.key}.", *written.told]),
        outcome_note="",
    )
    log.info("adopted", proposal=proposal.key, decision=decision.key, before=before.value)
    _supersede(proposal, at)
    create_migration_tasks(proposal, written.versions, at=at)


def write_versions(
    prepared: Sequence[Prepared],
    agreements: dict[str, Agreement],
    decision: Decision,
    *,
    bindings: dict[str, tuple[BindingSpec, ...]],
    scope: Scope,
    author_id: int | None,
    effective_at: dt.datetime,
    recorded_at: dt.datetime,
) -> Written:
    """Close what stands, write what follows, raise the epoch, let each kind act, tell the log.

    Must run under `lock_adoption`.
    """
    epoch = _next_epoch(recorded_at)
    versions = [
        _version(one, agreements[one.key], decision, epoch, scope, author_id) for one in prepared
    ]
    for version, one in zip(versions, prepared, strict=True):
        version.valid_from = _begin(one, effective_at)
        version.recorded_at = recorded_at
    _close(prepared, versions)
    AgreementVersion.objects.bulk_create(versions, batch_size=500)
    Binding.objects.bulk_create(
        [
            Binding(
                version=version,
                role=spec.role,
                dataset_id=spec.dataset_id,
                column_path=spec.column_path,
                system_id=spec.system_id,
            )
            for version in versions
            for spec in bindings.get(version.agreement.key, ())
            if version.op != ChangeOp.RETIRE
        ],
        batch_size=2_000,
    )
    _repeat_on_agreements(prepared, versions)
    told = dict.fromkeys(
        one.kind.activate(version, acting=SYSTEM)
        for one, version in zip(prepared, versions, strict=True)
    )
    record_all(
        [
            (
                AgreementAdopted(
                    key=version.agreement.key,
                    kind=version.agreement.kind,
                    number=version.number,
                    op=str(version.op),
                    epoch=epoch,
                    decision=decision.key,
                ),
                version.agreement,
            )
            for version in versions
        ],
        acting=SYSTEM,
    )
    return Written(versions, tuple(words for words in told if words)[:MOST_TOLD])


def _lock_targets(changes: Iterable[Change], at: dt.datetime) -> dict[str, Agreement]:
    """Every target, locked in the order of the keys; new ones are made now."""
    changes = list(changes)
    keys = [change.agreement_key for change in changes]
    missing = set(keys) - set(Agreement.objects.filter(key__in=keys).values_list("key", flat=True))
    Agreement.objects.bulk_create(
        [
            Agreement(
                key=change.agreement_key,
                kind=change.kind,
                title=change.title,
                created_at=at,
            )
            for change in changes
            if change.agreement_key in missing
        ],
        batch_size=500,
        ignore_conflicts=True,
    )
    locked = Agreement.objects.select_for_update().filter(key__in=keys).order_by("key")
    return {agreement.key: agreement for agreement in locked}


def _compare_bases(changes: Iterable[Change], prepared: Iterable[Prepared]) -> None:
    now_standing = {one.key: one.base_version for one in prepared}
    moved = [
        change.agreement_key
        for change in changes
        if now_standing[change.agreement_key] != change.base_version
    ]
    if moved:
        more = f" and {len(moved) - 1} more" if len(moved) > 1 else ""
        raise CannotAdopt(
            f"{moved[0]}{more} changed after this was written: rebase it on what holds now."
        )


def _check_again(
    proposal: Proposal, prepared: Sequence[Prepared], at: dt.datetime
) -> dict[str, tuple[BindingSpec, ...]]:
    """Run the cheap checks once more; what the revision was told before does not stop it."""
    repeats = proposal.follows_up_id is not None
    found = run(prepared, acting=SYSTEM, at=at, repeats=repeats, cheap=True)
    errors = [f for f in found.findings if f.level is FindingLevel.ERROR]
    if errors:
        raise CannotAdopt(f"A check no longer holds: {errors[0].message}")
    return dict(found.bindings)


def _next_epoch(at: dt.datetime) -> int:
    PolicyEpoch.objects.get_or_create(pk=1)
    epoch = PolicyEpoch.objects.select_for_update().get(pk=1)
    epoch.number += 1
    epoch.changed_at = at
    epoch.save(update_fields=["number", "changed_at"])
    return epoch.number


def _version(
    one: Prepared,
    agreement: Agreement,
    decision: Decision,
    epoch: int,
    scope: Scope,
    author_id: int | None,
) -> AgreementVersion:
    content = one.content
    if one.op is ChangeOp.RETIRE and one.base is not None:
        content = one.base.document  # what it said until then stays readable
    return AgreementVersion(
        agreement=agreement,
        number=one.base_version + 1,
        op=one.op,
        document=content,
        digest=one.base.digest if one.op is ChangeOp.RETIRE and one.base else one.content_digest,
        title=one.title,
        scope=scope,
        epoch=epoch,
        decision=decision,
        author_id=author_id,
    )


def _begin(one: Prepared, effective_at: dt.datetime) -> dt.datetime:
    """When the version begins: at the effective date, and after the one that it follows."""
    if one.base is None:
        return effective_at
    return max(effective_at, one.base.valid_from + _TICK)


def _close(prepared: Sequence[Prepared], versions: Sequence[AgreementVersion]) -> None:
    by_end: dict[dt.datetime, list[int]] = {}
    for one, version in zip(prepared, versions, strict=True):
        if one.base is not None:
            by_end.setdefault(version.valid_from, []).append(one.base.pk)
    for end, ids in by_end.items():
        AgreementVersion.objects.filter(pk__in=ids, valid_to__isnull=True).update(valid_to=end)


def _repeat_on_agreements(
    prepared: Sequence[Prepared], versions: Sequence[AgreementVersion]
) -> None:
    slugs = {one.key: one.kind.domain(one.document) for one in prepared if one.document is not None}
    domains = dict(Domain.objects.filter(slug__in=set(slugs.values())).values_list("slug", "pk"))
    changed = []
    for one, version in zip(prepared, versions, strict=True):
        agreement = version.agreement
        agreement.title = version.title
        agreement.state = _STATE_AFTER[one.op]
        agreement.scope = version.scope
        agreement.domain_id = domains.get(slugs.get(one.key, ""))
        agreement.sunset_on = (
            (version.valid_from + dt.timedelta(days=SUNSET_DAYS)).date()
            if one.op is ChangeOp.DEPRECATE
            else None
        )
        if one.op is not ChangeOp.RETIRE:
            agreement.replaced_by = None  # its kind says so again where it still is
        changed.append(agreement)
    # A third of the time that a bulk_update takes: its conditions grow with rows times fields.
    Agreement.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["title", "state", "scope", "domain", "sunset_on", "replaced_by"],
        batch_size=500,
    )


def _supersede(proposal: Proposal, at: dt.datetime) -> None:
    """Proposals of which nothing holds any more: superseded, or reverted where this one says so."""
    touched = AgreementVersion.objects.filter(
        agreement__in=AgreementVersion.objects.filter(decision__proposal=proposal).values(
            "agreement"
        )
    )
    older = (
        Proposal.objects.select_for_update()
        .filter(
            state=ProposalState.ACTIVE,
            pk__in=touched.values("decision__proposal"),
        )
        .exclude(pk=proposal.pk)
        .order_by("pk")
    )
    for other in older:
        if AgreementVersion.objects.filter(
            decision__proposal=other, valid_to__isnull=True
        ).exists():
            continue
        reverted = proposal.is_reversal and proposal.follows_up_id == other.pk
        after = ProposalState.REVERTED if reverted else ProposalState.SUPERSEDED
        if may_follow(ProposalState.ACTIVE, after):
            step(
                other,
                after,
                acting=SYSTEM,
                at=at,
                reason=f"{proposal.key} took its place.",
                superseded_by=proposal,
            )
