"""How governance's stored values read: the word and the meaning that each is shown with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from governance.culture.types import GoalState
from governance.permissions.types import ExceptionState, ReviewState
from governance.types import (
    AgreementState,
    AppealState,
    ConflictKind,
    ConflictState,
    Outcome,
    PositionValue,
    ProposalClass,
    ProposalState,
    Scope,
    SignerRole,
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word with one of the five meanings, and a sentence for who hovers or listens."""

    text: str
    meaning: str = "unknown"
    about: str = ""


PROPOSAL_STATES: Mapping[str, Word] = {
    ProposalState.DRAFT: Word("Draft", "unknown", "Only a text yet; nobody was asked."),
    ProposalState.TRIAGE: Word("In triage", "proposed", "A steward looks at it first."),
    ProposalState.DISCUSSION: Word("In discussion", "proposed", "Those it touches are heard."),
    ProposalState.FINAL_CALL: Word("Final call", "proposed", "It passes unless somebody blocks."),
    ProposalState.COUNCIL_VOTE: Word("Before the council", "contested", "The council votes on it."),
    ProposalState.DECIDED_SCHEDULED: Word("Decided", "agreed", "It takes effect at its date."),
    ProposalState.ACTIVE: Word("In force", "agreed", "It was adopted and holds."),
    ProposalState.CONFLICTED: Word("Conflicted", "broken", "What it starts from has changed."),
    ProposalState.DEFERRED: Word("Deferred", "unknown", "It rests until a date."),
    ProposalState.REJECTED: Word("Rejected", "broken", "The council said no."),
    ProposalState.WITHDRAWN: Word("Withdrawn", "unknown", "Its author took it back."),
    ProposalState.EXPIRED: Word("Expired", "unknown", "Nothing happened to it for too long."),
    ProposalState.SUPERSEDED: Word("Superseded", "unknown", "A later decision took its place."),
    ProposalState.REVERTED: Word("Reverted", "unknown", "A later decision took it back."),
}  # fmt: skip

CLASSES: Mapping[str, Word] = {
    ProposalClass.EDITORIAL: Word("Editorial", about="Only words differ; a steward merges it."),
    ProposalClass.LOCAL: Word("Local", about="One domain decides among itself."),
    ProposalClass.STANDARD: Word("Standard", about="One signer for each domain it touches."),
    ProposalClass.CONTESTED: Word("Contested", "contested", "The council votes: two thirds."),
    ProposalClass.PERMISSION: Word("Permission", about="The data's owner, and Legal or Security."),
    ProposalClass.EMERGENCY: Word("Emergency", "broken", "In force at once, for seven days."),
    ProposalClass.CHARTER: Word("Charter", about="Two thirds of all seats."),
}

AGREEMENT_STATES: Mapping[str, Word] = {
    AgreementState.PROPOSED: Word("Proposed", "proposed", "Nothing of it is in force yet."),
    AgreementState.ACTIVE: Word("In force", "agreed"),
    AgreementState.DEPRECATED: Word("Deprecated", "contested", "It ends at its sunset."),
    AgreementState.RETIRED: Word("Retired", "unknown", "It no longer holds."),
}

POSITIONS: Mapping[str, Word] = {
    PositionValue.CONSENT: Word("Consents", "agreed"),
    PositionValue.CONSENT_WITH_CONCERN: Word("Consents with a concern", "agreed"),
    PositionValue.ABSTAIN: Word("Abstains", "unknown"),
    PositionValue.BLOCK: Word("Blocks", "contested"),
    PositionValue.RECUSED: Word("Recused", "unknown", "Has an interest in it and stands aside."),
}

OUTCOMES: Mapping[str, Word] = {
    Outcome.ADOPTED: Word("Adopted", "agreed"),
    Outcome.REJECTED: Word("Rejected", "broken"),
    Outcome.DEFERRED: Word("Deferred", "unknown"),
    Outcome.RETURNED: Word("Returned to discussion", "proposed"),
    Outcome.RATIFIED: Word("Ratified", "agreed"),
    Outcome.LAPSED: Word("Lapsed", "unknown"),
    Outcome.REVERTED: Word("Reverted", "unknown"),
    Outcome.RETIRED: Word("Retired", "unknown", "Nothing used it any more at its last day."),
}

APPEALS: Mapping[str, Word] = {
    AppealState.OPEN: Word("Before the meeting", "contested"),
    AppealState.SUSTAINED: Word("The ruling stands", "agreed"),
    AppealState.OVERTURNED: Word("Overturned", "contested", "The meeting decided otherwise."),
}

