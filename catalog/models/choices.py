"""Choices of a model field from an enum of `catalog.types`."""

from __future__ import annotations

from enum import StrEnum


def choices(enum: type[StrEnum]) -> list[tuple[str, str]]:
    """(stored value, words) pairs; the words are the value in sentence case."""
    return [(member.value, member.value.replace("_", " ").capitalize()) for member in enum]
