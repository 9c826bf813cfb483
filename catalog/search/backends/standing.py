"""Where a document stands among those that match alike: the same in every backend."""

from __future__ import annotations

DEMOTED = 100_000_000  # what standing at least is of what is deprecated, archived or gone


def standing_of(importance: int, name_words: int, kind_rank: int, *, is_demoted: bool) -> int:
    """Smallest first. Each part has its own digits, so that no later one outweighs an earlier one:
    current before demoted, then importance (0 to 100), short names, the order of kinds."""
    return (
        is_demoted * DEMOTED
        + (20 - min(importance, 100) // 5) * 10_000
        + standing_of_words(name_words)
        + min(kind_rank, 99)
    )


def standing_of_words(number: int) -> int:
    """What so many words of a name add to a standing."""
    return min(number, 99) * 100
