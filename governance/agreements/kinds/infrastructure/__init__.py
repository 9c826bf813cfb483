"""Changes of infrastructure."""

from governance.agreements.kinds.infrastructure.kind import Infrastructure

__all__ = ["KIND"]

KIND = Infrastructure()
