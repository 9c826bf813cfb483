"""Statements that change rows, kept to those that may be seen."""
