"""Connectors: how Concord reads a source. One small file against this contract is a connector.

A connector describes itself (name, words, settings form, upload endings) and yields records of
`catalog.types` one after another, never a whole source at once. It writes nothing and knows no
Django model; `services.ingest` turns records into rows. It is registered at start-up:
`connectors.add("dbt", DbtConnector())`.

The rules a connector may rely on:

- Order is free: a dataset may name owners, labels or relation targets that come later or never.
- None (or an empty tuple) in a record means "this source says nothing" and keeps what was there.
- One thing it cannot read is a `ProblemRecord` and the rest goes on. With severity ERROR a part
  of the source stayed unread, so the run marks nothing as disappeared.
- A source that cannot be read at all raises `SourceUnreadable` with one plain sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias, runtime_checkable

from pydantic import BaseModel

from catalog.errors import CatalogError
from catalog.names import QualifiedName
from catalog.registries.registry import Registry
from catalog.types import (
    ContainerRecord,
    DatasetRecord,
    ExpectedTotal,
    FurtherRecord,
    ProblemRecord,
    SourceUsage,
    SystemRecord,
)

Stated: TypeAlias = (
    SystemRecord | ContainerRecord | DatasetRecord | ProblemRecord | SourceUsage | ExpectedTotal
)
"""What the catalog itself takes."""

Yielded: TypeAlias = Stated | FurtherRecord


class SourceUnreadable(CatalogError):  # noqa: N818 - reads as the refusal it is
    """The source cannot be read at all: wrong password, truncated file, unknown version.

    The message is one plain sentence for a person, naming what to mend; it never holds a secret.
    """

    code = "source_unreadable"
    status = 422


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Bounds that a connector keeps, so that no input can fill memory, disk or the clock."""

    max_file_bytes: int = 512 * 1024 * 1024  # of one file as it was given
    max_unpacked_bytes: int = 2 * 1024 * 1024 * 1024  # of everything an archive unpacks to
    max_files: int = 10_000  # in a folder or an archive
    max_depth: int = 100  # of nested JSON and of includes
    timeout_seconds: int = 60  # of one statement or request at the source


def _ignore_progress(read: int, total: int | None) -> None:
    """What holds where nobody watches."""


@dataclass(frozen=True, slots=True)
class ReadContext:
    """What a run hands to a connector beside its settings.

    `files` maps the name a person gave (`manifest.json`, `exports/orders.csv`) to where it lies
    now; empty when the connector reads a server or a path in its settings. `secret` is the value
    that the connection's `secret_name` stands for, or None. `note_progress(read, total)` tells a
    waiting person how far the source was read before the first record comes; units are the
    source's own (tables, bytes). A connector has to stop when it raises.
    """

    files: Mapping[str, Path] = field(default_factory=dict)
    secret: str | None = field(default=None, repr=False)
    note_progress: Callable[[int, int | None], None] = _ignore_progress
    limits: ReadLimits = field(default_factory=ReadLimits)


class Connector(Protocol):
    """One kind of source.

    `settings` is a pydantic model; its JSON schema draws the form (`title`, `description`,
    `default`, enum, `format`), its validators' messages are shown beside the fields. It never
    holds a secret: a connection names one, and the context carries it.
    `accepts` lists names or endings of files it takes ("manifest.json", ".csv"); empty when it
    reads no files. `needs_files` says that it cannot run without one.
    `is_complete` is True when a run lists everything the source has, so that what is missing has
    disappeared there; False for a stream of events or a partial file.
    """

    @property
    def name(self) -> str:
        """The stored, stable key: `dbt`, `sql`, `files`."""
        ...

    @property
    def label(self) -> str:
        """Its name for a person: `dbt artifacts`."""
        ...

    @property
    def description(self) -> str:
        """One or two sentences: what it reads and what a person needs to have at hand."""
        ...

    @property
    def settings(self) -> type[BaseModel]:
        """The model of its settings."""
        ...

    @property
    def accepts(self) -> tuple[str, ...]:
        """File names or endings it takes."""
        ...

    @property
    def needs_files(self) -> bool:
        """Whether a run without files is refused."""
        ...

    @property
    def uploads_are_complete(self) -> bool:
        """Whether uploaded files stand for everything, as a dbt manifest does and a single data
        file does not."""
        ...

    @property
    def is_complete(self) -> bool:
        """Whether a run lists everything there is."""
        ...

    def read(self, settings: Any, context: ReadContext) -> Iterator[Yielded]:
        """Yield what the source states; `settings` is an instance of the settings model."""
        ...


@runtime_checkable
class Sampler(Protocol):
    """What a connector adds when it can show some rows of a dataset it stated before."""

    def sample(
        self,
        settings: Any,
        context: ReadContext,
        name: QualifiedName,
        columns: Sequence[str],
        limit: int,
    ) -> list[tuple[Any, ...]]:
        """At most `limit` rows with the values of `columns` in that order, read now.

        Keeps `context.limits`; raises SourceUnreadable with one plain sentence.
        """
        ...


@runtime_checkable
class Querier(Protocol):
    """What a connector adds when its source answers SQL."""

    def query(
        self, settings: Any, context: ReadContext, name: QualifiedName, sql: str
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The names of a query's columns and its rows, read now. The query is Concord's own, reads
        the dataset of that name alone and bounds itself.

        Keeps `context.limits`; raises SourceUnreadable with one plain sentence.
        """
        ...


connectors: Registry[Connector] = Registry("connector")
