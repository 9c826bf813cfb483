"""When something deprecated goes: its day and what takes its place, repeated on the agreement."""

from __future__ import annotations

import datetime as dt

from governance.agreements.kinds.charter.in_force import rules_in_force
from governance.agreements.models import Agreement, AgreementVersion
from governance.types import AgreementState, ChangeOp


def keep_until(version: AgreementVersion, *, days: int | None) -> None:
    """Write the day on which what the version deprecates goes: so many days after it takes effect,
    as the charter says where none are given. Called by a kind while it is adopted."""
    if version.op == ChangeOp.RETIRE:
        return
    length = days or rules_in_force(version.valid_from).sunset_days
    agreement = version.agreement
    agreement.sunset_on = (version.valid_from + dt.timedelta(days=length)).date()
    agreement.save(update_fields=["sunset_on"])


def deprecate_for(version: AgreementVersion, *, replaced_by: str, days: int | None) -> None:
    """The same for an agreement that itself goes out of use, with the one to use instead."""
    if version.op == ChangeOp.RETIRE:
        return
    agreement = version.agreement
    agreement.replaced_by = Agreement.objects.filter(key=replaced_by).first()
    agreement.state = AgreementState.DEPRECATED
    agreement.save(update_fields=["replaced_by", "state"])
    keep_until(version, days=days)
