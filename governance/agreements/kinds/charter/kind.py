"""The charter as a kind of agreement."""

from __future__ import annotations

from collections.abc import Iterable

from governance.agreements.kind import AgreementKind, CheckContext
from governance.agreements.kinds.charter.checks import check_charter
from governance.agreements.kinds.charter.document import CharterDocument
from governance.types import Finding


class Charter(AgreementKind):
    """How the council, or one of its committees, decides."""

    name = "charter"
    label = "charter"
    plural = "charters"
    about = "How the council decides: quorum, majorities, windows, meetings, who stands in."
    document_type = CharterDocument
    prose = frozenset({"purpose", "calendar.holidays[].name"})
    template = "governance/agreements/kinds/charter.html"

    def slug(self, document: CharterDocument) -> str:
        """One charter for the council and one for each committee."""
        return document.committee or "council"

    def title(self, document: CharterDocument) -> str:
        """Whose charter it is."""
        if document.committee:
            return f"Charter of {document.committee}"
        return "Charter of the council"

    def sentence(self, document: CharterDocument) -> str:
        """Its most asked numbers."""
        council, windows, meeting = document.council, document.windows, document.meeting
        often = "" if meeting.every_weeks == 1 else f" every {meeting.every_weeks} weeks"
        return (
            f"More than {council.quorum_share} of the filled seats are a quorum,"
            f" {council.pass_share} of consents and blocks pass a contested proposal, discussion"
            f" takes {windows.discussion_days} business days and the final call"
            f" {windows.final_call_hours} hours; it meets on"
            f" {meeting.weekday.capitalize()} at {meeting.time:%H:%M}{often}."
        )

    def check(self, document: CharterDocument, context: CheckContext) -> Iterable[Finding]:
        """See `check_charter`."""
        return check_charter(document, context)
