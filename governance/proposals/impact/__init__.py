"""Whom a change touches, as plain functions over a graph: no Django, tested against brute force."""
