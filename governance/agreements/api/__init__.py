"""Agreements over REST, below /api/v1/."""
