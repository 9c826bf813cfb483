"""Settings that every query log shares, and the system that its statements ran in."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from catalog.names import NameRefused, QualifiedName, qualified_name
from catalog.registries.connectors import SourceUnreadable


class QueryLogSettings(BaseModel):
    """What is kept of the statements."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    keep_literals: bool = Field(
        False,
        title="Keep literals",
        description=(
            "Keep one text of each statement with its literals, too. They may be personal: who may"
            " not read the data a statement reads is shown the masked text."
        ),
    )


class ExportSettings(QueryLogSettings):
    """Where exported logs are, and which system of the catalog wrote them."""

    path: str = Field(
        "",
        title="File or folder",
        description="File or folder on the server that the log is written to; empty for an upload.",
        max_length=1000,
    )
    instance: str = Field(
        title="Instance",
        description="Name of the system in the catalog, as its other connections call it.",
        min_length=1,
        max_length=200,
    )


def system_named(platform: str, instance: str) -> QualifiedName:
    """The system that a log belongs to; raises SourceUnreadable."""
    try:
        return qualified_name(platform, instance)
    except NameRefused as error:
        raise SourceUnreadable(str(error)) from None
