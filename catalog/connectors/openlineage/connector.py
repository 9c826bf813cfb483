"""The OpenLineage connector: event files, folded so that the latest word on a dataset holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field

from catalog.connectors.openlineage.events import Event, Unusable, read_events
from catalog.connectors.openlineage.folding import Fold
from catalog.connectors.openlineage.records import dataset_record
from catalog.connectors.source_files import source_files
from catalog.connectors.source_values import moment_of, text_of
from catalog.registries.connectors import ReadContext, SourceUnreadable, Yielded
from catalog.types import ExpectedTotal, ProblemRecord, SystemRecord

_ENDINGS = (".json", ".ndjson", ".jsonl")


class OpenLineageSettings(BaseModel):
    """Where the events are."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        "",
        title="File or folder",
        description="File or folder on the server that events are written to; empty for an upload.",
        max_length=1000,
    )


class OpenLineageConnector:
    """Datasets, schemas and lineage that jobs report."""

    name = "openlineage"
    label = "OpenLineage events"
    description = (
        "Reads run, job and dataset events of OpenLineage from files: one event, a JSON array or"
        " JSON lines, also packed. Of several events on a dataset the latest holds."
    )
    settings: type[BaseModel] = OpenLineageSettings
    accepts = (*_ENDINGS, *(f"{ending}.gz" for ending in _ENDINGS), ".zip")
    needs_files = False
    is_complete = False
    uploads_are_complete = False

    def read(self, settings: OpenLineageSettings, context: ReadContext) -> Iterator[Yielded]:
        """Yield every dataset the events name; an invalid event is a problem with its place."""
        events: list[tuple[dt.datetime, int, str, Event]] = []
        files = 0
        for file in source_files(context, settings.path, lambda name: name.endswith(_ENDINGS)):
            files += 1
            for found in read_events(file.read(), file.name):
                position = found.position if isinstance(found, Unusable) else found[0]
                location = text_of(f"{file.name}, event {position}") or ""
                if isinstance(found, Unusable):
                    yield ProblemRecord(location, f"The event was left out: {found.reason}.")
                    continue
                at = moment_of(found[1].eventTime)
                if at is None:
                    message = "The event was left out: its eventTime is no ISO 8601 time."
                    yield ProblemRecord(location, message)
                    continue
                events.append((at, len(events), location, found[1]))
        if not files:
            raise SourceUnreadable("There is no .json, .jsonl or .ndjson file among the files.")
        fold = Fold()
        for at, _, location, event in sorted(events, key=lambda entry: entry[:2]):
            fold.apply(at, location, event)
        fold.connect()
        yield from fold.problems
        yield ExpectedTotal(len(fold.datasets))
        names = [state.name for state in fold.datasets.values()]
        systems = {(name.platform, name.instance): None for name in names}
        for platform, instance in systems:
            yield SystemRecord(platform, instance)
        for state in fold.datasets.values():
            yield from dataset_record(state)
