"""A brake as a document: whose queries it holds for, over what data, and what it lets through.

It says one thing: how much one query may read, cost and take, what its text has to look like, or
what a team may use in a day (R-066 to R-069).
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from catalog.types import Environment
from governance.agreements import patterns
from governance.agreements.kind import Document
from governance.agreements.kinds.permission_policy.document import Names, Resources, Subjects
from governance.permissions.types import Purpose

MOST_BYTES = 2**60


class Effect(StrEnum):
    """What happens to a query that a brake catches."""

    REFUSE = "refuse"
    TELL = "tell"


def _count(value: object) -> object:
    """`500_000_000` and `500,000,000` are read as people write them."""
    return value.replace("_", "").replace(",", "") if isinstance(value, str) else value


Count = Annotated[int, BeforeValidator(_count)]


class LimitsPart(Document):
    """The most that one query may read, cost and take: judged before it runs by what was measured
    of its tables, and while it runs by what it reports."""

    max_bytes: Count | None = Field(
        default=None, ge=1, le=MOST_BYTES, title="Bytes", description="A terabyte is 10^12."
    )
    max_rows: Count | None = Field(
        default=None,
        ge=1,
        le=10**16,
        title="Rows",
        description="That it goes over, or that joins without a condition make.",
    )
    max_partitions: Count | None = Field(
        default=None,
        ge=1,
        le=10**6,
        title="Days of data",
        description="Of tables that lie by day.",
    )
    max_cost: float | None = Field(
        default=None, gt=0, le=10**9, title="Cost", description="At the price of a terabyte."
    )
    cost_per_terabyte: float | None = Field(
        default=None,
        gt=0,
        le=10**6,
        title="Price of a terabyte",
        description="What reading one costs, in the unit of the cost.",
    )
    max_seconds: Count | None = Field(
        default=None,
        ge=1,
        le=7 * 86_400,
        title="Seconds",
        description="That it may run; it is stopped at the next heartbeat.",
    )
    refuse_unknown: bool = Field(
        default=False,
        title="Refuse what nobody measured",
        description="Else a query over tables of unknown size is let through and told so.",
    )

    @model_validator(mode="after")
    def _cost_has_a_price(self) -> LimitsPart:
        if (self.max_cost is None) != (self.cost_per_terabyte is None):
            raise ValueError("A cost needs cost_per_terabyte, and that is good for nothing else.")
        if self.refuse_unknown and not self.judges_size:
            raise ValueError("refuse_unknown needs a limit that is judged by size.")
        return self

    @property
    def judges_size(self) -> bool:
        """Whether any of it is judged by an estimate."""
        sizes = (self.max_bytes, self.max_rows, self.max_partitions, self.max_cost)
        return any(one is not None for one in sizes)

    @property
    def says_something(self) -> bool:
        """Whether there is a limit."""
        return self.judges_size or self.max_seconds is not None


class FormPart(Document):
    """What the text of a query has to look like."""

    partition_filter: bool = Field(
        default=False,
        title="A condition on the day",
        description="On one of the columns that the data lies by, with a beginning.",
    )
    no_cross_join: bool = Field(
        default=False,
        title="No joins without a condition",
        description="Tables that nothing ties together; one row is no table.",
    )
    no_star_over: Names = Field(
        default_factory=list,
        title="No star over",
        description="Labels: columns that carry one, or one below it, are named or left out.",
        json_schema_extra={"picker": "label"},
    )
    no_functions: Names = Field(
        default_factory=list,
        title="Functions not to be used",
        description="Such as random or pg_sleep.",
    )
    limit_rows: Count | None = Field(
        default=None,
        ge=1,
        le=10**9,
        title="LIMIT at most",
        description="For queries that show rows and not totals.",
    )

    @property
    def says_something(self) -> bool:
        """Whether it asks for anything."""
        asked = (self.partition_filter, self.no_cross_join, self.no_star_over, self.no_functions)
        return any(asked) or self.limit_rows is not None


class QuotaPart(Document):
    """What each team named may use together, from midnight to midnight UTC."""

    bytes_per_day: Count | None = Field(default=None, ge=1, le=MOST_BYTES, title="Bytes a day")
    cost_per_day: float | None = Field(default=None, gt=0, le=10**9, title="Cost a day")
    cost_per_terabyte: float | None = Field(
        default=None,
        gt=0,
        le=10**6,
        title="Price of a terabyte",
        description="What reading one costs, in the unit of the cost.",
    )
    queries_at_once: Count | None = Field(
        default=None, ge=1, le=100_000, title="Queries at once", description="That hold a lease."
    )

    @model_validator(mode="after")
    def _cost_has_a_price(self) -> QuotaPart:
        if (self.cost_per_day is None) != (self.cost_per_terabyte is None):
            raise ValueError("A cost needs cost_per_terabyte, and that is good for nothing else.")
        return self

    @property
    def says_something(self) -> bool:
        """Whether there is a budget."""
        found = (self.bytes_per_day, self.cost_per_day, self.queries_at_once)
        return any(one is not None for one in found)


class Asked(Document):
    """Where a query comes from; what is left empty is any."""

    gateways: Names = Field(
        default_factory=list,
        title="Gateways",
        description="By the name that they give with the check, such as notebook.",
    )
    environments: list[Environment] = Field(
        default_factory=list, max_length=4, title="Environments"
    )
    purposes: list[Purpose] = Field(
        default_factory=list,
        max_length=7,
        title="Purposes",
        description="A query without one is under every brake.",
    )


class BrakeDocument(Document):
    """One brake."""

    brake: str = Field(
        pattern=patterns.SHORT_NAME,
        max_length=100,
        title="Short name",
        description="What answers call it, never changed, such as no-cross-joins.",
    )
    title: str = Field(
        default="",
        max_length=200,
        title="Title",
        description="What people call it; empty: made from the short name.",
    )
    effect: Effect = Field(
        default=Effect.REFUSE,
        title="Effect",
        description="Refuse: it does not run, or is stopped. Tell: it runs, and is told.",
    )
    subjects: Subjects = Field(title="Whose queries")
    resources: Resources | None = Field(
        default=None,
        title="Over what data",
        description="A query that reads any of it; empty: every query.",
    )
    asked: Asked = Field(default_factory=Asked, title="Coming from")
    partitioned_by: Names = Field(
        default_factory=list,
        title="The data lies by",
        description="Columns by whose days the data is stored, such as occurred_at.",
    )
    limits: LimitsPart = Field(default_factory=LimitsPart, title="How much")
    form: FormPart = Field(default_factory=FormPart, title="How it is written")
    quota: QuotaPart = Field(default_factory=QuotaPart, title="How much a day")
    reason: str = Field(
        min_length=1,
        max_length=4_000,
        title="Reason",
        description="What whoever is stopped is told.",
        json_schema_extra={"prose": True},
    )
    domain: str = Field(
        default="",
        max_length=200,
        pattern=patterns.SLUG_OR_EMPTY,
        title="Domain",
        description="The domain that keeps it, by its short name; empty: the whole company.",
        json_schema_extra={"picker": "domain"},
    )
    owner: str = Field(
        min_length=1,
        max_length=250,
        title="Owner",
        description="Whom to ask, as seat:… or person:… or team:….",
        json_schema_extra={"picker": "seat"},
    )
    review_by: dt.date = Field(title="Review by", description="Within twelve months.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> BrakeDocument:
        parts = {
            "limits": self.limits.says_something,
            "form": self.form.says_something,
            "quota": self.quota.says_something,
        }
        said = [name for name, says_something in parts.items() if says_something]
        if len(said) != 1:
            found = " and ".join(said) or "none"
            raise ValueError(
                f"Say one thing: fill one of limits, form and quota ({found} are filled)."
            )
        if said == ["quota"] and not self.subjects.groups:
            raise ValueError("A quota is of teams: name them in subjects.groups.")
        needs_days = self.form.partition_filter or self.limits.max_partitions is not None
        if needs_days and not self.partitioned_by:
            raise ValueError("Name in partitioned_by the columns that the data lies by.")
        return self
