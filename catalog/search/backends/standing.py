"""Where a document stands among those that match alike: the same in every backend."""

from __future__ import annotations

DEMOTED = 100_000_000  # what standing at least is of what is deprecated, archived or gone
COVERED = 10  # what one word is worth that is all of a name
_UNFIT = 1_000_000  # more than any standing of what is current


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


def share_of_words(number: int) -> int:
    """What one word is worth in a name of so many."""
    return COVERED // number if number else 0


def unfit(name_words: int) -> int:
    """What is added to a standing where hits share one word: after what is demoted and before all
    else counts how much of the name that word is, which is known before anybody asks."""
    return (COVERED - share_of_words(name_words)) * _UNFIT


def read_fitting(fitting: int) -> tuple[int, int]:
    """What one word is worth in a name, and the standing, of the sum of both."""
    behind = fitting % DEMOTED // _UNFIT
    return COVERED - behind, fitting - behind * _UNFIT


def fitting_of(share: int, standing: int) -> int:
    """What `read_fitting` reads."""
    return standing + (COVERED - share) * _UNFIT
