"""Proposals: how an agreement comes about, changes and ends."""
