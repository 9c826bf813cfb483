"""What Trino's plugin sends, as far as it is looked at; everything else is ignored."""

from __future__ import annotations

from typing import Any

import msgspec


class User(msgspec.Struct, gc=False):
    """The person or the owner of a query that is asked about."""

    user: str


class Catalog(msgspec.Struct, gc=False):
    """A catalog of Trino."""

    name: str


class Schema(msgspec.Struct, gc=False):
    """A schema of a catalog."""

    catalogName: str  # noqa: N815 - Trino's
    schemaName: str  # noqa: N815


class Table(msgspec.Struct, gc=False):
    """A table or view; `columns` where the operation is about some, `properties` where it sets
    some."""

    catalogName: str  # noqa: N815
    schemaName: str  # noqa: N815
    tableName: str  # noqa: N815
    columns: list[str] | None = None
    properties: Any = None


class Function(msgspec.Struct, gc=False):
    """A function or procedure."""

    functionName: str  # noqa: N815
    catalogName: str | None = None  # noqa: N815
    schemaName: str | None = None  # noqa: N815


class Column(msgspec.Struct, gc=False):
    """A column with its type as Trino displays it."""

    catalogName: str  # noqa: N815
    schemaName: str  # noqa: N815
    tableName: str  # noqa: N815
    columnName: str  # noqa: N815
    columnType: str = ""  # noqa: N815


class Resource(msgspec.Struct, gc=False):
    """One of them."""

    user: User | None = None
    catalog: Catalog | None = None
    schema: Schema | None = None
    table: Table | None = None
    function: Function | None = None
    column: Column | None = None


class Action(msgspec.Struct, gc=False):
    """What is to be done with what."""

    operation: str
    resource: Resource | None = None
    targetResource: Resource | None = None  # noqa: N815
    filterResources: list[Resource] | None = None  # noqa: N815


class Identity(msgspec.Struct, gc=False):
    """Who asks. Groups are those of our own directory, whatever Trino thinks."""

    user: str
    extraCredentials: dict[str, str] | None = None  # noqa: N815


class Properties(msgspec.Struct, gc=False):
    """What the coordinator's context file says of itself."""

    purpose: str | None = None


class Context(msgspec.Struct, gc=False):
    """Who asks, from where."""

    identity: Identity
    queryId: str | None = None  # noqa: N815
    properties: Properties | None = None


class Input(msgspec.Struct, gc=False):
    """The question."""

    context: Context
    action: Action


class Body(msgspec.Struct, gc=False):
    """All of it."""

    input: Input
