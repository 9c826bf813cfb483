"""Data states: workflows, their predicates and, later, their events."""
