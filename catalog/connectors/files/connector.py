"""The files connector: a folder as containers, each data file as a dataset."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from catalog.connectors.files.listing import (
    ENDINGS,
    DataFile,
    Format,
    checked_folder,
    folder_files,
    given_files,
)
from catalog.connectors.source_values import left_out, text_of
from catalog.names import NameRefused, QualifiedName, qualified_name
from catalog.registries.connectors import ReadContext, SourceUnreadable, Yielded
from catalog.types import (
    ContainerKind,
    ContainerRecord,
    DatasetKind,
    DatasetRecord,
    ExpectedTotal,
    ProblemRecord,
    Severity,
    SystemRecord,
)

if TYPE_CHECKING:
    from catalog.connectors.files.measuring import FileReader

PLATFORM = "file"


class FilesSettings(BaseModel):
    """Which folder, which of its files, and what they are called in the catalog."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(
        "",
        title="Folder",
        description="Whole path of a folder on the server; empty for an upload.",
        max_length=1000,
    )
    instance: str = Field(
        "",
        title="Instance",
        description="Name of this file store in the catalog; empty for the folder's name.",
        max_length=200,
    )
    patterns: tuple[str, ...] = Field(
        (), title="Only these files", description="Patterns such as 2026/*.csv; empty for all."
    )
    include_subfolders: bool = Field(True, title="Sub-folders too")
    measure: bool = Field(
        True,
        title="Measure contents",
        description=(
            "Count rows and, for each column, empty and distinct values, and note the least and"
            " greatest value. Switch it off where values must not be seen."
        ),
    )


