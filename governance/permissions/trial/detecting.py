"""The detector of opt-outs that contradict each other, or themselves."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.types import Principal
from governance.conflicts.detectors import Detector, among_agreements, detectors
from governance.conflicts.services.register import fingerprint
from governance.permissions.trial.selectors.analyzing import as_conflicts, in_force
from governance.types import ConflictKind, ConflictSpec

KINDS = (ConflictKind.POLICY_SHADOW, ConflictKind.POLICY_MASKS)


def register_detector() -> None:
    """Join the other detectors; called once when the application starts."""
    detectors.add("opt-outs", Detector("opt-outs", KINDS, contradictions))


def contradictions(principal: Principal) -> Iterator[ConflictSpec]:
    """What opt-outs in force, and those openly proposed, have against each other: first what their
    documents say, then what the people and data of today show."""
    told = set()
    for spec in among_agreements(principal):
        if spec.kind in KINDS:
            told.add(fingerprint(spec))
            yield spec
    for spec in as_conflicts(*in_force()):
        if fingerprint(spec) not in told:
            yield spec
