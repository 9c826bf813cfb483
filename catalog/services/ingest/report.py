"""What a run did, in numbers and sentences, bounded however much goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from catalog.diff import DatasetDiff
from catalog.types import ProblemRecord, Severity

MAX_PROBLEMS = 1000
MAX_DIFF = 2000


@dataclass(slots=True)
class IngestReport:
    """Counts are datasets. `problem_count` is exact; `problems` keeps the first 1,000.

    `has_unread_parts` is True when the source said that it could not be read wholly (a problem
    of severity ERROR from the connector); nothing is marked as disappeared then.
    """

    total: int | None = None
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    disappeared: int = 0
    refused: int = 0
    problem_count: int = 0
    problems: list[ProblemRecord] = field(default_factory=list)
    has_unread_parts: bool = False
    diff_count: int = 0
    diffs: list[DatasetDiff] = field(default_factory=list)

    def note(self, location: str, message: str, severity: Severity = Severity.WARNING) -> None:
        """Add a problem in a plain sentence."""
        self.problem_count += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(
                ProblemRecord(_storable(location)[:2000], _storable(message)[:5000], severity)
            )

    def refuse(self, location: str, message: str) -> None:
        """Count a record that was not taken, and say why."""
        self.refused += 1
        self.note(location, message, Severity.ERROR)

    def keep_diff(self, diff: DatasetDiff) -> None:
        """Keep what would change, up to the bound."""
        self.diff_count += 1
        if len(self.diffs) < MAX_DIFF:
            self.diffs.append(diff)

    def diff_document(self) -> dict[str, Any]:
        """The stored form: true totals, the first entries, and whether some were left out."""
        return {
            "created": self.created,
            "changed": self.updated,
            "disappeared": self.disappeared,
            "is_cut": self.diff_count > len(self.diffs),
            "entries": [diff.document() for diff in self.diffs],
        }


def _storable(text: str) -> str:
    """What PostgreSQL can hold: no NUL, no half of a surrogate pair."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
