"""The test bench: what a decision comes to, compared with what was expected of it."""

from __future__ import annotations

from governance.permissions.engine import Decision, Index
from governance.permissions.types import DataAction, Expected, Purpose


def outcome(decision: Decision) -> Expected:
    """What somebody gets, of the dataset or of the columns that the question named."""
    if not decision.allowed:
        return Expected.DENIED
    return Expected.OPEN if decision.code == "open" else Expected.RESTRICTED


def decided(
    index: Index,
    person: int,
    dataset: int,
    *,
    at: float,
    action: str = DataAction.READ,
    columns: tuple[str, ...] | None = None,
    purpose: str = Purpose.ANY,
    environment: str | None = None,
) -> Decision:
    """What an index decides of a test at an instant; without a purpose every purpose's opt-outs
    hold."""
    asked = None if purpose == Purpose.ANY else purpose
    return index.decide(person, action, dataset, columns, asked, environment, at)