SCOPES: Mapping[str, Word] = {
    Scope.LOCAL: Word("Local", about="It concerns one domain, on one system, in one department."),
    Scope.ENTERPRISE: Word("Enterprise", about="More than one domain, system or department."),
}  # fmt: skip

SIGNER_ROLES: Mapping[str, Word] = {
    SignerRole.MUST_SIGN: Word("Must sign", "proposed", "It does not pass without them."),
    SignerRole.CONSULTED: Word("Consulted", about="They are asked; their silence stops nothing."),
    SignerRole.INFORMED: Word("Informed", about="They are told."),
}

CONFLICT_KINDS: Mapping[str, Word] = {
    ConflictKind.HOMONYM: Word("One word, two meanings", "contested"),
    ConflictKind.DUPLICATE: Word("One meaning, two names", "contested"),
    ConflictKind.SOURCE_OF_TRUTH: Word("Two sources of truth", "contested"),
    ConflictKind.RULE_CONTRADICTION: Word("Rules that contradict", "contested"),
    ConflictKind.PENDING: Word("Two proposals on one target", "contested"),
    ConflictKind.LOGICAL: Word("Definitions that overlap", "contested"),
    ConflictKind.NUMERIC: Word("Numbers that differ", "contested"),
    ConflictKind.USAGE_DRIFT: Word("Queries that drift", "contested"),
    ConflictKind.POLICY_SHADOW: Word("An opt-out without effect", "contested"),
    ConflictKind.POLICY_MASKS: Word("Masks that collide", "contested"),
}

CONFLICT_STATES: Mapping[str, Word] = {
    ConflictState.OPEN: Word("Open", "contested"),
    ConflictState.RESOLVED: Word("Resolved", "agreed"),
    ConflictState.ACCEPTED: Word("Accepted", "agreed", "Both stand, knowingly."),
    ConflictState.GONE: Word("Gone", "unknown", "It is no longer found."),
}

EXCEPTION_STATES: Mapping[str, Word] = {
    ExceptionState.REQUESTED: Word("Asked for", "proposed", "Its owner has not decided yet."),
    ExceptionState.APPROVED: Word("Approved", "agreed", "It holds until its end."),
    ExceptionState.REFUSED: Word("Refused", "broken", "The opt-out holds."),
    ExceptionState.WITHDRAWN: Word("Withdrawn", "unknown", "Whoever asked took it back."),
    ExceptionState.REVOKED: Word("Revoked", "unknown", "It was ended before its end."),
}

REVIEWS: Mapping[str, Word] = {
    ReviewState.DUE: Word("To be reviewed", "proposed", "It is over; nobody said yet how it went."),
    ReviewState.OVERDUE: Word("Review overdue", "contested", "Nobody reviewed it within a week."),
    ReviewState.JUSTIFIED: Word("Justified", "agreed", "So its review found."),
    ReviewState.NOT_JUSTIFIED: Word("Not justified", "broken", "So its review found."),
}

GOAL_STATES: Mapping[str, Word] = {
    GoalState.ON_TRACK: Word("On track", "agreed", "As far as the straight line to its target."),
    GoalState.BEHIND: Word("Behind", "contested", "More than a tenth of the way behind the line."),
    GoalState.REACHED: Word("Reached", "agreed", "The newest value is at the target or beyond."),
    GoalState.OVERDUE: Word("Overdue", "broken", "Its day has passed and the target is not met."),
    GoalState.NO_DATA: Word("No data", "unknown", "Nothing was measured in the last 100 days."),
}

_ALL: Mapping[str, Mapping[str, Word]] = {
    "proposal": PROPOSAL_STATES,
    "class": CLASSES,
    "agreement": AGREEMENT_STATES,
    "position": POSITIONS,
    "outcome": OUTCOMES,
    "scope": SCOPES,
    "signer": SIGNER_ROLES,
    "conflict_kind": CONFLICT_KINDS,
    "conflict": CONFLICT_STATES,
    "appeal": APPEALS,
    "exception": EXCEPTION_STATES,
    "review": REVIEWS,
    "goal": GOAL_STATES,
}


def word_for(what: str, value: object) -> Word:
    """The word for a value of one of the vocabularies; an unknown value reads as itself."""
    text = str(value)
    return _ALL[what].get(text) or Word(text.replace("_", " ").capitalize())
