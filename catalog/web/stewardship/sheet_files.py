"""Spreadsheets as people hand them in: read with care, kept until they are applied."""

from __future__ import annotations

import csv
import datetime as dt
import re
import secrets
import time
from io import StringIO
from pathlib import Path

from django.conf import settings

from catalog.errors import InvalidInput, NotFound
from catalog.selectors.sheets import MOST_ROWS, SheetRow, checked_header
from catalog.web.downloads import as_it_was

MOST_BYTES = 8 * 1024 * 1024
KEPT = dt.timedelta(hours=6)
_KEY = re.compile(r"[A-Za-z0-9_-]{22}")


def read_sheet(content: bytes) -> list[SheetRow]:
    """The rows of a CSV file; commas or semicolons apart, as spreadsheets write them.

    Raises InvalidInput with one sentence, naming the line, for what is no such file.
    """
    if len(content) > MOST_BYTES:
        raise InvalidInput(f"The file is larger than {MOST_BYTES // 1024**2} MB: split it.")
    text = _decoded(content)
    first_line = text.partition("\n")[0]
    apart = ";" if first_line.count(";") > first_line.count(",") else ","
    reader = csv.reader(StringIO(text, newline=""), delimiter=apart, strict=True)
    rows: list[SheetRow] = []
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            if not header:
                header = [cell.strip() for cell in cells]
                checked_header(header)
            elif any(cell.strip() for cell in cells):
                rows.append(_row(line, header, cells))
            line = reader.line_num + 1
            if len(rows) > MOST_ROWS:
                raise InvalidInput(f"The file has more than {MOST_ROWS:,} rows: split it.")
    except csv.Error as error:
        raise InvalidInput(f"Line {line}: this is no CSV any more ({error}).") from None
    if not header:
        raise InvalidInput("The file is empty: save a list as CSV, edit it and give it back.")
    return rows


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidInput(
            f"Line {line}: this is not UTF-8 text. Save the sheet as CSV in UTF-8."
        ) from None
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise InvalidInput(f"Line {line}: the file holds a NUL character and is no CSV text.")
    return text


def _row(line: int, header: list[str], cells: list[str]) -> SheetRow:
    if len(cells) != len(header):
        raise InvalidInput(
            f"Line {line}: {len(cells)} cells stand under {len(header)} columns;"
            " a comma or a quotation mark is missing or too much."
        )
    plain = [as_it_was(cell).replace("\r\n", "\n").strip() for cell in cells]
    return SheetRow(line, dict(zip(header, plain, strict=True)))


def keep(content: bytes) -> str:
    """Keep a file that was read without an error; returns the key to find it by."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _forget_old(folder)
    key = secrets.token_urlsafe(16)
    (folder / f"{key}.csv").write_bytes(content)
    return key


def kept(key: str) -> bytes:
    """A kept file; raises NotFound when it was applied or is too old."""
    path = _folder() / f"{key}.csv"
    if not _KEY.fullmatch(key) or not path.is_file():
        raise NotFound("This file is not kept any more: give it again.")
    return path.read_bytes()


def forget(key: str) -> None:
    """Delete a kept file."""
    if _KEY.fullmatch(key):
        (_folder() / f"{key}.csv").unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "sheets"


def _forget_old(folder: Path) -> None:
    oldest = time.time() - KEPT.total_seconds()
    for path in folder.glob("*.csv"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
