"""Brakes."""

from governance.agreements.kinds.brake.kind import BrakeKind

__all__ = ["KIND"]

KIND = BrakeKind()
