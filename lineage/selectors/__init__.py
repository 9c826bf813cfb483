"""Lineage's readers: every answer holds only datasets that the principal may see."""
