"""Brakes decided without Django: the form of a statement, its estimate, its lease, its budget.

shape = shape_of(tree, tables)             # blocks, sources, conditions, stars
estimate = estimate_of(shape, ...)         # rows, bytes and days from profiles, with their age
trips = trips_of(brakes, shape, estimate)  # which brake says what, why, and what helps
"""

from governance.brakes.engine.estimating import Claim, Estimate, TableEstimate, estimate_of
from governance.brakes.engine.judging import Question, applying, covers, running_trips, trips_of
from governance.brakes.engine.leases import (
    Beat,
    Lease,
    LeaseState,
    LeaseVerdict,
    Progress,
    after_beat,
    after_silence,
)
from governance.brakes.engine.quotas import Budget, Use, cost_of, over_budget, resets_at
from governance.brakes.engine.shape import Block, Shape, shape_of
from governance.brakes.engine.types import (
    Brake,
    Form,
    Limits,
    Quota,
    Span,
    Table,
    Trip,
    TripCode,
)

__all__ = [
    "Beat",
    "Block",
    "Brake",
    "Budget",
    "Claim",
    "Estimate",
    "Form",
    "Lease",
    "LeaseState",
    "LeaseVerdict",
    "Limits",
    "Progress",
    "Question",
    "Quota",
    "Shape",
    "Span",
    "Table",
    "TableEstimate",
    "Trip",
    "TripCode",
    "Use",
    "after_beat",
    "after_silence",
    "applying",
    "cost_of",
    "covers",
    "estimate_of",
    "over_budget",
    "resets_at",
    "running_trips",
    "shape_of",
    "trips_of",
]
