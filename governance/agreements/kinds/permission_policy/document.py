"""An opt-out as a document: who may not have what, why, from when, until when (3.10)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from catalog.types import DatasetKind, Environment
from governance.agreements import patterns
from governance.agreements.kind import WITHHELD, Document
from governance.permissions.types import (
    Category,
    DataAction,
    Effect,
    Expected,
    Mask,
    Purpose,
    ReasonVisibility,
)
from governance.permissions.wording import EFFECTS, MASKS


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_TEXT_OR_VALUE = re.compile(r"'(?:[^']|'')*'|\{\s*user\.(\w+)\s*\}", re.IGNORECASE)
_QUOTED_VALUE = re.compile(r"'\{\s*user\.(\w+)\s*\}'", re.IGNORECASE)


def _with_parameters(value: Any) -> Any:
    """`{user.location}`, in quotes or not, is `:subject_location`: a value that becomes a literal.
    Within a longer text it would be words, and is refused."""
    if not isinstance(value, str) or "{" not in value:
        return value

    def said(found: re.Match[str]) -> str:
        quoted = _QUOTED_VALUE.fullmatch(found[0])
        name = quoted[1] if quoted else found[1]
        if name is not None:
            return f":subject_{name.lower()}"
        if re.search(r"\{\s*user\.", found[0], re.IGNORECASE):
            raise ValueError("A value such as {user.location} stands alone, not within a text.")
        return found[0]

    return _TEXT_OR_VALUE.sub(said, value)


Name = Annotated[str, Field(min_length=1, max_length=500)]
Names = Annotated[list[Name], BeforeValidator(_listed), Field(max_length=200)]

_SHORT_EFFECT = re.compile(r"(mask|min_group|row_filter)\((.*)\)", re.DOTALL)


class Exempt(Document):
    """Who is not meant, though the rest of the sentence says so."""

    groups: Names = Field(
        default_factory=list, title="Groups", json_schema_extra={"picker": "team"}
    )
    people: Names = Field(
        default_factory=list, title="People", json_schema_extra={"picker": "person"}
    )
    where: str = Field(
        default="",
        max_length=2_000,
        title="Condition",
        description="Over what is known of a person.",
        json_schema_extra={"sql": True},
    )


class Subjects(Document):
    """Whom an opt-out concerns: everybody or those named, of them those of whom a condition is
    true, without those exempt."""

    everybody: bool = Field(default=False, alias="all", title="Everybody")
    groups: Names = Field(
        default_factory=list, title="Groups", json_schema_extra={"picker": "team"}
    )
    people: Names = Field(
        default_factory=list, title="People", json_schema_extra={"picker": "person"}
    )
    where: str = Field(
        default="",
        max_length=2_000,
        title="Condition",
        description="Over what is known of a person, such as employment_kind = 'contractor'.",
        json_schema_extra={"sql": True},
    )
    exempt: Exempt = Field(default_factory=Exempt, alias="except", title="Except")

    @model_validator(mode="after")
    def _somebody(self) -> Subjects:
        if not (self.everybody or self.groups or self.people or self.where):
            raise ValueError("Say whom it concerns: everybody, groups, people or a condition.")
        if self.everybody and (self.groups or self.people):
            raise ValueError("Everybody includes all groups and people; name one or the other.")
        return self


class Resources(Document):
    """What an opt-out is about: each criterion given has to hold, any value of it will do.

    Whatever the catalog lists is a dataset: tables, files, topics, dashboards, models.
    """

    datasets: Names = Field(
        default_factory=list,
        title="Datasets",
        description="Names or patterns, such as product.*.",
        json_schema_extra={"picker": "dataset"},
    )
    columns: Names = Field(
        default_factory=list,
        title="Columns",
        description="Of these datasets; none means all.",
        json_schema_extra={"picker": "column"},
    )
    tag: str = Field(
        default="",
        title="Label",
        description="A tag or a classification with all below it, such as pii.gov.",
        json_schema_extra={"picker": "label"},
    )
    domains: Names = Field(
        default_factory=list,
        title="Domains",
        description="With all below them.",
        json_schema_extra={"picker": "domain"},
    )
    regions: Names = Field(
        default_factory=list,
        title="Regions",
        description="Where the data resides, as its residency says.",
    )
    kinds: list[DatasetKind] = Field(
        default_factory=list,
        max_length=11,
        title="Kinds",
        description="Such as dashboard, topic or ml_model; none means all.",
    )
    systems: Names = Field(
        default_factory=list, title="Systems", json_schema_extra={"picker": "system"}
    )
    where: str = Field(
        default="",
        max_length=2_000,
        title="Condition on data",
        description="Over what is known of a dataset, such as region LIKE 'eu-%'.",
        json_schema_extra={"sql": True},
    )

    @model_validator(mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        """`dataset: x` is `datasets: [x]`; `column: "*"` is every column."""
        if not isinstance(value, Mapping):
            return value
        found = {name: one for name, one in value.items() if name not in ("dataset", "column")}
        for one, many in (("dataset", "datasets"), ("column", "columns")):
            if value.get(one) not in (None, ""):
                if found.get(many):
                    raise ValueError(f"Give {one} or {many}, one of the two.")
                found[many] = _listed(value[one])
        if found.get("columns") in (["*"], "*"):
            found["columns"] = []
        if found.get("tag", "") is None:
            found["tag"] = ""
        return found

    @model_validator(mode="after")
    def _something(self) -> Resources:
        named = (self.datasets, self.tag, self.domains, self.regions, self.kinds, self.systems)
        if not (any(named) or self.where):
            raise ValueError("Name datasets, a label, a domain or another criterion.")
        if self.columns and not any(named):
            raise ValueError("Name the datasets of the columns.")
        return self


class Window(Document):
    """Days around the end of each quarter."""

    days_before_quarter_end: int = Field(default=0, ge=0, le=92, title="Days before the end")
    days_after_quarter_end: int = Field(default=0, ge=0, le=92, title="Days after the end")

    @model_validator(mode="after")
    def _has_length(self) -> Window:
        if not (self.days_before_quarter_end or self.days_after_quarter_end):
            raise ValueError("A window has at least one day.")
        return self


class When(Document):
    """From when until when, and in which windows and environments only."""

    begins: dt.date = Field(alias="from", title="From")
    ends: dt.date | None = Field(
        default=None, alias="to", title="Until", description="Empty: until it is decided otherwise."
    )
    windows: list[Window] = Field(default_factory=list, max_length=10, title="Only in windows")
    environments: list[Environment] = Field(
        default_factory=list, max_length=4, title="Only in environments"
    )
    versions: Names = Field(
        default_factory=list,
        title="Only versions",
        description="Of the dataset, such as 1.*; where none is known it is covered.",
    )
    older_than_days: int | None = Field(
        default=None,
        ge=0,
        le=36_500,
        title="Only data older than",
        description="Days since the data changed last; data of unknown age is covered.",
    )
    younger_than_days: int | None = Field(
        default=None, ge=0, le=36_500, title="Only data younger than", description="Days."
    )

    @model_validator(mode="after")
    def _ordered(self) -> When:
        if self.ends is not None and self.ends <= self.begins:
            raise ValueError("It ends after it begins.")
        older, younger = self.older_than_days, self.younger_than_days
        if older is not None and younger is not None and older > younger:
            raise ValueError("No data is older than the one and younger than the other.")
        return self


class Case(Document):
    """One test: who does what with which data, and what they are to get."""

    who: Name = Field(
        title="Who", description="A user name.", json_schema_extra={"picker": "person"}
    )
    dataset: Name = Field(
        title="Dataset",
        description="A name, such as hr.compensation.",
        json_schema_extra={"picker": "dataset"},
    )
    columns: Names = Field(
        default_factory=list,
        title="Columns used",
        description="Wherever they are used; none means the dataset as such.",
    )
    action: DataAction = Field(default=DataAction.READ, title="Action")
    purpose: Purpose = Field(default=Purpose.ANY, title="Purpose")
    environment: Environment | None = Field(default=None, title="Asked from")
    expect: Expected = Field(
        title="Expected",
        description="open: as it is; restricted: some of it, or made unreadable; denied.",
    )
    note: str = Field(default="", max_length=500, title="Why", json_schema_extra={"prose": True})


class OptOut(Document):
    """One opt-out. Whatever none names is open to every employee (R-080)."""

    opt_out: str = Field(pattern=patterns.NUMBER, title="Number", description="Such as OO-06.")
    title: str = Field(
        default="", max_length=200, title="Name", description="Empty: made from what it says."
    )
    effect: Effect = Field(
        title="Effect",
        json_schema_extra={"labels": {str(effect): words for effect, words in EFFECTS.items()}},
    )
    mask: Mask | None = Field(
        default=None,
        title="Mask",
        description="How values are made unreadable.",
        json_schema_extra={
            "labels": {str(mask): words[:1].upper() + words[1:] for mask, words in MASKS.items()}
        },
    )
    group_of: int | None = Field(
        default=None, ge=2, le=1_000_000, title="Smallest group", description="Rows in a group."
    )
    expr: Annotated[str, BeforeValidator(_with_parameters)] = Field(
        default="",
        max_length=10_000,
        title="Rows that stay",
        description="A condition over the columns; other rows are hidden.",
        json_schema_extra={"sql": True},
    )
    subjects: Subjects = Field(title="Whom it concerns")
    resources: Resources = Field(title="What it is about")
    condition: str = Field(
        default="",
        max_length=2_000,
        title="Where person and data differ",
        description="Compares both, such as subject.location <> resource.region.",
        json_schema_extra={"sql": True},
    )
    actions: list[DataAction] = Field(min_length=1, max_length=3, title="Actions")
    purposes: list[Purpose] = Field(
        default_factory=lambda: [Purpose.ANY], min_length=1, max_length=7, title="Purposes"
    )
    when: When = Field(title="When")
    category: Category = Field(title="Category")
    reason: str = Field(
        min_length=1,
        max_length=4_000,
        title="Reason",
        description="What an opted-out person is told.",
        json_schema_extra={"prose": True},
    )
    basis: str = Field(
        default="",
        max_length=1_000,
        title="Basis",
        description="The law, contract or policy that it rests on.",
    )
    reason_visibility: ReasonVisibility = Field(
        default=ReasonVisibility.PUBLIC, title="Who may read the reason"
    )
    confidential_metadata: bool = Field(
        default=False, title="Hide names and meaning too", description="Else only data is withheld."
    )
    domain: str = Field(default="", title="Domain", json_schema_extra={"picker": "domain"})
    owner: str = Field(
        min_length=1,
        title="Owner",
        description="The seat that answers for it, as seat:legal.",
        json_schema_extra={"picker": "seat"},
    )
    review_by: dt.date = Field(
        title="Review by", description="Within twelve months; it keeps denying past this day."
    )
    tests: list[Case] = Field(
        default_factory=list,
        max_length=200,
        title="Tests",
        description="Who is to get what; nobody is asked to sign before all hold.",
    )

    @model_validator(mode="before")
    @classmethod
    def _short_effect(cls, value: Any) -> Any:
        """`mask(last3)`, `min_group(10)` and `row_filter(a > 1)` say effect and measure in one."""
        effect = value.get("effect") if isinstance(value, Mapping) else None
        short = _SHORT_EFFECT.fullmatch(effect.strip()) if isinstance(effect, str) else None
        if short is None:
            return value
        name, inner = short[1], short[2].strip()
        field = {"mask": "mask", "min_group": "group_of", "row_filter": "expr"}[name]
        if value.get(field) not in (None, ""):
            raise ValueError(f"Say {field} once, in the effect or beside it.")
        return {**value, "effect": name, field: inner}

    @property
    def says_why(self) -> bool:
        """Whether the reason is there to be read."""
        return self.reason != WITHHELD

    @model_serializer(mode="wrap")
    def _as_before_tests(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without tests it is written, and hashed, as before there were any."""
        written: dict[str, Any] = write(self)
        if not self.tests:
            written.pop("tests", None)
        return written

    @model_validator(mode="after")
    def _measure(self) -> OptOut:
        given = {
            Effect.MASK: self.mask is not None,
            Effect.MIN_GROUP: self.group_of is not None,
            Effect.ROW_FILTER: bool(self.expr),
        }
        names = {Effect.MASK: "mask", Effect.MIN_GROUP: "group_of", Effect.ROW_FILTER: "expr"}
        for effect, is_given in given.items():
            if is_given != (self.effect is effect):
                verb = "needs" if self.effect is effect else "has no"
                raise ValueError(f"The effect {self.effect.value} {verb} {names[effect]}.")
        if Purpose.ANY in self.purposes and len(self.purposes) > 1:
            raise ValueError("The purpose any stands alone.")
        return self
