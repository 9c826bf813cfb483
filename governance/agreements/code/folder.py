"""A folder of agreements: `<kind>/<short name>.yaml`, one file each."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from governance.agreements.code.reading import Read, YamlRefused, read_yaml
from governance.agreements.code.writing import agreement_text
from governance.agreements.form import errors_of
from governance.agreements.kind import AgreementKind, Document
from governance.agreements.kinds import kinds

MOST_FILES = 20_000
MOST_BYTES = 4_000_000  # of one file, before it is decoded
ENDING = ".yaml"
_SHORT_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,199}")
_KEYS = ("agreement", "document")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a folder that cannot be used: the file, the line, a sentence."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class AgreementFile:
    """One agreement as a file says it; `content` is its document as it would be stored."""

    path: str
    key: str
    kind: AgreementKind
    document: Document
    content: Mapping[str, Any]
    read: Read

    def line_of(self, field_path: str) -> int:
        """The line of a field of the document."""
        return self.read.line_of(f"document.{field_path}" if field_path else "document")


@dataclass(slots=True)
class Folder:
    """What a folder says, and what of it cannot be used."""

    files: list[AgreementFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def by_key(self) -> Mapping[str, AgreementFile]:
        """The files by the key of their agreement."""
        return {file.key: file for file in self.files}


def read_folder(root: Path) -> Folder:
    """Read every file of a folder, in order of their names; links are not followed."""
    folder = Folder()
    found = sorted(_paths(root))
    if len(found) > MOST_FILES:
        folder.problems.append(Problem(str(root), 1, f"It holds more than {MOST_FILES:,} files."))
        return folder
    for path in found:
        name = path.relative_to(root).as_posix()
        try:
            folder.files.append(_file(path, name))
        except YamlRefused as refused:
            folder.problems.append(Problem(name, refused.line, refused.message))
        except _Wrong as wrong:
            folder.problems += wrong.problems
    return folder


def file_name(key: str) -> str:
    """Where an agreement lies in a folder; raises ValueError for a key that is no file's name."""
    kind, _, name = key.partition(":")
    if not _SHORT_NAME.fullmatch(name) or name.startswith("."):
        raise ValueError(f"{key} cannot be the name of a file.")
    return f"{kind}/{name}{ENDING}"


def write_folder(root: Path, held: Mapping[str, tuple[AgreementKind, Mapping[str, Any]]]) -> int:
    """Write each agreement where its text differs; returns how many files were written.

    Raises OSError where a file cannot be written.
    """
    written = 0
    for key, (kind, document) in sorted(held.items()):
        path = root / file_name(key)
        text = agreement_text(key, kind, document).encode()
        if path.is_file() and path.read_bytes() == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
        written += 1
    return written


class _Wrong(Exception):  # noqa: N818 - carries what is wrong with a file
    def __init__(self, problems: list[Problem]) -> None:
        super().__init__()
        self.problems = problems


def _paths(root: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(root, followlinks=False):
        names[:] = [name for name in names if not name.startswith(".")]
        for name in files:
            path = Path(folder, name)
            if name.endswith((ENDING, ".yml")) and not name.startswith(".") and path.is_file():
                yield path


def _file(path: Path, name: str) -> AgreementFile:
    if path.is_symlink():
        raise YamlRefused("Links are not followed; put the file here.", 1)
    if path.stat().st_size > MOST_BYTES:
        raise YamlRefused(f"The file is larger than {MOST_BYTES:,} bytes.", 1)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise YamlRefused("The file is not UTF-8.", 1) from None
    read = read_yaml(text)
    if not isinstance(read.value, dict):
        raise YamlRefused("A file begins with agreement: and document:.", 1)
    unknown = [key for key in read.value if key not in _KEYS]
    if unknown:
        line = read.line_of(unknown[0])
        raise YamlRefused(f"There is no field {unknown[0]!r}; remove it.", line)
    key, raw = read.value.get("agreement"), read.value.get("document")
    if not isinstance(key, str) or key.partition(":")[0] not in kinds:
        known = ", ".join(sorted(kinds.names()))
        raise YamlRefused(
            f"agreement: is the kind and the short name, such as term:arr; kinds are {known}.",
            read.line_of("agreement"),
        )
    if not isinstance(raw, dict):
        raise YamlRefused("document: has the fields of its kind.", read.line_of("document"))
    kind = kinds.get(key.partition(":")[0])
    return _checked(name, key, kind, raw, read)


def _checked(
    name: str, key: str, kind: AgreementKind, raw: Mapping[str, Any], read: Read
) -> AgreementFile:
    try:
        document = kind.document_type.model_validate(raw)
    except ValidationError as error:
        raise _Wrong(
            [
                Problem(name, _line(read, one.path), f"{one.path or 'document'}: {one.message}")
                for one in errors_of(kind.document_type, error)
            ]
        ) from None
    try:
        expected = file_name(key)
    except ValueError as error:
        raise YamlRefused(str(error), read.line_of("agreement")) from None
    if name != expected:
        raise YamlRefused(f"This agreement lies in {expected}.", read.line_of("agreement"))
    return AgreementFile(name, key, kind, document, document.model_dump(mode="json"), read)


def _line(read: Read, path: str) -> int:
    return read.line_of(f"document.{path}" if path else "document")
