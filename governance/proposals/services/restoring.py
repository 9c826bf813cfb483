"""The changes that put back what held before: always a new version, never an edit of history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from governance.agreements.models import AgreementVersion, Binding
from governance.agreements.services.adoption import write_versions
from governance.council.models import Decision
from governance.proposals.models import Proposal
from governance.proposals.services.preparing import Prepared, prepare
from governance.types import BindingRole, BindingSpec, ChangeOp, ChangeSpec, Scope


def restoring_changes(versions: Iterable[AgreementVersion]) -> list[ChangeSpec]:
    """What undoes each version: the document before it, or its end where nothing held before."""
    return [_restoring(version) for version in versions]


def restore(proposal: Proposal, decision: Decision, *, at: dt.datetime) -> None:
    """Write what held before a proposal as new versions, where what it wrote still holds.

    Must run under `lock_adoption`.
    """
    written_by = AgreementVersion.objects.filter(
        decision__proposal=proposal, valid_to__isnull=True
    ).exclude(op=ChangeOp.RETIRE)
    versions = list(written_by.select_related("agreement"))
    changes = restoring_changes(versions)
    if not changes:
        return
    prepared: list[Prepared] = sorted(prepare(changes), key=lambda one: one.key)
    write_versions(
        prepared,
        {one.key: one.base.agreement for one in prepared if one.base is not None},
        decision,
        bindings={version.agreement.key: _bindings_before(version) for version in versions},
        scope=Scope(proposal.scope or Scope.LOCAL),
        author_id=None,
        effective_at=at,
        recorded_at=at,
    )


def _restoring(version: AgreementVersion) -> ChangeSpec:
    agreement = version.agreement
    before = (
        AgreementVersion.objects.filter(agreement=agreement, number=version.number - 1)
        .exclude(op=ChangeOp.RETIRE)
        .first()
    )
    if before is None:
        return ChangeSpec(ChangeOp.RETIRE, agreement.kind, agreement.key)
    op = ChangeOp.REPLACE
    if version.op == ChangeOp.RETIRE:
        op = ChangeOp.CREATE
    elif before.op == ChangeOp.DEPRECATE:
        op = ChangeOp.DEPRECATE  # it was to go, and goes again
    return ChangeSpec(op, agreement.kind, agreement.key, before.document)


def _bindings_before(version: AgreementVersion) -> tuple[BindingSpec, ...]:
    rows = Binding.objects.filter(
        version__agreement=version.agreement_id, version__number=version.number - 1
    )
    return tuple(
        BindingSpec(
            BindingRole(row.role),
            dataset_id=row.dataset_id,
            column_path=row.column_path,
            system_id=row.system_id,
        )
        for row in rows
    )
