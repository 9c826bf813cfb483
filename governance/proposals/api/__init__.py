"""Proposals over REST, below /api/v1/."""
