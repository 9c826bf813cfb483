"""The changes that put back what held before: always a new version, never an edit of history."""

from __future__ import annotations

from collections.abc import Iterable

from governance.agreements.models import AgreementVersion
from governance.types import ChangeOp, ChangeSpec


def restoring_changes(versions: Iterable[AgreementVersion]) -> list[ChangeSpec]:
    """What undoes each version: the document before it, or its end where nothing held before."""
    return [_restoring(version) for version in versions]


def _restoring(version: AgreementVersion) -> ChangeSpec:
    agreement = version.agreement
    before = (
        AgreementVersion.objects.filter(agreement=agreement, number=version.number - 1)
        .exclude(op=ChangeOp.RETIRE)
        .first()
    )
    if before is None:
        return ChangeSpec(ChangeOp.RETIRE, agreement.kind, agreement.key)
    op = ChangeOp.CREATE if version.op == ChangeOp.RETIRE else ChangeOp.REPLACE
    return ChangeSpec(op, agreement.kind, agreement.key, before.document)
