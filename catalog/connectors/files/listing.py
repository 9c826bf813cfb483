"""Which files there are: below a folder without leaving it, or given by a person."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

from catalog.connectors.source_values import text_of
from catalog.registries.connectors import ReadContext, SourceUnreadable
from catalog.types import ProblemRecord, Severity


class Format(StrEnum):
    """What DuckDB reads a file as."""

    PARQUET = "parquet"
    CSV = "csv"
    JSON = "json"


_FORMATS = {
    ".parquet": Format.PARQUET,
    ".pq": Format.PARQUET,
    ".csv": Format.CSV,
    ".tsv": Format.CSV,
    ".json": Format.JSON,
    ".jsonl": Format.JSON,
    ".ndjson": Format.JSON,
}
ENDINGS = (*_FORMATS, *(f"{e}.gz" for e, kind in _FORMATS.items() if kind is not Format.PARQUET))


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file by the parts of its name below the root, and where it really lies."""

    parts: tuple[str, ...]
    location: Path
    format: Format
    is_gz: bool

    @property
    def label(self) -> str:
        """The name as a person reads it."""
        return text_of("/".join(self.parts)) or ""


def given_files(context: ReadContext) -> Iterator[DataFile | ProblemRecord]:
    """The files that were uploaded; a name that points elsewhere is a problem."""
    for name, location in context.files.items():
        parts = tuple(part for part in name.replace("\\", "/").split("/") if part not in {"", "."})
        if ".." in parts or not parts:
            yield _problem(name, "Its name points outside of the upload, so it was not read.")
        elif found := _data_file(parts, location):
            yield found
        else:
            yield _problem(name, f"Files of this kind are not read; known: {', '.join(ENDINGS)}.")


def folder_files(
    folder: Path, patterns: tuple[str, ...], is_recursive: bool, context: ReadContext
) -> Iterator[DataFile | ProblemRecord]:
    """Data files below `folder`, sorted; links that lead out of it are problems, never read."""
    found = 0
    unreadable: list[OSError] = []
    for directory, names, files in os.walk(folder, onerror=unreadable.append):
        here = Path(directory)
        below = here.relative_to(folder).parts
        for name in sorted(names):
            if (here / name).is_symlink():
                yield _problem("/".join((*below, name)), "A linked folder is not followed.")
        names[:] = sorted(n for n in names if is_recursive and not (here / n).is_symlink())
        for name in sorted(files):
            parts = (*below, name)
            if patterns and not any(fnmatchcase("/".join(parts), p) for p in patterns):
                continue
            data_file = _data_file(parts, here / name)
            if data_file is None:
                continue
            found += 1
            if found > context.limits.max_files:
                message = (
                    f"There are more than {context.limits.max_files:,} files; the rest was left"
                    " out: connect sub-folders one by one."
                )
                yield ProblemRecord(str(folder.name), message, Severity.ERROR)
                return
            if not _is_inside(here / name, folder):
                yield _problem(data_file.label, "It links to a place outside of the folder.")
            else:
                yield data_file
    for error in unreadable:
        where = Path(str(error.filename)).relative_to(folder)
        message = "The service may not read this folder."
        yield ProblemRecord(text_of(str(where)) or "", message, Severity.ERROR)


def checked_folder(path: str) -> Path:
    """The folder a connection names; raises SourceUnreadable."""
    if not path:
        raise SourceUnreadable("No file was given: upload some, or name a folder in the settings.")
    if not Path(path).is_absolute() or ".." in Path(path).parts or "\0" in path:
        raise SourceUnreadable(
            f"{path!r} is no folder to read: write its whole path, without '..'."
        )
    folder = Path(path).resolve()
    if not folder.is_dir():
        raise SourceUnreadable(f"There is no folder {path!r} on the server.")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise SourceUnreadable(f"The service may not read the folder {path!r}.")
    return folder


def _data_file(parts: tuple[str, ...], location: Path) -> DataFile | None:
    name = parts[-1].lower()
    is_gz = name.endswith(".gz")
    kind = _FORMATS.get(Path(name.removesuffix(".gz")).suffix)
    if kind is None or (is_gz and kind is Format.PARQUET):
        return None
    return DataFile(parts, location, kind, is_gz)


def _is_inside(location: Path, folder: Path) -> bool:
    try:
        return location.resolve(strict=True).is_relative_to(folder)
    except OSError:
        return False


def _problem(name: str, message: str) -> ProblemRecord:
    return ProblemRecord(text_of(name) or "", message)
