"""A limit in units of work, so that no statement can occupy a worker without end."""

from __future__ import annotations

UNITS_PER_STATEMENT = 500_000
"""About two seconds of resolving on one core; a 40-line statement spends some thousands."""


class BudgetExceededError(Exception):
    """The statement needs more work than it may have."""


class Budget:
    """Counts work down; a statement that runs out is answered at table level."""

    __slots__ = ("left",)

    def __init__(self, units: int = UNITS_PER_STATEMENT) -> None:
        self.left = units

    def spend(self, units: int) -> None:
        self.left -= units
        if self.left < 0:
            raise BudgetExceededError(
                "Column lineage was given up because the statement is too large; "
                "its tables are complete."
            )
