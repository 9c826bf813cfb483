"""What a Trino cluster ran: its own table of recent queries, or the events it sent.

The table holds what the coordinator still remembers, so it is read often; events, collected as
JSON lines from the HTTP or Kafka event listener, hold everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, field_validator, model_validator

from catalog.registries.connectors import ReadContext, Yielded
from catalog.types import ProblemRecord, SystemRecord
from lineage.connectors.rows import JSON_ENDINGS, Row, accepted, read_rows
from lineage.connectors.settings import QueryLogSettings, system_named
from lineage.connectors.trino_client import TrinoAddress, query_rows
from lineage.types import QueryRun

PLATFORM = "trino"
MARK = "-- concord query log"
_RECENT = (
    'SELECT query_id, state, "user", query, created, "end", error_type'  # noqa: S608
    f" FROM system.runtime.queries WHERE state IN ('FINISHED', 'FAILED') {MARK}"
)


class TrinoLogSettings(QueryLogSettings):
    """Where the cluster is or where its events lie, and what it is called in the catalog."""

    url: str = Field(
        "",
        title="Address",
        description="Of the coordinator, such as https://trino.example.org; empty for files.",
        max_length=500,
    )
    user: str = Field(
        "concord", title="User", description="Who asks the coordinator.", max_length=200
    )
    path: str = Field(
        "",
        title="File or folder of events",
        description="On the server; empty for an upload or for the coordinator.",
        max_length=1000,
    )
    instance: str = Field(
        "",
        title="Instance",
        description="Name of the cluster in the catalog; empty for its host.",
        max_length=200,
    )
    catalog: str = Field(
        "", title="Default catalog", description="For queries that name none.", max_length=200
    )
    schema_name: str = Field(
        "", title="Default schema", description="For queries that name none.", max_length=200
    )

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        address = value.strip().rstrip("/")
        if not address:
            return ""
        try:
            parts = urlsplit(address)
            is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
            is_plain = not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
            _ = parts.port
        except ValueError:
            is_usable = is_plain = False
        if not is_usable or not is_plain:
            raise ValueError(
                "Write the coordinator's address alone: https://host or https://host:port."
            )
        return address

    @model_validator(mode="after")
    def _check_instance(self) -> TrinoLogSettings:
        if not self.instance and not self.url:
            raise ValueError("Name the cluster (instance), or give its address.")
        return self


class TrinoLogConnector:
    """Statements that a Trino cluster ran."""

    name = "trino_queries"
    label = "Trino queries"
    description = (
        "Reads system.runtime.queries of a running Trino, or files with the events of its event"
        " listener (QueryCompletedEvent as JSON lines)."
    )
    settings: type[BaseModel] = TrinoLogSettings
    accepts = accepted(JSON_ENDINGS)
    needs_files = False
    is_complete = False
    uploads_are_complete = False

    def read(self, settings: TrinoLogSettings, context: ReadContext) -> Iterator[Yielded]:
        """Yield the system, then every query that ended; raises SourceUnreadable."""
        named = settings.instance or urlsplit(settings.url).netloc
        system = system_named(PLATFORM, named)
        yield SystemRecord(system.platform, system.instance)
        if settings.url and not context.files and not settings.path:
            address = TrinoAddress(settings.url, settings.user, context.secret)
            for found in query_rows(address, _RECENT, context.limits.timeout_seconds):
                # Anybody can write the mark; what somebody else ran belongs into the log.
                if MARK not in found.text("query") or found.text("user") != settings.user:
                    yield _recent(found, settings, str(system))
            return
        for row in read_rows(context, settings.path, JSON_ENDINGS):
            if isinstance(row, ProblemRecord):
                yield row
            elif "endtime" in row.values or "end" in row.values:
                is_event = "metadata" in row.values
                yield (_event if is_event else _recent)(row, settings, str(system))
            elif "createtime" not in row.values:  # what only began is told again at its end
                yield ProblemRecord(row.location, "The row was left out: it is no query's end.")


def _recent(row: Row, settings: TrinoLogSettings, system: str) -> QueryRun:
    """A row of system.runtime.queries."""
    created, ended = row.moment("created"), row.moment("end")
    return QueryRun(
        location=row.location,
        system=system,
        platform=PLATFORM,
        sql=row.text("query"),
        run_id=row.text("query_id"),
        ended_at=ended,
        user=row.text("user"),
        duration_ms=(ended - created).total_seconds() * 1000 if created and ended else None,
        has_failed=row.text("state").upper() == "FAILED",
        database=settings.catalog,
        schema_name=settings.schema_name,
        keeps_literals=settings.keep_literals,
    )


def _event(row: Row, settings: TrinoLogSettings, system: str) -> QueryRun:
    """A QueryCompletedEvent. The text is as the user sent it; names are completed by the session's
    catalog and schema."""
    metadata, about = row.nested("metadata"), row.nested("context")
    statistics = row.nested("statistics")
    created, ended = row.moment("createtime"), row.moment("endtime")
    return QueryRun(
        location=row.location,
        system=system,
        platform=PLATFORM,
        sql=metadata.text("query"),
        run_id=metadata.text("queryid"),
        ended_at=ended,
        user=about.text("user", "originaluser", "principal"),
        duration_ms=(ended - created).total_seconds() * 1000 if created and ended else None,
        rows=statistics.whole("writtenrows") or statistics.whole("outputrows"),
        size_bytes=statistics.whole("physicalinputbytes", "totalbytes"),
        has_failed=metadata.text("querystate").upper() == "FAILED"
        or isinstance(row.values.get("failureinfo"), dict),
        database=about.text("catalog") or settings.catalog,
        schema_name=about.text("schema") or settings.schema_name,
        keeps_literals=settings.keep_literals,
    )
