"""A CSV file of unknown encoding and separator as rows with their line numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from catalog.connectors.source_values import text_of
from catalog.types import ProblemRecord, Severity

_SEPARATORS = ",;\t|"
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_NOTHING = frozenset({"", "na", "n/a", "null", "none", "-"})


@dataclass(slots=True)
class Sheet:
    """A header with the rows that fit it; those that do not are `problems`."""

    file_name: str
    header: tuple[str, ...]
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    problems: list[ProblemRecord] = field(default_factory=list)

    def report(self, line: int, message: str, severity: Severity = Severity.WARNING) -> None:
        """Note a problem of a line, counted from 1 with the header."""
        self.problems.append(ProblemRecord(f"{self.file_name}, line {line}", message, severity))


def read_sheet(content: bytes, file_name: str) -> Sheet:
    """Read the file; bad lines are problems, never the end."""
    text, encoding = _decoded(content)
    separator = _separator(text)
    lines = _lines(text, separator)
    found = next(lines, None)
    header = tuple(cell.strip() for cell in found[1]) if found and found[1] else ()
    sheet = Sheet(text_of(file_name) or "", header)
    if encoding == "latin-1":
        sheet.report(1, "The file is not UTF-8; it was read as latin-1.", Severity.NOTICE)
    for line, cells, error in lines:
        if error:
            sheet.report(line, f"The line cannot be read: {error}.", Severity.ERROR)
        elif not any(cell.strip() for cell in cells):
            continue
        elif len(cells) != len(header):
            message = f"It has {len(cells)} cells where the header has {len(header)}: left out."
            sheet.report(line, message, Severity.ERROR)
        else:
            sheet.rows.append((line, cells))
    return sheet


def stated(cell: str) -> str | None:
    """The text of a cell; NA and its like say nothing."""
    text = text_of(cell)
    return None if text is None or text.lower() in _NOTHING else text


def _decoded(content: bytes) -> tuple[str, str]:
    marked = _BYTE_ORDER_MARKS.get(content[:2])
    for encoding in (marked, "utf-8-sig"):
        if encoding:
            try:
                return content.decode(encoding), encoding
            except UnicodeDecodeError:
                continue
    return content.decode("latin-1"), "latin-1"


def _separator(text: str) -> str:
    header = text.lstrip().split("\n", 1)[0]
    return max(_SEPARATORS, key=header.count)


def _lines(text: str, separator: str) -> Iterator[tuple[int, list[str], str]]:
    """(line, cells, error); a broken quote ends only what it swallowed."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield start, [], str(error)
        else:
            yield start, cells, ""
