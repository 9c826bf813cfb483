"""Findings of the checks as a page shows them: at the place that a form calls by its label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from governance.agreements.form import FieldError, label_of
from governance.agreements.kind import AgreementKind
from governance.proposals.web.papers import Paper
from governance.types import Finding, FindingLevel

_PAPER_FIELDS = {"evidence": "evidence", "wanted_effective_at": "effective_on"}
"""What services call a field of the paper, and what its form does."""


@dataclass(frozen=True, slots=True)
class PlacedFinding:
    """A finding with the label of its place. `change` is the position of the change that it is
    about, None for the paper; `path` is dotted, empty where it is about the whole change; `anchor`
    is the id of its field where it stands on the same page."""

    level: FindingLevel
    message: str
    fix: str
    place: str
    change: int | None
    path: str
    anchor: str = ""

    @property
    def error(self) -> FieldError:
        """As a form shows it at its field."""
        return FieldError(self.path, f"{self.message} {self.fix}".strip(), self.place)


def placed(findings: Iterable[Finding], kinds: Sequence[AgreementKind]) -> list[PlacedFinding]:
    """Findings about changes of these kinds, in the order of the changes."""
    return [_placed(finding, kinds) for finding in findings]


def _placed(finding: Finding, kinds: Sequence[AgreementKind]) -> PlacedFinding:
    change, path = _steps(finding.field)
    if change is None:
        path = _PAPER_FIELDS.get(path, path)
        place = label_of(Paper, path) if path else ""
    else:
        place = label_of(kinds[change].document_type, path) if path else ""
        if len(kinds) > 1:
            place = ", ".join(part for part in (f"Change {change + 1}", place) if part)
    return PlacedFinding(finding.level, finding.message, finding.fix, place, change, path)


def _steps(field: str) -> tuple[int | None, str]:
    """`changes.1.document.states.0` is (1, `states.0`), `evidence` is (None, `evidence`)."""
    first, _, rest = field.partition(".")
    if first != "changes":
        return None, field
    number, _, path = rest.partition(".")
    return int(number), path.removeprefix("document").removeprefix(".")
