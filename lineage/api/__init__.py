"""Lineage over REST, below /api/v1/."""
