"""The glossary."""

from governance.agreements.kinds.term.kind import Term

__all__ = ["KIND"]

KIND = Term()
