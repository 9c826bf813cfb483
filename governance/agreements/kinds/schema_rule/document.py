"""A schema rule as a document: on what, what is demanded, how much it matters, who may wait."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field, model_validator

from catalog.types import DataKind, Lifecycle, Stage
from governance.agreements import patterns
from governance.agreements.kind import Document
from governance.agreements.kinds.schema_rule.assertions import Assertion, RuleKind


class Severity(StrEnum):
    """How much a target that fails matters."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"


class EvaluateOn(StrEnum):
    """What is looked at: the catalog, queries, or the data itself."""

    METADATA = "metadata"
    QUERY = "query"
    DATA = "data"


class Selector(Document):
    """What a rule is about: all of these together. `*` stands for any characters in a name."""

    system: str = Field(
        default="",
        title="System",
        description="By its name.",
        json_schema_extra={"picker": "system"},
    )
    domain: str = Field(default="", title="Domain", json_schema_extra={"picker": "domain"})
    layer: str = Field(
        default="", title="Layer", description="The schema or folder, such as core or mart."
    )
    stage: Stage | None = Field(default=None, title="Stage")
    dataset: str = Field(
        default="",
        title="Dataset",
        description="A name or a pattern, such as events.* or core.dim_customer.",
        json_schema_extra={"picker": "dataset"},
    )
    column: str = Field(
        default="", title="Column", description="A name or a pattern, such as *_at."
    )
    tag: str = Field(
        default="",
        title="Label",
        description="A tag, or a class with all below it, such as pii.email.",
        json_schema_extra={"picker": "label"},
    )
    term: str = Field(
        default="",
        title="Term",
        description="Columns that hold what a term means.",
        json_schema_extra={"picker": "term"},
    )
    lifecycle: Lifecycle | None = Field(default=None, title="Lifecycle")
    criticality: int | None = Field(default=None, ge=1, le=4, title="Criticality")
    data_kind: DataKind | None = Field(default=None, title="Kind of data")
    type: str = Field(
        default="",
        title="Type",
        description="A type or a pattern, such as bigint or decimal*.",
    )

    @model_validator(mode="after")
    def _selects(self) -> Selector:
        if not any(value for value in self.model_dump().values()):
            raise ValueError("Say at least one thing that the rule is about.")
        return self


class Waiver(Document):
    """Until when targets may fail, why, and who answers for it."""

    until: dt.date = Field(title="Until")
    reason: str = Field(min_length=1, max_length=2_000, title="Reason")
    owner: str = Field(
        min_length=1,
        title="Owner",
        description="A seat, person or team, such as seat:finance-ops.",
        json_schema_extra={"picker": "seat"},
    )


class SchemaRule(Document):
    """One rule over schemas, queries or data."""

    rule: str = Field(
        pattern=patterns.SHORT_NAME_OF_100,
        title="Short name",
        description="Lower case, such as ids-end-with-id.",
    )
    title: str = Field(
        default="", max_length=200, title="Name", description="Empty: made from the short name."
    )
    kind: RuleKind = Field(title="Kind")
    purpose: str = Field(
        min_length=1,
        max_length=2_000,
        title="Purpose",
        description="What the rule is good for (R-045).",
        json_schema_extra={"prose": True},
    )
    goal: str = Field(
        default="", max_length=300, title="Goal or metric", description="What it serves."
    )
    domain: str = Field(default="", title="Domain", json_schema_extra={"picker": "domain"})
    owner: str = Field(
        default="",
        title="Owner",
        description="A seat, person or team that answers for it.",
        json_schema_extra={"picker": "seat"},
    )
    selector: Selector = Field(title="About")
    assertion: Assertion = Field(
        alias="assert", title="Demands", json_schema_extra={"chosen_by": "kind"}
    )
    severity: Severity = Field(default=Severity.ERROR, title="Severity")
    evaluate_on: EvaluateOn = Field(title="Looked at")
    waiver: Waiver | None = Field(default=None, title="Waiver")

    @model_validator(mode="before")
    @classmethod
    def _one_kind(cls, value: Any) -> Any:
        """The kind stands once, beside the demand; inside it tells which fields it has."""
        if not isinstance(value, Mapping):
            return value
        kind, demand = value.get("kind"), value.get("assert")
        if not isinstance(kind, str) or not isinstance(demand, Mapping):
            return value
        if demand.get("kind", kind) != kind:
            raise ValueError(f"The rule is of the kind {kind}, its demand of another.")
        return {**value, "assert": {**demand, "kind": str(kind)}}
