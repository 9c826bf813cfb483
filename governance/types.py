"""Values that cross the borders of governance's rooms: enums and frozen dataclasses, no Django.

Enum values are stored and spoken over REST and GraphQL, so they never change meaning.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

# --- agreements ------------------------------------------------------------------------------


class AgreementState(StrEnum):
    """Where an agreement stands: `proposed` has no version in force yet."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    DEPRECATED = "deprecated"
    RETIRED = "retired"


class Scope(StrEnum):
    """Whom an agreement concerns (R-012): computed, may be raised, never lowered."""

    LOCAL = "local"
    ENTERPRISE = "enterprise"


class ChangeOp(StrEnum):
    """What a proposal does to one agreement."""

    CREATE = "create"
    REPLACE = "replace"
    DEPRECATE = "deprecate"
    RETIRE = "retire"


class BindingRole(StrEnum):
    """How a version rests on an object of the catalog."""

    TARGET = "target"
    SOURCE = "source"
    """What a target gets its labels from: whoever owns it signs; its other users are not asked."""
    INPUT = "input"
    SYSTEM_OF_RECORD = "system_of_record"
    SELECTED = "selected"


class FindingLevel(StrEnum):
    """What a check found: an error stops submission, a warning is shown, an unchecked guard is
    shown to every signer, stored in the decision and run again when its engine is there."""

    ERROR = "error"
    WARNING = "warning"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer of a check: the field (dotted path into the document), a sentence and the fix.

    `check` is a stable code, such as `term.duplicate_label` or `state.exit_excludes_entry`.
    """

    check: str
    level: FindingLevel
    message: str
    field: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class BindingSpec:
    """An object of the catalog that a document rests on; exactly one of dataset and system."""

    role: BindingRole
    dataset_id: int | None = None
    column_path: str = ""
    system_id: int | None = None


# --- proposals -------------------------------------------------------------------------------


class ProposalState(StrEnum):
    """The states of 3.4; the last five absorb."""

    DRAFT = "draft"
    TRIAGE = "triage"
    DISCUSSION = "discussion"
    FINAL_CALL = "final_call"
    COUNCIL_VOTE = "council_vote"
    DECIDED_SCHEDULED = "decided_scheduled"
    ACTIVE = "active"
    CONFLICTED = "conflicted"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    REVERTED = "reverted"


class ProposalClass(StrEnum):
    """Who decides and how (3.3)."""

    EDITORIAL = "E"
    LOCAL = "L"
    STANDARD = "S"
    CONTESTED = "C"
    PERMISSION = "P"
    EMERGENCY = "X"
    CHARTER = "M"


class PositionValue(StrEnum):
    """What somebody says of one revision."""

    CONSENT = "consent"
    CONSENT_WITH_CONCERN = "consent_with_concern"
    ABSTAIN = "abstain"
    BLOCK = "block"
    RECUSED = "recused"


class BlockKind(StrEnum):
    """Why somebody blocks; `legal` and `security` cannot be outvoted when their seats say so."""

    CORRECTNESS = "correctness"
    HARM = "harm"
    SCOPE = "scope"
    CONFLICT = "conflict"
    LEGAL = "legal"
    SECURITY = "security"
    FEASIBILITY = "feasibility"


class ConcernState(StrEnum):
    """What became of a concern; only its raiser resolves it, a chair may rule it invalid."""

    OPEN = "open"
    ADDRESSED = "addressed"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"
    INVALID = "invalid"


class SignerRole(StrEnum):
    """What a proposal asks of somebody it touches."""

    MUST_SIGN = "must_sign"
    CONSULTED = "consulted"
    INFORMED = "informed"


class SignerReason(StrEnum):
    """What made somebody a signer (3.4, must-sign computation)."""

    OWNS_TARGET = "owns_target"
    OWNS_SOURCE = "owns_source"
    SYSTEM_OF_RECORD = "system_of_record"
    GOVERNED_CONSUMER = "governed_consumer"
    CLASSIFICATION = "classification"
    OTHER_SIDE_OF_CONFLICT = "other_side_of_conflict"
    CONSUMER = "consumer"
    UNKNOWN_CONSUMER = "unknown_consumer"
    USER = "user"
    FOLLOWER = "follower"
    SEAT = "seat"


class Outcome(StrEnum):
    """How a decision ends a question."""

    ADOPTED = "adopted"
    REJECTED = "rejected"
    DEFERRED = "deferred"
    RETURNED = "returned"
    RATIFIED = "ratified"
    LAPSED = "lapsed"
    REVERTED = "reverted"
    RETIRED = "retired"


# --- council ---------------------------------------------------------------------------------


class SeatKind(StrEnum):
    """Hub seats belong to the central data team, spoke seats to the business (R-090)."""

    HUB = "hub"
    SPOKE = "spoke"


class VetoClass(StrEnum):
    """Blocks of these kinds by a seat that has the class cannot be outvoted (R-092)."""

    LEGAL = "legal"
    SECURITY = "security"
    FINANCE = "finance"


class AppealState(StrEnum):
    """What a meeting made of an appeal against a ruling of the chair; a tie sustains the ruling."""

    OPEN = "open"
    SUSTAINED = "sustained"
    OVERTURNED = "overturned"


class AppealChoice(StrEnum):
    """What a seat says of an appeal: the ruling stands, or it does not."""

    SUSTAIN = "sustain"
    OVERTURN = "overturn"
    ABSTAIN = "abstain"


class MeetingState(StrEnum):
    """A meeting's way from the calendar to approved minutes."""

    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    APPROVED = "approved"
    CANCELED = "canceled"


