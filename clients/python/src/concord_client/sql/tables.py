"""What a guard asks of a session: which table a name means, its columns, and the text of a view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Place:
    """The defaults of the session."""

    database: str | None
    schema: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view of the session. `parts` are database, schema and name as they are stored;
    `columns` name and type in their order; `definition` is the query of a view."""

    parts: tuple[str, str, str]
    columns: tuple[tuple[str, str], ...]
    definition: str = ""


class Tables(Protocol):
    """The names of one session. `dialect` is one of sqlglot's."""

    dialect: str

    def place(self) -> Place:
        """The defaults that hold now."""
        ...

    def find(
        self, parts: tuple[str, ...], database: str | None, schema: str | None
    ) -> Table | None:
        """What a name means; None where it is no table or view of the session, or where more than
        one could be meant."""
        ...
