"""Statements that the grammar only passes through, read by their words."""
