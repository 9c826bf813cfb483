"""Lineage's writers: reading definitions, storing what sources declare, rebuilding."""