class FilesConnector:
    """Schema and profile of Parquet, CSV and JSON files."""

    name = "files"
    label = "Files and folders"
    description = (
        "Reads Parquet, CSV and JSON files, uploaded or in a folder of the server: columns with"
        " nested fields, rows, sizes and statistics. Each folder becomes a container."
    )
    settings: type[BaseModel] = FilesSettings
    accepts = ENDINGS
    needs_files = False
    is_complete = True
    uploads_are_complete = False

    def read(self, settings: FilesSettings, context: ReadContext) -> Iterator[Yielded]:
        """Yield the store, its folders and files; a file that cannot be read is a problem."""
        from catalog.connectors.files.measuring import FileReader

        if context.files:
            listed = list(given_files(context))
            root, fallback = None, "uploads"
        else:
            root = checked_folder(settings.path)
            listed = list(
                folder_files(root, settings.patterns, settings.include_subfolders, context)
            )
            fallback = root.name or "files"
        try:
            system = qualified_name(PLATFORM, settings.instance or fallback)
        except NameRefused as error:
            raise SourceUnreadable(str(error)) from None
        files = [entry for entry in listed if isinstance(entry, DataFile)]
        yield ExpectedTotal(len(files))
        yield SystemRecord(system.platform, system.instance)
        yield from (entry for entry in listed if isinstance(entry, ProblemRecord))
        allowed = [root] if root else [file.location.resolve() for file in files]
        reader = FileReader(
            allowed, is_folder=root is not None, timeout_seconds=context.limits.timeout_seconds
        )
        try:
            folders: set[tuple[str, ...]] = set()
            for file in files:
                yield from _new_folders(system, file, folders)
                yield from _file_records(reader, system, file, settings, context)
        finally:
            reader.close()

    def sample(
        self,
        settings: FilesSettings,
        context: ReadContext,
        name: QualifiedName,
        columns: Sequence[str],
        limit: int,
    ) -> list[tuple[Any, ...]]:
        """Some rows of one file of the folder; raises SourceUnreadable, also for uploads, which
        are not kept."""
        with _opened(settings, context, name) as (reader, file):
            return reader.rows(file, columns, limit)

    def query(
        self, settings: FilesSettings, context: ReadContext, name: QualifiedName, sql: str
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The columns and rows of a query, in the words of DuckDB, over one file of the folder;
        raises SourceUnreadable."""
        with _opened(settings, context, name) as (reader, file):
            return reader.query(file, sql)


@contextmanager
def _opened(
    settings: FilesSettings, context: ReadContext, name: QualifiedName
) -> Iterator[tuple[FileReader, DataFile]]:
    """One file of the folder and what reads it; what goes wrong is said as SourceUnreadable."""
    import duckdb

    from catalog.connectors.files.measuring import FileReader

    root = checked_folder(settings.path)
    listed = folder_files(root, settings.patterns, settings.include_subfolders, context)
    file = next((f for f in listed if isinstance(f, DataFile) and f.parts == name.parts), None)
    if file is None:
        raise SourceUnreadable(f"{name.name} is not in the folder any more.")
    reader = FileReader([root], is_folder=True, timeout_seconds=context.limits.timeout_seconds)
    try:
        yield reader, file
    except duckdb.InterruptException:
        raise SourceUnreadable(
            f"{name.name} took longer than {context.limits.timeout_seconds} seconds."
        ) from None
    except duckdb.Error as error:
        raise SourceUnreadable(f"{name.name}: {_reason(error, file.location)}.") from None
    finally:
        reader.close()


def _new_folders(
    system: QualifiedName, file: DataFile, known: set[tuple[str, ...]]
) -> Iterator[ContainerRecord]:
    for depth in range(1, len(file.parts)):
        parts = file.parts[:depth]
        if parts not in known:
            known.add(parts)
            try:
                name = qualified_name(system.platform, system.instance, parts)
            except NameRefused:
                return  # said of each of its files
            yield ContainerRecord(str(name), ContainerKind.FOLDER)


def _file_records(
    reader: FileReader,
    system: QualifiedName,
    file: DataFile,
    settings: FilesSettings,
    context: ReadContext,
) -> Iterator[Yielded]:
    import duckdb

    try:
        name = str(qualified_name(system.platform, system.instance, file.parts))
        state = file.location.stat()
    except NameRefused as error:
        yield left_out(file.label, error)
        return
    except OSError as error:
        yield _unread(file, (error.strerror or "it is gone").lower())
        return
    if state.st_size > context.limits.max_file_bytes and file.format is not Format.PARQUET:
        limit = context.limits.max_file_bytes // 1024**2
        yield _unread(file, f"it has {state.st_size // 1024**2} MB, the limit is {limit} MB")
        return
    is_lenient = False
    try:
        try:
            columns = reader.columns(file)
            profile = reader.profile(file, columns) if settings.measure else None
        except duckdb.Error as error:
            if file.format is Format.PARQUET or isinstance(error, duckdb.InterruptException):
                raise
            is_lenient = True
            columns = reader.columns(file, is_lenient=True)
            profile = reader.profile(file, columns, is_lenient=True) if settings.measure else None
    except duckdb.InterruptException:
        yield _unread(file, f"it took longer than {context.limits.timeout_seconds} seconds")
        return
    except NameRefused as error:
        yield left_out(file.label, error)
        return
    except (duckdb.Error, OSError) as error:
        yield _unread(file, _reason(error, file.location))
        return
    if is_lenient:
        message = "Some of its rows do not fit its columns; they were left out of the counts."
        yield ProblemRecord(file.label, message)
    yield DatasetRecord(
        qualified_name=name,
        kind=DatasetKind.FILE,
        columns=tuple({column.path: column for column in columns}.values()),
        profile=profile,
        source_modified_at=dt.datetime.fromtimestamp(state.st_mtime, dt.UTC),
        custom={
            "file_format": file.format.value,
            **({"compression": "gzip"} if file.is_gz else {}),
        },
    )


def _facts(file: DataFile) -> dict[str, str]:
    compression = {"compression": "gzip"} if file.is_gz else {}
    return {"file_format": file.format.value, **compression}


def _unread(file: DataFile, reason: str) -> ProblemRecord:
    return ProblemRecord(file.label, f"The file was not read: {reason}.", Severity.ERROR)


def _reason(error: Exception, location: Path) -> str:
    """The first line of what DuckDB says, without where the file lies."""
    first = (text_of(str(error)) or type(error).__name__).splitlines()[0]
    for path in (str(location.resolve()), str(location)):
        first = first.replace(path, location.name)
    return first[:300].rstrip(".")
