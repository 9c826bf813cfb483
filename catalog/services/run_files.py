"""Uploaded files of a run: kept under `var/uploads/ingestion` until the run has ended."""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from catalog.errors import InvalidInput
from catalog.registries.connectors import ReadLimits, connectors

MAX_UPLOADS = 200
GONE = "gone"  # instead of a folder's name: there were files, and they are not kept any more
_PIECE = 1024 * 1024
_LONGEST_PART = 255  # bytes, as file systems have it
_LONGEST_NAME = 2000  # of all parts together
_UNSAFE = re.compile(r"[\x00-\x1f\x7f<>:\"|?*\\]")


def store(connector_name: str, uploads: Mapping[str, BinaryIO]) -> str:
    """Copy uploads into a folder of their own; returns its name, or "" without uploads.

    Raises InvalidInput for a file that the connector does not take or that is too large.
    """
    if not uploads:
        return ""
    connector = connectors.get(connector_name)
    if len(uploads) > MAX_UPLOADS:
        raise InvalidInput(f"At most {MAX_UPLOADS} files can be uploaded at once.", field="files")
    for name in uploads:
        if not any(name.lower().endswith(ending.lower()) for ending in connector.accepts):
            takes = ", ".join(connector.accepts) or "no files"
            raise InvalidInput(
                f"{name[:80]} is no file for {connector.label}, which takes {takes}.",
                field="files",
            )
    folder = uuid.uuid4().hex
    try:
        for name, content in uploads.items():
            _copy(content, _root() / folder / _safe(name), name)
    except BaseException:
        remove(folder)
        raise
    return folder


def found(folder: str) -> dict[str, Path]:
    """The files of a folder by the names they were uploaded with."""
    if folder in {"", GONE}:
        return {}
    base = _root() / folder
    return {str(path.relative_to(base)): path for path in sorted(base.rglob("*")) if path.is_file()}


def remove(folder: str) -> None:
    """Delete a folder of uploads; one that is gone already is no error."""
    if folder not in {"", GONE}:
        shutil.rmtree(_root() / folder, ignore_errors=True)


def _root() -> Path:
    return Path(settings.MEDIA_ROOT) / "ingestion"


def _safe(name: str) -> Path:
    """A path below the folder, whatever the browser sent."""
    parts = [_UNSAFE.sub("_", part) for part in name.replace("\\", "/").split("/")]
    kept = [part for part in parts if part.strip(". ")]
    try:
        sizes = [len(part.encode()) for part in kept]
    except UnicodeEncodeError:  # half of a surrogate pair
        sizes = []
    if not sizes or len(kept) > 20:
        raise InvalidInput(f"{name[:80]!r} is not usable as a file name.", field="files")
    if max(sizes) > _LONGEST_PART or sum(sizes) > _LONGEST_NAME:
        raise InvalidInput(
            f"The file name starting {name[:40]!r} is too long: rename the file.", field="files"
        )
    return Path(*kept)


def _copy(content: BinaryIO, target: Path, name: str) -> None:
    limit = ReadLimits().max_file_bytes
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if target.exists():
        raise InvalidInput(f"Two of the files are named {name[:80]}.", field="files")
    size = 0
    with target.open("xb") as file:
        while piece := content.read(_PIECE):
            size += len(piece)
            if size > limit:
                raise InvalidInput(
                    f"{name[:80]} is larger than {limit // _PIECE} MB.", field="files"
                )
            file.write(piece)
