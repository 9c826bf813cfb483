"""Procedural SQL: where a body is, and where each statement in it ends."""
