"""Records and a connector for the tests of ingestion: a list of tables, read from a JSON file."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, Field

from catalog.models import Connection, IngestionRun
from catalog.registries.connectors import (
    Connector,
    ReadContext,
    SourceUnreadable,
    Yielded,
    connectors,
)
from catalog.services.ingest import IngestReport, ingest
from catalog.types import (
    ColumnRecord,
    DatasetKind,
    DatasetRecord,
    ExpectedTotal,
    Principal,
    ProblemRecord,
    Severity,
)
from tests.factories import ConnectionFactory

SYSTEM = Principal.system("test")
PLACE = "postgres://warehouse/shop.public"


def table(name: str, *columns: str, **facts: Any) -> DatasetRecord:
    """A table in `shop.public` with text columns."""
    listed = tuple(ColumnRecord((column,), "text") for column in columns)
    return DatasetRecord(
        f"{PLACE}.{name}", DatasetKind.TABLE, **{"columns": listed or None, **facts}
    )


def bring(
    *records: Yielded,
    connection: Connection | None = None,
    complete: bool = True,
    dry_run: bool = False,
    acting: Principal = SYSTEM,
) -> IngestReport:
    """One run of a connection, the one named `source` unless another is given."""
    source = connection or Connection.objects.filter(name="source").first()
    source = source or ConnectionFactory(name="source")
    run = IngestionRun.objects.create(connection=source, is_dry_run=dry_run)
    return ingest(records, acting=acting, connection=source, run=run, complete=complete)


class ListingSettings(BaseModel):
    """Settings of the connector below."""

    prefix: str = Field("", max_length=20)
    seconds_per_table: float = 0


class ListingConnector:
    """Reads {"tables": {name: [columns]}} or the word that says how to fail."""

    name = "listing"
    label = "Table list"
    description = "A list of tables in JSON."
    settings = ListingSettings
    accepts = (".json",)
    needs_files = True
    is_complete = True
    uploads_are_complete = True

    def read(self, settings: ListingSettings, context: ReadContext) -> Iterator[Yielded]:
        """Yield what the files list."""
        for path in context.files.values():
            listed = json.loads(path.read_text())
            if listed == "unreadable":
                raise SourceUnreadable("The list is not readable: write it again.")
            if listed == "broken":
                raise KeyError("a fault in the connector")
            yield from self._tables(listed["tables"], settings, context)

    def _tables(
        self, tables: dict[str, list[str]], settings: ListingSettings, context: ReadContext
    ) -> Iterable[Yielded]:
        yield ExpectedTotal(len(tables))
        for number, (name, columns) in enumerate(tables.items()):
            time.sleep(settings.seconds_per_table)
            context.note_progress(number, len(tables))
            if name == "unreadable":
                yield ProblemRecord(name, "This table could not be read.", Severity.ERROR)
            else:
                yield table(settings.prefix + name, *columns)


def register_listing() -> Connector:
    """Add the connector to the registry once."""
    if "listing" not in connectors:
        connectors.add("listing", ListingConnector())
    return connectors.get("listing")
