"""The agreements in force, as the checks and conflicts of kinds read them.

An agreement's text is open to everybody in the company (R-097), so these take no principal; what
it says of a dataset is shown by the pages, which do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection

from governance.agreements.models import AgreementVersion
from governance.agreements.selectors.reading_once import once
from governance.types import AgreementState, ChangeOp, ChangeSpec

_HOLDING = (AgreementState.ACTIVE, AgreementState.DEPRECATED)
_AS_OF = (
    "SELECT max(v.id), (SELECT number FROM governance_policyepoch)"
    " FROM governance_agreementversion v JOIN governance_agreement a ON a.id = v.agreement_id"
    " WHERE a.kind = %s"
)


@dataclass(frozen=True, slots=True)
class InForce:
    """An agreement with the version that holds; `document` is its stored JSON."""

    key: str
    kind: str
    title: str
    state: AgreementState
    number: int
    since: dt.datetime
    document: Mapping[str, Any]
    sunset_on: dt.date | None = None


class AsOf(NamedTuple):
    """When the agreements of a kind last changed: what was read as of it stays true until it moves.

    The newest version's id tells two histories with the same epoch apart.
    """

    epoch: int
    newest: int


@once
def as_of(kind: str) -> AsOf:
    """The mark of a kind's agreements now, in one statement that is not made anew each time: every
    search asks for it."""
    with connection.cursor() as cursor:
        cursor.execute(_AS_OF, [kind])
        newest, epoch = cursor.fetchone()
    return AsOf(0, 0) if newest is None else AsOf(epoch or 0, newest)


@once
def in_force(kind: str, *, at: dt.datetime | None = None) -> list[InForce]:
    """The agreements of a kind that hold, by title; `at` asks for an instant of the past."""
    found = AgreementVersion.objects.filter(agreement__kind=kind).select_related("agreement")
    if at is None:
        found = found.filter(valid_to__isnull=True, agreement__state__in=_HOLDING)
    else:
        found = found.filter(valid_from__lte=at).exclude(valid_to__lte=at)
        found = found.exclude(op=ChangeOp.RETIRE)
    return [_answer(version) for version in found.order_by("title", "agreement__key")]


@once
def one_in_force(key: str) -> InForce | None:
    """The agreement with this key when it holds, else None."""
    version = (
        AgreementVersion.objects.filter(
            agreement__key=key, valid_to__isnull=True, agreement__state__in=_HOLDING
        )
        .select_related("agreement")
        .first()
    )
    return _answer(version) if version else None


def known_keys(keys: Iterable[str], beside: Iterable[ChangeSpec] = ()) -> frozenset[str]:
    """Those of the keys that hold, or that the same proposal creates or replaces."""
    asked = frozenset(keys)
    held = AgreementVersion.objects.filter(
        agreement__key__in=asked, valid_to__isnull=True, agreement__state__in=_HOLDING
    ).values_list("agreement__key", flat=True)
    coming = {change.key for change in beside if change.op is not ChangeOp.RETIRE}
    return frozenset(held) | (asked & coming)


def _answer(version: AgreementVersion) -> InForce:
    agreement = version.agreement
    return InForce(
        agreement.key,
        agreement.kind,
        version.title,
        AgreementState(agreement.state),
        version.number,
        version.valid_from,
        version.document,
        agreement.sunset_on,
    )
