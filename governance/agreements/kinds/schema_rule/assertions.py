"""What a schema rule can demand: fifteen kinds, each with its own fields (3.9)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from catalog.types import MetadataField, RelationKind
from governance.agreements.kind import Document
from governance.agreements.kinds.schema_rule.patterns import checked_duration, checked_pattern


class RuleKind(StrEnum):
    """The fifteen kinds of schema rules."""

    HIERARCHY = "hierarchy"
    RELATION = "relation"
    IDENTITY = "identity"
    CARDINALITY = "cardinality"
    REQUIRED = "required"
    NAMING = "naming"
    TYPE_CONSISTENCY = "type_consistency"
    KEY = "key"
    ALLOWED_VALUES = "allowed_values"
    CLASSIFICATION = "classification"
    RETENTION = "retention"
    COMPATIBILITY = "compatibility"
    FRESHNESS = "freshness"
    RECONCILE = "reconcile"
    QUERY_GUARD = "query_guard"


class NamedPart(StrEnum):
    """Whose names a naming rule is about."""

    DATASET = "dataset"
    COLUMN = "column"
    KEY = "key"


class AfterRetention(StrEnum):
    """What happens when the time is over."""

    DELETE = "delete"
    ARCHIVE = "archive"


class Compatibility(StrEnum):
    """How a schema may change."""

    BACKWARD = "backward"
    BACKWARD_TRANSITIVE = "backward_transitive"
    FORWARD = "forward"
    FORWARD_TRANSITIVE = "forward_transitive"
    FULL = "full"
    FULL_TRANSITIVE = "full_transitive"
    LINEAGE = "lineage"


class Forbidden(StrEnum):
    """What a query may not do."""

    CROSS_JOIN = "cross_join"
    SELECT_STAR = "select_star"


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Name = Annotated[str, Field(min_length=1, max_length=500)]
Names = Annotated[list[Name], BeforeValidator(_listed), Field(max_length=50)]
Duration = Annotated[str, Field(max_length=40), AfterValidator(checked_duration)]
Pattern = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(checked_pattern)]


class Hierarchy(Document):
    """A field lies in its record, the record in its file, the file in its database (R-040); or
    the rows of a dataset form a tree."""

    kind: Literal["hierarchy"] = Field(default="hierarchy", exclude=True)
    record: str = Field(default="", title="Record", description="The dataset's own name.")
    file: str = Field(default="", title="File", description="The schema or folder that holds it.")
    database: str = Field(
        default="",
        title="Database",
        description="The system that holds all.",
        json_schema_extra={"picker": "system"},
    )
    parent: str = Field(
        default="", title="Parent column", description="Where rows form a tree: points upward."
    )
    max_depth: int | None = Field(default=None, ge=1, le=1000, title="Depth at most")

    @model_validator(mode="after")
    def _says_something(self) -> Hierarchy:
        if not (self.record or self.file or self.database or self.parent):
            raise ValueError("Name the record, the file, the database or the parent column.")
        return self


class Relation(Document):
    """A link between datasets that resolves to the other side's key (R-041)."""

    kind: Literal["relation"] = Field(default="relation", exclude=True)
    relation: RelationKind = Field(default=RelationKind.FOREIGN_KEY, title="Relation")
    target: Name = Field(
        title="Other dataset",
        description="What it leads to.",
        json_schema_extra={"picker": "dataset"},
    )
    columns: Names = Field(default_factory=list, title="Columns", description="On this side.")
    target_columns: Names = Field(
        default_factory=list, title="Columns there", description="On the other side, as many."
    )
    many: bool = Field(default=False, title="Many to many")
    dated: bool = Field(default=False, title="Holds for a time")


class Identity(Document):
    """What makes two rows the same thing (R-043)."""

    kind: Literal["identity"] = Field(default="identity", exclude=True)
    entity: Name = Field(title="Entity", description="What is counted, such as customer.")
    key: Names = Field(
        min_length=1, title="Key", description="The columns that tell one from another."
    )
    level: str = Field(
        default="", max_length=200, title="Level", description="Such as ultimate parent."
    )


class Cardinality(Document):
    """How many rows there may be for one."""

    kind: Literal["cardinality"] = Field(default="cardinality", exclude=True)
    per: Names = Field(min_length=1, title="For each", description="Columns that form the groups.")
    at_least: int | None = Field(default=None, ge=0, title="At least")
    at_most: int | None = Field(default=None, ge=0, title="At most")
    where: str = Field(
        default="",
        max_length=10_000,
        title="Counting only",
        description="A condition over the columns.",
        json_schema_extra={"sql": True},
    )

    @model_validator(mode="after")
    def _limits(self) -> Cardinality:
        if self.at_least is None and self.at_most is None:
            raise ValueError("Say at least, at most or both.")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("At least is not more than at most.")
        return self


