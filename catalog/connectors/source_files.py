"""Files that a source is made of: given by a person or lying in a folder, plain, gz or zip.

Everything read here is bounded: bytes as given, bytes after unpacking, the ratio between them
and the number of files, so that no archive fills the memory or the disk.
"""

from __future__ import annotations

import gzip
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, cast

from catalog.registries.connectors import ReadContext, ReadLimits, SourceUnreadable

MAX_RATIO = 300  # deflate reaches 1,032; real JSON and CSV stay below 60
_RATIO_COUNTS_FROM = 16 * 1024 * 1024
_CHUNK = 1024 * 1024
# What the readers of zip and gz raise for content that is not whole, or encrypted.
_DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError)
_NOT_SUPPORTED = "{} is packed in a way that is not supported: use plain zip or gz."


@dataclass(slots=True)
class _Budget:
    """Bytes that everything unpacked from one source may still use."""

    limits: ReadLimits
    left: int = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.limits.max_unpacked_bytes


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file by the name a person knows; `read` unpacks it whole."""

    name: str
    packed_bytes: int
    _open: Callable[[], AbstractContextManager[IO[bytes]]]
    _budget: _Budget

    @property
    def base_name(self) -> str:
        """The last part of the name, without a trailing .gz."""
        return self.name.replace("\\", "/").rsplit("/", 1)[-1].lower().removesuffix(".gz")

    def read(self) -> bytes:
        """The content; raises SourceUnreadable when it is damaged or unpacks to too much."""
        limit = min(self._budget.left, self._budget.limits.max_file_bytes)
        pieces: list[bytes] = []
        size = 0
        try:
            with self._open() as stream:
                while piece := stream.read(_CHUNK):
                    size += len(piece)
                    self._check(size, limit)
                    pieces.append(piece)
        except NotImplementedError:  # first, since it is a RuntimeError as well
            raise SourceUnreadable(_NOT_SUPPORTED.format(self.name)) from None
        except _DAMAGED as error:
            raise SourceUnreadable(
                f"{self.name} cannot be read to its end ({_reason(error)}): give it again whole."
            ) from None
        self._budget.left -= size
        return b"".join(pieces)

    def _check(self, size: int, limit: int) -> None:
        if size > limit:
            raise SourceUnreadable(
                f"{self.name} unpacks to more than {limit // 1024**2} MB, the limit: split it."
            )
        if size > _RATIO_COUNTS_FROM and size > MAX_RATIO * max(self.packed_bytes, 1):
            raise SourceUnreadable(
                f"{self.name} unpacks to more than {MAX_RATIO} times its size, as only a zip bomb"
                " does: it was not read."
            )


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "the file is truncated or damaged"


def source_files(
    context: ReadContext, path: str, wanted: Callable[[str], bool]
) -> Iterator[SourceFile]:
    """The files whose base name (lower case, without .gz) is `wanted`.

    They come from `context.files`, else from `path`: a file, an archive or a folder, whose
    sub-folders are not entered. Raises SourceUnreadable when there is nothing to look in.
    """
    budget = _Budget(context.limits)
    given = dict(context.files) if context.files else _files_at(path, context.limits)
    for name, location in given.items():
        if name.lower().endswith(".zip"):
            yield from _members(name, location, wanted, budget)
            continue
        found = _plain(name, location, budget)
        if wanted(found.base_name):
            yield found


def _files_at(path: str, limits: ReadLimits) -> dict[str, Path]:
    if not path:
        raise SourceUnreadable("No file was given: upload one, or name a folder in the settings.")
    location = Path(path)
    try:
        if location.is_dir():
            found = sorted(child for child in location.iterdir() if child.is_file())
            return {child.name: child for child in found[: limits.max_files]}
        if location.is_file():
            return {location.name: location}
    except (OSError, ValueError):
        raise SourceUnreadable(f"The folder {path!r} cannot be read by this service.") from None
    raise SourceUnreadable(f"There is no file or folder {path!r} on the server.")


def _plain(name: str, location: Path, budget: _Budget) -> SourceFile:
    try:
        size = location.stat().st_size
    except OSError:
        raise SourceUnreadable(f"{name} is not there any more: give it again.") from None
    if size > budget.limits.max_file_bytes:
        raise SourceUnreadable(
            f"{name} has {size // 1024**2} MB; the limit is"
            f" {budget.limits.max_file_bytes // 1024**2} MB."
        )

    def open_it() -> AbstractContextManager[IO[bytes]]:
        if name.lower().endswith(".gz"):
            return cast("AbstractContextManager[IO[bytes]]", gzip.open(location, "rb"))
        return location.open("rb")

    return SourceFile(name, size, open_it, budget)


def _members(
    name: str, location: Path, wanted: Callable[[str], bool], budget: _Budget
) -> Iterator[SourceFile]:
    # Opened once for all members, since each opening reads the whole list of them. It closes with
    # the last of the files that were found in it: some are read after all of them were looked at.
    try:
        archive = zipfile.ZipFile(location)
    except NotImplementedError:
        raise SourceUnreadable(_NOT_SUPPORTED.format(name)) from None
    except (OSError, zipfile.BadZipFile, ValueError):
        raise SourceUnreadable(
            f"{name} is not a zip archive, or only a part of one: give it again whole."
        ) from None
    entries = archive.infolist()
    if len(entries) > budget.limits.max_files:
        raise SourceUnreadable(
            f"{name} holds {len(entries):,} files; the limit is {budget.limits.max_files:,}."
        )
    for entry in entries:
        opener = partial(_open_member, archive, entry)
        member = SourceFile(f"{name}/{entry.filename}", entry.compress_size, opener, budget)
        if not entry.is_dir() and wanted(member.base_name):
            yield member


@contextmanager
def _open_member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    with archive.open(entry) as stream:
        packed = entry.filename.lower().endswith(".gz")
        yield cast("IO[bytes]", gzip.GzipFile(fileobj=stream)) if packed else stream
