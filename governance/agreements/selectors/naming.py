"""What is told to everybody: findings and conflicts that are kept, agendas, counts of uses.

A dataset whose very name an opt-out hides from somebody is not named there and not counted, whoever
made the text; what is shown to one reader alone follows what that reader may see.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from governance.agreements.selectors.reading_once import once


@once
def not_for_everybody() -> AbstractSet[int]:
    """The ids of the datasets that a text which everybody reads leaves out."""
    # The engine reads documents of agreements, so it is not there yet when this is imported.
    from governance.permissions.selectors.openness import confidential_datasets

    return frozenset(confidential_datasets())
