"""Stored values as people say them: `materialized_view` is a materialized view, `ml_model` an ML
model."""

from __future__ import annotations

_ACRONYMS = {"ml": "ML", "sla": "SLA", "sql": "SQL"}


def spoken(value: object) -> str:
    """'ML model', for the middle of a sentence."""
    words = str(value).replace("_", " ").split(" ")
    return " ".join(_ACRONYMS.get(word, word) for word in words)


def spoken_first(value: object) -> str:
    """'Materialized view', where it stands alone or begins a sentence."""
    said = spoken(value)
    return said[:1].upper() + said[1:]
