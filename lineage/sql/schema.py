"""The door through which the resolver asks for columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from lineage.types import TableName


class SchemaProvider(Protocol):
    """Knows the columns of tables. Asked once per table that a statement names, never more."""

    def columns_of(self, table: TableName) -> Sequence[str] | None:
        """The table's column names in order, as stored; None when the table is not known."""
        ...