class Required(Document):
    """What has to be there: facts about a dataset (R-050), or values in columns."""

    kind: Literal["required"] = Field(default="required", exclude=True)
    fields: list[MetadataField] = Field(
        default_factory=list,
        max_length=13,
        title="Facts",
        description="Of the thirteen facts about a dataset.",
    )
    columns: Names = Field(
        default_factory=list, title="Columns", description="Never without a value."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Required:
        if not (self.fields or self.columns):
            raise ValueError("Name facts or columns.")
        return self


class Naming(Document):
    """How things are called."""

    kind: Literal["naming"] = Field(default="naming", exclude=True)
    part: NamedPart = Field(default=NamedPart.COLUMN, title="Names of")
    pattern: Pattern = Field(title="Pattern", description="A regular expression such as _id$.")
    types: Names = Field(
        default_factory=list,
        title="Types",
        description="Families that such a column may have, such as integer or text.",
    )


class TypeConsistency(Document):
    """One type and one unit wherever the same thing is kept."""

    kind: Literal["type_consistency"] = Field(default="type_consistency", exclude=True)
    type: str = Field(
        default="",
        max_length=200,
        title="Type",
        description="Such as decimal or decimal(18,2). Empty: what most columns of the name have.",
    )
    unit: str = Field(default="", max_length=100, title="Unit")


class DeclaredKey(Document):
    """Each dataset has a key."""

    kind: Literal["key"] = Field(default="key", exclude=True)
    columns: Names = Field(
        default_factory=list, title="Columns", description="Empty: any declared key will do."
    )
    unique: bool = Field(default=True, title="Unique in the data")


class AllowedValues(Document):
    """Which values there are, by a list or by the states of a workflow."""

    kind: Literal["allowed_values"] = Field(default="allowed_values", exclude=True)
    values: list[bool | int | float | str] = Field(
        default_factory=list, max_length=2_000, title="Values"
    )
    workflow: str = Field(
        default="",
        title="Workflow",
        description="Its states are the values.",
        json_schema_extra={"picker": "agreement"},
    )

    @model_validator(mode="after")
    def _one_source(self) -> AllowedValues:
        if bool(self.values) == bool(self.workflow):
            raise ValueError("Give values or a workflow, one of the two.")
        return self


class Classified(Document):
    """Which class a column carries, and that somebody looks after it."""

    kind: Literal["classification"] = Field(default="classification", exclude=True)
    label: str = Field(
        default="",
        title="Class",
        description="As its path, such as pii / email.",
        json_schema_extra={"picker": "label"},
    )
    opt_out: bool = Field(
        default=False, title="Opted out", description="An opt-out in force names its class."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Classified:
        if not (self.label or self.opt_out):
            raise ValueError("Name a class, or ask for an opt-out.")
        return self


class Retention(Document):
    """How long rows are kept, and what happens then."""

    kind: Literal["retention"] = Field(default="retention", exclude=True)
    column: Name = Field(title="Column", description="The date that the time counts from.")
    keep: Duration = Field(
        title="Keep for", description="Such as P90D or P7Y.", json_schema_extra={"duration": True}
    )
    then: AfterRetention = Field(default=AfterRetention.DELETE, title="Then")


class SchemaCompatibility(Document):
    """How the schema of a dataset may change (R-047)."""

    kind: Literal["compatibility"] = Field(default="compatibility", exclude=True)
    mode: Compatibility = Field(title="Mode")


class Freshness(Document):
    """By when data is there, and when it is final."""

    kind: Literal["freshness"] = Field(default="freshness", exclude=True)
    by: dt.time | None = Field(default=None, title="By", description="Every day, in UTC.")
    max_age: Duration | None = Field(
        default=None,
        title="No older than",
        description="Such as PT6H.",
        json_schema_extra={"duration": True},
    )
    states_finality: bool = Field(
        default=False,
        title="Says when it is final",
        description="The dataset declares its finality lag.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Freshness:
        if self.by is None and self.max_age is None and not self.states_finality:
            raise ValueError("Say by when, how old at most, or that finality is declared.")
        return self


class Reconcile(Document):
    """Two ways to the same number."""

    kind: Literal["reconcile"] = Field(default="reconcile", exclude=True)
    left: str = Field(
        min_length=1, max_length=20_000, title="One query", json_schema_extra={"sql": True}
    )
    right: str = Field(
        min_length=1, max_length=20_000, title="Other query", json_schema_extra={"sql": True}
    )
    tolerance_percent: float = Field(default=0.0, ge=0, le=100, title="Tolerance in percent")
    dialect: str = Field(
        default="", max_length=40, title="SQL dialect", description="A platform such as postgres."
    )


class QueryGuard(Document):
    """A brake: which queries are not run."""

    kind: Literal["query_guard"] = Field(default="query_guard", exclude=True)
    time_column: str = Field(
        default="", title="Filter by", description="Every query names a time in this column."
    )
    max_range: Duration | None = Field(
        default=None,
        title="Over at most",
        description="Such as P31D.",
        json_schema_extra={"duration": True},
    )
    max_rows: int | None = Field(default=None, ge=1, title="Estimated rows at most")
    forbid: list[Forbidden] = Field(default_factory=list, max_length=5, title="Never")

    @model_validator(mode="after")
    def _says_something(self) -> QueryGuard:
        if not (self.time_column or self.max_rows or self.forbid):
            raise ValueError(
                "Say what brakes: a time column, a number of rows, or what is forbidden."
            )
        if self.max_range and not self.time_column:
            raise ValueError("Name the time column that the range is about.")
        return self


Assertion = Annotated[
    Hierarchy
    | Relation
    | Identity
    | Cardinality
    | Required
    | Naming
    | TypeConsistency
    | DeclaredKey
    | AllowedValues
    | Classified
    | Retention
    | SchemaCompatibility
    | Freshness
    | Reconcile
    | QueryGuard,
    Field(discriminator="kind"),
]
