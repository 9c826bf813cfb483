"""The words of an opt-out that cross borders: effects, masks, actions, purposes; no Django.

`DataAction`, `Purpose` and `Effect` hash as the plain strings they equal: they are looked up a
million times a second, and the hash of an enum runs in Python.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum


class Effect(StrEnum):
    """What an opt-out does; all that match hold together, and denial covers the rest."""

    __hash__ = str.__hash__

    DENY = "deny"
    MIN_GROUP = "min_group"
    ROW_FILTER = "row_filter"
    MASK = "mask"


class Mask(StrEnum):
    """How a value is made unreadable; `governance.permissions.engine.lattice` orders them."""

    EMPTY = "empty"
    ALL = "all"
    SHA256 = "sha256"
    YEAR = "year"
    FIRST3 = "first3"
    LAST3 = "last3"
    LAST4 = "last4"


class DataAction(StrEnum):
    """What is done with data. Exporting reads: what denies reading denies exporting."""

    __hash__ = str.__hash__

    READ = "read"
    EXPORT = "export"
    WRITE = "write"


class Purpose(StrEnum):
    """What data is used for (R-084); `any` is every purpose and none."""

    __hash__ = str.__hash__

    ANY = "any"
    ANALYTICS = "analytics"
    OPERATIONS = "operations"
    ML_TRAINING = "ml_training"
    ML_SCORING = "ml_scoring"
    MARKETING = "marketing"
    AUDIT = "audit"


class Expected(StrEnum):
    """What a test of an opt-out expects: data as it is, only a part or made unreadable, nothing."""

    __hash__ = str.__hash__

    OPEN = "open"
    RESTRICTED = "restricted"
    DENIED = "denied"


class TrialState(StrEnum):
    """How far a replay of recorded decisions is."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


class Category(StrEnum):
    """The overt reason by its kind (R-081)."""

    PERSONNEL = "personnel"
    CUSTOMER = "customer"
    FINANCIAL = "financial"
    SECURITY = "security"
    LEGAL_HOLD = "legal-hold"
    CONTRACT = "contract"
    RESIDENCY = "residency"


class EmergencyEffect(StrEnum):
    """What an emergency may do."""

    DENY = "deny"
    MASK_ALL = "mask(all)"
    MASK_SHA256 = "mask(sha256)"
    MASK_LAST4 = "mask(last4)"


class ReasonVisibility(StrEnum):
    """Who may read the reason."""

    PUBLIC = "public"
    LEGAL_ONLY = "legal_only"


class ExceptionState(StrEnum):
    """Where a dated exception stands. An approved one ends by itself at its end."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


class ReviewOutcome(StrEnum):
    """What whoever reviewed broken glass found of what was done meanwhile."""

    JUSTIFIED = "justified"
    NOT_JUSTIFIED = "not_justified"


class ReviewState(StrEnum):
    """Where the review of broken glass stands: how it came out, that it is to be done, or that it
    should have been done (`REVIEWED_WITHIN`)."""

    DUE = "due"
    OVERDUE = "overdue"
    JUSTIFIED = ReviewOutcome.JUSTIFIED.value
    NOT_JUSTIFIED = ReviewOutcome.NOT_JUSTIFIED.value


REVIEWED_WITHIN = dt.timedelta(days=7)
"""How long after its end broken glass is to be reviewed at the latest."""


class GatewayUse(StrEnum):
    """What the secret of a gateway may be used for, and nothing else.

    `ask`: questions of an engine, one by one. `bundle`: everything in force, for clients that
    decide by themselves, and what they decided. `ranger`: the same as policies of Apache Ranger,
    `rules`: as Trino's file of rules. `envoy`: questions of a proxy. `logs`: what an OPA decided by
    policies of somebody else.
    """

    __hash__ = str.__hash__

    ASK = "ask"
    BUNDLE = "bundle"
    RANGER = "ranger"
    RULES = "rules"
    ENVOY = "envoy"
    LOGS = "logs"