class AgendaSection(StrEnum):
    """The order of a meeting (3.6)."""

    QUORUM = "quorum"
    LAST_MINUTES = "last_minutes"
    EMERGENCIES = "emergencies"
    DECISIONS = "decisions"
    CONFLICTS = "conflicts"
    FINAL_CALLS = "final_calls"
    NEW_BUSINESS = "new_business"
    EXPIRING = "expiring"
    HEALTH = "health"
    ACTIONS = "actions"


# --- conflicts -------------------------------------------------------------------------------


class ConflictKind(StrEnum):
    """What can disagree (3.5); the solver, counts and shadows join behind the same door."""

    HOMONYM = "homonym"
    DUPLICATE = "duplicate"
    SOURCE_OF_TRUTH = "source_of_truth"
    RULE_CONTRADICTION = "rule_contradiction"
    PENDING = "pending"
    LOGICAL = "logical"
    NUMERIC = "numeric"
    USAGE_DRIFT = "usage_drift"
    POLICY_SHADOW = "policy_shadow"
    POLICY_MASKS = "policy_masks"


class ConflictState(StrEnum):
    """What became of a conflict; `gone` means that its detector no longer finds it."""

    OPEN = "open"
    RESOLVED = "resolved"
    ACCEPTED = "accepted"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a conflict: an agreement or a proposal by key, or an object of the catalog."""

    kind: str
    key: str
    title: str
    text: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class ConflictSpec:
    """A conflict as a detector states it.

    `witness` is a sentence a person understands; `counts` maps a party's key to a number.
    """

    kind: ConflictKind
    parties: tuple[Party, ...]
    witness: str
    counts: Mapping[str, int] = field(default_factory=dict)


# --- what a revision is checked and counted with -----------------------------------------------


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a proposal or decision rests on (R-022): a saved query, a page, a document."""

    title: str
    url: str = ""
    query: str = ""
    result_digest: str = ""
    as_of: dt.date | None = None


@dataclass(frozen=True, slots=True)
class ChangeSpec:
    """One change of a proposal as its author states it.

    `kind` names an agreement kind, `key` is `<kind>:<slug>` (empty on create: the kind derives it
    from the document), `document` is the whole new document (empty for retire).
    """

    op: ChangeOp
    kind: str
    key: str
    document: Mapping[str, Any] = field(default_factory=dict)


# --- brakes ----------------------------------------------------------------------------------


class LeaseState(StrEnum):
    """Where the lease of a running query stands."""

    RUNNING = "running"
    ENDED = "ended"
    STOPPED = "stopped"
    LOST = "lost"
