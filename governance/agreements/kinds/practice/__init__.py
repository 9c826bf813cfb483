"""Practices."""

from governance.agreements.kinds.practice.kind import Practice

__all__ = ["KIND"]

KIND = Practice()
