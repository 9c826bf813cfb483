"""Which charter holds: read from the agreements, kept until the next adoption."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Max

from governance.agreements.kinds.charter.document import CharterDocument
from governance.agreements.kinds.charter.rules import DEFAULTS, CharterRules, rules_of
from governance.agreements.models import AgreementVersion, PolicyEpoch
from governance.types import ChangeOp

COUNCIL = "charter:council"


@dataclass(frozen=True, slots=True)
class _Held:
    since: dt.datetime
    until: dt.datetime | None
    rules: CharterRules


@dataclass(frozen=True, slots=True)
class _Known:
    """Every charter there ever was, as of an epoch and a newest version."""

    as_of: tuple[int, int]
    charters: dict[str, tuple[_Held, ...]]


_known = _Known((-1, -1), {})


def rules_in_force(now: dt.datetime, *, committee: str = "") -> CharterRules:
    """The rules that hold at an instant: the committee's own, else the council's, else the
    built-in defaults (3.3). One small query; the charters are read again after an adoption."""
    charters = _charters()
    for key in (f"charter:{committee}" if committee else COUNCIL, COUNCIL):
        for held in charters.get(key, ()):
            if held.since <= now and (held.until is None or now < held.until):
                return held.rules
    return DEFAULTS


def _charters() -> dict[str, tuple[_Held, ...]]:
    """See `_Known`; the newest version's id tells two histories with the same epoch apart."""
    global _known
    as_of = _as_of()
    if _known.as_of != as_of:
        _known = _Known(as_of, _read())
    return _known.charters


def _as_of() -> tuple[int, int]:
    versions = AgreementVersion.objects.filter(agreement__kind="charter")
    newest = versions.aggregate(newest=Max("pk"))["newest"]
    if newest is None:
        return (0, 0)
    epoch = PolicyEpoch.objects.values_list("number", flat=True).first()
    return (epoch or 0, newest)


def _read() -> dict[str, tuple[_Held, ...]]:
    found: dict[str, list[_Held]] = {}
    versions = AgreementVersion.objects.filter(agreement__kind="charter").exclude(
        op=ChangeOp.RETIRE
    )
    for version in versions.select_related("agreement").order_by("-valid_from"):
        key = version.agreement.key
        rules = rules_of(CharterDocument.model_validate(version.document), key=key)
        held = _Held(version.valid_from, version.valid_to, rules)
        found.setdefault(key, []).append(held)
    return {key: tuple(held) for key, held in found.items()}
