"""Query logs that a system exported to files: what reading them has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

from pydantic import BaseModel

from catalog.registries.connectors import ReadContext, Yielded
from catalog.types import ProblemRecord, SystemRecord
from lineage.connectors.rows import TEXT_ENDINGS, Row, accepted, read_rows
from lineage.connectors.settings import ExportSettings, system_named
from lineage.types import QueryRun


class ExportedLog(ABC):
    """A connector for one platform's export; it says what a row of it means."""

    platform: ClassVar[str]
    settings: type[BaseModel] = ExportSettings
    accepts = accepted(TEXT_ENDINGS)
    needs_files = False
    is_complete = False
    uploads_are_complete = False

    def read(self, settings: ExportSettings, context: ReadContext) -> Iterator[Yielded]:
        """Yield the system, then every run; a row that cannot be read is a problem."""
        system = system_named(self.platform, settings.instance)
        yield SystemRecord(system.platform, system.instance)
        for row in read_rows(context, settings.path, TEXT_ENDINGS):
            if isinstance(row, ProblemRecord):
                yield row
            elif (run := self.run_of(row, settings, str(system))) is not None:
                yield run

    @abstractmethod
    def run_of(self, row: Row, settings: ExportSettings, system: str) -> QueryRun | None:
        """What a row says; None where it tells of nothing that ran."""
