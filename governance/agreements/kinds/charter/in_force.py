"""Which charter holds: read from the agreements, kept until the next adoption."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from governance.agreements.kinds.charter.document import CharterDocument
from governance.agreements.kinds.charter.rules import DEFAULTS, CharterRules, rules_of
from governance.agreements.models import AgreementVersion
from governance.agreements.selectors.in_force import AsOf, as_of
from governance.types import ChangeOp

COUNCIL = "charter:council"


@dataclass(frozen=True, slots=True)
class _Held:
    since: dt.datetime
    until: dt.datetime | None
    rules: CharterRules


@dataclass(frozen=True, slots=True)
class _Known:
    """Every charter there ever was, as of the last adoption of one."""

    as_of: AsOf
    charters: dict[str, tuple[_Held, ...]]


_known = _Known(AsOf(-1, -1), {})


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
    """See `_Known`."""
    global _known
    now = as_of("charter")
    if _known.as_of != now:
        _known = _Known(now, _read())
    return _known.charters


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
