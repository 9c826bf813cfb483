"""Declassifications: what a column no longer inherits."""

from governance.agreements.kinds.declassification.kind import Declassification

__all__ = ["KIND"]

KIND = Declassification()
