"""A document type with every form of field, for the tests of diff and form."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from governance.agreements.kind import Document


class Color(StrEnum):
    """A choice."""

    RED = "red"
    GREEN = "green"


class Step(Document):
    """An item told apart by its key."""

    key: str = Field(title="Key", min_length=1, max_length=40)
    definition: str = Field(default="", json_schema_extra={"prose": True})
    entry: str = Field(default="", json_schema_extra={"sql": True})
    examples: list[dict[str, bool | int | float | str | None]] = Field(default_factory=list)


class Link(Document):
    """An item told apart by two fields, one of which Python has its own word for."""

    source: str = Field(alias="from")
    target: str = Field(alias="to")


class Circle(Document):
    """One variant."""

    kind: Literal["circle"]
    radius: float


class Square(Document):
    """Another variant."""

    kind: Literal["square"]
    side: int = Field(ge=1)
    filled: bool = False


class Period(Document):
    """A group."""

    begins: dt.date = Field(alias="from")
    ends: dt.date | None = Field(default=None, alias="to")


class Sample(Document):
    """Everything that a form can show."""

    name: str = Field(title="Name", description="What people call it.", min_length=1)
    about: str = Field(default="", json_schema_extra={"prose": True})
    note: str | None = None
    count: int | None = Field(default=None, ge=0, le=10)
    ratio: float = 0.5
    price: Decimal | None = None
    enabled: bool = True
    color: Color = Color.RED
    tint: Literal["light", "dark"] | None = None
    since: dt.date | None = None
    seen_at: dt.datetime | None = None
    every: dt.timedelta | None = None
    dataset: str = Field(default="", json_schema_extra={"picker": "dataset"})
    words: list[str] = Field(default_factory=list)
    numbers: tuple[int, ...] = ()
    period: Period | None = None
    shape: Annotated[Circle | Square, Field(discriminator="kind")] = Circle(kind="circle", radius=1)
    steps: list[Step] = Field(default_factory=list, json_schema_extra={"keyed_by": "key"})
    links: list[Link] = Field(default_factory=list, json_schema_extra={"keyed_by": ["from", "to"]})


def sample(**fields: Any) -> dict[str, Any]:
    """A document of the type above as plain data."""
    return Sample.model_validate({"name": "Sample", **fields}).model_dump(mode="json")
