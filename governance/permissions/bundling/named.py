"""Opt-outs as sets of bits under the names of people and data, so that one look-up each and two
`and` find what applies to most questions.

The lowest bits say what the others do not suffice for: that a rule is about columns, so that the
answer depends on them, or that somebody has exceptions. Each lies in all three sets when it holds.
"""

from __future__ import annotations

from governance.permissions.engine.parts import Parts, Signature

BY_COLUMN, LIFTED = 1, 2
MARKS = 2
"""How many places the marks take: the bits of an opt-out lie that much higher here."""


def bits_of(signature: Signature) -> int:
    """The opt-outs on data, those included that are about columns which nobody lists."""
    bits = (signature.any | signature.by_name) << MARKS
    return bits | (LIFTED if signature.is_plain else LIFTED | BY_COLUMN)


def bits_of_people(parts: Parts) -> dict[str, int]:
    """The opt-outs that concern everybody who is let in, by user name."""
    masks, lifted = parts.masks, parts.liftings
    return {
        name: masks[pk] << MARKS | (LIFTED | BY_COLUMN if pk in lifted else BY_COLUMN)
        for name, pk in parts.by_username.items()
        if pk in masks
    }


def bits_of_use(applying: int) -> int:
    """The opt-outs that hold for a use."""
    return applying << MARKS | LIFTED | BY_COLUMN
