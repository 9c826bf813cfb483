"""Exceptions from opt-outs over REST, below /api/v1/."""
